"""Accusation: wording by which a caller complains of an office → whom he accuses, not whom he has turned to.

The words are a city's, in the table `accusation` of `signals.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from service.city import Table
from service.pattern import Pattern

_NOTHING = r"(?!)"  # matches nowhere
_NEAR = r"[^，。！？；,!?;\s]"  # of the same clause


class Accusation(Table):
    """`offices` follow the name of a place (和平｜街道办事处) or stand for it; what is `beside` them is another party.

    It may be whom one has told of it (向区政府投诉过): an office is accused only right after a `complaint` or right
    before a `charge`, of the same clause and at most twelve characters away. A party up to six characters behind words
    of `turned_to` is asked for help, or tells where something lies. Any list may be empty.
    """

    offices: tuple[Pattern, ...]
    beside: tuple[Pattern, ...]
    complaints: tuple[Pattern, ...]
    charges: tuple[Pattern, ...]
    turned_to: tuple[Pattern, ...]

    def find_named(self, text: str, *, stem: str | None, names: tuple[str, ...]) -> str | None:
        """How a text calls the unit of these names, or the office of the place that is called `stem`."""
        found = _spell(self.offices, stem, names).search(text)
        return found[0] if found else None

    def find_blamed(self, text: str, *, stem: str | None, names: tuple[str, ...]) -> tuple[int, int] | None:
        """Where a text names that unit as the one complained of."""
        ways = _blame(self.offices, self.beside, self.complaints, self.charges, stem, names)
        return min((match.span("office") for way in ways if (match := way.search(text))), default=None)

    def turns_to(self, text: str, end: int) -> bool:
        """Whether the words of a text before `end` turn to what stands there, or tell where it lies."""
        return bool(_turned(self.turned_to).search(text, 0, end))


@lru_cache(maxsize=256)
def _spell(offices: tuple[str, ...], stem: str | None, names: tuple[str, ...]) -> re.Pattern[str]:
    office = [f"{re.escape(stem)}{_any(offices)}"] if stem else []
    return re.compile("|".join([*office, *map(re.escape, names)]))


@lru_cache(maxsize=256)
def _blame(
    offices: tuple[str, ...],
    beside: tuple[str, ...],
    complaints: tuple[str, ...],
    charges: tuple[str, ...],
    stem: str | None,
    names: tuple[str, ...],
) -> tuple[re.Pattern[str], re.Pattern[str]]:
    office = f"(?P<office>{_spell(offices, stem, names).pattern})(?!{_any(beside)})"
    return (
        re.compile(f"{_any(complaints)}{_NEAR}{{0,12}}?{office}"),
        re.compile(f"{office}(?={_NEAR}{{0,12}}?{_any(charges)})"),
    )


@lru_cache(maxsize=8)
def _turned(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(f"{_any(words)}{_NEAR}{{0,6}}$")


def _any(patterns: Iterable[str]) -> str:
    return f"(?:{'|'.join(patterns) or _NOTHING})"
