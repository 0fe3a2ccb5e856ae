"""Nights: the small hours of a night that began on the day that was said (昨晚一点)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_SMALL_HOURS = 6  # hours of a night that are before this one are after midnight
_NIGHT = re.compile(
    r"半夜|深夜|夜里|夜间"
)  # may be the night that ends the day that was said, or the one that began it
_DAY = timedelta(days=1)


def in_that_night(at: datetime, part: str, received: datetime, *, last_night: bool = False) -> datetime:
    """A small hour of an evening is in the night that ends the day: 昨晚一点 is one o'clock today.

    So is one of the night where that is called yesterday's (`last_night`). No time is put off until after the call.
    """
    belongs = "晚" in part or (last_night and _NIGHT.search(part) is not None)
    later = at + _DAY
    return later if belongs and at.hour < _SMALL_HOURS and later <= received else at


def is_of_night(at: datetime, part: str) -> bool:
    """Whether a time is a small hour that was called one of an evening or a night."""
    return at.hour < _SMALL_HOURS and bool(re.search(r"晚|夜", part))


def other_night(at: datetime, part: str, received: datetime, *, day: datetime) -> datetime | None:
    """The reading of 前天夜里一点 that was not taken: a night before or after `day`. None where there is no other."""
    if at.hour >= _SMALL_HOURS or not _NIGHT.search(part):
        return None
    other = at + _DAY if at.date() == day.date() else at - _DAY
    return other if other <= received else None
