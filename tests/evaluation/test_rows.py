"""Every file that an office exports is read, and what cannot be read is named with its place and the remedy."""

from __future__ import annotations

import gzip
import json
import lzma
from pathlib import Path

import openpyxl
import pyarrow
import pyarrow.parquet as parquet
import pytest

from evaluation.errors import LabelError
from evaluation.rows import Row, read_rows

ROWS = [{"内容": "路灯不亮，三天了", "编号": "0301"}, {"内容": "停水\n没人管", "编号": "0302"}]


def write_csv(path: Path, *, encoding: str) -> None:
    lines = ["内容,编号", *(f'"{row["内容"]}",{row["编号"]}' for row in ROWS)]
    path.write_bytes("\r\n".join(lines).encode(encoding))


def cells(path: Path) -> list[dict[str, object]]:
    return [row.cells for row in read_rows(path)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_is_read_in_any_usual_encoding_with_its_leading_zeros(tmp_path: Path, encoding: str) -> None:
    write_csv(tmp_path / "t.CSV", encoding=encoding)
    assert cells(tmp_path / "t.CSV") == ROWS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_lines_of_json_are_read_in_any_usual_encoding(tmp_path: Path, encoding: str) -> None:
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS)
    (tmp_path / "t.jsonl").write_bytes(lines.encode(encoding))
    assert cells(tmp_path / "t.jsonl") == ROWS


def test_all_formats_say_the_same(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS).encode()
    (tmp_path / "t.jsonl.gz").write_bytes(gzip.compress(lines))
    (tmp_path / "t.jsonl.xz").write_bytes(lzma.compress(lines))
    (tmp_path / "t.json").write_text(json.dumps(ROWS, ensure_ascii=False, indent=1), encoding="utf-8")
    (tmp_path / "t.tsv").write_text('内容\t编号\n路灯不亮，三天了\t0301\n"停水\n没人管"\t0302\n', encoding="utf-8")
    parquet.write_table(pyarrow.Table.from_pylist(ROWS), tmp_path / "t.parquet")
    book = openpyxl.Workbook()
    for line in (list(ROWS[0]), *(list(row.values()) for row in ROWS)):
        book.active.append(line)
    book.save(tmp_path / "t.xlsx")
    for name in ("t.jsonl.gz", "t.jsonl.xz", "t.json", "t.tsv", "t.parquet", "t.xlsx"):
        assert cells(tmp_path / name) == ROWS, name


def test_a_row_knows_its_line_even_behind_a_cell_of_two_lines(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('内容\n"停水\n没人管"\n\n路灯不亮\n', encoding="utf-8")
    assert [row.place for row in read_rows(tmp_path / "t.csv")] == ["line 3", "line 5"]
    (tmp_path / "t.jsonl").write_text('\n{"a": 1}\n', encoding="utf-8")
    assert list(read_rows(tmp_path / "t.jsonl")) == [Row("line 2", {"a": 1})]


def test_a_comma_without_quotation_marks_is_named_and_shifts_nothing(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("内容,编号\n停水,0302\n路灯,坏了,0301\n", encoding="utf-8")
    with pytest.raises(LabelError, match=r"t.csv, line 3: 3 cells under 2 columns; put cells that hold a comma into"):
        cells(tmp_path / "t.csv")


def test_empty_cells_at_the_end_of_a_line_may_be_left_out_or_too_many(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("内容,编号\n停水\n停电,0302,,\n", encoding="utf-8")
    assert cells(tmp_path / "t.csv") == [{"内容": "停水", "编号": ""}, {"内容": "停电", "编号": "0302"}]


def test_numbers_and_dates_of_a_workbook_are_read_as_they_are_seen(tmp_path: Path) -> None:
    from datetime import datetime

    book = openpyxl.Workbook()
    book.active.append(["编号", "时间", "空"])
    book.active.append([301, datetime(2026, 1, 5, 8, 3), None])
    book.save(tmp_path / "t.xlsx")
    assert cells(tmp_path / "t.xlsx") == [{"编号": "301", "时间": "2026-01-05T08:03:00", "空": ""}]


@pytest.mark.parametrize(
    ("name", "content", "fact"),
    [
        ("t.csv", b"", "t.csv is empty; its first line must name the columns"),
        ("t.csv", "内容,内容\n停水,停电\n".encode(), "names the column '内容' twice"),
        ("t.csv", '内容,编号\n"停水,0301\n停电,0302\n'.encode(), "line 3: .*quotation mark that is not closed"),
        ("t.csv", b"\xff\xff\x81", "neither UTF-8 nor GB18030"),
        ("t.jsonl", b'{"text": "a"}\n{"text":', "line 2 is no JSON"),
        ("t.jsonl", b"[1]", "line 1 is no JSON object"),
        ("t.json", b"[{]", "is no JSON"),
        ("t.json", b"[1]", "row 1 is no JSON object"),
        ("t.xlsx", b"no workbook", "is no workbook that can be read"),
        ("t.parquet", b"no parquet", "is no Parquet file"),
        ("t.jsonl.gz", b"no gzip", "cannot be read"),
        ("t.docx", b"", "t.docx is of no known format"),
    ],
)
def test_what_cannot_be_read_is_named_with_the_remedy(tmp_path: Path, name: str, content: bytes, fact: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(LabelError, match=fact):
        cells(tmp_path / name)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="is no file; name an existing"):
        read_rows(tmp_path / "t.csv")


def test_an_open_quotation_mark_is_told_with_the_line_that_it_may_be_in(tmp_path: Path) -> None:
    rest = "".join(f"停电,{number}\n" for number in range(40))
    (tmp_path / "t.csv").write_text('内容,编号\n"停水\n两天",1\n"路灯,2\n' + rest, encoding="utf-8")
    with pytest.raises(LabelError, match="not closed or not doubled, from line 4 on"):
        cells(tmp_path / "t.csv")


@pytest.mark.parametrize("title", ["工单导出表", "工单导出表,,", '"工单, 五月",\n制表人：热线办,'])
def test_a_title_above_the_header_of_a_csv_is_left_out_and_told(tmp_path: Path, title: str) -> None:
    (tmp_path / "t.csv").write_text(f'{title}\n内容,编号\n"停水\n两天",7\n', encoding="utf-8")
    told: list[str] = []
    (row,) = read_rows(tmp_path / "t.csv", named=("内容",), tell=told.append)
    above = title.count("\n") + 1
    assert (row.place, row.cells) == (f"line {above + 3}", {"内容": "停水\n两天", "编号": "7"})
    assert told == [f"t.csv: row {above + 1} names the columns; what stands above it, a title as it seems, is left out"]


def test_a_title_above_the_header_of_a_workbook_is_left_out_and_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for line in (["工单导出表", None], [None, None], ["内容", "编号"], ["停水", 7]):
        book.active.append(line)
    book.active.merge_cells("A1:B1")
    book.save(tmp_path / "t.xlsx")
    told: list[str] = []
    (row,) = read_rows(tmp_path / "t.xlsx", named=("内容",), tell=told.append)
    assert row == Row("row 1", {"内容": "停水", "编号": "7"})
    assert len(told) == 1


def test_a_title_that_is_taken_for_the_header_is_told_as_one(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("工单导出表\n内容,编号\n停水,7\n", encoding="utf-8")
    with pytest.raises(LabelError, match="2 cells under 1 columns; if line 1 is a title, name the text's column below"):
        cells(tmp_path / "t.csv")


def test_quotation_marks_that_are_not_doubled_stand_as_they_were_typed_and_are_told(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('内容,编号\n"他说"好"",7\n"写着""停用""二字",8\n', encoding="utf-8")
    told: list[str] = []
    rows = list(read_rows(tmp_path / "t.csv", tell=told.append))
    assert [row.cells["内容"] for row in rows] == ['他说"好"', '写着"停用"二字']
    fact = "1 rows hold quotation marks that are not doubled, and are read as they were typed: line 2"
    assert told == [f"t.csv: {fact}"]
