"""Recurrences: what a phrase of time says of turns and hours, as the form writes it."""

from __future__ import annotations

import re
from dataclasses import replace

from service.form.time.moments import When
from service.form.time.slots import Slots

BARE_EVERY = ("每月", "每年", "每次", "每到", "每逢", "逢")  # says that it recurs, not when


def hour_of(hour: int, part: str) -> int:
    """The hour of the day that is said as `hour` in a part of the day; 24 is the midnight that ends the day."""
    if part == "中午":
        return hour + 12 if hour < 4 else hour
    if re.search(r"半夜|深夜|夜里|夜间", part):
        return 24 if hour == 12 else hour + 12 if hour >= 7 else hour
    if re.search(r"晚|夜", part) and hour <= 4:
        return hour  # 晚上两三点: after midnight
    if re.search(r"下午|午后|傍晚|晚|夜", part):
        return 24 if hour == 12 and "午" not in part else hour + 12 if hour < 12 else hour
    if part == "凌晨" and hour == 12:
        return 0
    return hour


def says_nothing(slots: Slots) -> bool:
    """每月, 每年 and the like by themselves: that something recurs, not when."""
    bare = slots.hour is None and not slots.part and slots.day is None and slots.third is None
    bare = bare and not slots.weekdays and not slots.day_kinds
    bare = bare and (slots.every != "每年" or slots.month is None)
    return slots.every in BARE_EVERY and bare


def repeats_of(slots: Slots, second: Slots | None) -> str:
    """The turns and hours of a phrase, and of the one after 到, as the form writes them: 每周一至周五07:00-09:00."""
    head = slots.every
    if slots.weekdays or slots.day_kinds:
        weekdays = ["每周" + "、周".join(slots.weekdays)] if slots.weekdays else []
        head = ("" if head in ("每周", *BARE_EVERY) else head) + "、".join([*weekdays, *slots.day_kinds])
    elif head == "每月" and slots.third is not None:
        head += {"头上": "初", "末": "底"}.get(slots.third.removeprefix("月"), slots.third.removeprefix("月"))
    elif head in ("每月", "每逢", "逢") and slots.day is not None and slots.month is None:
        head = "每月" + "、".join(f"{day}日" for day in (slots.day, *slots.more_days))
    elif head == "每年" and slots.month is not None:
        head += f"{slots.month}月" + (f"{slots.day}日" if slots.day is not None else "")
    if slots.hour is None:
        part = "" if head == "每晚" and slots.part == "晚上" else slots.part
        if second is not None and second.hour is not None:
            return f"{head}{part}至{_clock(second, slots)}"
        return head + (part if part != "早" else "早上")
    if second is not None and second.hour is not None:
        return f"{head}{_clock(slots, None)}-{_clock(second, slots)}"
    return head + _clock(slots, None)


def with_hours(days: When, hours: When) -> When | None:
    """每周六 with the hours that were said apart from it (晚上八点到十点), as one; None where they are no such pair."""
    if days.repeats is None or days.part or re.search(r":|每[天晚]", days.repeats):
        return None
    if hours.repeats is not None:
        said = re.fullmatch(r"每天([0-9:-]+)", hours.repeats)
        return replace(days, end=hours.end, repeats=days.repeats + said[1]) if said and hours.begin is None else None
    ends = [end for end in (hours.begin, hours.until) if end is not None]
    if hours.dated or hours.ongoing or not ends or any(end.grain != "minute" for end in ends):
        return None
    return replace(days, end=hours.end, repeats=days.repeats + "-".join(f"{end.at:%H:%M}" for end in ends))


def _clock(slots: Slots, first: Slots | None) -> str:
    part = slots.part
    hour = (slots.last_hour if first is not None and slots.last_hour is not None else slots.hour) or 0
    if not part and first is not None:
        begin = hour_of(first.hour, first.part) if first.hour is not None else 0
        hour = hour_of(hour, first.part) if hour > (first.hour or 0) else hour
        if hour <= 12 and hour + 12 > begin and begin >= 12 and hour > begin - 12:
            hour += 12
        return f"{hour if hour == 24 else hour % 24:02d}:{slots.minute:02d}"
    hour = hour_of(hour, part) if part and hour <= 12 else hour
    return f"{hour:02d}:{slots.minute:02d}"
