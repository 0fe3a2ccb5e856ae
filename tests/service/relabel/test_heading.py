"""The header is the first row that names the text's column, and the first of all where none does."""

from __future__ import annotations

import pytest

from service.relabel.heading import SEARCHED, find_heading

HEADER = ["工单号", "诉求描述"]


@pytest.mark.parametrize(
    ("rows", "named", "place"),
    [
        ([HEADER, ["7", "停水"]], ("诉求描述",), 0),
        ([["五月工单"], HEADER, ["7", "停水"]], ("诉求描述",), 1),
        ([["五月工单"], [], HEADER], ("诉求描述", "对话"), 2),
        ([["五月工单"], HEADER], ("别的",), 0),
        ([["五月工单"], ["编号", "内容"]], (), 1),
        ([["五月工单"]] * SEARCHED + [HEADER], ("诉求描述",), 0),
        ([], (), 0),
    ],
)
def test_the_header_is_found_among_the_first_rows(rows: list[list[str]], named: tuple[str, ...], place: int) -> None:
    assert find_heading(rows, named) == place
