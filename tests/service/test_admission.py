"""A bounded number of bytes in the house, counted as they come and forgotten with their answer."""

from __future__ import annotations

import pytest

from service.admission import Admission
from service.errors import ServiceError


def admission(*, max_bytes: int) -> tuple[Admission, list[int]]:
    told: list[int] = []
    return Admission(
        max_tickets=8,
        max_wait_s=4,
        wait_s=lambda: 0.0,
        retry_after_seconds=2,
        changed=lambda _: None,
        max_bytes=max_bytes,
        bytes_changed=told.append,
    ), told


def test_bytes_are_held_until_the_answer_and_told() -> None:
    house, told = admission(max_bytes=100)
    with house.hold_body() as first, house.hold_body() as second:
        first(30)
        second(40)
        first(20)
        assert house.bytes_held == 90
    assert told == [30, 70, 90, 50, 0]


def test_a_body_for_which_there_is_no_room_is_refused_and_leaves_nothing_behind() -> None:
    house, _ = admission(max_bytes=100)
    with house.hold_body() as first:
        first(90)
        with house.hold_body() as second:
            second(10)
            with pytest.raises(ServiceError) as caught:
                second(1)
        assert (caught.value.status, caught.value.code, caught.value.retry_after_seconds) == (429, "too_many_bytes", 2)
        assert house.bytes_held == 90
        first(5)
        with pytest.raises(ServiceError), house.hold_body() as third:
            third(10)


def test_a_body_larger_than_the_room_is_let_in_when_it_comes_alone() -> None:
    house, _ = admission(max_bytes=100)
    with house.hold_body() as alone:
        alone(90)
        alone(90)
        with pytest.raises(ServiceError), house.hold_body() as other:
            other(1)
    assert house.bytes_held == 0
