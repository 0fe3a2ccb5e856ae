"""Units: how exports call the units that answered → ids of ours, by name and alias; and the gold labels of dispatch."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from evaluation.cells import SEPARATORS
from evaluation.errors import EvaluationError
from evaluation.labelled import read_labelled
from evaluation.rows import read_rows
from models.taxonomy import Department

# 北京市交通委 and 市交通委 are one; a district or street is one by its last word.
_CITY: Final = re.compile(r"^(?:[\u4e00-\u9fff]{2,3}?(?:省|市|自治区|自治州)|市|北京|上海|天津|重庆)")
_TERRITORY: Final = (
    (re.compile(r".+(?:街道|街道办事处|镇|乡|镇人民政府|乡人民政府)$"), "jd"),
    (re.compile(r"^.{1,6}[区县旗](?:人民政府|政府)?$"), "qxz"),
)


@dataclass(frozen=True, slots=True)
class Gold:
    """Who answered: units, most responsible first (none: unknown), and whether the territory hosted."""

    units: tuple[str, ...] = ()
    hosted: bool | None = None


@dataclass(frozen=True)
class UnitNames:
    """Finds our unit by the name that an export gives it."""

    departments: Mapping[str, Department]

    def find_exact(self, name: str) -> str | None:
        """The unit of that name or alias, the city before it left aside."""
        wanted = (name.strip(), _CITY.sub("", name.strip()))
        return next((unit for one, unit in self._known if one in wanted), None)

    def find(self, name: str) -> str | None:
        """The unit of that name or alias; else a district or street by its last word; else the one whose longest name
        is in it."""
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


def read_gold(path: Path, *, column: str | None, names: UnitNames) -> list[Gold]:
    """Gold of every row: of labelled rows their labels; with `column`, the units that it names. Errors: LabelError."""
    if column is not None:
        return [Gold(names.find_all(str(row.get(column) or ""))) for row in _read_rows(path, column)]
    if not path.name.endswith((".jsonl", ".jsonl.gz")):
        return []
    marks = {"yes": True, "no": False}
    return [Gold(one.departments, marks.get(one.labels.get("territorial", ""))) for one in read_labelled(path)]


def list_unknown(path: Path, *, column: str, names: UnitNames) -> list[str]:
    """Names of units in the file that none of ours answers to, each once."""
    cells = {str(row.get(column) or "") for row in _read_rows(path, column)}
    told = {name.strip() for cell in cells for name in SEPARATORS.split(cell)}
    return sorted(name for name in told if name and not names.find(name))


def _read_rows(path: Path, column: str) -> Iterator[Mapping[str, Any]]:
    for row in read_rows(path):
        if column not in row.cells:
            raise EvaluationError(f"{path.name}, {row.place} has no column '{column}'; name another with --units")
        yield row.cells
