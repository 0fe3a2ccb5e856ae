"""Holidays: the days that people date things by (国庆, 春节, 清明, 双十一, 开学)."""

from __future__ import annotations

from datetime import date, timedelta

from service.form.time.lunar import lunar_date, new_year
from service.form.time.solar import DOUBTFUL, TERMS, solar_term

_FIXED = {
    "元旦": (1, 1),
    "三八": (3, 8),
    "妇女节": (3, 8),
    "五一": (5, 1),
    "劳动节": (5, 1),
    "六一": (6, 1),
    "儿童节": (6, 1),
    "八一": (8, 1),
    "教师节": (9, 10),
    "国庆": (10, 1),
    "十一": (10, 1),
    "双十一": (11, 11),
    "双十二": (12, 12),
    "圣诞": (12, 25),
}
_LUNAR = {"元宵": (1, 15), "端午": (5, 5), "七夕": (7, 7), "中秋": (8, 15), "重阳": (9, 9), "腊八": (12, 8)}
_NEW_YEAR = ("春节", "过年", "大年初一", "新年")
_EVE = ("除夕", "年三十", "大年三十")
_WEEK = 7
_DAYS_OFF = {"国庆": _WEEK, "十一": _WEEK, "五一": 5, "劳动节": 5}
SINGLE_DAYS = frozenset(
    {"元宵", "七夕", "重阳", "腊八", "双十一", "双十二", "三八", "妇女节", "六一", "儿童节", "教师节", "圣诞"}
)
# 十一 is more often a number: it names the day only where 期间, 假期 or the like follows.
NAMES = (
    *(name for name in _FIXED if name != "十一"),
    *_LUNAR,
    *_NEW_YEAR[:2],
    "大年初一",
    *_EVE,
    *(name for name in TERMS if name not in DOUBTFUL),
)


def holiday(name: str, year: int) -> date:
    """The day of a holiday in a year. KeyError where the name is none."""
    if name in _FIXED:
        return date(year, *_FIXED[name])
    if name in _LUNAR:
        month, day = _LUNAR[name]
        return lunar_date(year - 1 if name == "腊八" else year, month, day)
    if name in _NEW_YEAR:
        return new_year(year)
    if name in _EVE:
        return new_year(year) - timedelta(days=1)
    return solar_term(name, year)


def last_day(name: str, first: date) -> date | None:
    """The day on which the days off of a holiday end; None where that differs too much from year to year."""
    if name not in _DAYS_OFF:
        return None
    days = _DAYS_OFF[name]
    if days == _WEEK and first <= holiday("中秋", first.year) < first + timedelta(days=days):
        days += 1  # 中秋 in the week of 国庆 makes it a day longer
    return first + timedelta(days=days - 1)


def last_holiday(name: str, before: date) -> date:
    """The latest such day that is not after `before`."""
    this_year = holiday(name, before.year)
    return this_year if this_year <= before else holiday(name, before.year - 1)
