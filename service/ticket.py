"""Ticket: what came in, checked, in the shape that the rest of the service reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Final

from models.document import Document

# China has one time, without summer time since 1991; a fixed offset needs no tz database in a slim image.
CHINA: Final = timezone(timedelta(hours=8), "Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Ticket:
    """A message (one segment) or a call (one segment per turn), and what telephony knew of it.

    `received_at` always carries a zone. `is_dialogue` tells whether spans are reported with a turn.
    """

    document: Document
    received_at: datetime
    id: str | None = None
    is_dialogue: bool = False
    caller_phone: str | None = None
    area: str | None = None
    turn_seconds: tuple[float | None, ...] = field(default=())
