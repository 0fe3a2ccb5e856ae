"""Tests of the measuring of live updates."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from service.measure_live import joined, measure, share

CALL: dict[str, Any] = {
    "received_at": "2025-10-15T10:30:00+08:00",
    "turns": [{"role": "agent", "text": "您好"}, {"role": "caller", "text": "停水了"}],
}


def test_calls_are_joined_to_the_length_that_is_wanted() -> None:
    assert len(joined([CALL, CALL], turns=3, skip=1)) == 3
    assert len(joined([CALL], turns=9, skip=0)) == 2


def test_a_share_lies_below() -> None:
    assert share([1, 2, 3, 4], 0.5) == 3
    assert share([1.0], 0.95) == 1.0


def test_every_turn_is_an_update(tiny_bundle: Path) -> None:
    told = asyncio.run(measure([CALL], bundle=tiny_bundle, turns=2, repeat=2))
    assert told.startswith("cpu ms, 4 updates in calls of 2 turns: p50 ")
