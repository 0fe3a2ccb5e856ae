"""Places of a city's own file: community, point and coordinates, and no word against a division that was named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from models.prediction import Prediction
from service.city import DEFAULT_CITY
from service.form.address.addresses import fill_addresses
from service.form.address.districts import Compass
from service.form.address.gazetteer import Gazetteer
from service.form.field import Field
from service.form.talk import Talk
from service.ticket import Ticket


@pytest.fixture
def fill_with(
    tmp_path: Path, make_ticket: Callable[..., Ticket], silent: Prediction
) -> Callable[..., dict[str, Field]]:
    """Places of a city's own, and lines of a call in 深圳 → the address's fields."""

    def run(places: str, *lines: str) -> dict[str, Field]:
        path = tmp_path / "places.tsv"
        path.write_text(places, encoding="utf-8")
        own = Gazetteer.open(DEFAULT_CITY / "divisions.tsv.gz", places=path)
        ticket = make_ticket("A:深圳12345您好", *lines)
        talk = Talk.of(ticket)
        return fill_addresses(talk, silent, Compass.of(ticket, talk, own), None, at_home=True)

    return run


def test_a_citys_own_places_give_community_point_and_coordinates(
    tmp_path: Path, make_ticket: Callable[..., Ticket], silent: Prediction
) -> None:
    path = tmp_path / "places.tsv"
    path.write_text(
        "440305003001\t海月社区\t4\t440305\n440305003001-1\t蓝天公寓\t5\t440305003001\t\t113.94\t22.5\n",
        encoding="utf-8",
    )
    own = Gazetteer.open(DEFAULT_CITY / "divisions.tsv.gz", places=path)
    ticket = make_ticket("A:深圳12345您好", "蓝天公寓3栋 停水了")
    talk = Talk.of(ticket)
    fields = fill_addresses(talk, silent, Compass.of(ticket, talk, own), None, at_home=True)
    assert (fields["district"].value, fields["community"].value, fields["poi"].value) == (
        "南山区",
        "海月社区",
        "蓝天公寓",
    )
    assert fields["event_address"].value == "广东省深圳市南山区海月社区蓝天公寓3栋"
    assert fields["event_address"].coordinates == (113.94, 22.5)


@pytest.mark.parametrize(
    "lines",
    [
        ("宝安区蓝天公寓3栋 停水了",),
        ("我在宝安区", "A:具体是哪里", "蓝天公寓3栋 停水了"),
        ("宝安区 海月社区蓝天公寓3栋",),
    ],
)
def test_a_named_district_stands_against_a_point_of_that_name_elsewhere(
    fill_with: Callable[..., dict[str, Field]], lines: tuple[str, ...]
) -> None:
    fields = fill_with("440305003001\t海月社区\t4\t440305\n1\t蓝天公寓\t5\t440305003001\t\t113.94\t22.5\n", *lines)
    district, address = fields["district"], fields["event_address"]
    assert (district.value, district.status) == ("宝安区", "conflict")
    assert address.value in ("广东省深圳市宝安区蓝天公寓3栋", "广东省深圳市宝安区海月社区蓝天公寓3栋")
    assert address.alternatives[-1] == "广东省深圳市南山区海月社区蓝天公寓"
    assert (address.status, address.coordinates, fields["poi"].status) == ("conflict", None, "suggested")


def test_of_two_places_of_a_name_the_one_in_the_named_district_is_meant(
    fill_with: Callable[..., dict[str, Field]],
) -> None:
    fields = fill_with("1\t蓝天公寓\t5\t440305\n2\t蓝天公寓\t5\t440306\n", "宝安区蓝天公寓3栋 停水了")
    assert (fields["district"].value, fields["district"].status) == ("宝安区", "filled")
    assert fields["event_address"].value == "广东省深圳市宝安区蓝天公寓3栋"


def test_a_named_street_stands_against_a_point_of_that_name_elsewhere(
    fill_with: Callable[..., dict[str, Field]], gazetteer: Gazetteer
) -> None:
    other = next(d for d in gazetteer.named("粤海街道") if d.code.startswith("440305"))
    fields = fill_with(f"1\t蓝天公寓\t5\t{other.code}\n", "蛇口街道蓝天公寓3栋 停水了")
    assert (fields["subdistrict"].value, fields["subdistrict"].status) == ("蛇口街道", "conflict")
    assert fields["event_address"].value == "广东省深圳市南山区蛇口街道蓝天公寓3栋"
