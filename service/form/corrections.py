"""Corrections: the number of a building, a unit, a floor or a room that was said, taken back and said anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from service.form.address.places import clean_place
from service.form.field import Place
from service.form.numerals import digits_of
from service.form.talk import Talk, Turn
from service.needles import Rare

_CN = "〇零一二两三四五六七八九十百幺"
_KINDS = (("号楼", "栋", "幢", "座"), ("单元", "门洞"), ("楼", "层"), ("室",), ("号院", "号"), ("组",))
_UNITS = "|".join(sorted((unit for kind in _KINDS for unit in kind), key=len, reverse=True))
_NUMBERED = Rare(rf"(?<![0-9A-Za-z{_CN}第])([0-9]{{1,4}}|[A-Z]|[{_CN}]{{1,5}})\s?({_UNITS})(?!线|码)")
_DIGITS = f"[0-9{_CN.replace('十', '').replace('百', '')}]{{3,4}}"
_ROOMS = re.compile(rf"不是\s?({_DIGITS})[，,\s啊哦]*(?:应该)?是\s?({_DIGITS})(?![0-9{_CN}年块元号])")
_CODES = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_DENIED = re.compile(r"(?<!是)不是\s?$")
_AGREES = re.compile(r"^[\s嗯啊哦]*(?:对|没错|是的|好)")
_ROOM = 16  # characters between what is taken back and what stands for it
_REACH = 4  # turns: said, read back, denied, said anew


@dataclass(frozen=True, slots=True)
class Numbered:
    """One number with its unit, as an address writes it (6栋), and what it counts."""

    text: str
    kind: int
    place: Place


@dataclass(frozen=True, slots=True)
class Correction:
    """What stands instead of what, as an address writes them, and where it was said."""

    old: str
    new: str
    place: Place

    @property
    def undone(self) -> Correction:
        """The other way round: what was said first."""
        return Correction(self.new, self.old, self.place)


def find_corrections(talk: Talk) -> list[Correction]:
    """Numbers that the caller took back, or that he answered to a read-back with another one."""
    said = [number for turn in talk.citizen for number in _numbers(turn)]
    found = [correction for turn in talk.citizen for correction in _rooms(turn)]
    for at, second in enumerate(said):
        first = next((n for n in reversed(said[:at]) if n.kind == second.kind), None)
        if first and first.text != second.text and _replaces(first, second, talk):
            found.append(Correction(first.text, second.text, second.place))
    return found


def corrected(text: str, corrections: list[Correction]) -> str:
    """An address with the numbers that stand; each of them once."""
    for correction in corrections:
        text = _replaced(text, correction.old, correction.new)
        while correction.new * 2 in text:
            text = text.replace(correction.new * 2, correction.new)
    return text


def _replaced(text: str, old: str, new: str) -> str:
    """A number wherever it stands whole. No pattern is made of it: `re` would keep the citizen's words."""
    whole, start = "", 0
    while (at := text.find(old, start)) >= 0:
        before, after = text[at - 1 : at], text[at + len(old) : at + len(old) + 1]
        is_whole = before not in _CODES and not ("0" <= after <= "9")
        whole += text[start:at] + (new if is_whole else old)
        start = at + len(old)
    return whole + text[start:]


def _numbers(turn: Turn) -> Iterator[Numbered]:
    for match in _NUMBERED.finditer(turn.folded):
        kind = next(i for i, units in enumerate(_KINDS) if match[2] in units)
        yield Numbered(clean_place(match[0]), kind, turn.place(*match.span()))


def _rooms(turn: Turn) -> Iterator[Correction]:
    """Rooms without a unit: 不是五零二，是五零三."""
    for match in _ROOMS.finditer(turn.folded):
        old, new = digits_of(match[1]), digits_of(match[2])
        if old != new and len(old) == len(new):
            yield Correction(old, new, turn.place(*match.span(2)))


def _replaces(first: Numbered, second: Numbered, talk: Talk) -> bool:
    if first.place.segment == second.place.segment:
        denied = _DENIED.search(talk.turns[first.place.segment].folded[: first.place.start])  # 不是六栋，是七栋
        near = second.place.start - first.place.end <= _ROOM
        return near and (bool(denied) or talk.corrected_between(first.place, second.place))
    turn = talk.turns[second.place.segment]
    if turn.index - first.place.segment > _REACH or second.place.start > _ROOM:
        return False
    asked = talk.turns[turn.index - 1]
    read_back = asked.role == "agent" and any(n.kind == second.kind and n.text != second.text for n in _numbers(asked))
    read_back = read_back and not _AGREES.search(turn.folded)
    return read_back or talk.takes_back(turn, before=second.place.start)
