"""Retractions: divisions that the caller named, or heard read back, and then took back (不是福田，是南山)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from service.form.address.districts import Compass
from service.form.address.gazetteer import STREET, Division, Hit
from service.form.field import Place
from service.form.talk import Talk, Turn

_DENIED = re.compile(r"(?<!是)不是在?$")  # 不是福田; with a pause behind it, it denies what came before
_PUTS_RIGHT = re.compile(
    r"(?:不对|(?<!是)不是[\s，,]|说错了?|讲错了?|哦不)[\s，,啊哦呃]*(?:应该)?(?:是|在)?[\s，,]*$|应该是在?$"
)
_ROOM = 16  # characters between what is taken back and what stands for it
_NEAR = 12  # names on either side that are looked at: a text may hold thousands
_REACH = 4  # turns: said, read back, denied, said anew


@dataclass(frozen=True, slots=True)
class Named:
    """A name of a division in a turn."""

    turn: Turn
    hit: Hit

    @property
    def level(self) -> int:
        """The highest level that the name can mean."""
        return min(division.level for division in self.hit.divisions)

    @property
    def place(self) -> Place:
        """Its words."""
        return self.turn.place(self.hit.start, self.hit.end)

    def rivals(self, other: Named) -> bool:
        """Whether both name a division of one level, and not the same one."""
        if self.hit.divisions == other.hit.divisions:
            return False
        own = {division.code for division in self.hit.divisions}
        return self.level == other.level <= STREET and own.isdisjoint(d.code for d in other.hit.divisions)


@dataclass(frozen=True, slots=True)
class Retraction:
    """What was taken back, and where the words begin that stand for it: from there on the old name counts again."""

    old: Hit
    place: Place

    def covers(self, turn: Turn, hit: Hit, compass: Compass) -> bool:
        """Whether a name said before means what was taken back, or lies in it."""
        if (turn.index, hit.start) >= (self.place.segment, self.place.start):
            return hit == self.old and turn.index == self.place.segment  # 是南山，不是福田
        within = compass.gazetteer.within
        return all(any(within(division, old) for old in self.old.divisions) for division in hit.divisions)


def find_retractions(talk: Talk, compass: Compass) -> list[Retraction]:
    """Names of divisions that gave way to another one of their level."""
    named = [Named(turn, hit) for turn in talk.turns for hit in compass.hits(turn) if "12345" not in turn.folded]
    found = []
    for at, second in enumerate(named):
        if second.turn.role != "citizen" or _is_denied(second):
            continue
        near = named[max(0, at - _NEAR) : at + _NEAR]
        olds = [old for old in near if _may_give_way(old, second) and _gives_way(old, second, talk)]
        found += [Retraction(old.hit, second.place) for old in olds]
    return found


def retracted(retractions: list[Retraction], compass: Compass) -> list[Division]:
    """What was taken back, where that is one division."""
    found = [compass.locate([retraction.old]).division for retraction in retractions]
    return list(dict.fromkeys(division for division in found if division is not None))


def _may_give_way(old: Named, second: Named) -> bool:
    return 0 <= second.turn.index - old.turn.index <= _REACH and old.rivals(second)


def _gives_way(old: Named, second: Named, talk: Talk) -> bool:
    if old.turn is second.turn:
        apart = max(second.hit.start - old.hit.end, old.hit.start - second.hit.end)
        if apart > _ROOM:
            return False
        between = second.turn.folded[old.hit.end : second.hit.start]
        return _is_denied(old) or bool(_PUTS_RIGHT.search(between))
    return second.hit.start <= _ROOM and talk.takes_back(second.turn, before=second.hit.start)


def _is_denied(named: Named) -> bool:
    start = named.hit.start
    return bool(_DENIED.search(named.turn.folded[max(0, start - 4) : start]))
