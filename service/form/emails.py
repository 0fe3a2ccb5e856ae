"""E-mail addresses, written or spelled out (幺三八, 下划线, 艾特, 点)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.form.chains import gather
from service.form.field import Field
from service.form.mention import Mention, mention_at, settle
from service.form.numerals import DIGITS, SPOKEN
from service.form.readbacks import counted
from service.form.talk import Talk, Turn
from service.needles import Rare

_WRITTEN = Rare(
    r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}\s?@\s?[A-Za-z0-9][A-Za-z0-9-]{0,62}(?:\s?(?:\.|点)\s?[A-Za-z0-9-]{2,24}){1,3}",
    re.ASCII,
)
# Where the sign is spoken, so may be digits and what joins them; a name is spelled letter by letter, or in one word.
_AT = r"\s?(?:@|艾特|爱特|圈[aA]|小老鼠|(?<![A-Za-z0-9])[aA][tT](?![A-Za-z0-9]))\s?"
_SOME_AT = Rare(_AT)
_JOIN = r"\s?(?:\.|_|-|点|下划线|下横线|[中短]横?线|中划线|减号|横?杠)\s?"
_DIGIT = rf"[0-9{SPOKEN}]"
_GAP = rf"(?:(?<={_DIGIT})[\s，、]{{1,2}}(?={_DIGIT})|(?<![A-Za-z][A-Za-z])\s(?=[A-Za-z](?![A-Za-z])))"
_NAME = rf"[A-Za-z0-9{SPOKEN}](?:(?:{_JOIN}|{_GAP})?[A-Za-z0-9{SPOKEN}]){{0,63}}"
_LABEL = rf"[A-Za-z0-9{SPOKEN}-]{{1,63}}"
_SAID = re.compile(rf"({_NAME})({_AT})({_LABEL}(?:\s?(?:\.|点)\s?[A-Za-z]{{2,24}}){{1,3}})")
_BROKEN = re.compile(r"[A-Za-z0-9]\s$")  # zhang san艾特…: the first word may belong to it
_SPELLED = (
    (re.compile(r"[\s，、]"), ""),
    (re.compile(r"下划线|下横线"), "_"),
    (re.compile(r"[中短]横?线|中划线|减号|横?杠"), "-"),
    (re.compile(r"点"), "."),
)


def fill_email(talk: Talk) -> Field:
    """The caller's e-mail address."""
    return settle(counted(gather(talk, find_emails), talk), talk)


def find_emails(turn: Turn) -> Iterator[Mention]:
    """Addresses of a turn, in lower case."""
    taken: list[tuple[int, int]] = []
    for match in _WRITTEN.finditer(turn.folded):
        taken.append(match.span())
        yield mention_at(turn, *match.span(), value=_address(match[0]), confidence=0.97)
    if not _SOME_AT.search(turn.folded):
        return
    for match in _SAID.finditer(turn.folded):
        if not any(start < match.end() and match.start() < end for start, end in taken):
            value = f"{_address(match[1])}@{_address(match[3])}"
            whole = not _BROKEN.search(turn.folded[max(0, match.start() - 2) : match.start()])
            yield mention_at(turn, *match.span(), value=value, confidence=0.95 if whole else 0.7)


def _address(said: str) -> str:
    for spelled, sign in _SPELLED:
        said = spelled.sub(sign, said)
    return "".join(DIGITS.get(character, character) for character in said).lower()
