"""An export may call categories and units as people do; the heads learn codes and ids all the same."""

from __future__ import annotations

import pytest

from evaluation.labelled import label_ticket
from evaluation.units import UnitNames
from evaluation.wording import Wording
from models.taxonomy import Department
from tests.evaluation.toy import TAXONOMY

UNITS = UnitNames(
    {"cgw": Department("cgw", "城市管理局", "city", ("城管局",)), "sw": Department("sw", "水务局", "city")}
)
WORDING = Wording(TAXONOMY, UNITS)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("010201", "010201"),
        ("10201", "010201"),
        ("施工", "010201"),
        ("城建/噪声/施工", "010201"),
        ("城建 > 噪声 > 施工", "010201"),
        ("城建-噪声-施工", "010201"),
        ("噪声/施工", "010201"),
        ("噪声", "噪声"),
        ("城建/施工", "城建/施工"),
    ],
)
def test_a_leaf_is_known_by_code_path_or_end_and_nothing_is_guessed(name: str, code: str) -> None:
    assert WORDING.code_of(name) == code


def test_two_leaves_of_one_name_are_told_apart_by_their_paths_only() -> None:
    from models.taxonomy import Category, Taxonomy

    twins = Wording(Taxonomy((Category("1", ("甲", "其他")), Category("2", ("乙", "其他")))), UNITS)
    assert twins.code_of("其他") == "其他"
    assert twins.code_of("乙/其他") == "2"


def test_units_are_known_by_id_name_or_alias_each_once() -> None:
    row = {
        "text": "停水",
        "category": "停水",
        "category_second": "不亮",
        "departments": ["城管局", "市水务局", "cgw", "飞船局"],
    }
    labelled = WORDING.reword(label_ticket(row))
    assert labelled.departments == ("cgw", "sw", "飞船局")
    assert labelled.labels == {"category": "020101", "departments": "cgw"}
    assert labelled.second_category == "010101"


def test_without_a_tree_the_classes_of_the_data_stay() -> None:
    assert Wording(None, UNITS).reword(label_ticket({"text": "停水", "category": "施工"})).labels["category"] == "施工"
