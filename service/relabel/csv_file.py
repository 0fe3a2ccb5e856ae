"""CSV: reading what offices export, writing what Excel opens without spoiling it."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any

from models.table import QUOTES, SEARCHED, BrokenRow, CsvRow, delimiter_of, find_header_line, read_csv
from service.relabel.mapping import TEXT_NAMES
from service.relabel.record import Column, Flaw, Record, RelabelError
from service.relabel.text_file import create_text, encoding_of, open_text, reading

_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?\d{1,11}(\.\d+)?", re.ASCII)
# Excel shows longer ones as 1.38E+11 and keeps 15 digits; of 0571 it keeps 571.
_LONG_NUMBER = re.compile(r"\d{12,}[Xx]?|0\d+", re.ASCII)


class CsvSource:
    """Rows of a CSV or TSV file; every cell stays the string that it is.

    `named`: what the text's column may be called, else the usual names. `above`: lines over the header, which are no
    rows. `mended`: rows of the last reading whose quotation marks were not doubled, and are kept as they were typed.
    """

    def __init__(self, path: Path, *, encoding: str | None = None, named: Collection[str] = ()) -> None:
        self._path = path
        self._encoding = encoding or encoding_of(path)
        with reading(path), open_text(path, self._encoding) as file:
            first = list(islice(file, SEARCHED))
        self.above = find_header_line(first, named or TEXT_NAMES)
        self.mended = 0
        self._delimiter = delimiter_of(first[self.above] if first else "")
        header = next(self._read(), None)
        if isinstance(header, BrokenRow):
            raise RelabelError(f"{path.name}, line {header.line}: {header.fact}; {QUOTES}")
        self._names = check_names(path, [name.strip() for name in header.cells] if header else [])

    def count(self) -> int:
        return sum(1 for _ in self._rows())

    def columns(self) -> list[str]:
        return list(self._names)

    def records(self) -> Iterator[Record]:
        self.mended = 0
        for number, row in enumerate(self._rows(), start=1):
            if isinstance(row, BrokenRow):
                yield Record(number, {"": row.text}, Flaw("csv", f"line {row.line}: {row.fact}; {QUOTES}"))
                continue
            self.mended += row.mended
            row_cells = [unguard_cell(cell) for cell in row.cells]
            # What stands beyond the last column is kept under an empty name.
            cells: dict[str, Any] = dict(zip(self._names, row_cells, strict=False))
            if len(row_cells) > len(self._names):
                cells[""] = row_cells[len(self._names) :]
            wrong = len(row_cells) != len(self._names)
            flaw = Flaw("columns", f"the row has {len(row_cells)} cells, the header names {len(self._names)}")
            yield Record(number, cells, flaw if wrong else None)

    def _rows(self) -> Iterator[CsvRow | BrokenRow]:
        """Those behind the header."""
        return islice(self._read(), 1, None)

    def _read(self) -> Iterator[CsvRow | BrokenRow]:
        with reading(self._path), open_text(self._path, self._encoding) as file:
            yield from read_csv(file, delimiter=self._delimiter, above=self.above)


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
