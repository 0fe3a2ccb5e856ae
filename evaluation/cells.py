"""Cells: what a column of an export is called here, and what its cells mean as labels."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from evaluation.errors import LabelError
from models.naming import SEPARATORS

COLUMNS: Final = (
    "id", "text", "title", "received_at", "category", "category_second", "type", "departments", "territorial",
    "polarity", "emotion", "intensity", "urgency", "risks", "spans",
)  # fmt: skip

_LISTS: Final = ("departments", "risks")
_JOINTS: Final = MappingProxyType({"text": "\n", "departments": ";", "risks": ";"})
_MOMENT: Final = re.compile(
    r"\s*(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T\s]*(\d{1,2})[:时点](\d{1,2})?(?:[:分](\d{1,2}))?)?"
)
_GRADES: Final = ("intensity", "urgency")
_GRADE: Final = re.compile(r"(\d+)(?:\.0+)?")
_FLAGS: Final = MappingProxyType(
    {
        **dict.fromkeys(("1", "1.0", "true", "yes", "y", "是", "属地"), True),
        **dict.fromkeys(("0", "0.0", "false", "no", "n", "否", "非属地"), False),
    }
)


def read_pairs(items: Iterable[str]) -> dict[str, str]:
    """`OURS=THEIRS` of a command line. Errors: LabelError."""
    pairs = {}
    for item in items:
        ours, sign, theirs = item.partition("=")
        if not (sign and ours and theirs):
            raise LabelError(f"--column {item} is no OURS=THEIRS; for example --column text=content")
        pairs[ours] = theirs
    return pairs


def names_of_header(columns: Mapping[str, str]) -> frozenset[str]:
    """Names by which a header is known: those that a mapping gives, and ours."""
    return frozenset(COLUMNS).union(*([theirs, *theirs.split("+")] for theirs in columns.values()))


def list_names(names: Iterable[str]) -> str:
    """Columns for a message, cut short: in a file without a header they are what a citizen wrote."""
    named = [name for name in names if name]
    cut = ("".join(sign if sign.isprintable() else " " for sign in name)[:24] for name in named[:12])
    return ", ".join(cut) + (", …" if len(named) > 12 else "")


def check_columns(columns: Mapping[str, str], seen: Iterable[str], *, place: str) -> None:
    """Whether every `--column OURS=THEIRS` names a column of ours, and one that some row has.

    Errors: LabelError.
    """
    known = set(seen)
    for ours, theirs in columns.items():
        if ours not in COLUMNS:
            raise LabelError(f"--column {ours}={theirs}: '{ours}' is no column of ours; they are {', '.join(COLUMNS)}")
        for part in _parts(theirs, known):
            if part not in known:
                have = list_names(sorted(known))
                raise LabelError(f"--column {ours}={theirs}: {place} has no column '{part}'; it has {have}")


def rename(cells: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    """The cells under our names; other columns stay under theirs.

    `a+b+c` are several columns: of a category the levels of its path (a/b/c), of a list its parts, of a text its lines.
    A row of a file that has no such column keeps what stands under our name: files of several makers are read together.
    """
    renamed = {name: cell for name, cell in cells.items() if name not in COLUMNS}
    for ours in COLUMNS:
        names = _parts(columns.get(ours, ours), cells)
        parts = [cells.get(name) for name in (names if any(name in cells for name in names) else [ours])]
        given = [part for part in parts if part not in (None, "")]
        if given:
            renamed[ours] = given[0] if len(parts) == 1 else _JOINTS.get(ours, "/").join(map(str, given))
    return renamed


def _parts(column: str, known: Container[str]) -> list[str]:
    return [column] if column in known else column.split("+")


def mean(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with the cells of our columns as labels: lists cut, grades and flags read, what is empty left out.

    Errors: LabelError naming the column.
    """
    meant = {name: _mean(name, cell) if name in COLUMNS else cell for name, cell in row.items()}
    return {name: cell for name, cell in meant.items() if cell is not None}


def _mean(name: str, cell: Any) -> Any:
    if not isinstance(cell, str):
        return str(cell) if name == "id" and cell is not None else cell
    text = cell.strip()
    if name in ("text", "title"):
        return cell
    if not text:
        return None
    if name in _LISTS:
        return [part.strip() for part in SEPARATORS.split(text) if part.strip()]
    if name in _GRADES:
        grade = _GRADE.fullmatch(text)
        return int(grade[1]) if grade else text
    if name == "territorial":
        if text.lower() not in _FLAGS:
            raise LabelError("'territorial' is neither 是 nor 否; write one of them, or leave the cell empty")
        return _FLAGS[text.lower()]
    return _spans(text) if name == "spans" else text


def _spans(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        wanted = '[{"kind": "location", "start": 3, "end": 9}]'
        raise LabelError(f"'spans' is no JSON; write {wanted}, or leave the cell empty") from error


def moment_of(cell: str) -> str | None:
    """A time as exports write it (2026/1/5 8:03, 2026年1月5日, ISO) in a form that sorts; None where it is none."""
    found = _MOMENT.match(cell)
    if found is None:
        return None
    year, *rest = (int(part or 0) for part in found.groups())
    month, day, hour, minute, second = rest
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
