"""Tests of nights: which day a small hour belongs to."""

from __future__ import annotations

from datetime import datetime

import pytest

from service.form.time.nights import in_that_night, is_of_night, other_night

RECEIVED = datetime(2025, 10, 15, 10, 30)
ONE = datetime(2025, 10, 13, 1)


@pytest.mark.parametrize(
    ("part", "last_night", "day"), [("晚上", False, 14), ("夜里", True, 14), ("夜里", False, 13), ("凌晨", True, 13)]
)
def test_a_small_hour_belongs_to_the_night_that_ends_the_day(part: str, last_night: bool, day: int) -> None:
    assert in_that_night(ONE, part, RECEIVED, last_night=last_night) == ONE.replace(day=day)


def test_an_evening_stays_on_its_day_and_nothing_is_put_off_until_after_the_call() -> None:
    assert in_that_night(ONE.replace(hour=21), "晚上", RECEIVED) == ONE.replace(hour=21)
    assert in_that_night(ONE, "晚上", ONE.replace(hour=9)) == ONE


def test_the_other_night_is_the_one_that_was_not_taken() -> None:
    day = datetime(2025, 10, 13)
    assert other_night(ONE, "夜里", RECEIVED, day=day) == ONE.replace(day=14)
    assert other_night(ONE.replace(day=14), "夜里", RECEIVED, day=day) == ONE
    assert other_night(ONE, "晚上", RECEIVED, day=day) is None
    assert other_night(ONE.replace(hour=22), "夜里", RECEIVED, day=day) is None


def test_an_hour_of_a_night_is_small_and_was_called_so() -> None:
    assert is_of_night(ONE, "晚上")
    assert not is_of_night(ONE, "凌晨")
    assert not is_of_night(ONE.replace(hour=22), "晚上")
