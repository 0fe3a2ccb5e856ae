"""History: an export of past decisions → who settled which order where, and which orders were sent back first.

No text is needed. An export may name the first unit, the final unit and the reason of a return; the final one counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from evaluation.cells import moment_of
from evaluation.errors import LabelError
from evaluation.rows import Tell, read_rows

# Names under which exports carry these columns; the first that a file has is taken. "a+b+c" are levels of a path.
USUAL: Final[Mapping[str, tuple[str, ...]]] = {
    "category": (
        "category_l1+category_l2+category_l3", "一级分类+二级分类+三级分类", "category_path", "category", "分类"
    ),
    "district": ("district", "区县", "行政区"),
    "subdistrict": ("subdistrict", "street", "街道", "街镇"),
    "unit": ("final_unit", "最终承办单位", "unit", "department", "departments", "承办单位"),
    "unit_id": ("unit_id", "department_id", "承办单位编码"),
    "first_unit": ("first_unit", "首次承办单位", "初派单位"),
    "reason": ("return_reason", "退单原因"),
    "type": ("type", "诉求类型"),
    "time": ("received_at", "time", "受理时间", "登记时间"),
}  # fmt: skip
_EMPTY: Final = ("", "-", "—", "无", "null", "None", "nan")
TYPES: Final = ("咨询", "求助", "投诉", "举报", "建议", "表扬", "其他")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One past order. `unit` is the final unit's id in the export, or its name; `first` the name of the unit that had
    it first, perhaps another name of the same one, None where the export does not tell. `category` are the names from
    the top down, or the codes."""

    category: tuple[str, ...]
    district: str | None
    subdistrict: str | None
    unit: str
    unit_name: str
    first: str | None
    type: str | None
    time: str


def read_history(
    path: Path, *, columns: Mapping[str, str], district: str | None = None, tell: Tell = lambda line: None
) -> list[Outcome]:
    """Outcomes in the order of the file; rows without category or unit are left out. `district` fills a column that
    the export has not. Errors: LabelError for a column that is not there."""
    usual = {part for names in USUAL.values() for name in names for part in name.split("+")}
    named = usual.union(*(theirs.split("+") for theirs in columns.values()))
    rows = [row.cells for row in read_rows(path, named=named, tell=tell)]
    if not rows:
        raise LabelError(f"{path.name} holds no row; export again")
    mapping = resolve_columns(columns, list(rows[0]), place=path.name)
    return list(_read(rows, mapping, district=district))


def resolve_columns(given: Mapping[str, str], names: Sequence[str], *, place: str) -> dict[str, str]:
    """Our name → theirs. Errors: LabelError."""
    found: dict[str, str] = {}
    for ours, usual in USUAL.items():
        if ours in given and not _has(names, given[ours]):
            raise LabelError(f"{place} has no column '{given[ours]}' for {ours}; it has {', '.join(names[:12])}")
        theirs = given.get(ours) or next((one for one in usual if _has(names, one)), None)
        if theirs is not None:
            found[ours] = theirs
    if unknown := set(given) - set(USUAL):
        raise LabelError(f"--column {sorted(unknown)[0]}=…: a history has {', '.join(USUAL)}")
    for needed in ("category", "unit"):
        if needed not in found:
            raise LabelError(f"{place} has no column of the {needed}; name it, for example --column {needed}=承办单位")
    return found


def _has(names: Sequence[str], column: str) -> bool:
    return all(part in names for part in column.split("+"))


def _read(rows: Sequence[Mapping[str, Any]], mapping: Mapping[str, str], *, district: str | None) -> Iterator[Outcome]:
    for row in rows:
        cells = {ours: _cell(row, theirs) for ours, theirs in mapping.items() if "+" not in theirs}
        category = _split(row, mapping["category"])
        name = cells.get("unit")
        if not (category and name):
            continue
        first = cells.get("first_unit")
        if first is None and ("first_unit" in mapping or "reason" in mapping):
            # An empty first unit means that the order stayed; a reason without a first unit, that nobody noted whose.
            first = None if cells.get("reason") else name
        yield Outcome(
            category=category,
            district=cells.get("district") or district,
            subdistrict=cells.get("subdistrict"),
            unit=cells.get("unit_id") or name,
            unit_name=name,
            first=first,
            type=cells["type"] if cells.get("type") in TYPES else None,
            time=moment_of(cells.get("time") or "") or "",
        )


def _split(row: Mapping[str, Any], column: str) -> tuple[str, ...]:
    if "+" in column:
        levels = [_cell(row, part) for part in column.split("+")]
        known = levels[: levels.index(None)] if None in levels else levels
        return tuple(level for level in known if level)
    text = _cell(row, column) or ""
    if text.isascii() and text.isdigit() and len(text) in (2, 4, 6):
        return tuple(text[:width] for width in range(2, len(text) + 1, 2))
    return tuple(part.strip() for part in text.replace(">", "/").split("/") if part.strip())


def _cell(row: Mapping[str, Any], column: str) -> str | None:
    value = row.get(column)
    if isinstance(value, list):  # `departments` of annotated rows: most responsible first
        value = value[0] if value else None
    text = "" if value is None else str(value).strip()
    return None if text in _EMPTY else text
