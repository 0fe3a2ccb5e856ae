"""Pieces: the words of each turn that say where, with the divisions named in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from models.prediction import Prediction
from service.form.address.districts import Compass
from service.form.address.gazetteer import DISTRICT, Hit
from service.form.address.places import COMMUNITY, NO_NAME, POI, ROADS, clean_place, reach, trim_name
from service.form.address.retractions import Retraction
from service.form.choice import overlap
from service.form.field import Place, Source
from service.form.sentences import taken_back
from service.form.talk import Talk, Turn

ASKS_PLACE = re.compile(
    r"哪里|哪儿|哪个|什么地方|什么位置|位置|地址|地点|具体在|在哪|哪条|哪一|几号|门牌|小区|村名|几栋|几单元|区县"
)
_HOME = re.compile(
    r"(?:我|我们|我家|现在?)(?:现在)?(?:是|就)?(?:租?住在?|家在)[^，。\s]{0,2}$|(?:户口|户籍)(?:是|在)?\s?$|老家(?:是|在)?$|我人在$|我们?家(?:就?是|就在)$|(?:住址|(?:家庭|居住|户籍)地址|户籍(?:所在)?地)[是在：]?\s?$|租住在?$"
)
_ASKS_HOME = re.compile(r"户口|户籍|您(?:家|现在)?(?:是)?住|家庭住址")
_WORKS = re.compile(r"^(?:这边|的)?(?:户口|户籍|打工|上班|工作|出差|读书|上学|过年)")
_CHECKS = re.compile(r"(?:对吧|是吧|对吗|是吗|对不对|是不是)[？?]?")
_COUNTED = "一二三四五六七八九十百零〇幺0-9A-Z"
_NUMBERED = re.compile(
    rf"(?<=单)元|(?<=号)楼[道梯顶]?|(?<=号)院|(?<=号楼)[道梯顶]|(?:(?<=[{_COUNTED}])|[\s，,]{{0,2}}(?=[{_COUNTED}]))[{_COUNTED}]{{0,4}}(?:[期区栋幢座室弄]|号楼|号院|单元)(?!别|号|域|长|政)"
)
_HOTLINE = re.compile(r"(?:市|政府|政务|服务|便民|市民|市长|热线|电话|的|打|拨)*12345")
# Words right before and after a place that the caller denies (不是星湖路，在).
_DENIES = re.compile(r"(?<!是)(?<!要)不(?:是在?|在)$")
_GOES_ON = re.compile(r"[^，。？！吗嘛吧]{0,6}(?:[，。\s]|$)")
# Of two that the caller weighs, the second; said again, it is the one (金浦路还是金洲路，我想想，金洲路).
_OR = re.compile(r"[，\s]?还是[是在]?([\u4e00-\u9fff]{1,6}?(?:路|街|道|巷|小区|村))")
_NOT = re.compile(r"不是在?$")
_LEAST = 0.2  # spans of which the model is less sure are not looked at
_BREAK = re.compile(
    r"[。？！?!；;我你他她]|[，\s](?:现在|工地|工厂|学校|公司|单位)|打工|上班|但是|可以|可是|反映|投诉|举报|咨询"
)


@dataclass(frozen=True)
class Piece:
    """Words of one turn that say where, with the divisions named in them."""

    turn: Turn
    start: int
    end: int
    hits: tuple[Hit, ...]
    confidence: float
    source: Source
    home: bool = False
    denied: tuple[Hit, ...] = ()  # divisions that the caller took back
    meant: float = 0.0  # how sure the model is that the event's address rests on these words

    @property
    def place(self) -> Place:
        """Evidence."""
        return self.turn.place(self.start, self.end)

    @cached_property
    def detail(self) -> str:
        """What remains below the divisions, cleaned."""
        text, at = "", self.start
        for hit in sorted((*self.hits, *self.denied), key=lambda hit: hit.start):
            before = self.turn.folded[at : hit.start]
            before = re.sub(r"[，\s]?(?:还是|或者?)[是在]?$", "", before)  # two that were weighed
            text += (_NOT.sub("", before) if hit in self.denied else before) + " "
            at = hit.end
        return clean_place(text + self.turn.folded[at : self.end])

    @cached_property
    def named(self) -> str:
        """The words for a point: without divisions, but for the short name of one that begins it (金寨火车站)."""
        text, at = "", self.start
        for hit in sorted((*self.hits, *self.denied), key=lambda hit: hit.start):
            text += self.turn.folded[at : hit.start]
            begins = (
                hit not in self.denied
                and hit.short
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
        own = [(s.start, s.end, s.confidence) for s in spans if s.segment == turn.index]
        anchors = sorted([*hits, *compass.strangers(turn)], key=lambda hit: hit.start)
        for start, end, confidence, source in _stretches(turn, anchors, own, asked=asked, modelled=bool(spans)):
            named = [hit for hit in hits if start <= hit.start and hit.end <= end]
            if taken_back(turn).issuperset(range(start, end)):
                end = max((hit.end for hit in named), default=start)  # what divisions gave way is found apart
            denied = tuple(hit for hit in named if any(r.covers(turn, hit, compass) for r in retractions))
            inside = tuple(hit for hit in named if hit not in denied)
            bonus = 0.1 * bool(inside) + 0.1 * asked - (0.25 if turn.role == "agent" else 0)
            lives = bool(_ASKS_HOME.search(talk.question_before(turn)))
            home = (
                lives
                or bool(_HOME.search(turn.folded[max(0, start - 8) : start]))
                or bool(_WORKS.match(turn.folded[end:]))
            )
            confidence = max(0.05, min(0.97, confidence + bonus))
            meant = overlap(turn.place(start, end), marks)
            piece = Piece(turn, start, end, inside, confidence, source, home=home, denied=denied, meant=meant)
            if inside or piece.detail or (start < end and not denied):
                yield piece


def _names_hotline(turn: Turn, hit: Hit) -> bool:
    """Whether a division only says whose hotline it is (深圳市12345); in an opening of the call-taker's, all do."""
    if turn.role == "agent":
        return "12345" in turn.folded
    return bool(_HOTLINE.match(turn.folded, hit.end))


def _reads_back(turn: Turn, talk: Talk) -> bool:
    return talk.confirms(turn) or (bool(_CHECKS.search(turn.folded)) and not talk.denies(turn))


def _stretches(
    turn: Turn, hits: Sequence[Hit], spans: Sequence[tuple[int, int, float]], *, asked: bool, modelled: bool
) -> Iterator[tuple[int, int, float, Source]]:
    """Where the turn says a place: the model's spans, else divisions and what follows them, else roads and points."""
    if spans:
        said = [(s, _whole(turn, e)) for s, e, _ in spans if not _is_denied(turn, s, e)]
        named = [(hit.start, hit.end) for hit in hits if not hit.short and not _is_denied(turn, hit.start, hit.end)]
        joined = _joined_anchors(turn, [*said, *named], room=4)
        read = [(start, end) for start, end in joined if any(start <= s < end for s, _ in said)]
        for start, end in read:
            yield start, end, max(c for s, _, c in spans if start <= s < end) - 0.05, "model"
        # A division that the model left out counts where the places that it read name none.
        if not any(start <= s < end for start, end in read for s, _ in named):
            yield from ((start, end, 0.55, "rule") for start, end in joined if (start, end) not in read)
        return
    anchors = _joined_anchors(turn, [(hit.start, hit.end) for hit in hits], room=6)
    for start, end in anchors:
        reached = end if modelled else reach(turn.folded, end)
        low = any(start <= hit.start < end and hit.divisions and hit.divisions[0].level >= DISTRICT for hit in hits)
        yield start, reached, 0.7 if low else 0.55, "rule"
    if not anchors and not modelled:
        for start, end in _joined_anchors(turn, list(_named_points(turn)), room=3):
            yield start, max(end, reach(turn.folded, end)), 0.5 if asked else 0.45, "rule"


def _is_denied(turn: Turn, start: int, end: int) -> bool:
    """Whether a turn says that it was not there (不是星湖路，在…; no question is meant), or chooses another place."""
    denies = _DENIES.search(turn.folded, max(0, start - 4), start)
    if denies and _GOES_ON.match(turn.folded, end):
        return True
    weighed = _OR.match(turn.folded, end)
    return weighed is not None and weighed[1] in turn.folded[weighed.end() :]


def _whole(turn: Turn, end: int) -> int:
    """The end of a span with the number, or the unit of a number, that the model cut off: 恒基凯旋门三｜期."""
    rest = _NUMBERED.match(turn.folded, end)
    while rest and rest.end() > end:
        end = rest.end()
        rest = _NUMBERED.match(turn.folded, end)
    return end


def _joined_anchors(turn: Turn, anchors: Sequence[tuple[int, int]], *, room: int) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(anchors):
        if joined and start - joined[-1][1] <= room and not _BREAK.search(turn.folded[joined[-1][1] : start]):
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _named_points(turn: Turn) -> Iterator[tuple[int, int]]:
    for pattern in (ROADS, POI, COMMUNITY):
        for match in pattern.finditer(turn.folded):
            name = trim_name(match[0])
            if len(name) >= 3 and not NO_NAME.search(name):
                yield match.end() - len(name), match.end()
