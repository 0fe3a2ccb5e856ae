"""Areas: a code or a name that telephony sends is read by the gazetteer, and by nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service.form.address.areas import read_area
from service.form.address.gazetteer import Gazetteer
from service.form.field import Area
from service.ticket import Ticket

MakeTicket = Callable[..., Ticket]


@pytest.mark.parametrize(
    ("area", "read"),
    [
        ("450103", Area("青秀区")),
        ("450103000000", Area("青秀区")),
        ("南宁市青秀区", Area("青秀区")),
        ("广西-南宁-青秀区", Area("青秀区")),
        ("深圳市南山区粤海街道", Area("南山区", "粤海街道")),
        ("450100", Area()),
        ("南宁市", Area()),
        ("朝阳区", Area("朝阳区")),  # several cities have one, and it is called so in each
    ],
)
def test_a_district_fills_the_district_and_a_city_fills_nothing(
    gazetteer: Gazetteer, make_ticket: MakeTicket, area: str, read: Area
) -> None:
    assert read_area(make_ticket("楼下的灯不亮", area=area), gazetteer) == read


@pytest.mark.parametrize("area", [None, "  ", "火星", "不清楚", "abc", "999999", "深圳市某小区", "朝阳二手车行", "²"])
def test_what_is_no_place_of_the_gazetteer_is_no_area(
    gazetteer: Gazetteer, make_ticket: MakeTicket, area: str | None
) -> None:
    assert read_area(make_ticket("楼下的灯不亮", area=area), gazetteer) is None
