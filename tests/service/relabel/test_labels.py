"""Labels of an old system are compared by what they mean, and those that nobody knows are told, texts never."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from models.bundle import Bundle
from service.relabel.labels import Labels, has_columns, told_in
from service.relabel.page import render_page
from service.relabel.summary import Summary


@pytest.fixture
def labels(tiny_bundle: Path) -> Labels:
    return Labels(Bundle.open(tiny_bundle))


@pytest.mark.parametrize(
    ("prediction", "told", "label"),
    [
        ("category", "080201", "080201"),
        ("category", "80201", "080201"),
        ("category", "路灯照明", "080201"),
        ("category", "城市管理/市政设施/路灯照明", "080201"),
        ("category", "城市管理 - 市政设施 - 路灯照明", "080201"),
        ("category", "市政设施", None),
        ("category_path", "080201", "城市管理 / 市政设施 / 路灯照明"),
        ("lead", "cgw", "cgw"),
        ("lead", "市城市管理委", "cgw"),
        ("lead", "市城市管理委、市公安局", "cgw"),
        ("lead", "星际移民局", None),
        ("lead_name", "ga", "公安局"),
        ("type", "投诉", "投诉"),
        ("type", "吐槽", None),
        ("sentiment", "负", "负"),
        ("urgency", "2", "2"),
        ("urgency", "9", None),
    ],
)
def test_a_label_is_known_by_each_of_its_names(labels: Labels, prediction: str, told: str, label: str | None) -> None:
    assert labels.read(prediction, told) == label


@pytest.mark.parametrize(
    ("cell", "told"),
    [("030101", "030101"), (30101, "30101"), (30101.0, "30101"), ("1.0", "1"), (" 投诉 ", "投诉"), (None, ""), ("", ""),
     (float("nan"), ""), (["cgw", "ga"], "cgw"), ([], "")],
)  # fmt: skip
def test_a_cell_is_read_as_it_was_meant(cell: Any, told: str) -> None:
    assert told_in({"旧": cell}, "旧") == told


def test_levels_of_a_path_may_stand_in_columns_of_their_own() -> None:
    assert told_in({"一级": "城市管理", "二级": "", "三级": "路灯照明"}, "一级+二级+三级") == "城市管理/路灯照明"
    assert told_in({"一级+二级": "城市管理"}, "一级+二级") == "城市管理"
    assert has_columns("一级+二级", ["一级", "二级"])
    assert not has_columns("一级+四级", ["一级", "二级"])


def test_old_and_new_agree_by_meaning_and_what_is_unknown_is_counted(labels: Labels) -> None:
    summary = Summary({"category": "旧分类"})
    wish = "我家楼下路灯坏了三个星期了每天晚上回家都看不见台阶希望你们快点派人来修一修谢谢"
    for told in ("路灯照明", "080201", "垃圾清运", "天外飞仙", "天外飞仙", wish * 2):
        summary.take({"旧分类": told}, {"category": "080201"})
    summary.understand(labels)
    figures = summary.figures()
    compared = figures["compared"]["category"]
    assert (compared["rows"], compared["same"], compared["unknown"]) == (6, 2, 3)
    assert compared["unknown_labels"] == {"天外飞仙": 2, f"({len(wish) * 2} characters)": 1}
    assert {"from": "080102", "to": "080201", "rows": 1} in compared["changes"]
    (line,) = summary.tell_unknown()
    assert line.startswith("category: 3 of 6 labels in 旧分类 are none of the bundle's: 天外飞仙 (2)")
    page = render_page({"model": "m", "source": "s", **figures})
    assert "labels that the bundle has not: 3" in page
    assert "路灯坏了" not in page + line + str(figures)
