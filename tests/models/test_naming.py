"""Leaves and units are found by the names that exports give them, and nothing else is."""

from __future__ import annotations

import pytest

from models.naming import LeafNames, UnitNames, shown
from models.taxonomy import Category, Department, Taxonomy

LEAVES = LeafNames(
    Taxonomy(
        (
            Category("010101", ("市政", "道路", "路面破损")),
            Category("010201", ("市政", "路灯", "其他")),
            Category("020101", ("供水", "水质", "其他")),
        )
    )
)
UNITS = UnitNames({"sw": Department("sw", "水务局", "", ("供排水处",)), "jd": Department("jd", "街道办事处", "")})


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("010101", "010101"),
        ("10101", "010101"),
        ("路面破损", "010101"),
        ("市政 → 道路 → 路面破损", "010101"),
        ("水质/其他", "020101"),
        ("其他", None),
        ("道路", None),
        ("", None),
    ],
)
def test_a_leaf_is_found_by_code_path_or_an_end_of_it_that_no_other_has(name: str, code: str | None) -> None:
    assert LEAVES.find(name) == code


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("sw", "sw"),
        (" 市水务局 ", "sw"),
        ("供排水处", "sw"),
        ("桃花街道", "jd"),
        ("区水务局二科", "sw"),
        ("飞船局", None),
        ("", None),
    ],
)
def test_a_unit_is_found_by_id_name_alias_or_the_name_within_it(name: str, unit: str | None) -> None:
    assert UNITS.find(name) == unit


def test_a_cell_that_may_be_what_a_citizen_wrote_is_told_by_its_length_alone() -> None:
    assert shown("公安局") == "公安局"
    assert shown("楼下烧烤摊的油烟飘进屋里，" * 4) == "(52 characters)"
    assert shown("公安\n局") == "(4 characters)"
