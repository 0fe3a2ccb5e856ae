"""Excel: the first sheet of a workbook in, as many sheets as the rows need out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from service.relabel.csv_file import cell_text
from service.relabel.record import Column, Record, RelabelError

_SHEET_ROWS = 1_048_575  # below the header
_CELL_CHARACTERS = 32_767


class ExcelSource:
    """Rows of the first sheet. Whole numbers become the digits that were typed, so that a phone stays a phone."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._names = next(self._rows(), [])
        if not any(self._names):
            raise RelabelError(f"{path.name}: the first sheet is empty; its first row must name the columns")

    def count(self) -> int:
        return sum(1 for _ in self._cells())

    def columns(self) -> list[str]:
        return [cell_text(name).strip() or f"column_{place}" for place, name in enumerate(self._names, start=1)]

    def records(self) -> Iterator[Record]:
        names = self.columns()
        for number, cells in enumerate(self._cells(), start=1):
            yield Record(number, {name: _typed(cell) for name, cell in zip(names, cells, strict=False)})

    def _cells(self) -> Iterator[list[Any]]:
        rows = self._rows()
        next(rows)
        yield from (row for row in rows if any(cell is not None for cell in row))

    def _rows(self) -> Iterator[list[Any]]:
        from openpyxl import load_workbook

        try:
            book = load_workbook(self._path, read_only=True, data_only=True)
        except Exception as error:  # openpyxl raises whatever zipfile and its XML reader do
            raise RelabelError(
                f"{self._path.name} is no .xlsx workbook ({type(error).__name__}); save it as .xlsx or .csv"
            ) from error
        try:
            yield from (list(row) for row in book.worksheets[0].iter_rows(values_only=True))
        finally:
            book.close()


class ExcelSink:
    """Rows as a workbook; every text is written as text, so that none is ever a formula. `created` is its only time."""

    def __init__(self, path: Path, columns: Sequence[Column], *, created: datetime) -> None:
        from xlsxwriter import Workbook

        self._book = Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False})
        self._book.set_properties({"created": created.replace(tzinfo=None)})
        self._columns = columns
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
                self._sheet.write_string(self._next, place, cell_text(cell)[:_CELL_CHARACTERS])
        self._next += 1

    def finish(self) -> None:
        self._book.close()

    def _new_sheet(self) -> Any:
        sheet = self._book.add_worksheet()
        for place, column in enumerate(self._columns):
            sheet.write_string(0, place, column.name)
        sheet.freeze_panes(1, 0)
        self._next = 1
        return sheet


def _typed(cell: Any) -> Any:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else cell
