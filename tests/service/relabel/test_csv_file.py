"""CSV keeps what was typed, tells of rows that are none, and never hands Excel a formula."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from service.relabel.csv_file import CsvSink, CsvSource, guard_cell
from service.relabel.record import Column, RelabelError


def test_cells_stay_strings(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text('﻿编号,电话,内容\n007,13800000000,"第一行\n第二行"\n', encoding="utf-8")
    (record,) = CsvSource(path).records()
    assert record.cells == {"编号": "007", "电话": "13800000000", "内容": "第一行\n第二行"}


def test_a_row_of_another_width_is_flawed_and_keeps_its_cells(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("id,text\n1,a\n2\n3,b,c,d\n4,e\n", encoding="utf-8")
    records = list(CsvSource(path).records())
    assert [record.flaw.code if record.flaw else None for record in records] == [None, "columns", "columns", None]
    assert records[2].cells == {"id": "3", "text": "b", "": ["c", "d"]}
    assert CsvSource(path).count() == 4


def test_semicolons_and_tabs_part_cells_too(tmp_path: Path) -> None:
    for name, sign in (("a.csv", ";"), ("b.tsv", "\t")):
        path = tmp_path / name
        path.write_text(f"id{sign}text\n1{sign}甲，乙\n", encoding="utf-8")
        assert CsvSource(path).columns() == ["id", "text"]


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("id,id\n1,2\n", encoding="utf-8")
    with pytest.raises(RelabelError, match="'id' twice"):
        CsvSource(path)


@pytest.mark.parametrize(
    "cell", ["=1+1", "+86 1380000", "-@SUM(A1)", "@cmd", "330106199001011234", "057188880001", "0571"]
)
def test_what_excel_would_run_or_round_is_guarded(cell: str) -> None:
    assert guard_cell(cell) == "\t" + cell


@pytest.mark.parametrize("cell", ["13800000000", "-5", "+3.5", "投诉=举报", "", "0", "2026-01-01"])
def test_other_cells_are_left_alone(cell: str) -> None:
    assert guard_cell(cell) == cell


def test_excel_gets_a_mark_and_machines_get_the_cells_untouched(tmp_path: Path) -> None:
    columns = [Column("text"), Column("score", "number")]
    for name, plain in (("excel.csv", False), ("plain.csv", True)):
        sink = CsvSink(tmp_path / name, columns, compressed=False, plain=plain)
        sink.write(["=1+1", -0.25])
        sink.finish()
    assert (tmp_path / "excel.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with (tmp_path / "excel.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file))[1] == ["\t=1+1", "-0.25"]
    assert (tmp_path / "plain.csv").read_bytes().decode() == "text,score\r\n=1+1,-0.25\r\n"


def test_what_was_guarded_comes_back_as_it_was(tmp_path: Path) -> None:
    rows = [["=1+1", "第一行\r第二行"], ["057188880001", "\t缩进"]]
    for plain in (True, False):
        path = tmp_path / f"{plain}.csv"
        sink = CsvSink(path, [Column("a"), Column("b")], compressed=False, plain=plain)
        for row in rows:
            sink.write(row)
        sink.finish()
        assert [list(record.cells.values()) for record in CsvSource(path).records()] == rows


def test_a_tsv_is_parted_by_tabs(tmp_path: Path) -> None:
    sink = CsvSink(tmp_path / "a.tsv", [Column("a"), Column("b")], compressed=False, plain=True, delimiter="\t")
    sink.write(["一", "二"])
    sink.finish()
    assert (tmp_path / "a.tsv").read_text(encoding="utf-8") == "a\tb\n一\t二\n"


def test_a_header_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes("编号,内容".encode() * 30 + b"\xe5\n1,2\n")
    with pytest.raises(RelabelError, match="--encoding"):
        CsvSource(tmp_path / "in.csv")


def test_a_quotation_mark_that_is_not_closed_costs_its_own_line_and_no_other(tmp_path: Path) -> None:
    lines = ["id,text", '1,"路口积水', "2,电梯停运", '3,"井盖松动,很响"', '4,"他说"再",等等"', "5,公交晚点"]
    path = tmp_path / "in.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    records = list(CsvSource(path).records())
    assert [record.cells.get("id") for record in records] == [None, "2", "3", None, "5"]
    assert [record.number for record in records] == [1, 2, 3, 4, 5]
    assert [record.cells[""] for record in records if record.flaw] == [lines[1], lines[4]]
    told = [record.flaw.reason for record in records if record.flaw]
    assert [reason.partition(":")[0] for reason in told] == ["line 2", "line 5"]
    assert all("look for a quotation mark that is not closed or not doubled" in reason for reason in told)
    assert CsvSource(path).count() == 5


def test_quotation_marks_that_are_not_doubled_stand_as_they_were_typed_and_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text('id,text\n1,"他说"好""\n"2","说"不归我们管",推来推去"\n3,"写着""停用""二字"\n', encoding="utf-8")
    source = CsvSource(path)
    texts = ['他说"好"', '说"不归我们管",推来推去', '写着"停用"二字']
    for _ in range(2):
        records = list(source.records())
        assert [record.cells.get("text") for record in records][::2] == texts[::2]
        assert source.mended == 1
    assert [record.flaw.code if record.flaw else None for record in records] == [None, "csv", None]


def test_a_quotation_mark_that_nothing_closes_up_to_the_end_of_the_file_swallows_nothing(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text('id,text\n1,"路口积水\n' + "".join(f"{n},电梯停运\n" for n in range(2, 500)), encoding="utf-8")
    records = list(CsvSource(path).records())
    assert (len(records), sum(record.flaw is not None for record in records)) == (499, 1)


def test_a_cell_of_several_lines_moves_the_numbers_of_later_lines(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text('id,text\n1,"一\n二\n三"\n2,"停水\n', encoding="utf-8")
    _, broken = CsvSource(path).records()
    assert broken.flaw is not None
    assert broken.flaw.reason.startswith("line 5: ")


def test_a_header_with_an_open_quotation_mark_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text('id,"text\n1,停水\n', encoding="utf-8")
    with pytest.raises(RelabelError, match=r"in\.csv, line 1: .*not closed"):
        CsvSource(tmp_path / "in.csv")


@pytest.mark.parametrize(
    "title", ["2031年5月工单导出表", "2031年5月工单导出表,,", '"工单, 五月",,\n制表人：热线办,,', ",,\n"]
)
def test_a_title_above_the_header_is_no_header(tmp_path: Path, title: str) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f'{title}\n工单号;诉求描述;备注\n7;"停水\n两天";无\n'.replace(";", ","), encoding="gb18030")
    source = CsvSource(path, named=("诉求描述",))
    (record,) = source.records()
    assert record.cells == {"工单号": "7", "诉求描述": "停水\n两天", "备注": "无"}
    assert source.above == title.count("\n") + 1


def test_a_first_row_that_names_the_text_is_the_header_whatever_stands_below(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("id,内容\n1,内容\n2,停水\n", encoding="utf-8")
    assert (CsvSource(path).above, CsvSource(path).count()) == (0, 2)


def test_rows_of_empty_cells_are_none(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("id,内容\n1,停水\n,\n , \n2,停电\n", encoding="utf-8")
    assert [record.cells["id"] for record in CsvSource(path).records()] == ["1", "2"]
