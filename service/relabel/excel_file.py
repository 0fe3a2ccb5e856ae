"""Excel: the first sheet of a workbook in, as many sheets as the rows need out."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from openpyxl.utils.exceptions import InvalidFileException

from models.table import SEARCHED, find_header
from service.relabel.csv_file import cell_text, check_names
from service.relabel.mapping import TEXT_NAMES
from service.relabel.record import Column, Flaw, Record, RelabelError

_SHEET_ROWS = 1_048_575  # below the header
_CELL_CHARACTERS = 32_767


class ExcelSource:
    """Rows of a workbook's sheets, all under one header. Whole numbers become the digits that were typed.

    `named`: what the text's column may be called. `above`: rows over the header, which are none of ours.
    """

    def __init__(self, path: Path, *, named: Collection[str] = ()) -> None:
        self._path = path
        self._named = named
        self.above = 0
        self._names = check_names(path, _names_of(next(self._sheets(), [])))

    def count(self) -> int:
        return sum(1 for _ in self._cells())

    def columns(self) -> list[str]:
        return list(self._names)

    def records(self) -> Iterator[Record]:
        for number, cells in enumerate(self._cells(), start=1):
            typed = [_typed(cell) for cell in cells]
            padded = typed + [None] * (len(self._names) - len(typed))
            row: dict[str, Any] = dict(zip(self._names, padded, strict=False))
            extra = padded[len(self._names) :]
            if any(cell is not None for cell in extra):
                row[""] = extra
                flaw = Flaw("columns", f"the row has {len(cells)} cells, the header names {len(self._names)}")
                yield Record(number, row, flaw)
            else:
                yield Record(number, row)

    def _cells(self) -> Iterator[list[Any]]:
        rows = self._sheets()
        next(rows)
        yield from (row for row in rows if any(cell is not None for cell in row))

    def _sheets(self) -> Iterator[list[Any]]:
        """The header, then the rows of all sheets. Errors: RelabelError."""
        from openpyxl import load_workbook

        try:
            book = load_workbook(self._path, read_only=True, data_only=True)
            header: list[str] | None = None
            for sheet in book.worksheets:
                # Export tools write wrong dimensions, by which openpyxl would cut rows and columns.
                sheet.reset_dimensions()
                rows = (list(row) for row in sheet.iter_rows(values_only=True))
                first = list(islice(rows, SEARCHED))
                names = [_names_of(row) for row in first]
                if header is None:
                    self.above = place = find_header(names, self._named or TEXT_NAMES)
                    header = names[place] if names else []
                    yield first[place] if first else []
                elif header in names:
                    place = names.index(header)
                elif any(names):
                    raise RelabelError(
                        f"{self._path.name}: sheet {sheet.title} has other columns than the first; save it by itself",
                        safe="a further sheet has other columns than the first; save it by itself",
                    )
                else:
                    place = SEARCHED
                yield from first[place + 1 :]
                yield from rows
            book.close()
        except (BadZipFile, KeyError, ParseError, InvalidFileException, ValueError, TypeError, zlib.error) as error:
            raise RelabelError(
                f"{self._path.name} is no .xlsx workbook, or damaged ({type(error).__name__}); save it as .xlsx or .csv"
            ) from error


class ExcelSink:
    """Rows as a workbook; every text is written as text, so that none is ever a formula. `created` is its only time."""

    def __init__(self, path: Path, columns: Sequence[Column], *, created: datetime) -> None:
        from xlsxwriter import Workbook

        self._book = Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False})
        self._book.set_properties({"created": created.replace(tzinfo=None)})
        self._columns = columns
        self.shortened = 0  # cells longer than Excel takes
        self._sheet = self._new_sheet()

    def write(self, row: Sequence[Any]) -> None:
        if self._next > _SHEET_ROWS:
            self._sheet = self._new_sheet()
        for place, (cell, column) in enumerate(zip(row, self._columns, strict=True)):
            if cell is None or cell == "":
                continue
            if column.kind in ("number", "integer"):
                self._sheet.write_number(self._next, place, cell)
            elif column.kind == "flag":
                self._sheet.write_boolean(self._next, place, cell)
            else:
                text = cell_text(cell)
                self.shortened += len(text) > _CELL_CHARACTERS
                self._sheet.write_string(self._next, place, text[:_CELL_CHARACTERS])
        self._next += 1

    def finish(self) -> None:
        from xlsxwriter.exceptions import FileCreateError

        try:
            self._book.close()
        except FileCreateError as error:
            raise RelabelError(
                f"the workbook cannot be written ({error}); make room on the disk", passing=True
            ) from error

    def _new_sheet(self) -> Any:
        sheet = self._book.add_worksheet()
        for place, column in enumerate(self._columns):
            sheet.write_string(0, place, column.name)
        sheet.freeze_panes(1, 0)
        self._next = 1
        return sheet


def _names_of(row: Sequence[Any]) -> list[str]:
    names = [cell_text(cell).strip() for cell in row]
    while names and not names[-1]:
        names.pop()
    return names


def _typed(cell: Any) -> Any:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else cell
