"""Workbooks: phones stay digits, nothing is a formula, and the same rows give the same file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

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


def test_a_wrong_dimension_cuts_nothing(tmp_path: Path) -> None:
    book = Workbook()
    for row in (["编号", "内容"], [1, "一"], [2, "二"]):
        book.worksheets[0].append(row)
    book.save(tmp_path / "right.xlsx")
    with ZipFile(tmp_path / "right.xlsx") as old, ZipFile(tmp_path / "wrong.xlsx", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'ref="A1:B3"', b'ref="A1"'))
    assert [record.cells["内容"] for record in ExcelSource(tmp_path / "wrong.xlsx").records()] == ["一", "二"]


def test_a_header_with_one_name_twice_and_a_row_beyond_it_are_told_of(tmp_path: Path) -> None:
    for name, rows in (("twice.xlsx", [["备注", "备注"]]), ("wide.xlsx", [["备注"], ["一", "二"], ["三"]])):
        book = Workbook()
        for row in rows:
            book.worksheets[0].append(row)
        book.save(tmp_path / name)
    with pytest.raises(RelabelError, match="twice"):
        ExcelSource(tmp_path / "twice.xlsx")
    wide, right = ExcelSource(tmp_path / "wide.xlsx").records()
    assert (wide.flaw and wide.flaw.code, right.flaw) == ("columns", None)


def test_further_sheets_under_the_same_header_are_read_and_others_refused(tmp_path: Path) -> None:
    book = Workbook()
    book.create_sheet()
    book.create_sheet()
    for sheet in book.worksheets[:2]:
        sheet.append(["内容"])
        sheet.append([sheet.title])
    book.save(tmp_path / "in.xlsx")
    assert len(list(ExcelSource(tmp_path / "in.xlsx").records())) == 2
    book.worksheets[2].append(["别的"])
    book.save(tmp_path / "in.xlsx")
    with pytest.raises(RelabelError, match="other columns"):
        ExcelSource(tmp_path / "in.xlsx").count()


def test_a_torn_workbook_is_named(tmp_path: Path) -> None:
    book = Workbook()
    for number in range(2_000):
        book.worksheets[0].append([f"内容{number}", number])
    book.save(tmp_path / "whole.xlsx")
    with ZipFile(tmp_path / "whole.xlsx") as old, ZipFile(tmp_path / "in.xlsx", "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data[: len(data) // 2] if "sheet1" in name else data)
    with pytest.raises(RelabelError, match=r"in\.xlsx"):
        ExcelSource(tmp_path / "in.xlsx").count()


def test_titles_above_the_headers_of_the_sheets_are_left_out(tmp_path: Path) -> None:
    book = Workbook()
    book.create_sheet()
    for number, sheet in enumerate(book.worksheets):
        sheet.append(["2031年工单导出表", None, None])
        sheet.merge_cells("A1:C1")
        if number:
            sheet.append(["续表"])
        sheet.append(["工单号", "诉求描述", "备注"])
        sheet.append([number, f"停水{number}", None])
    book.save(tmp_path / "in.xlsx")
    source = ExcelSource(tmp_path / "in.xlsx", named=("诉求描述",))
    assert (source.columns(), source.above) == (["工单号", "诉求描述", "备注"], 1)
    assert [record.cells["诉求描述"] for record in source.records()] == ["停水0", "停水1"]
