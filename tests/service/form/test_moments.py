"""Tests of moments: written as finely as they are known."""

from __future__ import annotations

from datetime import datetime

import pytest

from service.form.moments import Grain, Moment, When

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
