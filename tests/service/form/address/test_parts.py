"""Tests of the parts of an address."""

from __future__ import annotations

import pytest

from service.form.address.parts import parts_of


@pytest.mark.parametrize(
    ("place", "parts"),
    [
        (
            "松涛路46号东新小区21幢1单元502",
            {"road": "松涛路", "number": "46号", "building": "21幢", "unit": "1单元", "room": "502"},
        ),
        ("松涛路46号", {"road": "松涛路", "number": "46号"}),
        ("东新小区3号楼", {"building": "3号楼"}),
        ("松涛路广宇大厦B座12层1203室", {"road": "松涛路", "building": "B座", "floor": "12层", "room": "1203室"}),
        ("大湾村", {}),
        ("二号线松涛站", {}),
        ("东新小区21幢1单元1204房", {"building": "21幢", "unit": "1单元", "room": "1204房"}),
        ("地铁3号线松涛西路站", {}),
        ("地铁3号线松涛西路", {"road": "松涛西路"}),
    ],
)
def test_only_what_was_said_is_a_part(place: str, parts: dict[str, str]) -> None:
    assert dict(parts_of(place)) == parts


def test_a_stairway_is_no_building() -> None:
    assert dict(parts_of("云杉路12号楼道")) == {"road": "云杉路", "number": "12号"}


def test_a_road_begins_behind_the_community_and_behind_what_it_lies_beside() -> None:
    assert parts_of("云杉社区银杏路")["road"] == "银杏路"
    assert parts_of("云杉广场旁边的银街2栋")["road"] == "银街"


def test_a_house_in_a_lane_is_one_number() -> None:
    assert parts_of("云杉路500弄12号")["number"] == "500弄12号"


def test_a_number_within_a_longer_one_is_none() -> None:
    assert "number" not in parts_of("证第0123456号")


@pytest.mark.parametrize(
    ("place", "parts"),
    [
        ("云杉路15号门前", {"road": "云杉路", "number": "15号"}),
        ("云杉广场负一楼", {"floor": "负一楼"}),
        ("云杉高速K2054", {"road": "云杉高速"}),
        ("云杉高速K2054+300", {"road": "云杉高速"}),
        ("建设银行云杉路支行", {"road": "云杉路"}),
        ("云杉广场到银杏会展馆这一段竹溪大道", {"road": "竹溪大道"}),
    ],
)
def test_a_door_a_basement_and_a_stake_are_told_apart(place: str, parts: dict[str, str]) -> None:
    assert dict(parts_of(place)) == parts


def test_a_road_begins_behind_a_house() -> None:
    assert parts_of("平西村三坊12号云杉大道旁")["road"] == "云杉大道"
