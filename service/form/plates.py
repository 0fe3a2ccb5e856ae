"""Plates: vehicle registrations (GA 36), new-energy ones included, as written or as spelled out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.form.field import Field
from service.form.mention import Mention, mention_at, settle
from service.form.numerals import DIGITS, SPOKEN
from service.form.talk import Talk, Turn

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_GAP = r"[\s·・.,，-]{0,2}"
_SIGN = rf"[0-9A-HJ-NP-Za-hj-np-z{SPOKEN}]"
_START = re.compile(rf"[{PROVINCES}]{_GAP}[A-HJ-NP-Za-hj-np-z]{_GAP}(?={_SIGN})")
_ORDINARY = re.compile(r"[0-9A-HJ-NP-Z]{4}[0-9A-HJ-NP-Z挂学警港澳试超]")
_NEW_ENERGY = re.compile(r"[A-HJK][0-9A-HJ-NP-Z][0-9]{4}|[0-9]{5}[A-HJK]")


def fill_plate(talk: Talk) -> Field:
    """The plate that was said last, what it corrects beside it."""
    return settle((mention for turn in talk.turns for mention in find_plates(turn, talk)), talk)


def find_plates(turn: Turn, talk: Talk) -> Iterator[Mention]:
    """Complete plates of a turn; a read-back counts unless the citizen denied it."""
    if turn.role == "agent" and talk.denies(turn):
        return
    for start in _START.finditer(turn.folded):
        head = re.sub(r"[^\w]", "", start[0]).upper()
        signs, ends = _signs_after(turn.folded, start.end())
        for length, shape in ((6, _NEW_ENERGY), (5, _ORDINARY)):
            body = signs[:length]
            if shape.fullmatch(body) and re.search(r"[0-9]", body) and len(signs) <= length:
                yield mention_at(turn, start.start(), ends[length - 1], value=head + body, confidence=0.96)
                break


def _signs_after(text: str, at: int) -> tuple[str, list[int]]:
    """Up to seven letters and digits, spoken digits folded, and where each of them ends."""
    signs, ends = "", []
    sign = re.compile(rf"{_GAP}({_SIGN}|[挂学警港澳试超])")
    while len(signs) < 7 and (match := sign.match(text, at)):
        character = match[1].upper()
        # A gap and then a Chinese numeral may begin the next sentence; six signs are enough to stop at.
        if len(signs) >= 5 and match[0][0] in " ，,." and character in SPOKEN:
            break
        signs += DIGITS.get(character, character)
        ends.append(match.end())
        at = match.end()
    return signs, ends
