"""Columns are found under any name, and cells mean what whoever filled them meant."""

from __future__ import annotations

import pytest

from evaluation.cells import check_columns, list_names, mean, moment_of, read_pairs, rename
from evaluation.errors import LabelError


def test_columns_get_our_names_and_others_stay() -> None:
    renamed = rename({"诉求内容": "停水", "来源": "电话"}, {"text": "诉求内容"})
    assert (renamed["text"], renamed["来源"]) == ("停水", "电话")


def test_a_column_of_ours_that_is_called_otherwise_in_the_file_is_not_taken_from_elsewhere() -> None:
    assert rename({"内容": "停水", "text": "编号 7"}, {"text": "内容"})["text"] == "停水"
    assert "category" not in rename({"category": "旧", "分类": ""}, {"category": "分类"})


def test_a_file_of_ours_beside_an_export_keeps_its_own_names() -> None:
    assert rename({"text": "停水", "category": "0301"}, {"text": "内容", "category": "一级+二级"}) == {
        "text": "停水",
        "category": "0301",
    }


def test_several_columns_are_the_levels_of_a_path_the_parts_of_a_list_or_the_lines_of_a_text() -> None:
    row = {
        "一级": "城建",
        "二级": "路灯",
        "三级": "",
        "主办": "cgw",
        "协办": "jd;zjj",
        "标题": "停水",
        "内容": "没人管",
    }
    columns = {"category": "一级+二级+三级", "departments": "主办+协办", "text": "标题+内容"}
    renamed = rename(row, columns)
    assert renamed["category"] == "城建/路灯"
    assert mean(renamed)["departments"] == ["cgw", "jd", "zjj"]
    assert renamed["text"] == "停水\n没人管"


def test_a_column_may_have_a_plus_in_its_name() -> None:
    assert rename({"内容+标题": "停水"}, {"text": "内容+标题"})["text"] == "停水"


@pytest.mark.parametrize("cell", ["cgw;jd", "cgw；jd", "cgw，jd", "cgw, jd", "cgw、jd", "cgw|jd"])
def test_units_are_separated_in_any_usual_way(cell: str) -> None:
    assert mean({"departments": cell}) == {"departments": ["cgw", "jd"]}


@pytest.mark.parametrize(("cell", "flag"), [("是", True), ("Y", True), ("1.0", True), ("否", False), ("no", False)])
def test_flags_are_read(cell: str, flag: bool) -> None:
    assert mean({"territorial": cell}) == {"territorial": flag}


def test_a_flag_that_nobody_knows_is_no_no() -> None:
    with pytest.raises(LabelError, match="'territorial' is neither 是 nor 否"):
        mean({"territorial": "未知"})


def test_empty_cells_are_unlabelled_and_grades_are_numbers() -> None:
    row = {"urgency": "1.0", "intensity": "2", "type": " ", "risks": "", "text": " 停水 "}
    assert mean(row) == {"urgency": 1, "intensity": 2, "text": " 停水 "}


def test_spans_that_are_no_json_are_refused_with_the_form_that_they_need() -> None:
    assert mean({"spans": "[]"}) == {"spans": []}
    with pytest.raises(LabelError, match=r"'spans' is no JSON; write \[\{"):
        mean({"spans": "{'kind': 'time'}"})


def test_a_mistyped_name_of_ours_or_theirs_is_refused() -> None:
    check_columns({"text": "内容", "category": "一级+二级"}, ["内容", "一级", "二级"], place="t.csv")
    with pytest.raises(LabelError, match="'categroy' is no column of ours; they are id, text"):
        check_columns({"categroy": "内容"}, ["内容"], place="t.csv")
    with pytest.raises(LabelError, match=r"t.csv has no column '单位X'; it has 内容"):
        check_columns({"departments": "单位X"}, ["内容"], place="t.csv")


def test_pairs_of_a_command_line_are_read_or_refused() -> None:
    assert read_pairs(["text=内容", "category=a=b"]) == {"text": "内容", "category": "a=b"}
    with pytest.raises(LabelError, match="--column text is no OURS=THEIRS"):
        read_pairs(["text"])


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2026/1/5 8:03", "2026-01-05T08:03:00"),
        ("2026-01-05T08:03:09+08:00", "2026-01-05T08:03:09"),
        ("2026年1月5日8时3分", "2026-01-05T08:03:00"),
        ("2026.1.15", "2026-01-15T00:00:00"),
        ("昨天", None),
        ("", None),
    ],
)
def test_times_of_exports_sort_by_time_and_not_by_letters(cell: str, moment: str | None) -> None:
    assert moment_of(cell) == moment


def test_columns_of_a_file_without_a_header_are_not_told_in_full() -> None:
    told = list_names(["住人民路8号，\n楼下的烧烤摊每晚都到两点才收，油烟飘进屋里", "", *"一二三四五六七八九十甲乙"])
    assert "油烟" not in told
    assert "\n" not in told
    assert told.endswith("十, 甲, …")
