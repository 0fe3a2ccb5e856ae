"""Columns find their part by name, and a cell that is no time, text or dialogue is told of, not guessed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from service.relabel.mapping import as_body, read_cell_time, resolve_mapping, unread_part
from service.relabel.record import Flaw, RelabelError


def test_usual_names_are_found() -> None:
    found = resolve_mapping({}, ["工单编号", "标题", "诉求内容", "受理时间", "别的"])
    assert found == {"id": "工单编号", "text": "诉求内容", "title": "标题", "received_at": "受理时间"}


def test_what_was_given_comes_first() -> None:
    assert resolve_mapping({"text": "备注"}, ["内容", "备注"]) == {"text": "备注"}


@pytest.mark.parametrize("given", [{"text": "没有"}, {"texts": "内容"}])
def test_a_mapping_that_cannot_be_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(RelabelError, match="--column"):
        resolve_mapping(given, ["内容"])


def test_without_a_text_the_columns_are_listed() -> None:
    with pytest.raises(RelabelError, match="--column text=NAME; there is 甲, 乙"):
        resolve_mapping({}, ["甲", "乙"])


def test_of_text_and_dialogue_the_one_that_was_given_is_read() -> None:
    assert "dialogue" not in resolve_mapping({}, ["text", "dialogue"])
    assert "text" not in resolve_mapping({"dialogue": "turns"}, ["text", "turns"])
    assert unread_part({}, ["text", "dialogue"]) == "dialogue"
    assert unread_part({"dialogue": "turns"}, ["text", "turns"]) == "text"
    assert unread_part({}, ["text"]) is None


def test_a_text_and_a_dialogue_cannot_both_be_read() -> None:
    with pytest.raises(RelabelError, match="give only that one"):
        resolve_mapping({"text": "a", "dialogue": "b"}, ["a", "b"])


def test_a_row_without_its_dialogue_says_so() -> None:
    body = as_body({"d": "", "id": "7"}, {"dialogue": "d", "id": "id"})
    assert isinstance(body, Flaw)
    assert (body.code, body.reason) == ("text_missing", "column d is empty")


def test_a_title_that_stands_for_the_header_is_taken_for_one() -> None:
    with pytest.raises(RelabelError, match="a title"):
        resolve_mapping({}, ["2031年工单导出表", "column_2", "column_3"])


@pytest.mark.parametrize(
    ("cell", "time"),
    [
        ("2020/1/6 12:09:38", "2020-01-06T12:09:38"),
        ("2020-01-06 12:09", "2020-01-06T12:09:00"),
        ("2020年1月6日", "2020-01-06T00:00:00"),
        ("2020年1月6日12时9分", "2020-01-06T12:09:00"),
        ("2020-01-06T12:09:38+08:00", "2020-01-06T12:09:38+08:00"),
        (datetime(2020, 1, 6, 12, 9), "2020-01-06T12:09:00"),
        (date(2020, 1, 6), "2020-01-06T00:00:00"),
        ("2020-13-40", None),
        ("昨天", None),
    ],
)
def test_times_of_cells(cell: Any, time: str | None) -> None:
    assert read_cell_time(cell) == time


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"text": ""}, "text_missing"),
        ({"text": " \u3000\u200b"}, "text_missing"),
        ({"text": "a", "received_at": "不详"}, "time_invalid"),
    ],
)
def test_a_bad_cell_is_a_flaw(cells: dict[str, Any], code: str) -> None:
    body = as_body(cells, {"text": "text", "received_at": "received_at"})
    assert isinstance(body, Flaw)
    assert body.code == code


def test_a_dialogue_may_be_json_or_a_list() -> None:
    turns = [{"role": "caller", "text": "你好", "at": None}]
    for cell in (turns, '[{"role":"caller","text":"你好"}]'):
        assert as_body({"d": cell}, {"dialogue": "d"}) == {"dialogue": [{"role": "caller", "text": "你好"}]}
    for cell in ("你好", "[" * 3_000):
        assert isinstance(as_body({"d": cell}, {"dialogue": "d"}), Flaw)


def test_numbers_become_the_text_of_an_id() -> None:
    assert as_body({"id": 7, "text": "a"}, {"id": "id", "text": "text"}) == {"id": "7", "text": "a"}


def test_columns_of_a_file_without_header_are_not_told_beyond_the_screen() -> None:
    with pytest.raises(RelabelError) as raised:
        resolve_mapping({}, ["住人民路8号，\n电话13800138000", "第二格"])
    assert "\n" not in str(raised.value)
    assert "13800138000" not in raised.value.safe


def test_the_column_of_the_text_is_no_title_beside_it() -> None:
    assert resolve_mapping({"text": "标题"}, ["标题", "编号"]).keys() & {"text", "title"} == {"text"}
