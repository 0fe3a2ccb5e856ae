"""Divisions: the code of a place that was said, from the names of districts and streets around the table's codes."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from service.dispatch.divisions import Divisions, trim_code
from service.dispatch.territory import find_host, locate
from tests.service.dispatch.cases import fill, open_city, predict, ticket

ROWS = """99\t甲省\t0\t0
9901\t乙市\t1\t99
990101\t河东区\t2\t9901
990102\t河西区\t2\t9901
990101001\t和平街道\t3\t990101
990102001\t和平街道\t3\t990102
990102002\t柳林街道\t3\t990102
9902\t丙市\t1\t99
990201\t河西区\t2\t9902
990201001\t柳林街道\t3\t990201
"""
TABLE = """
[[units]]
id = "east"
name = "河东区政府"
[[units]]
id = "peace"
name = "河东和平街道"
[[units]]
id = "west"
name = "河西区政府"
[[units]]
id = "city"
name = "乙市热线"
[[territory]]
unit = "city"
code = "990100"
[[territory]]
unit = "peace"
code = "990101001"
[[territory]]
unit = "east"
district = "河东区"
[[territory]]
unit = "west"
code = "990102"
"""


def write_rows(folder: Path) -> Path:
    path = folder / "divisions.tsv.gz"
    path.write_bytes(gzip.compress(ROWS.encode("utf-8")))
    return path


@pytest.fixture
def divisions(tmp_path: Path) -> Divisions:
    return Divisions.of(write_rows(tmp_path), codes={"990101001"})


@pytest.mark.parametrize(
    ("district", "subdistrict", "code"),
    [
        ("河东区", "和平街道", "990101001"),
        ("河西", "和平街道办事处", "990102001"),
        ("河西区", None, "990102"),
        ("河西区", "别的街道", "990102"),
        (None, "柳林街道", "990102002"),  # the one of the other city is none of ours
        (None, "和平街道", None),
        ("城南区", None, None),
        (None, None, None),
    ],
)
def test_names_have_a_code_unless_two_bear_them(
    divisions: Divisions, district: str | None, subdistrict: str | None, code: str | None
) -> None:
    assert divisions.find(district, subdistrict) == code


@pytest.mark.parametrize(
    ("fields", "area", "host"),
    [
        ({"district": "河西区"}, None, "west"),
        ({"district": "河东区"}, None, "east"),
        # A street by its code is narrower than the district by its name.
        ({"district": "河东区", "subdistrict": "和平街道"}, None, "peace"),
        ({"district": "河东区"}, "990101001", "peace"),
        ({}, "990102002000", "west"),
        ({}, "990103", "city"),
        # Telephony never overrules what was said.
        ({"district": "河东区"}, "990102", "east"),
        ({"district": "河西区", "subdistrict": "柳林街道"}, "990101001", "west"),
        ({"district": "城南区"}, "990102", "qxz"),
    ],
)
def test_a_row_by_code_hosts_a_place_that_was_said(
    tmp_path: Path, divisions: Divisions, fields: dict[str, str], area: str | None, host: str
) -> None:
    call = ticket(area=area)
    profile = open_city(tmp_path, TABLE).profile
    found = find_host(locate(call, fill(fields), divisions), profile, on=call.received_at.date())
    assert found is not None
    assert found.unit == host


def test_codes_of_another_city_bring_none_of_these(tmp_path: Path) -> None:
    assert Divisions.of(write_rows(tmp_path), codes={"880101"}) == Divisions()


def test_a_citys_own_street_goes_before_the_national_list(tmp_path: Path) -> None:
    own = tmp_path / "places.tsv"
    own.write_text(
        "code\tname\tlevel\tparent\n990101001\t太平街道\t3\t990101\n990101009\t新街街道\t3\t990101\n", "utf-8"
    )
    found = Divisions.of(write_rows(tmp_path), codes={"9901"}, places=own)
    assert found.find("河东区", "太平街道") == "990101001"
    assert found.find("河东区", "新街") == "990101009"
    assert found.find("河东区", "和平街道") == "990101"


def test_a_spoken_place_reaches_the_row_of_its_code_in_a_whole_dispatch(tmp_path: Path) -> None:
    city = open_city(
        tmp_path, '\n[[units]]\nid = "west"\nname = "河西"\n[[territory]]\nunit = "west"\ncode = "120103"\n'
    )
    order = city.decide(ticket(), predict(hosted=0.9), fill({"district": "河西区"}))
    assert order.lead is not None
    assert (order.lead.unit, order.ground) == ("west", "territory")


@pytest.mark.parametrize(
    ("code", "trimmed"),
    [("440300", "4403"), ("440000", "44"), ("440305003000", "440305003"), ("440305", "440305"), ("110100", "1101")],
)
def test_zeros_only_fill_a_code_up(code: str, trimmed: str) -> None:
    assert trim_code(code) == trimmed
