"""Plates: vehicle registrations (GA 36), new-energy ones included, as written or as spelled out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.form.chains import gather
from service.form.field import Field
from service.form.mention import Mention, mention_at, settle
from service.form.numerals import DIGITS, SPOKEN
from service.form.readbacks import counted
from service.form.talk import Talk, Turn

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_GAP = r"[\s·・.,，-]{0,2}"
_SIGN = rf"[0-9A-HJ-NP-Za-hj-np-z{SPOKEN}]"
_START = re.compile(rf"[{PROVINCES}]{_GAP}[A-HJ-NP-Za-hj-np-z]{_GAP}(?={_SIGN})")
# Trailers, learners' cars, police, Hong Kong and Macao, trials, oversize, consulates, embassies; 警察来了 is none.
_SUFFIXES = "挂学警港澳试超领使"
_SUFFIX = rf"[{_SUFFIXES}](?=$|[^\u4e00-\u9fff]|[字牌车的这那对是啊呀吧就])"
_NEXT = re.compile(rf"{_GAP}({_SIGN}|{_SUFFIX})")
_ORDINARY = re.compile(rf"[0-9A-HJ-NP-Z]{{4}}[0-9A-HJ-NP-Z{_SUFFIXES}]")
_OVERLONG = re.compile(rf"[0-9A-HJ-NP-Z]{{5}}[{_SUFFIXES}]")  # one sign too many: heard wrongly, or said so
_GOES_ON = re.compile(rf"[0-9A-Za-z{SPOKEN}区座栋幢楼号]")  # 粤B12345 A座 has no sixth sign
_MORE = re.compile(rf"{_GAP}[A-HJ-NP-Za-hj-np-z]{_SIGN}")  # 零六八D七 D七什么: the speaker is still searching
_NEW_ENERGY = re.compile(r"[A-HJK][0-9A-HJ-NP-Z][0-9]{4}|[0-9]{5}[A-HJK]")


def fill_plate(talk: Talk) -> Field:
    """The plate that was said last, what it corrects beside it."""
    return settle(counted(gather(talk, find_plates), talk), talk)


def find_plates(turn: Turn) -> Iterator[Mention]:
    """Complete plates of a turn."""
    for start in _START.finditer(turn.folded):
        head = re.sub(r"[^\w]", "", start[0]).upper()
        signs, ends = _signs_after(turn.folded, start.end())
        for length, shape in ((6, _NEW_ENERGY), (6, _OVERLONG), (5, _ORDINARY)):
            body = signs[:length]
            if shape.fullmatch(body) and re.search(r"[0-9]", body) and len(signs) <= length:
                end = ends[length - 1]
                confidence = 0.7 if shape is _OVERLONG or _MORE.match(turn.folded, end) else 0.96
                yield mention_at(turn, start.start(), end, value=head + body, confidence=confidence)
                break


def _signs_after(text: str, at: int) -> tuple[str, list[int]]:
    """Up to seven letters and digits, spoken digits folded, and where each of them ends."""
    signs, ends = "", []
    while len(signs) < 7 and (match := _NEXT.match(text, at)):
        said = DIGITS.get(match[1], match[1].upper())
        # After five signs a pause ends the plate (粤B12345，3次), but for the last sign of a new-energy one.
        completes = _NEW_ENERGY.fullmatch(signs + said) and not _GOES_ON.match(text, match.end())
        if len(signs) >= 5 and match.start(1) > at and not completes:
            break
        signs += said
        ends.append(match.end())
        at = match.end()
    return signs, ends
