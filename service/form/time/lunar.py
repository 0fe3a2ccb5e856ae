"""Lunar calendar: dates such as 正月初七 or 腊月二十三 as days of the common calendar, 2000–2039."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

# Per lunar year: bits 16 (leap month is long), 15–4 (months 1–12 are long), 3–0 (leap month, 0 for none).
# Source: tables of the Purple Mountain Observatory as commonly published; checked in the tests against new years.
_YEARS = (
    *(0x0C960, 0x0D954, 0x0D4A0, 0x0DA50, 0x07552, 0x056A0, 0x0ABB7, 0x025D0, 0x092D0, 0x0CAB5),
    *(0x0A950, 0x0B4A0, 0x0BAA4, 0x0AD50, 0x055D9, 0x04BA0, 0x0A5B0, 0x15176, 0x052B0, 0x0A930),
    *(0x07954, 0x06AA0, 0x0AD50, 0x05B52, 0x04B60, 0x0A6E6, 0x0A4E0, 0x0D260, 0x0EA65, 0x0D530),
    *(0x05AA0, 0x076A3, 0x096D0, 0x04AFB, 0x04AD0, 0x0A4D0, 0x1D0B6, 0x0D250, 0x0D520, 0x0DD45),
)
_FIRST = 2000
_FIRST_NEW_YEAR = date(2000, 2, 5)


@lru_cache(maxsize=64)
def months_of(year: int) -> tuple[int, ...]:
    """Lengths of the months of a lunar year, the leap month in its place."""
    code = _YEARS[year - _FIRST]
    lengths = [30 if code & (0x10000 >> month) else 29 for month in range(1, 13)]
    if leap := code & 0xF:
        lengths.insert(leap, 30 if code & 0x10000 else 29)
    return tuple(lengths)


@lru_cache(maxsize=64)
def new_year(year: int) -> date:
    """The first day of a lunar year."""
    days = sum(sum(months_of(before)) for before in range(_FIRST, year))
    return _FIRST_NEW_YEAR + timedelta(days=days)


def knows(year: int) -> bool:
    """Whether the tables cover a year."""
    return _FIRST < year < _FIRST + len(_YEARS)


def lunar_date(year: int, month: int, day: int) -> date:
    """A day of the lunar calendar (not of a leap month) in the common one. A 30th that does not exist is the 29th."""
    lengths, leap = months_of(year), _YEARS[year - _FIRST] & 0xF
    index = month - 1 + (1 if leap and month > leap else 0)
    return new_year(year) + timedelta(days=sum(lengths[:index]) + min(day, lengths[index]) - 1)


def last_leap_date(month: int, day: int, *, before: date) -> date | None:
    """The latest such day of a leap month (闰六月初三) that is not after `before`; None if the tables hold none."""
    for year in range(min(before.year, _FIRST + len(_YEARS) - 1), _FIRST, -1):
        if _YEARS[year - _FIRST] & 0xF != month:
            continue
        lengths = months_of(year)
        found = new_year(year) + timedelta(days=sum(lengths[:month]) + min(day, lengths[month]) - 1)
        if found <= before:
            return found
    return None


def last_lunar_date(month: int, day: int, *, before: date) -> date:
    """The latest such day that is not after `before`."""
    for year in (before.year, before.year - 1):
        found = lunar_date(year, month, day)
        if found <= before:
            return found
    return lunar_date(before.year - 2, month, day)
