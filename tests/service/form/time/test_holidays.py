"""Tests of holidays."""

from __future__ import annotations

from datetime import date

import pytest

from service.form.time.holidays import holiday, last_day, last_holiday


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("国庆", date(2025, 10, 1)),
        ("春节", date(2025, 1, 29)),
        ("除夕", date(2025, 1, 28)),
        ("元宵", date(2025, 2, 12)),
        ("清明", date(2025, 4, 4)),
        ("端午", date(2025, 5, 31)),
        ("中秋", date(2025, 10, 6)),
        ("冬至", date(2025, 12, 21)),
        ("腊八", date(2025, 1, 7)),
    ],
)
def test_days_of_2025(name: str, day: date) -> None:
    assert holiday(name, 2025) == day


def test_the_last_one_has_been() -> None:
    assert last_holiday("国庆", date(2025, 9, 30)) == date(2024, 10, 1)
    assert last_holiday("国庆", date(2025, 10, 1)) == date(2025, 10, 1)


def test_days_off_end_where_that_is_known() -> None:
    assert last_day("国庆", date(2024, 10, 1)) == date(2024, 10, 7)
    assert last_day("国庆", date(2025, 10, 1)) == date(2025, 10, 8)  # 中秋 is in that week
    assert last_day("五一", date(2025, 5, 1)) == date(2025, 5, 5)
    assert last_day("清明", date(2025, 4, 4)) is None
