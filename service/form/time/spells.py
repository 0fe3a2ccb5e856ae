"""Spells: quarters, halves of a year, school holidays and 小年, which last longer than a day, as stretches."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo

from service.form.time.lunar import knows, last_lunar_date
from service.form.time.moments import Moment, When
from service.form.time.phrases import Atom

_QUARTERS = {"一": 1, "二": 4, "三": 7, "四": 10, "1": 1, "2": 4, "3": 7, "4": 10}
_HALVES = {"上半年": 1, "下半年": 7}
# Schools let out in July and August, and around the spring festival; the weeks differ from place to place.
_VACATIONS = {"暑假": 7, "寒假": 1}


def spell_of(atom: Atom, received: datetime, *, year: int | None, start: int) -> When | None:
    """The stretch that an atom names, in the year that was said or else the latest that has begun.

    None beyond the tables of the lunar calendar.
    """
    name = atom.parts[1] or ""
    if name == "小年":
        return _little_new_year(atom, received, year=year, start=start)
    months = 6 if name in _HALVES else 2 if name in _VACATIONS else 3
    first = _HALVES.get(name) or _VACATIONS.get(name) or _QUARTERS[atom.parts[0] or "一"]
    if year is None:
        year = received.year - (first > received.month)
    zone = received.tzinfo
    begin = Moment(datetime(year, first, 1, tzinfo=zone), "month")
    return When(start, atom.end, begin=begin, until=Moment(begin.at.replace(month=first + months - 1), "month"))


def _little_new_year(atom: Atom, received: datetime, *, year: int | None, start: int) -> When | None:
    """The 23rd of the twelfth lunar month in the north, the 24th in the south: both, for nobody says which."""
    before = date(year, 12, 31) if year is not None else received.date()
    if not knows(before.year) or not knows(before.year - 2):
        return None
    zone = received.tzinfo
    north = _midnight(last_lunar_date(12, 23, before=before), zone)
    return When(start, atom.end, begin=Moment(north, "day"), until=Moment(north + timedelta(days=1), "day"))


def _midnight(day: date, zone: tzinfo | None) -> datetime:
    return datetime.combine(day, time(), zone)
