"""Naming: how an export calls categories and units → the codes and ids of the city's files.

A leaf of the tree is known by its code, its path (城乡建设/街面秩序/露天烧烤), or an end of it that no other leaf has;
a unit by its id, its name or an alias. Nothing is guessed: what nobody knows has no code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from models.taxonomy import Department, Taxonomy

_LONGEST: Final = 40  # characters of a name that is shown

# Between the units of a cell, or its risks.
SEPARATORS: Final = re.compile(r"[,，;；、|]")

_LEVELS: Final = re.compile(r"\s*(?:[/\\>＞→|]|-{1,2}>?|—+)\s*")
# 北京市交通委 and 市交通委 are one; a district or street is one by its last word.
_CITY: Final = re.compile(r"^(?:[\u4e00-\u9fff]{2,3}?(?:省|市|自治区|自治州)|市|北京|上海|天津|重庆)")
_TERRITORY: Final = (
    (re.compile(r".+(?:街道|街道办事处|镇|乡|镇人民政府|乡人民政府)$"), "jd"),
    (re.compile(r"^.{1,6}[区县旗](?:人民政府|政府)?$"), "qxz"),
)


@dataclass(frozen=True)
class LeafNames:
    """Finds our leaf by the name that an export gives it."""

    taxonomy: Taxonomy

    def find(self, name: str) -> str | None:
        """The leaf's code; None where no leaf, or more than one, is called so."""
        if name in self.taxonomy.by_code:
            return name
        if name.isdigit() and f"0{name}" in self.taxonomy.by_code:
            return f"0{name}"  # a spreadsheet took the code for a number
        codes = self._ends.get(tuple(part for part in _LEVELS.split(name.strip()) if part), ())
        return codes[0] if len(codes) == 1 else None

    @cached_property
    def _ends(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        ends: dict[tuple[str, ...], tuple[str, ...]] = {}
        for leaf in self.taxonomy.categories:
            for first in range(len(leaf.path)):
                ends[leaf.path[first:]] = (*ends.get(leaf.path[first:], ()), leaf.code)
        return ends


@dataclass(frozen=True)
class UnitNames:
    """Finds our unit by the name that an export gives it."""

    departments: Mapping[str, Department]

    def find_exact(self, name: str) -> str | None:
        """The unit of that id, name or alias, the city before it left aside."""
        if name.strip() in self.departments:
            return name.strip()
        wanted = (name.strip(), _CITY.sub("", name.strip()))
        return next((unit for one, unit in self._known if one in wanted), None)

    def find(self, name: str) -> str | None:
        """The unit of that id, name or alias; else a district or street by its last word; else the one whose longest
        name is in it."""
        if exact := self.find_exact(name):
            return exact
        for pattern, unit in _TERRITORY:
            if unit in self.departments and pattern.match(name.strip()):
                return unit
        wanted = _CITY.sub("", name.strip())
        inside = sorted(((len(one), unit) for one, unit in self._known if len(one) > 2 and one in wanted), reverse=True)
        return inside[0][1] if inside else None

    @cached_property
    def _known(self) -> tuple[tuple[str, str], ...]:
        names = [(one, unit.id) for unit in self.departments.values() for one in (unit.name, *unit.aliases)]
        bare = [(_CITY.sub("", one), unit) for one, unit in names]
        return (*names, *((one, unit) for one, unit in bare if len(one) > 1))

    def find_all(self, cell: str) -> tuple[str, ...]:
        """All units of a cell, each once; those that nobody knows are left out."""
        found = [self.find(name) for name in SEPARATORS.split(cell) if name.strip()]
        return tuple(dict.fromkeys(unit for unit in found if unit))


def shown(name: str) -> str:
    """An export's name for something as a message may show it; a longer cell may be what a citizen wrote."""
    return name if len(name) <= _LONGEST and name.isprintable() else f"({len(name)} characters)"
