"""Tests of districts: which one of a name is meant."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service.form.address.districts import Compass
from service.form.address.gazetteer import Gazetteer
from service.form.talk import Talk
from service.ticket import Ticket

MakeTicket = Callable[..., Ticket]


def compass_of(ticket: Ticket, gazetteer: Gazetteer) -> tuple[Compass, Talk]:
    talk = Talk.of(ticket)
    return Compass.of(ticket, talk, gazetteer), talk


@pytest.mark.parametrize("greeting", ["A:您好，铜仁12345", "A:铜仁12345您好", "A:您好，铜仁市12345热线，请讲。"])
def test_the_greeting_names_the_city(gazetteer: Gazetteer, make_ticket: MakeTicket, greeting: str) -> None:
    compass, _ = compass_of(make_ticket(greeting, "喂"), gazetteer)
    assert compass.city is not None
    assert compass.city.name == "铜仁市"


@pytest.mark.parametrize("area", ["440300", "4403", "深圳市", "深圳", "广东省深圳市"])
def test_the_area_of_the_ticket_comes_first(gazetteer: Gazetteer, make_ticket: MakeTicket, area: str) -> None:
    compass, _ = compass_of(make_ticket("A:鹤岗12345", "喂", area=area), gazetteer)
    assert compass.city is not None
    assert compass.city.name == "深圳市"


def test_the_city_decides_between_namesakes(gazetteer: Gazetteer, make_ticket: MakeTicket) -> None:
    compass, talk = compass_of(make_ticket("A:深圳12345", "南山区这边停水"), gazetteer)
    located = compass.locate(compass.hits(talk.turns[1]))
    assert located.division is not None
    assert gazetteer.full_name(located.division) == "广东省深圳市南山区"


def test_without_a_city_namesakes_stay_open(gazetteer: Gazetteer, make_ticket: MakeTicket) -> None:
    compass, talk = compass_of(make_ticket("南山区这边停水"), gazetteer)
    located = compass.locate(compass.hits(talk.turns[0]))
    assert located.division is None
    assert {gazetteer.full_name(rival) for rival in located.rivals} == {"黑龙江省鹤岗市南山区", "广东省深圳市南山区"}


def test_the_names_beside_it_decide(gazetteer: Gazetteer, make_ticket: MakeTicket) -> None:
    compass, talk = compass_of(make_ticket("深圳南山区这边停水"), gazetteer)
    located = compass.locate(compass.hits(talk.turns[0]))
    assert located.division is not None
    assert gazetteer.full_name(located.division) == "广东省深圳市南山区"


@pytest.mark.parametrize("said", ["朝阳路上", "大同小学门口", "河南人", "宜昌大医院查的", "椒江朝阳小区门口"])
def test_roads_schools_and_origins_are_no_divisions(gazetteer: Gazetteer, make_ticket: MakeTicket, said: str) -> None:
    compass, talk = compass_of(make_ticket("A:长春12345", said), gazetteer)
    assert compass.hits(talk.turns[1]) == []


@pytest.mark.parametrize(
    ("said", "full"),
    [
        ("鹤岗市南山区停水", "黑龙江省鹤岗市南山区"),
        ("鹤岗市的南山区停水", "黑龙江省鹤岗市南山区"),
        ("鹤岗南山区停水", "黑龙江省鹤岗市南山区"),
        ("广州市南山区停水", "广东省广州市"),
        ("广东省南山区停水", "广东省深圳市南山区"),
    ],
)
def test_a_city_named_right_before_outweighs_the_city_of_the_call(
    gazetteer: Gazetteer, make_ticket: MakeTicket, said: str, full: str
) -> None:
    compass, talk = compass_of(make_ticket("A:深圳12345", said), gazetteer)
    located = compass.locate(compass.hits(talk.turns[1]))
    assert located.division is not None
    assert gazetteer.full_name(located.division) == full


def test_what_lies_elsewhere_shows_its_namesake_at_home(gazetteer: Gazetteer, make_ticket: MakeTicket) -> None:
    compass, talk = compass_of(make_ticket("A:深圳12345", "鹤岗市南山区停水"), gazetteer)
    located = compass.locate(compass.hits(talk.turns[1]))
    assert located.elsewhere
    assert [gazetteer.full_name(namesake) for namesake in located.namesakes] == ["广东省深圳市南山区"]


def test_a_zone_that_every_city_has_needs_its_city(gazetteer: Gazetteer, make_ticket: MakeTicket) -> None:
    nowhere, talk = compass_of(make_ticket("经开区停水"), gazetteer)
    assert nowhere.hits(talk.turns[0]) == []
    hefei, talk = compass_of(make_ticket("A:合肥12345", "经开区停水"), gazetteer)
    located = hefei.locate(hefei.hits(talk.turns[1]))
    assert located.division is not None
    assert gazetteer.full_name(located.division) == "安徽省合肥市经济技术开发区"


@pytest.mark.parametrize(
    ("area", "said"),
    [
        ("440100", "理工大学东区食堂的菜不新鲜"),
        ("440100", "小区南区的电梯坏了"),
        ("440300", "软件园中区门口乱停车"),
        (None, "住在万景城北区"),
        (None, "老城区的巷子里没有路灯"),
        ("510400", "阳光花园东区的电梯坏了"),
    ],
)
def test_the_part_of_an_estate_or_a_town_is_no_division(
    gazetteer: Gazetteer, make_ticket: MakeTicket, area: str | None, said: str
) -> None:
    compass, talk = compass_of(make_ticket(said, area=area), gazetteer)
    assert compass.hits(talk.turns[0]) == []


@pytest.mark.parametrize(
    ("area", "said", "full"),
    [
        ("110100", "我在西城区这边", "北京市西城区"),
        (None, "北京东城区有人施工", "北京市东城区"),
        ("440300", "四川省攀枝花市东区停水", "四川省攀枝花市东区"),
        ("510400", "东区这边停水", "四川省攀枝花市东区"),
        ("410300", "老城区停水", "河南省洛阳市老城区"),
    ],
)
def test_a_division_called_after_its_side_counts_in_its_own_city(
    gazetteer: Gazetteer, make_ticket: MakeTicket, area: str | None, said: str, full: str
) -> None:
    compass, talk = compass_of(make_ticket(said, area=area), gazetteer)
    located = compass.locate(compass.hits(talk.turns[0]))
    assert located.division is not None
    assert gazetteer.full_name(located.division) == full


@pytest.mark.parametrize(
    ("said", "town"), [("虎门镇新湾村", "虎门镇"), ("沙井街道江边社区", "沙井街道"), ("虎门镇山前村", "虎门镇")]
)
def test_a_town_before_a_village_that_begins_like_the_rest_of_a_name_is_a_town(
    gazetteer: Gazetteer, make_ticket: MakeTicket, said: str, town: str
) -> None:
    compass, talk = compass_of(make_ticket(said), gazetteer)
    assert [hit.name for hit in compass.hits(talk.turns[0])] == [town]


@pytest.mark.parametrize("said", ["高速往椒江区方向有坑", "坐动车到椒江区"])
def test_a_way_out_of_town_is_not_where_it_was(
    said: str, gazetteer: Gazetteer, make_ticket: Callable[..., Ticket]
) -> None:
    talk = Talk.of(make_ticket(said))
    assert Compass(gazetteer, None).hits(talk.turns[0]) == []


def test_a_county_said_in_short_decides_where_its_town_is(gazetteer: Gazetteer, make_ticket: MakeTicket) -> None:
    compass, talk = compass_of(make_ticket("武鸣，武鸣的城厢镇停水"), gazetteer)
    located = compass.locate(compass.hits(talk.turns[0]))
    assert located.division is not None
    assert gazetteer.full_name(located.division) == "广西壮族自治区南宁市武鸣区城厢镇"


@pytest.mark.parametrize("line", ["银杏大道工业园区排放废气", "云杉路开发区停水"])
def test_a_zone_that_any_city_has_is_none_of_the_gazetteer(
    gazetteer: Gazetteer, make_ticket: MakeTicket, line: str
) -> None:
    compass, talk = compass_of(make_ticket(line), gazetteer)
    assert compass.hits(talk.turns[0]) == []
