"""Tests of parties: an office carries the name of its place, a firm does not, and speech around a name is no name."""

from __future__ import annotations

import pytest

from service.form.parties import name_of_office, party_of


@pytest.mark.parametrize(
    ("party", "full"),
    [
        ("区教育局", "海月区教育局"),
        ("教育局", "海月区教育局"),
        ("镇里的综合执法队", "柳桥镇综合执法队"),
        ("派出所", "柳桥镇派出所"),
        ("社区卫生服务中心", "柳桥镇社区卫生服务中心"),
        ("柳桥镇派出所", "柳桥镇派出所"),
        ("县教育局", "县教育局"),  # the place is in a district: whose county it is was not said
        ("自然资源和规划局", "海月区自然资源和规划局"),
        ("市场监督管理局", "海月区市场监督管理局"),
        ("卫健委", "海月区卫健委"),
        ("镇海区公安局", "镇海区公安局"),
        ("乡宁县教育局", "乡宁县教育局"),
        ("乡村振兴局", "乡村振兴局"),
        ("区域医疗中心", "区域医疗中心"),
        ("镇江站", "镇江站"),
        ("计生用品店", "计生用品店"),
        ("区里的老张烧烤店", "区里的老张烧烤店"),
        ("镇上那家超市", "镇上那家超市"),
    ],
)
def test_an_office_goes_by_its_full_name(party: str, full: str) -> None:
    assert name_of_office(party, ["海月区", "柳桥镇"]) == full


def test_without_a_place_an_office_stays_what_was_said() -> None:
    assert [name_of_office(party, []) for party in ("区教育局", "教育局", "派出所")] == ["区教育局", "教育局", "派出所"]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("海月区自然资源和规划局", "海月区自然资源和规划局"),
        ("海月区柳桥镇综合执法队", "柳桥镇综合执法队"),
        ("海月区金利来家具店", "金利来家具店"),
        ("海月区教育咨询有限公司", "教育咨询有限公司"),
    ],
)
def test_a_district_belongs_to_its_offices_and_to_no_firm(words: str, name: str) -> None:
    assert party_of(words) == name


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("青禾通讯有限公司）", "青禾通讯有限公司"),
        ("（青禾通讯有限公司", "青禾通讯有限公司"),
        ("青禾（海月）通讯有限公司", "青禾（海月）通讯有限公司"),
    ],
)
def test_a_bracket_without_its_fellow_is_no_part_of_a_name(words: str, name: str) -> None:
    assert party_of(words) == name
