"""Phones: contact numbers as they are said — digit by digit, in groups, over several turns, or as "this number"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from service.form.chains import gather
from service.form.field import MISSING, Field, Place
from service.form.mention import Mention, mention_at, settle
from service.form.numerals import DIGITS, SPOKEN, digits_of
from service.form.readbacks import counted
from service.form.talk import Talk, Turn

# Number plan: mobile ranges in use; area codes 010, 02x and 03xx–09xx with 7 or 8 digits that start with 2–8.
MOBILE = re.compile(r"1(?:3\d|4[5-9]|5[0-35-9]|6[2567]|7[0-8]|8\d|9[0-35-9])\d{8}", re.ASCII)
LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d{2})[2-8]\d{6,7}", re.ASCII)
LOCAL = re.compile(r"[2-8]\d{6,7}", re.ASCII)
AREA_CODE = re.compile(r"0(?:10|2\d|[3-9]\d{2})", re.ASCII)

_GAP = r"[\s,，、。.·—\-－~呃嗯啊哦]{0,3}"
RUN = re.compile(rf"[0-9{SPOKEN}](?:{_GAP}[0-9{SPOKEN}])*")
ASKS_PHONE = re.compile(r"电话|号码|手机|联系方式|怎么联系|联系您")
_OWN = re.compile(r"电话|手机|座机|号码|联系方式|打我|区号")
_THEIRS = re.compile(
    r"(?:他|她|老板|司机|公司|店|物业|前台|客服|对方|骗子|村长|开发商|单位|中介|房东|街道办?|社区|[居村]委会?|派出所|政府|热线|大厅|窗口)"
    r"(?:家|那边)?(?:的|留的)?(?:电话|手机|号码)是?\s*$"
)
_OTHERWISE = re.compile(r"(?:打不通|打不进|没接|没人接|接不[到着])[^。？]{0,24}$")  # the number to try next
_NO_PHONE = re.compile(r"(?:工号|单号|编号|案号|身份证|证号|住院号|批号|卡号|账号|受理号)[^0-9]{0,4}$")
_THIS = re.compile(
    r"(?:这个|本机|来电|现在打的?|打过来的?|打进来的?)(?:的)?(?:这个)?(?:手机|电话|号码|号)"
    r"|(?:电话|手机|号码|联系)[^，。？]{0,4}(?:就|还)?(?:是|打)?这个|(?:就|还)(?:打|是|用|留)?这个(?:手机|电话|号码|号)?|(?:打过来|打进来|现在打)的?这个|打我的(?=[\s，。]|$)|留来电|打来电|电话来电"
)
_ABROAD = re.compile(r"^(?:(?:00)?86|0)(?=1\d{10}$)", re.ASCII)  # what an exchange may put before a mobile number
_TAIL = re.compile(rf"(?:尾号|最后四位|后四位)是?[\s:：]*((?:\s?[0-9{SPOKEN}]){{4}})(?![0-9])")
_HEAD = re.compile(rf"([0-9{SPOKEN}]{{3}})(?:开头|的?(?:那个|这个))")
_LEAST = 3  # digits of an area code
_ANOTHERS = 0.5  # below it a number is somebody else's
_MOST_PIECES = 5  # of two digits or more, eleven in all
_REPEATED = re.compile(r"(\d{3,7})(\1\d+)$", re.ASCII)  # 幺三八 幺三八 零零零零 五零九六


@dataclass(frozen=True, slots=True)
class Run:
    """Digits that were said in one go, and where each of them stands in the turn."""

    turn: Turn
    digits: str
    at: tuple[int, ...]

    def mention(self, digits: str, *, value: str, confidence: float) -> Mention:
        """A mention of some of the digits."""
        first = self.digits.index(digits)
        start, end = self.at[first], self.at[first + len(digits) - 1] + 1
        return mention_at(self.turn, start, end, value=value, confidence=confidence)


def fill_phone(talk: Talk, caller_phone: str | None) -> Field:
    """The number to call back: one that was said, or the one that telephony knows."""
    known = _ABROAD.sub("", digits_of(caller_phone)) if caller_phone else ""
    heard = gather(talk, lambda turn: _said(turn, talk, known)) or gather(talk, _pieced)
    mentions = counted(heard, talk, known=known)
    mentions += [mention for turn in talk.citizen for mention in _put_right(turn, talk, heard)]
    if known:
        mentions += [mention for turn in talk.turns for mention in _pointed_at(turn, talk, known)]
    if mentions and not (known and all(mention.confidence < _ANOTHERS for mention in mentions)):
        return settle(mentions, talk)
    others = tuple(dict.fromkeys(mention.value for mention in mentions))
    return Field(known, None, (), 0.75, "given", "suggested", others) if known else MISSING


def runs_of(turn: Turn, *, least: int = 1) -> Iterator[Run]:
    """Runs of `least` digits or more in a turn, written or spoken."""
    for match in RUN.finditer(turn.folded):
        if match.end() - match.start() < least:
            continue
        at = tuple(i for i in range(match.start(), match.end()) if turn.folded[i] in DIGITS)
        if len(at) >= least:
            yield Run(turn, "".join(DIGITS[turn.folded[i]] for i in at), at)


def is_phone(digits: str) -> bool:
    """Whether the number plan knows such a number."""
    return bool(MOBILE.fullmatch(digits) or LANDLINE.fullmatch(digits))


def _said(turn: Turn, talk: Talk, known: str) -> Iterator[Mention]:
    asked = bool(ASKS_PHONE.search(talk.question_before(turn)))
    area = ""
    for run in runs_of(turn, least=_LEAST):
        before = turn.folded[max(0, run.at[0] - 12) : run.at[0]]
        if _NO_PHONE.search(before):
            continue
        own = asked or bool(_OWN.search(before)) or turn.role == "agent"
        confidence = 0.3 if _THEIRS.search(before) else 0.97 if own else 0.9
        if _OTHERWISE.search(turn.folded[max(0, run.at[0] - 30) : run.at[0]]):
            confidence = min(confidence, 0.85)
        if AREA_CODE.fullmatch(run.digits):
            area = run.digits
        if is_phone(run.digits):
            yield run.mention(run.digits, value=run.digits, confidence=confidence)
        elif LOCAL.fullmatch(run.digits) and own:
            yield from _local(run, area=area or _area_after(turn, run), known=known)
        elif own and (again := _REPEATED.match(run.digits)) and MOBILE.fullmatch(again[2]):
            yield run.mention(again[2], value=again[2], confidence=0.9)
        elif len(run.digits) > 11 and own and (match := MOBILE.search(run.digits)):
            yield run.mention(match[0], value=match[0], confidence=0.6)


def _local(run: Run, *, area: str, known: str) -> Iterator[Mention]:
    if area:
        yield run.mention(run.digits, value=area + run.digits, confidence=0.95)
    elif known.endswith(run.digits):
        yield run.mention(run.digits, value=known, confidence=0.97)


def _area_after(turn: Turn, run: Run) -> str:
    match = re.compile(r"[\s，,]*区号(?:是)?\s*([0-9" + SPOKEN + r"]{3,4})").match(turn.folded, run.at[-1] + 1)
    return digits_of(match[1]) if match else ""


def _pieced(turn: Turn) -> Iterator[Mention]:
    """A mobile number whose groups have words between them: 132000那个号，一六四八三."""
    runs = list(runs_of(turn, least=2))
    for first in range(len(runs)):
        for last in range(first + 1, min(first + _MOST_PIECES, len(runs))):
            digits = "".join(run.digits for run in runs[first : last + 1])
            if MOBILE.fullmatch(digits):
                yield mention_at(turn, runs[first].at[0], runs[last].at[-1] + 1, value=digits, confidence=0.9)


def _put_right(turn: Turn, talk: Talk, mentions: list[Mention]) -> Iterator[Mention]:
    """The number that was said or read back before, with the last digits that the caller says instead."""
    before = [m for m in mentions if m.places[-1].segment < turn.index]
    for match in _TAIL.finditer(turn.folded):
        if before and talk.takes_back(turn, before=match.start()):
            first, digits = before[-1], digits_of(match[1])
            places = (turn.place(*match.span()), *first.places)
            yield Mention(first.value[: -len(digits)] + digits, places, _joined(places, talk), 0.95)


def _joined(places: tuple[Place, ...], talk: Talk) -> str:
    return " ".join(talk.turns[place.segment].raw(place.start, place.end) for place in places)


def _pointed_at(turn: Turn, talk: Talk, known: str) -> Iterator[Mention]:
    """The number that telephony knows, pointed at: "this number", its first or its last digits."""
    text = turn.folded
    if turn.role == "agent" and not talk.confirms(turn):
        return
    for match in _TAIL.finditer(text):
        if known.endswith(digits_of(match[1])):
            yield mention_at(turn, *match.span(), value=known, confidence=0.97, source="given")
    for match in _HEAD.finditer(text):
        if known.startswith(digits_of(match[1])):
            yield mention_at(turn, *match.span(), value=known, confidence=0.95, source="given")
    asked = ASKS_PHONE.search(talk.question_before(turn))
    for match in _THIS.finditer(text):
        if asked or re.search(r"电话|手机|号|打", match[0]):
            yield mention_at(turn, *match.span(), value=known, confidence=0.93, source="given")
