"""Read-backs: which of the numbers that the call-taker says are the caller's, and which he only gives."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from service.form.mention import Mention
from service.form.numerals import SPOKEN, signs_of
from service.form.talk import Talk, Turn

_RUN = re.compile(rf"[0-9A-Za-z{SPOKEN}](?:[\s,，、.·@_—-]{{0,3}}[0-9A-Za-z{SPOKEN}])*")
# Right before the number: it is somebody else's, or one to write to.
_OTHERS = re.compile(
    r"(?:(?<!您)(?<!您们)(?:街道|社区|公司|物业|单位|学校)|[居村]委会?|[局办委处所站院]|中心|热线|平台|部门|客服|窗口|银行|大厅|负责人|师傅|他们?|她)"
    r"(?:那边|这边|值班|投诉|服务|咨询|联系|办公|监督|举报)*的?(?:电话|手机|号码|座机|邮箱|联系方式)[^，。？]{0,4}$"
    r"|(?:拨打?|致电|请打|可以打|直接打|打一?下|咨询|反馈到)[^，。？]{0,12}$|(?:[发寄送投交]|发送|提交)(?:到|至|给|往)[^，。？]{0,12}$"
)
_WANTS_NUMBER = re.compile(
    r"(?:电话|号码|联系方式)(?:有吗|有没有|是?多少|是什么|给我|呢|吗)[？?\s]*$|打(?:哪个|什么)(?:电话|号)"
)
_ISSUED = re.compile(r"(?:工单|受理|查询|流水|登记|诉求|办件|回执|单)(?:编?号码?|码)[^，。？]{0,4}$")
_YOURS = re.compile(
    r"您的?[^，。？]{0,6}(?:电话|号码|手机|座机|邮箱|身份证|证件|车牌)[^，。？]{0,4}$|(?:联系|回访)(?:电话|方式|号码)[^，。？]{0,6}$"
)
_CHECKS = re.compile(
    r"^[\s，。]{0,2}(?:[^，。？\s]{1,4}[\s，]{0,2})?(?:这个)?(?:对不对|是不是|没错|[对是]?[吗吧么嘛]|？)"
)
_AGREES = re.compile(
    r"^[\s，嗯哎啊哦呃]*(?:对(?!不起|面|方|了[，\s])|没错|正确|错不了|就是|就这个|是的|是(?=[，。\s啊呀呢哦]|$)|[中得成](?=[，。\s中得成]|$)|要得)"
)
_TOLD = re.compile(r"[^\s，。！？]")
# 不，这是我女儿的: said of a number that was read back, not of the name beside it.
_NO = re.compile(r"^[\s嗯哎啊哦呃]*(?:不[，。\s]|(?:你|您)?(?:说|记|写|念)错)")
_ELSE = re.compile(r"姓|名字|叫|称呼|地址|住|时间")  # what a denial may put right instead of the number
_HOTLINES = ("12345", "12315", "12328", "12333", "12366", "12388")
_LEAST = 3  # signs: shorter runs are in every number
_AROUND = 24  # characters before a number that say whose it is
_ANOTHERS = 0.5  # below it the caller gave the number as somebody else's, or it was misheard
_ALIKE = 0.7  # share of signs that two readings of one number have in common
_UNSURE = 0.7  # what may be suggested and not filled


def counted(mentions: Iterable[Mention], talk: Talk, *, known: str = "") -> list[Mention]:
    """The caller's mentions, and those of the call-taker that read a number back to him.

    A read-back is confirmed by the caller, or it repeats or completes what he said, or the number that telephony
    knows; and he does not deny it. What he denies is at most suggested where he said it before, unless he says it
    again.
    """
    heard = list(mentions)
    denied = {m.value: m.places[0].segment for m in heard if _is_agents(m, talk) and _denies(_turn(m, talk), talk)}
    own = [_doubted(m, denied) for m in heard if not _is_agents(m, talk)]
    read = [kept for m in heard if _is_agents(m, talk) and (kept := _read_back(m, own, talk, known=known))]
    return _whole(_outdone(own, read, talk) + read, talk)


def _outdone(own: list[Mention], read: list[Mention], talk: Talk) -> list[Mention]:
    """The caller's mentions, less sure where he agreed later to nearly the same number."""
    agreed = [m for m in read if _AGREES.search(talk.reply_to(_turn(m, talk)))]
    return [
        replace(m, confidence=min(m.confidence, _UNSURE)) if any(_mends(other, m) for other in agreed) else m
        for m in own
    ]


def _mends(read: Mention, said: Mention) -> bool:
    """Whether a number that was read back is the one that was said before it, but for some of its signs."""
    if len(read.value) != len(said.value) or read.value == said.value or _at(read) < _at(said):
        return False
    same = sum(first == second for first, second in zip(read.value, said.value, strict=True))
    return same >= _ALIKE * len(said.value)


def repeats(value: str, before: Turn, talk: Talk) -> bool:
    """Whether the caller had said a number, or most of its signs, before a turn of the call-taker."""
    signs = signs_of(value)
    said = [
        run
        for turn in talk.turns[: before.index]
        if turn.role == "citizen"
        for match in _RUN.finditer(turn.folded)
        if len(run := signs_of(match[0])) >= _LEAST and run not in _HOTLINES
    ]
    if any(signs in run for run in said):
        return True
    rest = signs
    for run in sorted(set(said), key=len, reverse=True):
        rest = rest.replace(run, "·", 1)
    return bool(signs) and len(signs_of(rest)) * 2 <= len(signs)


def _read_back(mention: Mention, own: list[Mention], talk: Talk, *, known: str) -> Mention | None:
    turn = _turn(mention, talk)
    if _refuses(turn, talk):
        return None
    place = mention.places[0]
    before = turn.folded[max(0, place.start - _AROUND) : place.start]
    checks = bool(_CHECKS.search(turn.folded[place.end : place.end + _AROUND]))
    agrees = bool(_AGREES.search(talk.reply_to(turn)))
    confirms = agrees or talk.confirms(turn)
    if repeats(mention.value, turn, talk):
        same = [m.confidence for m in own if m.value == mention.value]
        return (
            replace(mention, confidence=min(mention.confidence, *same)) if same and max(same) < _ANOTHERS else mention
        )
    if known and mention.value == known:
        return mention if confirms else replace(mention, confidence=min(mention.confidence, 0.9))
    asked_for = turn.index > 0 and talk.turns[turn.index - 1].role == "citizen"
    if asked_for and _WANTS_NUMBER.search(talk.turns[turn.index - 1].folded) and not (agrees or checks):
        return None
    if not confirms or _OTHERS.search(before) or (_ISSUED.search(before) and not checks):
        return None
    if agrees or checks or _YOURS.search(before):
        return mention
    told = _TOLD.match(turn.folded, place.end)  # 之前粤B12345那件已办结: 好的 is no confirmation of the number
    return None if told else replace(mention, confidence=min(mention.confidence, _UNSURE))


def _refuses(turn: Turn, talk: Talk) -> bool:
    return talk.denies(turn) or bool(_NO.search(talk.reply_to(turn)))


def _denies(turn: Turn, talk: Talk) -> bool:
    return _refuses(turn, talk) and not _ELSE.search(talk.reply_to(turn))


def _doubted(mention: Mention, denied: dict[str, int]) -> Mention:
    late = mention.value not in denied or mention.places[0].segment > denied[mention.value]
    return mention if late else replace(mention, confidence=min(mention.confidence, _UNSURE))


def _whole(mentions: list[Mention], talk: Talk) -> list[Mention]:
    """Numbers that were made whole later, or read back in part, stand for the whole where only a part was said."""
    whole = []
    for part in mentions:
        longer = [m for m in mentions if m.value != part.value and part.value in m.value]
        longer = [m for m in longer if _is_agents(part, talk) or _at(part) < _at(m)]
        best = max(longer, key=lambda m: len(m.value), default=part)
        whole.append(replace(part, value=best.value, confidence=min(part.confidence, best.confidence)))
    return whole


def _at(mention: Mention) -> tuple[int, int]:
    return mention.places[0].segment, mention.places[0].start


def _turn(mention: Mention, talk: Talk) -> Turn:
    return talk.turns[mention.places[0].segment]


def _is_agents(mention: Mention, talk: Talk) -> bool:
    return _turn(mention, talk).role == "agent"
