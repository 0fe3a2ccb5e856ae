"""Tests of places that were read back and agreed to."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.prediction import Prediction, Span
from service.form.address.addresses import fill_addresses
from service.form.address.districts import Compass
from service.form.address.gazetteer import Gazetteer
from service.form.talk import Talk
from service.ticket import Ticket

Read = Callable[..., object]


@pytest.fixture
def read(gazetteer: Gazetteer, make_ticket: Callable[..., Ticket]) -> Read:
    """The address of a call in which 云杉路 was said first, and a house read back in the third turn."""

    def run(back: str, *replies: str) -> object:
        ticket = make_ticket("A:在哪里？", "好像是云杉路那边", f"A:{back}", *replies)
        talk = Talk.of(ticket)
        house = back.removeprefix("是").partition("对")[0]
        spans = [Span("location", 1, 3, 6, 0.9), Span("location", 2, back.index(house), len(house) + 1, 0.9)]
        prediction = Prediction({}, tuple(spans), truncated=False)
        return fill_addresses(talk, prediction, Compass.of(ticket, talk, gazetteer), None, at_home=True)[
            "event_address"
        ].value

    return run


def test_a_house_that_was_read_back_and_agreed_to_stands_for_another_road(read: Read) -> None:
    assert read("是银杏路12号对吧", "对") == "银杏路12号"


def test_what_was_read_back_without_a_number_replaces_nothing(read: Read) -> None:
    assert "云杉路" in str(read("是银杏路对吧", "对"))


def test_who_denies_it_or_says_his_road_again_keeps_it(read: Read) -> None:
    assert read("是银杏路12号对吧", "不对，是云杉路") == "云杉路"
    assert "云杉路" in str(read("是银杏路12号对吧", "对，云杉路"))
