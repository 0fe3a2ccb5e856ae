"""Phones: contact numbers as they are said — digit by digit, in groups, over several turns, or as "this number"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from service.form.chains import gather
from service.form.field import MISSING, Field, Place
from service.form.identities import find_identities
from service.form.mention import UNSURE, Mention, mention_at, settle
from service.form.numerals import DIGITS, SPOKEN, digits_of
from service.form.readbacks import counted
from service.form.surnames import NAMED, SINGLE
from service.form.talk import Talk, Turn
from service.form.whom import ROLES, asks_who_else
from service.needles import Rare

# Number plan: mobile ranges in use; area codes 010, 02x and 03xx–09xx with 7 or 8 digits that start with 2–8.
MOBILE = re.compile(r"1(?:3\d|4[5-9]|5[0-35-9]|6[2567]|7[0-8]|8\d|9[0-35-9])\d{8}", re.ASCII)
LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d{2})[2-8]\d{6,7}", re.ASCII)
LOCAL = re.compile(r"[2-8]\d{6,7}", re.ASCII)
AREA_CODE = re.compile(r"0(?:10|2\d|[3-9]\d{2})", re.ASCII)

_GAP = r"[\s,，、。.·—\-－~呃嗯啊哦]{0,3}"
RUN = re.compile(rf"[0-9{SPOKEN}](?:{_GAP}[0-9{SPOKEN}])*")
# 双七, 三个六: a digit that is said once for all of its times.
_TIMES = r"(?:双|[两二三四五2-5]个)"
_DIALLED = re.compile(rf"(?:{_TIMES}\s?)?[0-9{SPOKEN}](?:{_GAP}(?:{_TIMES}\s?)?[0-9{SPOKEN}])*")
_MANY_TIMES = re.compile(rf"{_TIMES}\s?[0-9{SPOKEN}]")
_SIGN = re.compile(rf"(?:({_TIMES})\s?)?([0-9{SPOKEN}])")
_CALLED = r"电话|手机|座机|联系方式|(?<![证单案牌卡件])号码"  # 身份证号码, 工单号码 are no telephone's
ASKS_PHONE = re.compile(rf"{_CALLED}|怎么联系|联系您")
_OWN = re.compile(rf"{_CALLED}|打我|区号")
_MINE = r"[我俺](?:的|自己的?|本人的?)?(?:联系)?(?:手机|电话|号码)"
_CLAIMED = re.compile(rf"{_MINE}(?:号码?)?[是为]?[\s:：]*(?=[0-9{SPOKEN}]|$)")
_PERSON = rf"(?:{ROLES}|[寄发收][件货]人)(?:[\s:：]{{0,2}}(?:名?叫|是)?(?:[姓小老].|{NAMED})[\s，（(]{{0,2}})?"
# 老板的电话, 物业那边电话, 包工头王建国，电话, 包工头叫王建国，电话
_OTHERS = (
    rf"(?:{_PERSON}|他|她|公司|店|厂家|物业|前台|客服|对方|骗子|开发商|单位|学校|医院|银行|平台|酒店|街道办?|社区|[居村]委会?|派出所|政府"
    r"|城管|交警|消防|值班室|售后|营业厅|服务台|管理处|[\u4e00-\u9fff]{2,6}(?:局|中心|大队|支队)|热线|大厅|窗口)(?:家|那边)?(?:的|留的)?(?:联系)?(?:电话|手机|号码|联系方式)"
)
_THEIRS = re.compile(rf"{_OTHERS}(?:号码?)?[是为]?[\s:：]*$")
_BESIDE = re.compile(rf"{_PERSON}$")  # 包工头王建国13800138000
# 我妈的手机号
_KIN = (
    r"(?:老[公婆伴]|媳妇|爱人|妻子|丈夫|爸爸?|妈妈?|[父母]亲|儿子|女儿|孩子|[哥弟姐妹]{1,2}|[爷奶]{2}"
    r"|[岳公婆][父母公婆]|朋友|同事|邻居)"
)
_OF_KIN = re.compile(
    rf"[我俺](?:家|的)?[大小二表堂]?{_KIN}(?:的|那个)?(?:联系)?(?:{_CALLED})?(?:号码?)?[是为]?[\s，,:：（(]*$"
)
_TO_CALL = re.compile(r"(?:联系|[打找留写记拨])[^，。\s]{0,4}$")  # 打我女儿的电话
# 骗子用13800138000打电话, 接到13800138000的来电
_CALLED_FROM = re.compile(
    r"(?:(?:骗子|对方|有人|别人|陌生人|自称[^，。]{1,8}?|[他她]们?)[^，。]{0,4}?[用拿]|(?<![没未不能])[接收]到)[^，。0-9]{0,8}$"
)
# 老板的电话知道吗, but not 李老板电话多少, which is said to the caller.
_ASKS_THEIRS = re.compile(rf"^(?!.*(?:您的?(?:本人)?(?:联系)?(?:{_CALLED})|联系您)).*(?<![{SINGLE}]){_OTHERS}")
_OF_SELF = re.compile(r"(?:[我俺]|本人)(?:就)?[是叫][^，。\s]{0,8}$|联系人[^，。\s]{0,6}$")  # 我是店主陈大文，电话
# 打了城管电话0771-…没人接: who does not answer is not the caller.
_UNANSWERED = re.compile(
    r"[\s，）)]{0,2}(?:都|也|一直|老是|总是|根本)?(?:没人接|无人接|打不通|占线|不接|没接|空号|停机|关机)"
)
# 物业：某某物业，电话0771-…: a landline that stands beside a firm is the firm's; a mobile number may be the caller's.
_AFTER_FIRM = re.compile(
    r"(?:物业|公司|店|厂|医院|学校|小学|中学|幼儿园|酒店|银行|中心|驿站|超市|餐厅|机构)[）)”\"]?[，、\s]{1,2}(?:联系)?电话(?:号码)?[是为：:]?\s*$"
)
_USED_BEFORE = re.compile(
    r"用[^，。\s]{0,2}[我俺](?!的|自己)[^，。\s]{1,6}(?:电话|手机|号码?)打[的过来]*[\s，]*$"
)  # 用我老公的电话打的
_OTHERWISE = re.compile(
    r"(?:打不通|打不进|没接|没人接|接不[到着])[^。？]{0,24}$|(?:^|[\s，。])(?:或者|要不然?|(?:实在)?不行|也可以)[^。？]{0,12}$"
)  # the number to try next
_NO_PHONE = re.compile(r"(?:工号|单号|编号|案号|身份证|证件?号|住院号|批号|卡号|账号|受理号)[^0-9]{0,4}$")
_THIS = Rare(
    r"(?:这个|本机|来电|现在打的?|打过来的?|打进来的?)(?:的)?(?:这个)?(?:手机|电话|号码|号)"
    r"|(?:电话|手机|号码|联系)[^，。？]{0,4}(?:就|还)?(?:是|打)?这个|(?:就|还)(?:打|是|用|留)?这个(?:手机|电话|号码|号)?|(?:打过来|打进来|现在打)的?这个|打我的(?=[\s，。]|$)|留来电|打来电|电话来电"
)
_ABROAD = re.compile(r"^(?:(?:00)?86|0)(?=1\d{10}$)", re.ASCII)  # what an exchange may put before a mobile number
_TAIL = re.compile(rf"(?:尾号|最后四位|后四位)是?[\s:：]*((?:\s?[0-9{SPOKEN}]){{4}})(?![0-9])")
_AREA_CODE_SAID = re.compile(rf"[\s，,]*区号(?:是)?\s*([0-9{SPOKEN}]{{3,4}})")
_HEAD = re.compile(rf"([0-9{SPOKEN}]{{3}})(?:开头|的?(?:那个|这个))")
_AROUND = 24  # characters before a number that say whose it is
_NEAR = 12  # and of these, the ones that say that it is a telephone's
_MEASURED = re.compile(
    r"\s?[多余]?(?:[元块吨岁平户楼年月%％度米斤万千]|个(?:月|人))"
)  # what counts is no part of a number
_HALF = 5  # digits of a mobile number that nothing else begins with
_LEAST, _GROUP = 3, 2  # digits of an area code, and of a piece of a number
ANOTHERS = 0.5  # below it a number is somebody else's
_MOST_PIECES = 5  # of two digits or more, eleven in all
_REPEATED = re.compile(r"(\d{3,7})(\1\d+)$", re.ASCII)  # 幺三八 幺三八 零零零零 五零九六


@dataclass(frozen=True, slots=True)
class Run:
    """Digits that were said in one go, and where each of them stands in the turn."""

    turn: Turn
    digits: str
    at: tuple[int, ...]

    def without(self, places: Sequence[Place]) -> Iterator[Run]:
        """What is left of the run where some words are taken out."""
        taken = [any(p.start <= at < p.end for p in places) for at in self.at]
        for is_taken, group in groupby(range(len(self.at)), key=taken.__getitem__):
            if not is_taken:
                kept = [*group]
                yield Run(self.turn, "".join(self.digits[i] for i in kept), tuple(self.at[i] for i in kept))

    def mobile(self) -> str | None:
        """A mobile number that begins where the speaker paused; one in the midst of other digits is none."""
        starts = (i for i in range(len(self.at)) if self.pauses(i))
        return next((found[0] for start in starts if (found := MOBILE.match(self.digits, start))), None)

    def pauses(self, number: int) -> bool:
        """Whether the speaker paused before that digit; the run begins and ends with a pause."""
        return number in (0, len(self.at)) or self.at[number] - self.at[number - 1] > 1

    def mention(self, digits: str, *, value: str, confidence: float) -> Mention:
        """A mention of some of the digits."""
        first = self.digits.index(digits)
        start, end = self.at[first], self.at[first + len(digits) - 1] + 1
        return mention_at(self.turn, start, end, value=value, confidence=confidence)


def fill_phone(talk: Talk, caller_phone: str | None) -> Field:
    """The number to call back: one that was said, or the one that telephony knows."""
    known = _ABROAD.sub("", digits_of(caller_phone)) if caller_phone else ""
    claims = any(_CLAIMED.search(turn.folded) for turn in talk.citizen)
    heard = gather(talk, lambda turn: _said(turn, talk, known=known, claims=claims)) or gather(
        talk, lambda turn: _pieced(turn, talk)
    )
    mentions = counted(heard, talk, known=known)
    mentions += [mention for turn in talk.citizen for mention in _put_right(turn, talk, heard)]
    if known:
        mentions += [mention for turn in talk.turns for mention in _pointed_at(turn, talk, known)]
    if mentions and not (known and all(mention.confidence < ANOTHERS for mention in mentions)):
        return settle(mentions, talk)
    others = tuple(dict.fromkeys(mention.value for mention in mentions))
    return Field(known, None, (), 0.75, "given", "suggested", others) if known else MISSING


def _groups_of(turn: Turn, talk: Talk) -> tuple[Run, ...]:
    """Runs of two digits or more in a turn, written or spoken."""
    return talk.once.get(("groups", turn.index, turn.text), lambda: tuple(_runs(turn)))


def _runs(turn: Turn) -> Iterator[Run]:
    has_times = ("双" in turn.folded or "个" in turn.folded) and _MANY_TIMES.search(turn.folded)
    for match in (_DIALLED if has_times else RUN).finditer(turn.folded):
        if match.end() - match.start() < _GROUP:
            continue
        signs = [sign for sign in _SIGN.finditer(turn.folded, *match.span()) for _ in range(_times(sign[1]))]
        if len(signs) >= _GROUP:
            yield Run(turn, "".join(DIGITS[sign[2]] for sign in signs), tuple(sign.start(2) for sign in signs))


def _times(word: str | None) -> int:
    return 1 if word is None else 2 if word == "双" else int(DIGITS[word[0]])


def is_phone(digits: str) -> bool:
    """Whether the number plan knows such a number."""
    return bool(MOBILE.fullmatch(digits) or LANDLINE.fullmatch(digits))


def _said(turn: Turn, talk: Talk, *, known: str, claims: bool) -> Iterator[Mention]:
    """Telephone numbers of a turn; `claims`: the caller calls some number his own, so that others are less so."""
    runs = [run for run in _groups_of(turn, talk) if len(run.digits) >= _LEAST]
    if not runs:
        return
    question = talk.question_before(turn)
    asked = bool(ASKS_PHONE.search(question))
    asks_theirs = asks_who_else(question) or (asked and bool(_ASKS_THEIRS.search(question)))
    asked = asked and not asks_theirs
    personal = [place for identity in find_identities(turn, talk) for place in identity.places]
    area = ""
    for run in (part for whole in runs for part in whole.without(personal)):
        before = turn.folded[max(0, run.at[0] - _AROUND) : run.at[0]]
        if _NO_PHONE.search(before):
            continue
        sure = asked or turn.role == "agent" or bool(_CLAIMED.search(before))
        own = sure or bool(_OWN.search(before[-_NEAR:]))
        confidence = 0.97 if sure or (own and not claims) else 0.85 if own else 0.9
        pointed = bool(_THIS.search(turn.folded, 0, run.at[0]))
        if (
            _is_theirs(before, asked=asked)
            or _is_kins(before, asked=asked, pointed=pointed)
            or _USED_BEFORE.search(before)
            or (asks_theirs and not _CLAIMED.search(before))
        ):
            confidence = 0.3
        if not sure and LANDLINE.fullmatch(run.digits) and _AFTER_FIRM.search(before):
            confidence = min(confidence, UNSURE)
        if not sure and _UNANSWERED.match(turn.folded, run.at[-1] + 1):
            confidence = min(confidence, 0.3)
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
        elif len(run.digits) > 11 and own and (found := run.mobile()):
            whole = run.pauses(run.digits.index(found) + len(found))  # 13800056623，一直没人接
            yield run.mention(found, value=found, confidence=min(confidence, 0.9 if whole else 0.6))


def _is_theirs(before: str, *, asked: bool) -> bool:
    """Whether the words before a number say that it is another's; who was asked for his own gives his own."""
    theirs = _THEIRS.search(before) or (None if asked else _BESIDE.search(before) or _CALLED_FROM.search(before))
    return theirs is not None and not _OF_SELF.search(before[: theirs.start()])


def _is_kins(before: str, *, asked: bool, pointed: bool) -> bool:
    """Whether a number is a relative's who is not to be called.

    Who is asked for a number may offer a relative's instead of his own, unless he `pointed` at this one before.
    """
    kins = _OF_KIN.search(before)
    return kins is not None and not (_TO_CALL.search(before[: kins.start()]) or (asked and not pointed))


def _local(run: Run, *, area: str, known: str) -> Iterator[Mention]:
    if area:
        yield run.mention(run.digits, value=area + run.digits, confidence=0.95)
    elif known.endswith(run.digits):
        yield run.mention(run.digits, value=known, confidence=0.97)


def _area_after(turn: Turn, run: Run) -> str:
    match = _AREA_CODE_SAID.match(turn.folded, run.at[-1] + 1)
    return digits_of(match[1]) if match else ""


def _pieced(turn: Turn, talk: Talk) -> Iterator[Mention]:
    """A mobile number whose groups have words between them: 132000那个号，一六四八三.

    Only where a telephone is asked for or spoken of, or half of it is said at once: prices and ages make eleven
    digits, too.
    """
    text = turn.folded
    spoken_of = bool(ASKS_PHONE.search(talk.question_before(turn)) or _OWN.search(text))
    runs = _groups_of(turn, talk)
    for first in range(len(runs)):
        for last in range(first + 1, min(first + _MOST_PIECES, len(runs))):
            pieces = runs[first : last + 1]
            digits = "".join(run.digits for run in pieces)
            sure = spoken_of or len(pieces[0].digits) >= _HALF
            if sure and MOBILE.fullmatch(digits) and not any(_MEASURED.match(text, run.at[-1] + 1) for run in pieces):
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
