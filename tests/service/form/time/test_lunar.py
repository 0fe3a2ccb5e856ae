"""Tests of the lunar calendar, against published new years and festivals."""

from __future__ import annotations

from datetime import date

import pytest

from service.form.time.lunar import knows, last_leap_date, last_lunar_date, lunar_date, months_of, new_year


@pytest.mark.parametrize(
    "day",
    [
        date(2020, 1, 25),
        date(2021, 2, 12),
        date(2022, 2, 1),
        date(2023, 1, 22),
        date(2024, 2, 10),
        date(2025, 1, 29),
        date(2026, 2, 17),
        date(2027, 2, 6),
        date(2028, 1, 26),
        date(2029, 2, 13),
        date(2030, 2, 3),
    ],
)
def test_new_years(day: date) -> None:
    assert new_year(day.year) == day


def test_months_after_a_leap_month_are_shifted() -> None:
    assert len(months_of(2025)) == 13  # leap sixth month
    assert lunar_date(2025, 8, 15) == date(2025, 10, 6)
    assert lunar_date(2025, 5, 5) == date(2025, 5, 31)


def test_the_latest_day_that_has_been() -> None:
    assert last_lunar_date(1, 7, before=date(2025, 2, 4)) == date(2025, 2, 4)
    assert last_lunar_date(12, 18, before=date(2026, 2, 6)) == date(2026, 2, 5)
    assert last_lunar_date(12, 18, before=date(2026, 2, 4)) < date(2025, 3, 1)


def test_the_tables_end_somewhere() -> None:
    assert knows(2025)
    assert not knows(1999)
    assert not knows(2040)


def test_leap_months_are_months_of_their_own() -> None:
    assert last_leap_date(6, 3, before=date(2025, 10, 15)) == date(2025, 7, 27)
    assert last_leap_date(2, 1, before=date(2025, 10, 15)) == date(2023, 3, 22)
    assert last_leap_date(1, 1, before=date(2025, 10, 15)) is None
