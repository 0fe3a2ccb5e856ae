"""Timeline: words of time → moments, stretches and recurrences against the time at which a ticket was received."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from service.form.numerals import integer_of
from service.form.time.moments import Grain, Moment, When
from service.form.time.nights import in_that_night, is_of_night, other_night
from service.form.time.phrases import Atom, atoms_of
from service.form.time.reckoning import Reckoner
from service.form.time.recurrences import BARE_EVERY, hour_of, repeats_of, says_nothing, with_hours
from service.form.time.slots import RANKS, Slots, months_back
from service.form.time.spells import spell_of

_GAP = re.compile(
    r"(?:[\s,，、的节那天个也呃嗯啊哎吧是就（(]|大概|大约|差不多|at|on|around|about|左右|应该|反正|时候|我记得)*"
)
_AND = re.compile(r"\s?[、和跟与]\s?")
# 周六周日从早上八点; 每周四来装货，早上五点
_HOURS_OF = re.compile(r"[，\s]?[^，、。！？；\s]{0,6}|[^，、。！？；\s]{1,6}，[^，、。！？；\s]{0,6}")
_AHEAD = timedelta(days=45)  # a date without a year that comes so soon is this year's, for last year's is called so
# What has been so since a date is of a date that is over; what is to be from then on is not.
_SINCE_THEN = re.compile(r"[^将要拟会。！？!?；;]{0,24}?(?:[到至]现在|[到至]今|一直|就[没不](?!让|能|准|许|可|再|用))")
_MONTHS, _YEARS = 3, 9  # among so many there is one with a 31st, or with a 29th of February
_HOURS = re.compile(
    r"[\s，,的]{0,2}(?:每[天早晚]|天天|[早晚]|凌晨|清晨|上午|中午|下午|傍晚|夜|[0-9一二两三四五六七八九十]{1,3}(?:点|[:：]))"
)


def read_times(text: str, received: datetime) -> list[When]:
    """Every phrase of time in a folded text, in order, resolved against `received`."""
    return list(_join_now(_Reader(text, received).read(), text))


def _join_now(whens: Iterator[When], text: str) -> Iterator[When]:
    """A start and the "until now" that follows it, or a start and the recurrence that it begins, are one."""
    held: When | None = None
    for when in whens:
        gap = text[held.end : when.start] if held else ""
        close = held is not None and len(gap) <= 20 and not re.search(r"[。？！?!；;]", gap)
        if when.begin is None and when.repeats is None:
            if held and held.begin and close and held.until is None and when.until and held.begin.at <= when.until.at:
                held = replace(held, until=when.until, ongoing=True)
            continue
        if (
            held
            and close
            and when.repeats
            and held.ongoing
            and held.repeats is None
            and len(gap) <= 8
            and not when.begin
        ):
            held = replace(when, start=held.start, begin=held.begin)
            continue
        if held and _HOURS_OF.fullmatch(gap) and (both := with_hours(held, when)) is not None:
            held = both
            continue
        if held:
            yield held
        held = when
    if held:
        yield held


class _Reader:
    def __init__(self, text: str, received: datetime) -> None:
        self._text = text
        self._received = received
        self._writer = Reckoner(received, text)
        self._first: Slots | None = None  # the first half of a range, waiting for the second
        self._slots: Slots | None = None  # the phrase that is being read

    def read(self) -> Iterator[When]:
        """Phrases in the order in which they end."""
        whole = {
            "until_now": self._until_now,
            "lasting": self._lasting,
            "lasting_hours": self._lasting_hours,
        }  # one atom says all
        for atom in atoms_of(self._text):
            if atom.kind == "start":
                self._starts(atom)
            elif atom.kind == "to":
                yield from self._half(atom)
            elif atom.kind == "spell":
                yield from self._spell(atom)
            elif self._first and atom.kind == "weekday" and self._spans_week(self._first, atom):
                self._slots, self._first = self._first, None
                self._spread(self._slots, atom)
            elif read := whole.get(atom.kind):
                yield from self._finish()
                yield read(atom)
            elif self._slots and self._joins(self._slots, atom):
                self._writer.take(self._slots, atom)
            elif atom.kind != "since":
                yield from self._begin(atom)
        yield from self._finish()

    def _starts(self, atom: Atom) -> None:
        if self._slots and self._near(self._slots.end, atom.start, 8):
            self._slots.ongoing = True

    def _half(self, atom: Atom) -> Iterator[When]:
        """到: what was read is the first half of a range, if it stands close by."""
        if self._slots is None or not self._near(self._slots.end, atom.start, 8):
            yield from self._finish()
            return
        if self._first is not None:
            yield from self._close(self._first, self._slots)
        self._first, self._slots = self._slots, None

    def _spell(self, atom: Atom) -> Iterator[When]:
        """A quarter or a school holiday, of the year that was said right before it."""
        year, start = None, atom.start
        if self._slots and self._slots.rank == 0 and self._near(self._slots.end, atom.start, 2):
            year, start = self._slots.year, self._slots.start
            self._slots = None
        yield from self._finish()
        if (when := spell_of(atom, self._received, year=year, start=start)) is not None:
            yield when

    def _spans_week(self, first: Slots, atom: Atom) -> bool:
        """周一到周五早上七点 recurs; 周三到周四 alone is one stretch, if it does not end before it begins."""
        if self._slots or len(first.weekdays) != 1 or first.rank != RANKS["weekday"] or first.hour is not None:
            return False
        if atom.parts[0] or not self._plain_weekday(first) or not self._near(first.end, atom.start, 4):
            return False
        day = (atom.parts[1] or "").replace("天", "日")
        whole_week = first.weekdays == ["一"] and day in "五六日"
        return whole_week or bool(first.every or first.part or _HOURS.match(self._text, atom.end))

    def _spread(self, slots: Slots, atom: Atom) -> None:
        last = (atom.parts[1] or "").replace("天", "日")
        slots.every, slots.date, slots.weekdays = "每周", None, [f"{slots.weekdays[0]}至周{last}"]
        slots.end = atom.end

    def _begin(self, atom: Atom) -> Iterator[When]:
        slots = self._slots
        if slots and self._first is None and (self._lists_months(slots, atom) or self._lists_hours(slots, atom)):
            self._first = slots  # 四月份、五月份; 九点多十点
        elif slots or (self._first and not self._near(self._first.end, atom.start, 8)):
            yield from self._finish()
        self._slots = Slots(atom.start, atom.end)
        self._writer.take(self._slots, atom)

    def _finish(self) -> Iterator[When]:
        first, second = self._first, self._slots
        self._first = self._slots = None
        yield from self._close(first, second)

    def _until_now(self, atom: Atom) -> When:
        return When(atom.start, atom.end, until=Moment(self._received, "day"))

    def _lists_hours(self, slots: Slots, atom: Atom) -> bool:
        return atom.kind == "oclock" and slots.hour is not None and atom.start - slots.end <= 1

    def _lists_months(self, slots: Slots, atom: Atom) -> bool:
        gap = self._text[slots.end : atom.start]
        return atom.kind == "month" and slots.rank == 1 and slots.month is not None and bool(_AND.fullmatch(gap))

    def _lists_days(self, slots: Slots, atom: Atom) -> bool:
        """每月5号和20号, 每周五和周六, 周末和节假日."""
        if atom.kind == "day":
            return slots.rank == 2 and slots.day is not None
        if atom.kind == "weekday":
            return bool(slots.weekdays) and not atom.parts[0]
        return atom.kind == "day_kind" and bool(slots.weekdays or slots.day_kinds)

    def _plain_weekday(self, slots: Slots) -> bool:
        return not re.search(r"[上这本下到至]", self._text[slots.start : slots.end])

    def _near(self, end: int, start: int, room: int) -> bool:
        gap = self._text[end:start]
        return len(gap) <= room and not re.search(r"[。？！?!；;]", gap)

    def _joins(self, slots: Slots, atom: Atom) -> bool:
        gap = self._text[slots.end : atom.start]
        if slots.every and self._lists_days(slots, atom) and _AND.fullmatch(gap):
            return True
        if len(gap) > 8 or not _GAP.fullmatch(gap):
            return False
        if atom.kind == "every":
            return not slots.every and slots.rank <= 1
        if atom.kind == "since":
            return False
        if atom.kind in ("rel_day", "day_part") and slots.month is not None and slots.day is None:
            return atom.text[0] == "当"  # 三月份，昨天: two times
        rank = RANKS[atom.kind]
        if atom.kind == "day" and slots.month is not None and slots.day is None and slots.third is None:
            return True
        if atom.kind == "weekday" and slots.weekdays:
            return bool(slots.every) or (not atom.parts[0] and self._plain_weekday(slots))
        # 前天，七月十二号: the same day said again, more exactly.
        if slots.date is not None and slots.rank == 2 and atom.kind in ("month", "day", "rel_day", "weekday"):
            return slots.month is None or atom.kind != "month"
        if slots.rank == 2 and slots.day is not None and atom.kind in ("rel_day", "weekday", "holiday"):
            return True
        return rank > slots.rank

    # From slots to moments.

    def _close(self, first: Slots | None, second: Slots | None) -> Iterator[When]:
        whole = first or second
        if whole is not None and says_nothing(whole):
            return
        if whole is None or not (whole.dated or whole.hour is not None or whole.every or whole.part):
            return
        end = (second or whole).end
        if whole.every:
            since = whole.dated and not whole.weekdays and whole.hour is None and whole.every not in BARE_EVERY
            begin = self._moment(whole) if since else None
            repeats = repeats_of(whole, second if second is not whole else None)
            yield When(whole.start, end, begin=begin, repeats=repeats, part=whole.part, dated=whole.dated)
            return
        begin = self._moment(whole)
        if begin is None:
            return
        until = None
        if first is not None and second is not None and first is not second:
            until = self._until(first, second, begin)
        elif whole.week is not None:
            last = 1 if whole.weekdays else 6
            until = Moment(begin.at + timedelta(days=last), "day")
        elif whole.ongoing and begin.at.date() < self._received.date():
            until = self._now_for(begin)
        yield When(
            whole.start,
            end,
            begin=begin,
            until=until,
            part=whole.part,
            dated=whole.dated,
            ongoing=whole.ongoing,
            rival=self._rival(whole, begin),
        )

    def _rival(self, slots: Slots, begin: Moment) -> Moment | None:
        if begin.grain != "minute" or not slots.dated or slots.hour == 12:
            return None
        day = datetime.combine(self._day(slots)[0], time(), self._received.tzinfo)
        other = other_night(begin.at, slots.part, self._received, day=day)
        return Moment(other, "minute") if other is not None else None

    def _now_for(self, begin: Moment) -> Moment:
        return Moment(self._received, "minute" if begin.grain == "minute" else "day")

    def _until(self, first: Slots, second: Slots, begin: Moment) -> Moment | None:
        later = replace(second, hour=second.last_hour if second.last_hour is not None else second.hour)
        if not later.dated and begin.grain == "minute":
            later.date = begin.at.date()
            if not later.part and (later.hour or 0) > (first.hour or 0):
                later.part = "凌晨" if is_of_night(begin.at, first.part) else first.part  # 昨晚一点到三点
        later.year = later.year or (first.year if later.month and (later.month >= (first.month or 0)) else None)
        if later.month is None and later.day is not None:
            later.month = first.month or begin.at.month
        end = self._moment(later)
        if end is not None and end.at < begin.at and end.grain == "minute":
            end = Moment(end.at + timedelta(days=1), "minute")
        return end if end is not None and end.at >= begin.at.replace(hour=0, minute=0) else None

    def _moment(self, slots: Slots) -> Moment | None:
        try:
            day, grain = self._day(slots)
        except ValueError:
            return None
        if slots.hour is None or (grain != "day" and slots.dated):
            zone = self._received.tzinfo
            return Moment(datetime.combine(day, time(), zone), grain) if slots.dated or slots.part else None
        hour = self._hour(slots, day)
        if hour > 24 or slots.minute > 59:
            return None
        at = datetime.combine(day, time(hour % 24, slots.minute), self._received.tzinfo)
        if hour == 24:
            at += timedelta(days=1)
        elif slots.dated:
            last_night = slots.month is None and slots.date == (self._received - timedelta(days=1)).date()
            at = in_that_night(at, slots.part, self._received, last_night=last_night)
        if (slots.just_now or not slots.dated) and at > self._received + timedelta(hours=1):
            at -= timedelta(days=1)
        return Moment(at, "minute")

    def _day(self, slots: Slots) -> tuple[date, Grain]:
        today = self._received.date()
        if slots.week is not None:
            return slots.week, "day"
        if slots.date is not None and slots.month is None:
            return slots.date, "day"
        if slots.day is not None:
            return self._calendar_day(slots, today), "day"
        if slots.month is not None:
            latest = today.month + (not self._since_then(slots))
            year = slots.year if slots.year is not None else today.year - (slots.month > latest)
            return date(year, slots.month, {"中旬": 11, "下旬": 21, "中": 15}.get(slots.third or "", 1)), (
                "day" if slots.third in ("中旬", "下旬") and slots.ongoing else "month"
            )
        if slots.year is not None:
            return date(slots.year, 1, 1), "year"
        return today, "day"

    def _calendar_day(self, slots: Slots, today: date) -> date:
        assert slots.day is not None
        if slots.year is not None and slots.month is not None:
            return date(slots.year, slots.month, slots.day)
        if slots.month is None:
            months = (months_back(self._received, back) for back in range(_MONTHS))
            return _latest(months, slots.day, until=today)
        years = ((today.year - back, slots.month) for back in range(_YEARS))
        return _latest(years, slots.day, until=today if self._since_then(slots) else today + _AHEAD)

    def _since_then(self, slots: Slots) -> bool:
        return _SINCE_THEN.match(self._text, slots.end) is not None

    def _hour(self, slots: Slots, day: date) -> int:
        hour = slots.hour or 0
        if slots.part == "exact" or hour > 12:
            return hour
        if slots.part:
            return hour_of(hour, slots.part)
        if day == self._received.date() and hour < 12:
            # Without a part of the day, the reading closest before the call; 刚才十一点多 may be before midnight.
            now = self._received.hour, self._received.minute
            if (hour + 12, slots.minute) <= now or (slots.just_now and (hour, slots.minute) > now):
                return hour + 12
        return hour

    def _lasting(self, atom: Atom) -> When:
        _, count, _, unit, _, low, high, unit_too = atom.parts
        number = 0.5 if count == "半" else integer_of(count or low or "") or 0
        number = float(number) if not high else float(integer_of(low or "") or 0)
        unit = unit or unit_too or ""
        if unit == "年":
            year, month = months_back(self._received, int(number * 12))
            begin = Moment(datetime(year, month, 1, tzinfo=self._received.tzinfo), "month")
        elif unit == "月":
            year, month = months_back(self._received, int(number))
            begin = Moment(datetime(year, month, 1, tzinfo=self._received.tzinfo), "month")
        else:
            days = number if unit == "天" else number * 7
            begin = Moment(self._received - timedelta(days=days), "day")
        return When(atom.start, atom.end, begin=begin, until=Moment(self._received, "day"), ongoing=True, dated=False)

    def _lasting_hours(self, atom: Atom) -> When:
        count, unit = atom.parts
        tens = {"十几": 10, "二十几": 20, "三十几": 30, "四十几": 40, "五十几": 50}
        number = 0.5 if count == "半" else tens.get(count or "") or integer_of(count or "") or 0
        since = self._received - timedelta(minutes=number * (1 if unit == "分钟" else 60))
        begin, until = Moment(since, "minute"), Moment(self._received, "minute")
        return When(atom.start, atom.end, begin=begin, until=until, ongoing=True, dated=False)


def _latest(months: Iterable[tuple[int, int]], day: int, *, until: date) -> date:
    """That day in the first of the months, latest first, that has it before `until` is over. ValueError for none."""
    found = (date(year, month, day) for year, month in months if 1 <= day <= monthrange(year, month)[1])
    latest = next((one for one in found if one <= until), None)
    if latest is None:
        raise ValueError(f"no month has a day {day}")
    return latest
