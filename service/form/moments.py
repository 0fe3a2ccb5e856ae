"""Moments: points and stretches of time, as fine as they were said, and how the form writes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Grain = Literal["year", "month", "day", "minute"]

_FORMATS: dict[Grain, str] = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d", "minute": "%Y-%m-%dT%H:%M"}


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time that is known to its grain only."""

    at: datetime
    grain: Grain

    def __str__(self) -> str:
        return self.at.strftime(_FORMATS[self.grain])


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

    @property
    def value(self) -> str:
        """As the form writes it: 2024-09/2025-02, recurring:每周二、周四下午, 2023-06-15."""
        if self.repeats is not None:
            since = f"{self.begin}起" if self.begin is not None else ""
            return f"recurring:{since}{self.repeats}"
        return f"{self.begin}/{self.until}" if self.until is not None else str(self.begin)
