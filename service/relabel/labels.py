"""Labels: what a source's own column says → the label of ours that it means, so that old and new can be compared.

Of a category the code, the name or the path will do, of a unit its id, name or alias, as in evaluation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping
from typing import Any, Final

from models.bundle import Bundle
from models.naming import SEPARATORS, LeafNames, UnitNames

_WHOLE: Final = re.compile(r"(\d+)\.0+", re.ASCII)
# Predictions whose labels are those of a head.
_HEADS: Final[Mapping[str, str]] = {
    "type": "type",
    "sentiment": "polarity",
    "emotion": "emotion",
    "urgency": "urgency",
}


class Labels:
    """A bundle's labels by all the names that they go by."""

    def __init__(self, bundle: Bundle) -> None:
        self._tree, self._units = bundle.taxonomy.by_code, bundle.departments
        self._leaves, self._names = LeafNames(bundle.taxonomy), UnitNames(bundle.departments)
        self._plain = {task.name: {*task.labels} for task in bundle.manifest.tasks}

    def read(self, prediction: str, told: str) -> str | None:
        """The label, as the prediction of that name writes it; None where the bundle has none that is called so."""
        readers: Mapping[str, Callable[[str], str | None]] = {
            "category": self._leaves.find,
            "category_path": self._path_of,
            "lead": self._unit_of,
            "lead_name": self._name_of,
        }
        return readers[prediction](told) if prediction in readers else self._plain_of(_HEADS[prediction], told)

    def _path_of(self, told: str) -> str | None:
        code = self._leaves.find(told)
        return " / ".join(self._tree[code].path) if code else None

    def _unit_of(self, told: str) -> str | None:
        """The first of a cell's units is the one that leads."""
        return self._names.find_exact(told) or self._names.find(SEPARATORS.split(told)[0])

    def _name_of(self, told: str) -> str | None:
        unit = self._unit_of(told)
        return self._units[unit].name if unit else None

    def _plain_of(self, head: str, told: str) -> str | None:
        known: Container[str] = self._plain.get(head, ())
        return told if told in known else None


def told_in(row: Mapping[str, Any], column: str) -> str:
    """What a row tells in a column, or, as `A+B+C`, in several that are levels of a path; empty where it tells nothing.

    Of a list its first, and a number without the .0 that a table with gaps makes of it.
    """
    names = [column] if column in row else column.split("+")
    return "/".join(text for name in names if (text := _text_of(row.get(name))))


def has_columns(column: str, names: Container[str]) -> bool:
    """Whether a source has the column, or all of `A+B+C`."""
    return column in names or all(part in names for part in column.split("+"))


def _text_of(cell: Any) -> str:
    if isinstance(cell, list | tuple):
        cell = cell[0] if cell else None
    if cell is None or cell != cell:  # a gap in a column of numbers is a NaN
        return ""
    text = str(cell).strip()
    return whole[1] if (whole := _WHOLE.fullmatch(text)) else text
