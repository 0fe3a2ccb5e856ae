"""Table: what offices export → its rows, whatever titles stand above the header and however quotation marks are typed.

For relabelling and evaluation alike: both read the same files, and a row is the same row in both.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

SEARCHED: Final = 10  # rows in which the header is looked for; a title, who made the table, and when, take two or three
QUOTES: Final = "look for a quotation mark that is not closed or not doubled"
_LARGEST_CELL: Final = 16 << 20  # characters; what an open quotation mark is searched for, too


@dataclass(frozen=True, slots=True)
class CsvRow:
    """Cells of a row that ends on a `line`; `mended` where quotation marks in them stand as typed, not doubled."""

    cells: list[str]
    line: int
    mended: bool = False


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A `line` that begins no row, its `text`, and what was wrong with it on line `end`."""

    text: str
    line: int
    end: int
    fact: str


def find_header(rows: Sequence[Sequence[str]], named: Collection[str]) -> int:
    """Place of the first row that has one of the names; 0 where none has, as if there were no title.

    What stands above is a title: a cell alone, or fewer than the header's. Else a ticket that happens to say such a
    name would be the header, and the tickets above it lost.
    """
    filled = [sum(map(bool, cells)) for cells in rows]
    for place, cells in enumerate(rows[:SEARCHED]):
        if {*named}.intersection(cells) and all(count < max(filled[place], 2) for count in filled[:place]):
            return place
    return 0


def find_header_line(lines: Sequence[str], named: Collection[str]) -> int:
    """The same in the first lines of a CSV: how many lines stand above the header's first."""
    return find_header([_cells_from(lines, place) for place in range(len(lines))], named)


def _cells_from(lines: Sequence[str], place: int) -> list[str]:
    """Cells of the row that begins on a line; none where the line is inside of a quoted cell."""
    if "".join(lines[:place]).count('"') % 2:
        return []
    try:
        return [cell.strip() for cell in next(csv.reader(lines[place:], delimiter=delimiter_of(lines[place])), [])]
    except csv.Error:  # a cell beyond all measure
        return []


def delimiter_of(line: str) -> str:
    """What parts the cells of a header."""
    return max(",\t;", key=line.count)


def read_csv(lines: Iterator[str], *, delimiter: str, above: int = 0) -> Iterator[CsvRow | BrokenRow]:
    """The header and the rows behind it; lines `above` it and empty rows are left out.

    A quotation mark that is never closed costs its own line and no other.
    """
    csv.field_size_limit(_LARGEST_CELL)
    again = _Lines(lines)
    for _ in range(above):
        next(again, None)
    # Strict, so that a quotation mark that is never closed is told, and does not swallow the rows behind it.
    reader = csv.reader(again, delimiter=delimiter, strict=True)
    width = 0
    while True:
        again.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            broken = again.give_back(error)
            typed = _read_as_typed(broken.text, delimiter)
            row = CsvRow(typed, broken.line, mended=True) if typed and len(typed) == width else None
            yield row or broken
            continue
        if any(cell.strip() for cell in cells):
            width = width or len(cells)
            yield CsvRow(cells, again.number)


def _read_as_typed(line: str, delimiter: str) -> list[str] | None:
    """Cells of a line in which a quotation mark ends a cell only before a delimiter; None where one is never closed.

    Programs that put quotation marks around a cell, and do not double those within, write such lines. Whether a mark
    before a comma ended the cell is not certain: only a row with as many cells as the header is taken for what it says.
    """
    cell = re.compile(rf'(?:"(.*?)"|((?!")[^{delimiter}]*))({delimiter}|\Z)', re.DOTALL)
    cells, place = [], 0
    while match := cell.match(line, place):
        cells.append(match[2] if match[1] is None else match[1])
        if not match[3]:
            return cells
        place = match.end()
    return None


class _Lines:
    """Lines of a file. Those that a broken row took with it are handed back: it costs no more than its first one."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self._taken: list[str] = []
        self.number = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self._taken.append(line)
        self.number += 1
        return line

    def begin(self) -> None:
        """A row begins here."""
        self._taken = []

    def give_back(self, error: csv.Error) -> BrokenRow:
        """The first line of the row that was begun; the others come again."""
        first, *others = self._taken
        end = self.number
        self._again.extendleft(reversed(others))
        self.number -= len(others)
        return BrokenRow(first.rstrip("\r\n"), self.number, end, str(error))
