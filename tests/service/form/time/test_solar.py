"""Tests of the solar terms, against published days."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from service.form.time.solar import TERMS, solar_term


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("小寒", date(2025, 1, 5)),
        ("立春", date(2025, 2, 3)),
        ("清明", date(2024, 4, 4)),
        ("清明", date(2025, 4, 4)),
        ("芒种", date(2025, 6, 5)),
        ("夏至", date(2024, 6, 21)),
        ("霜降", date(2025, 10, 23)),
        ("冬至", date(2021, 12, 21)),  # one of the years in which the formula fails
        ("雨水", date(2026, 2, 18)),
        ("小暑", date(2016, 7, 7)),
        ("冬至", date(2025, 12, 21)),
    ],
)
def test_days(name: str, day: date) -> None:
    assert solar_term(name, day.year) == day


@pytest.mark.parametrize("year", [2000, 2024, 2099])
def test_the_terms_of_a_year_are_in_order_half_a_month_apart(year: int) -> None:
    days = [solar_term(name, year) for name in TERMS]
    assert all(13 <= (later - day).days <= 17 for day, later in pairwise(days))
