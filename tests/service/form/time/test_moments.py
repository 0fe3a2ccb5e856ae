"""Tests of moments: written as finely as they are known."""

from __future__ import annotations

from datetime import datetime

import pytest

from service.form.time.moments import Grain, Moment, When

AT = datetime(2025, 10, 5, 7, 30)


@pytest.mark.parametrize(
    ("grain", "text"), [("year", "2025"), ("month", "2025-10"), ("day", "2025-10-05"), ("minute", "2025-10-05T07:30")]
)
def test_a_moment_is_no_finer_than_its_grain(grain: Grain, text: str) -> None:
    assert str(Moment(AT, grain)) == text


def test_stretches_and_recurrences() -> None:
    day = Moment(AT, "day")
    assert When(0, 1, begin=Moment(AT, "month"), until=day).value == "2025-10/2025-10-05"
    assert When(0, 1, repeats="每天07:40").value == "recurring:每天07:40"
    assert When(0, 1, begin=day, repeats="每天07:40").value == "recurring:2025-10-05起每天07:40"


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("下午", "2025-10-05T12:00/2025-10-05T18:00"),
        ("晚上", "2025-10-05T18:00/2025-10-06T00:00"),
        ("夜里", "2025-10-05"),
        ("", "2025-10-05"),
    ],
)
def test_a_part_of_a_day_is_the_stretch_of_its_hours(part: str, value: str) -> None:
    assert When(0, 1, begin=Moment(AT, "day"), part=part).value == value


def test_a_part_without_its_day_is_no_stretch() -> None:
    assert When(0, 1, begin=Moment(AT, "day"), part="下午", dated=False).value == "2025-10-05"
