"""Workbooks: phones stay digits, nothing is a formula, and the same rows give the same file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from service.relabel.excel_file import ExcelSink, ExcelSource
from service.relabel.record import Column, RelabelError

COLUMNS = [Column("电话"), Column("score", "number"), Column("flag", "flag")]


def test_whole_numbers_are_the_digits_that_were_typed(tmp_path: Path) -> None:
    book = Workbook()
    book.worksheets[0].append(["编号", "电话", "受理时间"])
    book.worksheets[0].append([7.0, 13800000000, datetime(2026, 1, 31, 8, 30)])
    book.worksheets[0].append([None, None, None])
    book.save(tmp_path / "in.xlsx")
    (record,) = ExcelSource(tmp_path / "in.xlsx").records()
    assert record.cells == {"编号": "7", "电话": "13800000000", "受理时间": datetime(2026, 1, 31, 8, 30)}


def test_what_is_no_workbook_is_named(tmp_path: Path) -> None:
    (tmp_path / "in.xlsx").write_text("id,text")
    with pytest.raises(RelabelError, match=r"in\.xlsx is no \.xlsx workbook"):
        ExcelSource(tmp_path / "in.xlsx")


def test_texts_are_never_formulas_and_files_are_equal(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        sink = ExcelSink(tmp_path / name, COLUMNS, created=datetime(2026, 1, 1))
        sink.write(["=HYPERLINK(1)", 0.5, True])
        sink.finish()
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    sheet = load_workbook(tmp_path / "a.xlsx").worksheets[0]
    assert [cell.data_type for cell in sheet[2]] == ["s", "n", "b"]


def test_rows_beyond_a_sheet_go_on_in_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.relabel.excel_file._SHEET_ROWS", 2)
    sink = ExcelSink(tmp_path / "a.xlsx", COLUMNS[:1], created=datetime(2026, 1, 1))
    for number in range(3):
        sink.write([str(number)])
    sink.finish()
    book = load_workbook(tmp_path / "a.xlsx")
    assert [[row[0].value for row in sheet] for sheet in book] == [["电话", "0", "1"], ["电话", "2"]]
