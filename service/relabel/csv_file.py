"""CSV: reading what offices export, writing what Excel opens without spoiling it."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

from service.relabel.heading import SEARCHED, find_heading
from service.relabel.record import Column, Flaw, Record, RelabelError
from service.relabel.text_file import create_text, encoding_of, open_text, reading

_FIELD_LIMIT = 16 << 20  # characters of a cell; what an open quotation mark is searched for, too
_REMEDY = "look for a quotation mark that is not closed or not doubled"
_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?\d{1,11}(\.\d+)?", re.ASCII)
# Excel shows longer ones as 1.38E+11 and keeps 15 digits; of 0571 it keeps 571.
_LONG_NUMBER = re.compile(r"\d{12,}[Xx]?|0\d+", re.ASCII)


class CsvSource:
    """Rows of a CSV or TSV file; every cell stays the string that it is.

    `named`: what the text's column may be called. `above`: lines over the header, which are no rows.
    """

    def __init__(self, path: Path, *, encoding: str | None = None, named: Collection[str] = ()) -> None:
        csv.field_size_limit(_FIELD_LIMIT)
        self._path = path
        self._encoding = encoding or encoding_of(path)
        with reading(path), open_text(path, self._encoding) as file:
            first = list(islice(file, SEARCHED))
        self.above = find_heading([_names_in(line) for line in first], named)
        self._delimiter = _delimiter_of(first[self.above] if first else "")
        with reading(path), open_text(path, self._encoding) as file:
            names = self._begin(_Lines(file))[1]
        self._names = check_names(path, [name.strip() for name in names])

    def count(self) -> int:
        return sum(1 for _ in self._rows())

    def columns(self) -> list[str]:
        return list(self._names)

    def records(self) -> Iterator[Record]:
        for number, row in enumerate(self._rows(), start=1):
            if isinstance(row, _Broken):
                yield Record(number, {"": row.line}, row.flaw)
                continue
            # What stands beyond the last column is kept under an empty name.
            cells: dict[str, Any] = dict(zip(self._names, row, strict=False))
            if len(row) > len(self._names):
                cells[""] = row[len(self._names) :]
            wrong = len(row) != len(self._names)
            flaw = Flaw("columns", f"the row has {len(row)} cells, the header names {len(self._names)}")
            yield Record(number, cells, flaw if wrong else None)

    def _rows(self) -> Iterator[list[str] | _Broken]:
        with reading(self._path), open_text(self._path, self._encoding) as file:
            lines = _Lines(file)
            reader, _ = self._begin(lines)
            while True:
                lines.begin()
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield lines.give_back(error)
                    continue
                if any(cell.strip() for cell in cells):
                    yield [unguard_cell(cell) for cell in cells]

    def _begin(self, lines: _Lines) -> tuple[Iterator[list[str]], list[str]]:
        """A reader behind the header, and the header."""
        for _ in range(self.above):
            next(lines)
        # Strict, so that a quotation mark that is never closed is told, and does not swallow the rows behind it.
        reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
        try:
            return reader, next(reader, [])
        except csv.Error as error:
            raise RelabelError(f"{self._path.name}, line {self.above + 1}: {error}; {_REMEDY}") from error


@dataclass(frozen=True, slots=True)
class _Broken:
    """A line that begins no row, as it stands in the file."""

    line: str
    flaw: Flaw


class _Lines:
    """Lines of a file. Those that a broken row took with it are handed back: it costs no more than its first one."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._again: deque[str] = deque()
        self._taken: list[str] = []
        self._number = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._file)
        self._taken.append(line)
        self._number += 1
        return line

    def begin(self) -> None:
        """A row begins here."""
        self._taken = []

    def give_back(self, error: csv.Error) -> _Broken:
        """The first line of the row that was begun; the others come again."""
        first, *others = self._taken
        self._again.extendleft(reversed(others))
        self._number -= len(others)
        return _Broken(first.rstrip("\r\n"), Flaw("csv", f"line {self._number}: {error}; {_REMEDY}"))


def _delimiter_of(line: str) -> str:
    return max(",\t;", key=line.count)


def _names_in(line: str) -> list[str]:
    try:
        return [name.strip() for name in next(csv.reader([line], delimiter=_delimiter_of(line)), [])]
    except csv.Error:  # a cell beyond all measure
        return []


class CsvSink:
    """Rows as CSV: for Excel with a mark, without formulas, long numbers as text; `plain` for machines, untouched."""

    def __init__(
        self, path: Path, columns: Sequence[Column], *, compressed: bool, plain: bool, delimiter: str = ","
    ) -> None:
        self._file: IO[str] = create_text(path, compressed=compressed, encoding="utf-8" if plain else "utf-8-sig")
        # With another line end, a cell with a lone carriage return would go unquoted and come back as two rows.
        self._writer = csv.writer(self._file, lineterminator="\r\n", delimiter=delimiter)
        self._guarded = [not plain and column.kind in ("cell", "text") for column in columns]
        self._writer.writerow([guard_cell(column.name) if not plain else column.name for column in columns])

    def write(self, row: Sequence[Any]) -> None:
        cells = (cell_text(cell) for cell in row)
        guarded = self._guarded
        self._writer.writerow([guard_cell(cell) if guarded[i] else cell for i, cell in enumerate(cells)])

    def finish(self) -> None:
        self._file.close()


def guard_cell(cell: str) -> str:
    """The cell as text for Excel: a tab in front keeps a formula from running and a long number from being rounded."""
    if _LONG_NUMBER.fullmatch(cell) or (_FORMULA.match(cell) and not _NUMBER.fullmatch(cell)):
        return "\t" + cell
    return cell


def unguard_cell(cell: str) -> str:
    """The cell as it was before it was guarded."""
    return cell[1:] if cell.startswith("\t") and guard_cell(cell[1:]) == cell else cell


def check_names(path: Path, names: Sequence[str]) -> list[str]:
    """Names of columns; a cell without one is called by its place. Errors: RelabelError for a header that is none."""
    if not any(names):
        raise RelabelError(f"{path.name} is empty; the first row must name the columns")
    found = [name or f"column_{place}" for place, name in enumerate(names, start=1)]
    if any("\ud800" <= character <= "\udfff" for name in found for character in name):
        raise RelabelError(f"{path.name}: the first row holds bytes that are no character; name its --encoding")
    twice = sorted({name for name in found if found.count(name) > 1})
    if twice:
        raise RelabelError(
            f"{path.name} names column {twice[0][:24]!r} twice; rename one of them",
            safe="two columns have the same name; rename one of them",
        )
    return found


def cell_text(cell: Any) -> str:
    """A value as a cell; lists and tables as JSON."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, list | dict):
        from service.relabel.json_file import as_json

        return as_json(cell)
    return str(cell)
