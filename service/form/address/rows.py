"""Rows: a city's own `places.tsv` → its places, each checked; what is wrong is told with its line.

A spreadsheet writes the file: cells in quotation marks, lines that end as Windows ends them, a mark of UTF-8 at the
head and codes in scientific notation are known of.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from models.errors import BundleError
from service.form.address.division import POI, Division
from service.form.talk import fold

COLUMNS: Final = ("code", "name", "level", "parent", "aliases", "longitude", "latitude")
_LEAST = 4  # columns
_SHORTEST = 2  # characters of a name that is looked for in texts
_APART = re.compile(r"[,，、;；]")  # aliases
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[Ee]\+?\d+")
# China with its islands, in degrees.
_EAST, _NORTH = (73.0, 136.0), (3.0, 54.0)


class _RowError(ValueError):
    """What is wrong with a row, and the remedy."""


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """A row: the place, what else it is called, and the line that it stands in."""

    division: Division
    aliases: tuple[str, ...]
    line: int


def read_places(path: Path, *, known: Mapping[str, Division]) -> list[OwnPlace]:
    """The rows of a city's own file, whose parents are among them or `known`.

    Errors: BundleError for the first fault with its line, and the number of further ones.
    """
    rows, faults = list[OwnPlace](), list[str]()
    for number, cells in _lines(path):
        try:
            rows.append(_row(cells, line=number))
        except _RowError as fault:
            faults.append(f"line {number}: {fault}")
    faults += _list_faults(rows, known)
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise BundleError(f"{path.name}, {faults[0]}{more}; correct the file and load it again")
    return rows


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Cells of each line that has any, without those of the header."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BundleError(
            f"{path.name} cannot be read as UTF-8 ({type(error).__name__}); save it so: from Excel, by way of an editor"
        ) from error
    reader = csv.reader(text.splitlines(keepends=True), delimiter="\t", strict=True)
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if not any(cells):
                continue
            if cells[0].lower() != COLUMNS[0]:
                yield reader.line_num, cells
            elif tuple(map(str.lower, cells)) != COLUMNS[: len(cells)]:
                raise BundleError(
                    f"{path.name}, line {reader.line_num}: columns are {' '.join(COLUMNS)}, in this order"
                )
    except csv.Error as error:
        raise BundleError(
            f"{path.name}, line {reader.line_num}: a quotation mark is not closed, or stands within a cell ({error}); "
            "close it or take it out"
        ) from error


def _row(cells: list[str], *, line: int) -> OwnPlace:
    while len(cells) > _LEAST and not cells[-1]:
        cells = cells[:-1]
    if not _LEAST <= len(cells) <= len(COLUMNS):
        raise _RowError(
            f"has {len(cells)} columns, not {_LEAST} to {len(COLUMNS)} ({' '.join(COLUMNS)}) with tabs between"
        )
    code, name, level, parent, aliases, east, north = [*cells, *[""] * (len(COLUMNS) - len(cells))]
    for written in (code, parent):
        if _SCIENTIFIC.fullmatch(written):
            raise _RowError(f"'{written}' was a code before a spreadsheet made it a number; format the column as text")
    if not code:
        raise _RowError("has no code; any text that no other row has will do")
    if level not in map(str, range(POI + 1)):
        raise _RowError(f"level '{level}' is none of 0 (province) to {POI} (point)")
    others = tuple(filter(None, (alias.strip() for alias in _APART.split(aliases))))
    names = dict.fromkeys(fold(one) for one in (name, *others))
    division = Division(code, name, int(level), parent, _read_point(east, north))
    return OwnPlace(division, tuple(one for one in names if one != name), line)


def _read_point(east: str, north: str) -> tuple[float, float] | None:
    if not east and not north:
        return None
    try:
        at = (float(east), float(north))
    except ValueError:
        raise _RowError(
            f"longitude '{east}' and latitude '{north}' are no two numbers; write degrees, or neither"
        ) from None
    if _lies_in_china(*at):
        return at
    if _lies_in_china(at[1], at[0]):
        raise _RowError(f"longitude {east} and latitude {north} are swapped; longitude comes first")
    raise _RowError(f"longitude {east} and latitude {north} are not in China; write degrees such as 113.93 and 22.49")


def _lies_in_china(east: float, north: float) -> bool:
    return math.isfinite(east + north) and _EAST[0] <= east <= _EAST[1] and _NORTH[0] <= north <= _NORTH[1]


def _list_faults(rows: list[OwnPlace], known: Mapping[str, Division]) -> Iterator[str]:
    """What is wrong with rows beside others."""
    all_known = {**known, **{row.division.code: row.division for row in rows}}
    codes, places = dict[str, int](), dict[tuple[str, str], int]()
    for row in rows:
        own = row.division
        if (first := codes.setdefault(own.code, row.line)) != row.line:
            yield f"line {row.line}: code {own.code} is that of line {first}, too; give each place its own"
        elif (first := places.setdefault((own.name, own.parent), row.line)) != row.line:
            yield f"line {row.line}: {own.name} stands in line {first} with the same parent; take one of them out"
        elif own.level or own.parent not in ("", "0"):
            yield from _list_parents_faults(row, all_known)
        for name in (own.name, *row.aliases):
            if len(name) < _SHORTEST:
                yield f"line {row.line}: '{name}' is too short to be found in a text; write {_SHORTEST} or more"


def _list_parents_faults(row: OwnPlace, known: Mapping[str, Division]) -> Iterator[str]:
    own, parent = row.division, known.get(row.division.parent)
    if parent is None:
        told = (
            f"line {row.line}: the parent of {own.code}, '{own.parent}', is neither in this file nor a known division"
        )
        yield told + _tell_near(own.parent, known)
    elif parent.level >= own.level:
        yield (
            f"line {row.line}: {own.name} of level {own.level} cannot lie in {parent.name} of level {parent.level}; "
            "a parent's level is lower"
        )


def _tell_near(code: str, known: Mapping[str, Division]) -> str:
    """The division that a code with zeros behind it, or with one wrong sign, may mean."""
    bare = next((code[:-zeros] for zeros in (3, 6) if code.endswith("0" * zeros) and code[:-zeros] in known), None)
    near = [bare] if bare else get_close_matches(code, [k for k in known if k[:4] == code[:4]], n=1, cutoff=0.8)
    return f"; did you mean {near[0]} ({known[near[0]].name})?" if near else ""
