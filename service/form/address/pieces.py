"""Pieces: the words of each turn that say where, with the divisions named in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from models.prediction import Prediction
from service.form.address.districts import Compass
from service.form.address.gazetteer import Hit
from service.form.address.places import clean_place
from service.form.address.retractions import Retraction
from service.form.address.stretches import ASKS_PLACE, Stretch, stretches_of
from service.form.choice import overlap
from service.form.field import Place, Source
from service.form.sentences import taken_back
from service.form.talk import Talk, Turn

_HOME = re.compile(
    r"(?:我|我们|我家|现在?)(?:现在)?(?:是|就)?(?:租?住在?|家在)[^，。\s]{0,2}$|(?:户口|户籍)(?:是|在)?\s?$|老家(?:是|在)?$|我人在$|我们?家(?:就?是|就在)$|租住在?$"
)
# What a form puts before the caller's own address, and before that of the matter.
_HOME_LABEL = re.compile(r"(?:住址|(?:家庭|居住|联系|通讯|户籍)地址|户籍(?:所在)?地|居住地)(?:[:：】]|是|在)?\s?$")
_EVENT_LABEL = re.compile(r"(?:(?:事发|案发|发生|事件|问题|涉事|被诉)(?:地址|地点|位置))(?:[:：】]|是|在)?\s?$")
_ASKS_HOME = re.compile(r"户口|户籍|您(?:家|现在)?(?:是)?住|家庭住址")
_OTHER_MATTER = re.compile(r"反映|投诉|举报|[，。]在|单位|工地|公司")
_REGISTERED = re.compile(r"^(?:这边|的)?(?:户口|户籍)")
_WORKS = re.compile(r"^(?:这边|那边|的)?(?:打工|上班|工作|出差|读书|上学|过年)")
_CHECKS = re.compile(r"(?:对吧|是吧|对吗|是吗|对不对|是不是)[？?]?")
_HOTLINE = re.compile(r"(?:市|政府|政务|服务|便民|市民|市长|热线|电话|的|打|拨)*12345")
_NOT = re.compile(r"不是在?$")
_LEAST = 0.2  # spans of which the model is less sure are not looked at
# What speaks against a place of the event: the caller lives or works there; a form has it as his own address.
_LIVED, LABELLED = 0.2, 1.0


@dataclass(frozen=True)
class Piece:
    """Words of one turn that say where, with the divisions named in them."""

    turn: Turn
    start: int
    end: int
    hits: tuple[Hit, ...]
    confidence: float
    source: Source
    home: bool = False  # where the caller lives
    aside: float = 0.0  # how much speaks against its being the place of the event
    denied: tuple[Hit, ...] = ()  # divisions that the caller took back
    meant: float = 0.0  # how sure the model is that the event's address rests on these words
    rival: str = ""  # the other place that the caller weighs and does not choose
    void: bool = False  # another place stands for the words below the divisions

    @property
    def place(self) -> Place:
        """Evidence."""
        return self.turn.place(self.start, self.end)

    @cached_property
    def detail(self) -> str:
        """What remains below the divisions, cleaned."""
        if self.void:
            return ""
        text, at = "", self.start
        for hit in sorted((*self.hits, *self.denied), key=lambda hit: hit.start):
            before = self._standing(at, hit.start)
            before = re.sub(r"[，\s]?(?:还是|或者?)[是在]?$", "", before)  # two that were weighed
            text += (_NOT.sub("", before) if hit in self.denied else before) + " "
            at = hit.end
        return clean_place(text + self._standing(at, self.end))

    def _standing(self, start: int, end: int) -> str:
        """Words without those that gave way to others of the piece; what gave way to words beyond it stays."""
        gone, words = taken_back(self.turn), self.turn.folded[start:end]
        if gone.isdisjoint(range(start, end)):
            return words
        last = self.end
        while last - 1 in gone:
            last -= 1
        return "".join(" " if at in gone and at < last else sign for at, sign in enumerate(words, start))

    @cached_property
    def named(self) -> str:
        """The words for a point: without divisions, but for the short name of one that begins it (金寨火车站)."""
        text, at = "", self.start
        starts = {hit.start for hit in self.hits}
        for hit in sorted((*self.hits, *self.denied), key=lambda hit: hit.start):
            text += self.turn.folded[at : hit.start]
            begins = (
                hit not in self.denied
                and hit.short
                and hit.end not in starts
                and re.match(r"[\u4e00-\u9fff]", self.turn.folded[hit.end : self.end])
            )
            text += self.turn.folded[hit.start : hit.end] if begins else " "
            at = hit.end
        return text + self.turn.folded[at : self.end]


def pieces_of(
    talk: Talk, prediction: Prediction, compass: Compass, retractions: Sequence[Retraction]
) -> Iterator[Piece]:
    """Every stretch that says where, in order; of what was read back to the caller, only what he agreed to."""
    spans = [span for span in prediction.spans_of("location") if span.confidence >= _LEAST]
    marks = prediction.spans_of("form_event_address")
    for turn in talk.turns:
        if turn.role == "agent" and not _reads_back(turn, talk):
            continue
        hits = [hit for hit in compass.hits(turn) if not _names_hotline(turn, hit)]
        asked = bool(ASKS_PLACE.search(talk.question_before(turn)))
        own = [Stretch(s.start, s.end, s.confidence, "model") for s in spans if s.segment == turn.index]
        anchors = sorted([*hits, *compass.strangers(turn)], key=lambda hit: hit.start)
        for stretch in stretches_of(turn, anchors, own, talk, asked=asked, modelled=bool(spans)):
            start, end = stretch.start, stretch.end
            named = [hit for hit in hits if start <= hit.start and hit.end <= end]
            if taken_back(turn).issuperset(range(start, end)):
                end = max((hit.end for hit in named), default=start)  # what divisions gave way is found apart
            denied = tuple(hit for hit in named if any(r.covers(turn, hit, compass) for r in retractions))
            inside = tuple(hit for hit in named if hit not in denied)
            bonus = 0.1 * bool(inside) + 0.1 * asked - (0.25 if turn.role == "agent" else 0)
            home = _home_of(turn, start, end, talk)
            piece = Piece(
                turn,
                start,
                end,
                inside,
                max(0.05, min(0.97, stretch.confidence + bonus)),
                stretch.source,
                home=home > 0,
                aside=home or _LIVED * bool(_WORKS.match(turn.folded[end:])),
                denied=denied,
                meant=overlap(turn.place(start, end), marks)
                + bool(_EVENT_LABEL.search(turn.folded[max(0, start - 8) : start])),
                rival=stretch.rival,
            )
            if inside or piece.detail or (start < end and not denied):
                yield piece


def _home_of(turn: Turn, start: int, end: int, talk: Talk) -> float:
    """What speaks against the place of the event in words that say where the caller lives; 0 if they do not."""
    before = turn.folded[max(0, start - 12) : start]
    if _HOME_LABEL.search(before):
        return LABELLED
    asked = _ASKS_HOME.search(talk.question_before(turn)) and not _OTHER_MATTER.search(turn.folded, 0, start)
    return _LIVED * bool(asked or _HOME.search(before[-8:]) or _REGISTERED.match(turn.folded[end:]))


def _names_hotline(turn: Turn, hit: Hit) -> bool:
    """Whether a division only says whose hotline it is (深圳市12345); in an opening of the call-taker's, all do."""
    if turn.role == "agent":
        return "12345" in turn.folded
    return bool(_HOTLINE.match(turn.folded, hit.end))


def _reads_back(turn: Turn, talk: Talk) -> bool:
    return talk.confirms(turn) or (bool(_CHECKS.search(turn.folded)) and not talk.denies(turn))
