"""Duel: sides take turns, a ratio counts tasks, and a service that refuses is no contender."""

from __future__ import annotations

import json

import pytest

from evaluation.client import Sample
from evaluation.errors import EvaluationError
from evaluation.peers.duel import Block, Side, compare, fight, sum_up
from evaluation.server import Server
from tests.evaluation.listener import listening

NOBODY = Server("http://127.0.0.1:9")


def refuse(body: bytes) -> int:
    return 503 if "refuse" in json.loads(body) else 200


def block(tickets: int, seconds: float, *, waits: tuple[float, ...] = (), memory: float | None = None) -> Block:
    sample = Sample(tickets, seconds, cpu_seconds=tickets / 100, waits_ms=waits, errors=1)
    return Block(sample, idle_cores=None, memory_mib=memory)


def test_sides_take_turns_backwards_every_other_round() -> None:
    turns: list[str] = []
    with listening() as url:
        server = Server(url)
        bodies = [b'{"text": "1"}'] * 20
        sides = [Side("ours", server, "/a", bodies, tasks=4), Side("peer", server, "/b", bodies)]
        outcome = fight(sides, clients=(1, 4), rounds=2, limit_s=10, advance=turns.append)
    assert [turn.partition(",")[0] for turn in turns] == ["ours", "peer", "peer", "ours"] * 2
    assert [(one.name, one.clients, one.tickets, one.errors) for one in outcome.standings] == [
        ("ours", 1, 40, 0), ("peer", 1, 40, 0), ("ours", 4, 40, 0), ("peer", 4, 40, 0),
    ]  # fmt: skip
    assert [(one.name, one.over, one.clients) for one in outcome.ratios] == [("ours", "peer", 1), ("ours", "peer", 4)]
    assert all(0 < one.low <= one.median <= one.high for one in outcome.ratios)


def test_a_side_that_refuses_is_told_before_anything_is_measured() -> None:
    with listening(refuse) as url, pytest.raises(EvaluationError, match="peer refused 3 of 3 tickets at /b"):
        fight([Side("peer", Server(url), "/b", [b'{"refuse": 1}'] * 3)], clients=(1,), rounds=1, limit_s=10)


def test_a_ratio_counts_tasks_and_is_taken_round_by_round() -> None:
    ours, peer = Side("ours", NOBODY, "/a", [], tasks=4), Side("peer", NOBODY, "/b", [])
    ratio = compare(
        ours,
        peer,
        clients=8,
        blocks=[block(100, 1.0), block(100, 2.0), block(100, 4.0)],
        others=[block(100, 2.0), block(100, 2.0), block(100, 2.0)],
    )
    assert (ratio.median, ratio.low, ratio.high) == (4.0, 2.0, 8.0)


def test_blocks_are_summed_up() -> None:
    standing = sum_up(
        "ours", 8, [block(100, 1.0, waits=(10.0, 20.0), memory=90.0), block(100, 2.0, waits=(30.0,), memory=80.0)]
    )
    assert (standing.rate, standing.p50_ms, standing.cpu_ms) == (75.0, 20.0, 10.0)
    assert (standing.memory_mib, standing.idle_cores) == (90.0, None)
    assert (standing.tickets, standing.errors) == (200, 2)
