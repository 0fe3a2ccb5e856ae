"""Ticket: what came in, checked, in the shape that the rest of the service reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import islice
from typing import Final

from models.document import Document

# China has one time, without summer time since 1991; a fixed offset needs no tz database in a slim image.
CHINA: Final = timezone(timedelta(hours=8), "Asia/Shanghai")

# What Unicode calls printable and nobody can see: fillers of Hangul, an empty braille cell, selectors of variants; and
# the character that stands for a broken one.
_UNSEEN: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufffd").union(map(chr, range(0xFE00, 0xFE10)))

# A call that broke off (喂, 你好) holds nothing to decide by, however sure the model is: so many letters are needed.
TOO_FEW: Final = 4


def is_blank(text: str) -> bool:
    """Whether nobody can read anything in it: white space, control and zero-width characters, or nothing at all.

    A full stop, a question mark or an emoji alone says little, but it is there, and is answered.
    """
    return not any(one.isprintable() and not one.isspace() and one not in _UNSEEN for one in text)


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


def says(ticket: Ticket, *, letters: int) -> bool:
    """Whether title and citizen say at least so many letters together; the agent's words are not theirs."""
    document = ticket.document
    said = [document.title, *(segment.text for segment in document.segments if segment.role == "citizen")]
    found = (character for text in said for character in text if character.isalnum())
    return sum(1 for _ in islice(found, letters)) == letters
