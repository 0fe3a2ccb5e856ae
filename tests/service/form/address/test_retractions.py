"""Tests of divisions that were taken back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service.form.address.districts import Compass
from service.form.address.gazetteer import Gazetteer
from service.form.address.retractions import find_retractions, retracted
from service.form.talk import Talk
from service.ticket import Ticket


@pytest.mark.parametrize(
    ("lines", "gone"),
    [
        (("不是福田区，是南山区",), ["福田区"]),
        (("福田区 不是 南山区那边",), ["福田区"]),
        (("在福田区", "A:福田区是吧", "不对，南山区"), ["福田区"]),
        (("福田区和南山区都停水",), []),
        (("是不是福田区啊，南山区",), []),
        (("在福田区", "A:好的", "我姐在南山区"), []),
        (("不是福田区，是福田区莲花街道",), []),
    ],
)
def test_what_gave_way(
    gazetteer: Gazetteer, make_ticket: Callable[..., Ticket], lines: tuple[str, ...], gone: list[str]
) -> None:
    ticket = make_ticket("A:深圳12345", *lines)
    talk = Talk.of(ticket)
    compass = Compass.of(ticket, talk, gazetteer)
    assert [division.name for division in retracted(find_retractions(talk, compass), compass)] == gone
