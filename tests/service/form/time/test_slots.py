"""Tests of slots: what single words write."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from service.form.time.phrases import atoms_of
from service.form.time.slots import Slots, SlotWriter, months_back

RECEIVED = datetime(2025, 10, 15, 10, 30)


def slots_of(text: str) -> Slots:
    slots, writer = Slots(0, 0), SlotWriter(RECEIVED)
    for atom in atoms_of(text):
        writer.take(slots, atom)
    return slots


def test_words_fill_their_slots() -> None:
    slots = slots_of("去年九月初三下午四点半")
    assert (slots.part, slots.hour, slots.minute) == ("下午", 4, 30)


def test_a_day_of_the_week_is_the_last_one() -> None:
    assert slots_of("上周五").date == date(2025, 10, 10)
    assert slots_of("周三").date == date(2025, 10, 15)
    assert slots_of("周四").date == date(2025, 10, 9)


@pytest.mark.parametrize(
    ("text", "minute"), [("八点半", 30), ("八点一刻", 15), ("八点四十", 40), ("八点零五分", 5), ("八点十来分", 10)]
)
def test_minutes(text: str, minute: int) -> None:
    assert slots_of(text).minute == minute


def test_months_back_cross_the_year() -> None:
    assert months_back(RECEIVED, 10) == (2024, 12)
    assert months_back(RECEIVED, -3) == (2026, 1)
