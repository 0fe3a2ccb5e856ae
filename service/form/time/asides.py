"""Asides: times that are plainly no event's — of a birth, under a letter, on a package, for a call back, of a door."""

from __future__ import annotations

import re

from service.form.talk import Turn
from service.form.time.moments import When

_HOUSE_NUMBER = re.compile(r"[0-9〇零一二三四五六七八九十]{1,4}号")
# 中山路18号, 河湾组12号, 中山路26-1号; a 施工队 or a 小组 comes on a 12号.
_ROAD = re.compile(r"(?:[路街巷道弄村屯坊寨坡楼栋幢]|(?<![工小])[组队]|[路街巷道弄村屯组队]\s?[0-9]{1,4}\s?-)\s?$")
_MADE_BEFORE = re.compile(r"(?:生于|出生(?:日期|年月|时间)?|生日|生产日期|出厂日期|保质期|有效期)[^，。；]{0,4}$")
_MADE_AFTER = re.compile(r"^\s?(?:出生|生人|生(?=[，。、；\s]|$)|生产的|出厂的)")
# 请晚上七点后联系; what is told of a call (七点以后打都没人接) asks for nothing.
_ASKS = r"请|麻烦|可以?|方便|最好|再|勿|不要|别"
_CALL_BACK = re.compile(rf"^(?:[以之]?[前后]|{_ASKS}){{0,4}}(?:联系|回电|回访|来电|致电|打)(?![不过了上])")
_ASKED = re.compile(_ASKS)
_CLOSING = re.compile(r"此致|敬礼|敬上|谨启|谨呈")
_CLOSING_WITHIN = 60
_AROUND = 12
_ASKED_BEFORE = 4


def is_aside(turn: Turn, when: When) -> bool:
    """Whether a time is none of an event, by the words right beside it."""
    text = turn.folded
    words, before, after = text[when.start : when.end], text[: when.start], text[when.end : when.end + _AROUND]
    if _HOUSE_NUMBER.fullmatch(words) and _ROAD.search(before[-_AROUND:]):
        return True
    if when.dated:
        made = _MADE_BEFORE.search(before[-_AROUND:]) or _MADE_AFTER.search(after)
        return bool(made) or _dates_letter(turn, when)
    call = _CALL_BACK.match(after) if when.repeats is None else None
    return call is not None and bool(_ASKED.search(before[-_ASKED_BEFORE:] + call[0]))


def _dates_letter(turn: Turn, when: When) -> bool:
    """The date under a letter: after its closing words, or alone on the last of its lines."""
    if when.begin is None or when.begin.grain != "day" or not re.match(r"[0-9二]", turn.folded[when.start :]):
        return False
    before, after = turn.text[: when.start], turn.text[when.end :]
    if _CLOSING.search(before[-_CLOSING_WITHIN:]):
        return True
    above, _, line = before.rpartition("\n")
    return bool(above.strip()) and not line.strip() and not after.strip(" 。.\n\r\t")
