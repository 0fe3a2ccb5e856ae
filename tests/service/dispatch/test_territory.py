"""Territory: from what the caller said of the place to the unit that hosts it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from service.dispatch.territory import find_host, is_same_place, locate
from service.form.field import Area
from tests.service.dispatch.cases import fill, open_city, predict, ticket

TABLE = """
[[units]]
id = "hp"
name = "河东区和平街道"
[[units]]
id = "hp2"
name = "河西区和平街道"
[[units]]
id = "kf"
name = "高新区管委会"
[[units]]
id = "hd"
name = "河东区政府"
[[territory]]
unit = "hp"
district = "河东区"
subdistrict = "和平街道"
[[territory]]
unit = "hp2"
district = "河西区"
subdistrict = "和平街道"
[[territory]]
unit = "hd"
district = "河东区"
[[territory]]
unit = "kf"
places = ["软件园", "科技大道"]
[[territory]]
unit = "hp2"
code = "120103"
"""


def host_of(folder: Path, tables: str, *, area: str | None = None, **fields: str) -> str | None:
    """Id and name of the host, if there is one."""
    host = find_host(locate(ticket(area=area), fill(fields)), open_city(folder, tables).profile, on=date(2025, 6, 3))
    return f"{host.unit} {host.name}" if host else None


def test_streets_of_one_name_are_told_apart_by_their_district(tmp_path: Path) -> None:
    assert host_of(tmp_path, TABLE, district="河西区", subdistrict="和平街道") == "hp2 河西区和平街道"


def test_a_street_that_two_districts_have_is_not_guessed(tmp_path: Path) -> None:
    assert host_of(tmp_path, TABLE, subdistrict="和平街道") == "jd 和平街道办事处"


def test_a_street_outside_the_table_falls_to_its_district(tmp_path: Path) -> None:
    assert host_of(tmp_path, TABLE, district="河东", subdistrict="大直沽街道") == "hd 河东区政府"


def test_a_development_zone_goes_before_the_district_around_it(tmp_path: Path) -> None:
    fields = {"district": "河东区", "event_address": "河东区科技大道8号"}
    assert host_of(tmp_path, TABLE, **fields) == "kf 高新区管委会"


def test_a_code_from_telephony_serves_where_nothing_was_said(tmp_path: Path) -> None:
    assert host_of(tmp_path, TABLE, area="120103005") == "hp2 河西区和平街道"
    assert host_of(tmp_path, TABLE, area="120103", district="河东区") == "hd 河东区政府"


@pytest.mark.parametrize(
    ("fields", "host"),
    [
        ({"district": "龙山区", "subdistrict": "石桥镇"}, "jd 石桥镇人民政府"),
        ({"district": "龙山区", "subdistrict": "新华街道"}, "jd 新华街道办事处"),
        ({"district": "龙山区"}, "qxz 龙山区人民政府"),
        ({}, None),
    ],
)
def test_a_city_without_a_table_names_the_office_of_the_place(
    tmp_path: Path, fields: dict[str, str], host: str | None
) -> None:
    assert host_of(tmp_path, "", **fields) == host


def test_a_city_may_host_by_district(tmp_path: Path) -> None:
    assert (
        host_of(tmp_path, 'host_level = "district"\n', district="龙山区", subdistrict="石桥镇") == "qxz 龙山区人民政府"
    )


def test_a_contradicted_place_is_not_settled() -> None:
    assert locate(ticket(), fill({"district": "河东区"})).settled
    assert not locate(ticket(), fill({"district": "河东区"}, status="conflict")).settled
    assert not locate(ticket(), fill()).settled


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("朝阳区", "朝阳", True),
        ("朝阳区", "朝阳区", True),
        ("朝阳区", "朝阳县", False),
        ("和平街道", "和平街道办事处", True),
        (None, "和平街道", False),
        ("沙县", "沙", False),
    ],
)
def test_names_of_a_division(left: str | None, right: str | None, same: bool) -> None:
    assert is_same_place(left, right) is same


def test_an_area_that_is_no_place_hosts_nothing_and_is_told(tmp_path: Path) -> None:
    order = open_city(tmp_path).decide(ticket(area="火星"), predict(hosted=0.97, auto=0.9), fill())
    assert order.territory.district is None
    assert (order.ground, order.decision) == ("function", "suggest")
    assert any("来电区域不是地名库中的" in reason for reason in order.reasons)


def test_what_rests_on_telephonys_area_alone_is_looked_at(tmp_path: Path) -> None:
    form = fill(area=Area("河东区", "和平街道"))
    order = open_city(tmp_path).decide(ticket(area="河东区和平街道"), predict(hosted=0.97, auto=0.9), form)
    assert (order.territory.district, order.territory.subdistrict) == ("河东区", "和平街道")
    assert (order.ground, order.decision) == ("territory", "suggest")
    assert any("只据来电区域" in reason for reason in order.reasons)


def test_telephonys_district_tells_which_street_of_that_name_was_said() -> None:
    place = locate(ticket(area="河西区"), fill({"subdistrict": "和平街道"}, area=Area("河西区", "柳林街道")))
    assert (place.district, place.subdistrict, place.settled, place.lent) == ("河西区", "和平街道", True, False)


def test_telephonys_street_is_not_that_of_another_district_that_was_said() -> None:
    place = locate(ticket(area="河西区柳林街道"), fill({"district": "河东区"}, area=Area("河西区", "柳林街道")))
    assert (place.district, place.subdistrict, place.settled) == ("河东区", None, True)


def test_a_rule_on_a_district_that_nobody_named_is_looked_at(tmp_path: Path) -> None:
    rule = '\n[[rules]]\nid = "a"\nwhen.districts = ["河东区"]\nthen.lead = "cgw"\nthen.decision = "auto"\n'
    city = open_city(tmp_path, rule)
    assert city.decide(ticket(), predict(), fill({"district": "河东区"})).decision == "auto"
    assert city.decide(ticket(area="河东区"), predict(), fill(area=Area("河东区"))).decision == "suggest"


def test_an_enterprise_of_an_area_that_nobody_named_is_looked_at(tmp_path: Path) -> None:
    tables = (
        '\n[[units]]\nid = "rq-east"\nname = "东区燃气"\n'
        '\n[[enterprises]]\nunit = "rq"\n[[enterprises.areas]]\nunit = "rq-east"\ndistricts = ["河东区"]\n'
    )
    city, gas = open_city(tmp_path, tables), predict(function=(0.0, 0.0, 0.0, 1.0), hosted=0.01, auto=0.9)
    assert city.decide(ticket(), gas, fill({"district": "河东区"})).decision == "auto"
    assert city.decide(ticket(area="河东区"), gas, fill(area=Area("河东区"))).decision == "suggest"


def test_a_row_may_name_the_district_that_stands_for_any_and_it_is_called_by_its_name(tmp_path: Path) -> None:
    city = open_city(tmp_path, "\n[[territory]]\nunit = 'qxz'\ndistrict = '密云区'\n")
    place = locate(ticket(), fill({"district": "密云区", "subdistrict": "果园街道"}))
    host = find_host(place, city.profile, on=date(2025, 6, 3))
    assert host is not None
    assert (host.unit, host.name) == ("qxz", "密云区人民政府")


def test_words_of_the_point_are_words_of_the_address(tmp_path: Path) -> None:
    city = open_city(tmp_path, "\n[[territory]]\nunit = 'cgw'\nplaces = ['云东机场']\n")
    place = locate(ticket(), fill({"event_address": "甲市", "poi": "云东机场"}))
    host = find_host(place, city.profile, on=date(2025, 6, 3))
    assert host is not None
    assert host.unit == "cgw"
