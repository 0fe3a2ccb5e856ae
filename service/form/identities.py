"""Identities: citizens' ID numbers (GB 11643), accepted with certainty only where the check digit is right."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.form.chains import gather
from service.form.field import Field
from service.form.mention import Mention, mention_at, settle
from service.form.numerals import DIGITS, SPOKEN, digits_of
from service.form.readbacks import counted
from service.form.talk import Talk, Turn

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_DIGIT = rf"[0-9{SPOKEN}]"
_NUMBER = re.compile(
    rf"(?<![0-9A-Za-z]){_DIGIT}(?:[\s,，、-]{{0,2}}{_DIGIT}){{16}}[\s,，、-]{{0,2}}(?:{_DIGIT}|[XxＸ]|叉|艾克斯)(?![0-9])"
)
_SHAPE = re.compile(r"[1-8]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]", re.ASCII)


def fill_identity(talk: Talk) -> Field:
    """The caller's ID number, unmasked; the form's definition decides what is shown of it."""
    return settle(counted(gather(talk, find_identities), talk), talk)


def find_identities(turn: Turn) -> Iterator[Mention]:
    """Numbers of the right shape; one whose check digit is wrong was misheard and is only suggested."""
    for match in _NUMBER.finditer(turn.folded):
        value = _normalise(match[0])
        if _SHAPE.fullmatch(value):
            yield mention_at(turn, *match.span(), value=value, confidence=0.98 if is_identity(value) else 0.45)


def is_identity(number: str) -> bool:
    """Whether shape and check digit are right."""
    if not _SHAPE.fullmatch(number):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=False))
    return _CHECKS[total % 11] == number[17]


def _normalise(text: str) -> str:
    digits = digits_of(text)
    return digits if text[-1] in DIGITS else digits + "X"
