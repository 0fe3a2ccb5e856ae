"""Moments: points and stretches of time, as fine as they were said, and how the form writes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Grain = Literal["year", "month", "day", "minute"]

_WRITTEN: dict[Grain, int] = {"year": 4, "month": 7, "day": 10, "minute": 16}  # characters of 2025-10-14T18:00


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours of a part of the day, as people commonly use the word; 24 is the midnight that ends it."""

    first: int
    last: int


_MORNING, _AFTERNOON, _EVENING = Hours(5, 9), Hours(12, 18), Hours(18, 24)
# 夜里, 半夜 and 深夜 are left out: they may belong to the night before the day or to the one after it.
_PARTS = {
    **{"凌晨": Hours(0, 5), "上午": Hours(8, 12), "中午": Hours(11, 14), "傍晚": Hours(17, 19)},
    **dict.fromkeys(("清晨", "大清早", "清早", "一大早", "大早上", "早晨", "早上", "早"), _MORNING),
    **dict.fromkeys(("下午", "午后"), _AFTERNOON),
    **dict.fromkeys(("晚上", "晚间", "夜晚", "晚"), _EVENING),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time that is known to its grain only."""

    at: datetime
    grain: Grain

    def __str__(self) -> str:
        return self.at.isoformat(timespec="minutes")[: _WRITTEN[self.grain]]


@dataclass(frozen=True, slots=True)
class When:
    """What a phrase says: a moment, a stretch, or a recurrence (`repeats`: 每天07:40). `text[start:end]` says it."""

    start: int
    end: int
    begin: Moment | None = None
    until: Moment | None = None
    repeats: str | None = None
    part: str = ""  # 下午, 夜里, …
    dated: bool = True  # a date was said, not only a time of day
    ongoing: bool = False
    rival: Moment | None = None  # what the same words may mean as well: 夜里一点 of a day

    @property
    def value(self) -> str:
        """As the form writes it: 2024-09/2025-02, recurring:每周二、周四下午, 2023-06-15.

        A part of a day is the stretch of its hours: 昨天下午 is 2025-10-14T12:00/2025-10-14T18:00.
        """
        if self.repeats is not None:
            since = f"{self.begin}起" if self.begin is not None else ""
            return f"recurring:{since}{self.repeats}"
        if self.begin is not None and (hours := self._hours) is not None:
            midnight = self.begin.at.replace(hour=0, minute=0)
            ends = (Moment(midnight + timedelta(hours=hour), "minute") for hour in (hours.first, hours.last))
            return "/".join(map(str, ends))
        return f"{self.begin}/{self.until}" if self.until is not None else str(self.begin)

    @property
    def _hours(self) -> Hours | None:
        """The hours in which it was, where a day and a part of it were said and nothing finer."""
        plain = self.dated and self.until is None and self.begin is not None and self.begin.grain == "day"
        return _PARTS.get(self.part) if plain else None
