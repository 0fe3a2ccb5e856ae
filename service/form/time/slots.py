"""Slots: what the words of one phrase of time say, slot by slot, against the day on which they were said."""

from __future__ import annotations

import datetime as clock
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from service.form.numerals import digits_of, integer_of
from service.form.time.holidays import SINGLE_DAYS, last_day, last_holiday
from service.form.time.lunar import knows, last_lunar_date
from service.form.time.phrases import Atom

_WEEKDAYS = "一二三四五六日"
_STOP = re.compile(r"[。？！?!；;]")
RANKS = {
    **dict.fromkeys(
        (
            "iso",
            "foreign_date",
            "days_ago",
            "weeks_ago",
            "lunar_month",
            "holiday",
            "rel_day",
            "day_part",
            "weekday",
            "weekend",
            "day_kind",
            "few_days",
            "now",
        ),
        2,
    ),
    **dict.fromkeys(("rel_week", "lunar_day", "fuzzy_day", "third", "day"), 2),
    **dict.fromkeys(("year", "rel_year", "years_ago"), 0),
    **dict.fromkeys(("month", "rel_month", "months_ago", "year_edge", "term"), 1),
    **{"part": 3, "clock": 4, "oclock": 4, "foreign_clock": 4, "hours_ago": 4},
}
# The month in which a season begins; wheat is cut in June. An autumn is long, and its month is mostly said.
_SEASONS = {"春": 3, "夏": 6, "麦": 6, "冬": 12}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FOREIGN_PARTS = {"night": "晚上", "ightly": "晚上", "evening": "晚上", "afternoon": "下午", "morning": "早上"}
_DIALECT = {
    **{"上昼": "上午", "上晝": "上午", "晏昼": "中午", "晏晝": "中午", "下昼": "下午", "下晝": "下午"},
    **{"朝早": "早上", "当晚": "晚上"},
    **{"晌午": "中午", "前晌": "上午", "头晌": "上午", "后晌": "下午"},
}
_DAYS_BACK = {
    "前": 2,
    "昨": 1,
    "今": 0,
    "当": 0,
    "明": -1,
    "后": -2,
    **dict.fromkeys("寻尋噚琴", 1),
    "听": -1,
    "聽": -1,
}
_RELATIVE_YEARS = {"大前年": -3, "前年": -2, "去年": -1, "上年": -1, "昨年": -1, "今年": 0, "明年": 1}


@dataclass
class Slots:
    """What the words of one phrase say so far, slot by slot."""

    start: int
    end: int
    year: int | None = None
    month: int | None = None
    day: int | None = None
    third: str | None = None
    date: clock.date | None = None
    week: clock.date | None = None
    part: str = ""
    hour: int | None = None
    minute: int = 0
    last_hour: int | None = None  # 两三点: as an end it is three
    every: str = ""
    weekdays: list[str] = field(default_factory=list)
    more_days: list[int] = field(default_factory=list)  # 每月5号和20号: the 20th
    day_kinds: list[str] = field(default_factory=list)  # 工作日, 节假日
    ongoing: bool = False
    just_now: bool = False  # 刚才: not after the call
    rank: int = -1

    @property
    def dated(self) -> bool:
        """Whether a date was said."""
        return any(value is not None for value in (self.year, self.month, self.day, self.date, self.week))


def months_back(received: datetime, count: int) -> tuple[int, int]:
    """Year and month, `count` months before."""
    index = received.year * 12 + received.month - 1 - count
    return index // 12, index % 12 + 1


class SlotWriter:
    """Writes atoms into slots. Remembers the year that was said last, for a month said after it."""

    def __init__(self, received: datetime, text: str = "") -> None:
        self._received = received
        self._text = text
        self._year: tuple[int, int] | None = None  # the year, and where its word ended

    def take(self, slots: Slots, atom: Atom) -> None:
        """Add what an atom says."""
        getattr(self, f"_take_{atom.kind}")(slots, atom)
        slots.end = atom.end
        slots.rank = max(slots.rank, RANKS.get(atom.kind, -1))

    def _days_back(self, days: int) -> date:
        return self._received.date() - timedelta(days=days)

    def _same_sentence(self, end: int, start: int) -> bool:
        return start - end <= 14 and not _STOP.search(self._text, end, start)

    # One method per kind of atom, in the order of the patterns.

    def _take_iso(self, slots: Slots, atom: Atom) -> None:
        slots.year, slots.month, slots.day = (int(part or 0) for part in atom.parts)

    def _take_foreign_date(self, slots: Slots, atom: Atom) -> None:
        month, day, year, day_first, month_last, year_last = atom.parts
        slots.month = _MONTHS.index(month or month_last or "") + 1
        slots.day = int(day or day_first or 0)
        slots.year = int(year or year_last or 0) or None

    def _take_foreign_clock(self, slots: Slots, atom: Atom) -> None:
        slots.hour, slots.minute = int(atom.parts[0] or 0) % 12, int(atom.parts[1] or 0)
        slots.hour += 12 * ((atom.parts[2] or "").lower() == "p")
        slots.part = "exact"

    def _take_foreign_every(self, slots: Slots, atom: Atom) -> None:
        slots.every = "每晚" if "ight" in atom.text else "每天"
        slots.part = next((part for word, part in _FOREIGN_PARTS.items() if word in atom.text), "")

    def _take_years_ago(self, slots: Slots, atom: Atom) -> None:
        years = integer_of(atom.parts[0] or "") or 0
        if atom.parts[1]:
            slots.year, slots.month = months_back(self._received, 12 * years + 6)
        else:
            slots.year = self._received.year - years

    def _take_months_ago(self, slots: Slots, atom: Atom) -> None:
        whole, half, plain = atom.parts
        if plain == "半":
            slots.date = self._days_back(15)
            return
        before = self._received - timedelta(days=15 if half else 0)
        slots.year, slots.month = months_back(before, integer_of(whole or plain or "") or 0)

    def _take_weeks_ago(self, slots: Slots, atom: Atom) -> None:
        slots.date = self._days_back(7 * (integer_of(atom.parts[0] or "") or 0))

    def _take_days_ago(self, slots: Slots, atom: Atom) -> None:
        slots.date = self._days_back(integer_of(atom.parts[0] or "") or 0)

    def _take_hours_ago(self, slots: Slots, atom: Atom) -> None:
        hours = 0.5 if atom.parts[0] == "半" else integer_of(atom.parts[0] or "") or 0
        then = self._received - timedelta(hours=hours)
        slots.date, slots.hour, slots.minute, slots.part = then.date(), then.hour, then.minute, "exact"

    def _take_year_edge(self, slots: Slots, atom: Atom) -> None:
        word = atom.parts[0] or atom.parts[1] or ""
        if "底" in word or "末" in word:
            slots.month = 12
        elif "初" in word:
            slots.month = 1
        elif season := re.search(r"[春夏麦冬]", word):
            slots.month = _SEASONS[season[0]]
        if slots.year is None and slots.month is not None:
            slots.year = self._received.year - (slots.month > self._received.month)

    def _take_year(self, slots: Slots, atom: Atom) -> None:
        year = int(digits_of(atom.parts[0] or atom.parts[1] or "0"))
        slots.year = year if year > 99 else 2000 + year if year <= self._received.year % 100 + 10 else 1900 + year

        self._year = (slots.year, atom.end)

    def _take_rel_year(self, slots: Slots, atom: Atom) -> None:
        slots.year = self._received.year + _RELATIVE_YEARS[atom.text]
        self._year = (slots.year, atom.end)

    def _take_lunar_month(self, slots: Slots, atom: Atom) -> None:
        name, number, ones, twenties, plain, about = atom.parts
        month = {"正月": 1, "冬月": 11, "腊月": 12}.get(name or "") or integer_of(number or "") or 1
        day = integer_of(ones or "") or (20 + (integer_of(twenties or "") or 0) if twenties else 0)
        day = day or integer_of(plain or "") or 0
        before = self._received.date() + timedelta(days=31)
        if slots.year is not None and knows(slots.year + 1):
            before = date(slots.year + (month >= 11), 12 if month < 11 else 3, 28)
        if not knows(before.year) or not knows(before.year - 2):
            return
        found = last_lunar_date(month, day or integer_of(about or "") or 1, before=before)
        if day:
            slots.date = found
        else:
            slots.year, slots.month = found.year, found.month

    def _take_month(self, slots: Slots, atom: Atom) -> None:
        if slots.year is None and self._year and self._same_sentence(self._year[1], atom.start):
            slots.year = self._year[0]
        slots.month = 1 if atom.parts[1] else integer_of(atom.parts[0] or "")
        slots.date = None

    def _take_rel_month(self, slots: Slots, atom: Atom) -> None:
        back = 2 if atom.text.startswith("上上") else 1 if atom.text[0] == "上" else -1 if atom.text[0] == "下" else 0
        slots.year, slots.month = months_back(self._received, back)

    def _take_term(self, slots: Slots, atom: Atom) -> None:
        """A school term begins in March or in September."""
        year, month = self._received.year, self._received.month
        begun = [
            (year - 1, 3),
            (year - 1, 9),
            *([(year, 3)] if month >= 3 else []),
            *([(year, 9)] if month >= 9 else []),
        ]
        slots.year, slots.month = begun[-2 if atom.parts[0] == "上" else -1]

    def _take_lunar_day(self, slots: Slots, atom: Atom) -> None:
        ones, twenties = atom.parts
        day = integer_of(ones or "") or 20 + (integer_of(twenties or "") or 0)
        month = slots.month or (1 if slots.date is None else None)
        if month is not None and knows(self._received.year - 2) and knows(self._received.year):
            slots.date = last_lunar_date(month, day, before=self._received.date())
            slots.month = slots.year = None

    def _take_fuzzy_day(self, slots: Slots, atom: Atom) -> None:
        """十几号 leaves the month as it is."""

    def _take_third(self, slots: Slots, atom: Atom) -> None:
        slots.third = atom.parts[0] or atom.parts[1]
        if slots.month is None:
            slots.year, slots.month = self._received.year, self._received.month

    def _take_day(self, slots: Slots, atom: Atom) -> None:
        if slots.every and slots.day is not None:
            slots.more_days.append(integer_of(next(filter(None, atom.parts), "")) or 0)
            return
        slots.day = integer_of(next(filter(None, atom.parts), ""))
        slots.date = None if slots.month is None else slots.date

    def _take_few_days(self, slots: Slots, atom: Atom) -> None:
        slots.year, slots.month = self._received.year, self._received.month

    def _take_day_part(self, slots: Slots, atom: Atom) -> None:
        slots.date = self._days_back(_DAYS_BACK[atom.text[0]])
        slots.part = {"晚": "晚上", "夜": "夜里", "早": "早上", "晨": "早上"}.get(atom.text[-1], atom.text[1:])

    def _take_rel_day(self, slots: Slots, atom: Atom) -> None:
        back = 3 if atom.text[0] == "大" else _DAYS_BACK[atom.text[0]]
        slots.date = slots.date or self._days_back(back)

    def _take_weekday(self, slots: Slots, atom: Atom) -> None:
        day = _WEEKDAYS.index((atom.parts[1] or "一").replace("天", "日"))
        slots.weekdays.append(_WEEKDAYS[day])
        if not atom.parts[0]:
            slots.weekdays += re.findall(r"[一二三四五六日]", (atom.parts[2] or "").replace("天", "日"))
        if len(slots.weekdays) > 1 and not slots.every:
            slots.every, slots.date = "每周", None  # 礼拜一、礼拜四: no single day
        if slots.every or slots.date is not None:
            return
        today = self._received.date()
        monday = today - timedelta(days=today.weekday())
        weeks = {"上上": 2, "上": 1, "这": 0, "本": 0, "下": -1}
        if atom.parts[0]:
            slots.date = monday + timedelta(days=day - 7 * weeks[atom.parts[0]])
        else:
            slots.date = today - timedelta(days=(today.weekday() - day) % 7)

    def _take_weekend(self, slots: Slots, atom: Atom) -> None:
        if slots.every or not atom.parts[0]:
            slots.every, slots.weekdays = slots.every or "每周", ["末"]
            return
        today = self._received.date()
        back = {"上上": 2, "上": 1, "这": 0, "本": 0, "下": -1}[atom.parts[0]]
        slots.week = today - timedelta(days=today.weekday() + 7 * back - 5)
        slots.weekdays = ["末"]

    def _take_day_kind(self, slots: Slots, atom: Atom) -> None:
        slots.day_kinds.append({"双休": "双休日"}.get(atom.parts[0] or "", atom.parts[0] or ""))
        slots.every = slots.every or "每逢"

    def _take_rel_week(self, slots: Slots, atom: Atom) -> None:
        today = self._received.date()
        back = {"上上": 2, "上": 1, "这": 0, "本": 0, "下": -1}[atom.parts[0] or "这"]
        slots.week = today - timedelta(days=today.weekday() + 7 * back)

    def _take_holiday(self, slots: Slots, atom: Atom) -> None:
        before = self._received.date()
        if slots.year is not None:
            before = date(slots.year, 12, 31)
        if knows(before.year - 1) and knows(before.year):
            name, number, eve, following, last, side, _ = atom.parts
            name = (name or "").replace("国庆节", "国庆")
            slots.date = last_holiday(name, before)
            if last and (end := last_day(name, slots.date)) is None:
                slots.year, slots.month, slots.date = slots.date.year, slots.date.month, None
            elif last:
                slots.date = end
            elif side:
                self._set_apart(slots, atom, name)
            else:
                days = (integer_of(number) or 1) - 1 if number else -1 if eve else 1 if following else 0
                slots.date += timedelta(days=days)

    def _set_apart(self, slots: Slots, atom: Atom, name: str) -> None:
        """So many days before a holiday, or after its days off; where those differ, only the month is known."""
        days = integer_of(atom.parts[6] or "") or 1
        assert slots.date is not None
        if atom.parts[5] == "前":
            slots.date -= timedelta(days=days)
        elif (end := last_day(name, slots.date)) is not None:
            slots.date = end + timedelta(days=days)
        elif name in SINGLE_DAYS:
            slots.date += timedelta(days=days)
        else:
            slots.year, slots.month, slots.date = slots.date.year, slots.date.month, None

    def _take_every(self, slots: Slots, atom: Atom) -> None:
        slots.every = "每周" if re.search(r"周|星期|礼拜", atom.text) or atom.text in ("每", "每个") else "每天"
        if atom.text in ("每个月", "每月", "每年", "每到", "每逢", "每次", "逢"):
            slots.every = atom.text.replace("个", "")
        if re.search(r"晚|夜", atom.text):
            slots.every, slots.part = "每晚", "晚上"
        elif atom.text == "每早":
            slots.part = "早上"

    def _take_now(self, slots: Slots, atom: Atom) -> None:
        slots.date = self._received.date()
        slots.just_now = atom.text in ("刚才", "刚刚", "方才")

    def _take_clock(self, slots: Slots, atom: Atom) -> None:
        slots.hour, slots.minute = int(atom.parts[0] or 0), int(atom.parts[1] or 0)

    def _take_oclock(self, slots: Slots, atom: Atom) -> None:
        low, high, minutes = atom.parts
        slots.hour = integer_of(low or high or "")
        slots.last_hour = integer_of(high or "")
        slots.minute = _minutes(minutes or "")

    def _take_part(self, slots: Slots, atom: Atom) -> None:
        slots.part = _DIALECT.get(atom.text, "晚上" if "黑" in atom.text else atom.text)


def _minutes(text: str) -> int:
    if not text:
        return 0
    if text in ("半", "一刻", "三刻"):
        return {"半": 30, "一刻": 15, "三刻": 45}[text]
    found = re.search(r"[0-9]+|[二三四五]?十[一二三四五六七八九]?|[一二三四五六七八九]", text.replace("十来", "十"))
    return integer_of(found[0]) or 0 if found else 0
