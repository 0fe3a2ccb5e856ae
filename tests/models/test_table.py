"""What offices export is read as they meant it, and where that is not certain it is told and costs one line."""

from __future__ import annotations

import pytest

from models.table import SEARCHED, BrokenRow, CsvRow, find_header, find_header_line, read_csv

HEADER = ["工单号", "诉求描述"]


@pytest.mark.parametrize(
    ("rows", "named", "place"),
    [
        ([HEADER, ["7", "停水"]], ("诉求描述",), 0),
        ([["五月工单"], HEADER, ["7", "停水"]], ("诉求描述",), 1),
        ([["五月工单"], [], HEADER], ("诉求描述", "对话"), 2),
        ([["五月工单"], ["诉求描述"]], ("诉求描述",), 1),
        ([["五月工单"], HEADER], ("别的",), 0),
        ([["五月工单"]] * SEARCHED + [HEADER], ("诉求描述",), 0),
        ([], (), 0),
    ],
)
def test_the_header_is_found_among_the_first_rows(rows: list[list[str]], named: tuple[str, ...], place: int) -> None:
    assert find_header(rows, named) == place


def test_a_ticket_that_says_the_name_of_a_column_is_no_header() -> None:
    assert find_header([["编号", "类别", "说明"], ["7", "噪声", "夜里"], ["8", "内容", "看不清"]], ("内容",)) == 0


def test_a_name_of_two_lines_in_the_header_hides_none_of_it() -> None:
    assert find_header_line(['编号,"来电\n', '诉求",内容\n', '7,噪声,"夜里\n', '吵"\n'], ("内容",)) == 0
    assert find_header_line(["五月工单\n", '编号,"来电\n', '诉求",内容\n', "7,噪声,夜里\n"], ("内容",)) == 1


def read(text: str) -> list[CsvRow | BrokenRow]:
    return list(read_csv(iter(text.splitlines(keepends=True)), delimiter=","))[1:]


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ('7,"他说"好""', ["7", '他说"好"']),
        ('"7","他说"好",就走了","x"', None),
        ('7,"牌子写"停用"",""', None),
        ('"7","牌子"停用"二字"', ["7", '牌子"停用"二字']),
        ('7,"停水', None),
        ('7,"停水,"两天"', ["7", '停水,"两天']),
        ('7,"停水,"两天",x', None),
    ],
)
def test_marks_within_a_cell_are_kept_where_the_row_has_as_many_cells_as_the_header(
    line: str, cells: list[str] | None
) -> None:
    row, after = read(f"编号,内容\n{line}\n8,停电\n")
    assert after == CsvRow(["8", "停电"], 3)
    if cells is None:
        assert isinstance(row, BrokenRow)
        assert (row.text, row.line) == (line, 2)
    else:
        assert row == CsvRow(cells, 2, mended=True)


def test_an_empty_cell_in_marks_beside_a_mended_one_is_empty() -> None:
    row, *_ = read('编号,备注,内容\n"7","","他说"好""\n')
    assert isinstance(row, CsvRow)
    assert row.cells == ["7", "", '他说"好"']


def test_empty_rows_are_none_wherever_they_stand() -> None:
    assert read("\n ,\n编号,内容\n\n7,停水\n,\n") == [CsvRow(["7", "停水"], 5)]
