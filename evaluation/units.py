"""Units: who answered the tickets of an export, by the names that it gives them: the gold labels of dispatch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluation.cells import list_names
from evaluation.errors import EvaluationError
from evaluation.labelled import read_labelled
from evaluation.rows import Tell, read_rows
from models.naming import SEPARATORS, UnitNames

__all__ = ("Gold", "UnitNames", "list_unknown", "read_gold")


@dataclass(frozen=True, slots=True)
class Gold:
    """Who answered: units, most responsible first (none: unknown), and whether the territory hosted."""

    units: tuple[str, ...] = ()
    hosted: bool | None = None


def read_gold(path: Path, *, column: str | None, names: UnitNames, tell: Tell = lambda line: None) -> list[Gold]:
    """Gold of every row: of labelled rows their labels; with `column`, the units that it names. Errors: LabelError."""
    if column is not None:
        return [Gold(names.find_all(str(row.get(column) or ""))) for row in _read_rows(path, column, tell=tell)]
    if not path.name.endswith((".jsonl", ".jsonl.gz")):
        return []
    marks = {"yes": True, "no": False}
    return [Gold(one.departments, marks.get(one.labels.get("territorial", ""))) for one in read_labelled(path)]


def list_unknown(path: Path, *, column: str, names: UnitNames) -> list[str]:
    """Names of units in the file that none of ours answers to, each once."""
    cells = {str(row.get(column) or "") for row in _read_rows(path, column)}
    told = {name.strip() for cell in cells for name in SEPARATORS.split(cell)}
    return sorted(name for name in told if name and not names.find(name))


def _read_rows(path: Path, column: str, *, tell: Tell = lambda line: None) -> Iterator[Mapping[str, Any]]:
    for row in read_rows(path, named=(column,), tell=tell):
        if column not in row.cells:
            fact = f"{path.name}, {row.place} has no column '{column}'; it has {list_names(row.cells)}"
            raise EvaluationError(f"{fact}; name another with --units")
        yield row.cells
