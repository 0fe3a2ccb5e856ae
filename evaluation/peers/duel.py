"""Duel: two services answer the same tickets in alternating blocks, so that a drift of the machine meets both."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluation.client import Sample, ask_all
from evaluation.errors import EvaluationError
from evaluation.server import Server

Advance = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Side:
    """One route of a running service, the tickets as it wants them, and how many tasks of a ticket it answers."""

    name: str
    server: Server
    route: str
    bodies: Sequence[bytes]
    tasks: int = 1


@dataclass(frozen=True, slots=True)
class Block:
    """A side's answers to all tickets once. `idle_cores` is what the other services used meanwhile."""

    sample: Sample
    idle_cores: float | None
    memory_mib: float | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A side's blocks at one number of clients: waits of all, the highest memory, and medians of the rest.

    `cpu_ms` is the service's processor time per ticket, its client's not counted.
    """

    name: str
    clients: int
    rate: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    cpu_ms: float | None
    idle_cores: float | None
    memory_mib: float | None
    tickets: int
    errors: int


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as many tasks per second one side answers as the other: median and range over the rounds."""

    name: str
    over: str
    clients: int
    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """Every side at every number of clients, and the ratio of each to the last side."""

    standings: tuple[Standing, ...]
    ratios: tuple[Ratio, ...]


def fight(
    sides: Sequence[Side],
    *,
    clients: Sequence[int],
    rounds: int,
    limit_s: float,
    advance: Advance = lambda name: None,
) -> Outcome:
    """Every side once per round and number of clients, every other round backwards.

    Before that, each answers a few tickets that do not count. Errors: EvaluationError where it refuses one of them.
    """
    for side in sides:
        _warm_up(side, limit_s=limit_s)
    standings: list[Standing] = []
    ratios: list[Ratio] = []
    for count in clients:
        blocks: list[list[Block]] = [[] for _ in sides]
        for number in range(rounds):
            places = range(len(sides))
            for place in places if number % 2 == 0 else reversed(places):
                side = sides[place]
                blocks[place].append(_take_block(side, sides, clients=count, limit_s=limit_s))
                advance(f"{side.name}, {count} clients")
        standings += [sum_up(side.name, count, taken) for side, taken in zip(sides, blocks, strict=True)]
        for side, taken in zip(sides[:-1], blocks[:-1], strict=True):
            ratios.append(compare(side, sides[-1], clients=count, blocks=taken, others=blocks[-1]))
    return Outcome(tuple(standings), tuple(ratios))


def sum_up(name: str, clients: int, blocks: Sequence[Block]) -> Standing:
    """A side's blocks together."""
    samples = [block.sample for block in blocks]
    waits = [wait for sample in samples for wait in sample.waits_ms]
    p50, p95, p99 = np.percentile(waits, [50, 95, 99]).tolist() if waits else (0.0, 0.0, 0.0)
    used = (s.cpu_seconds * 1000 / s.tickets if s.cpu_seconds is not None and s.tickets else None for s in samples)
    return Standing(
        name=name,
        clients=clients,
        rate=statistics.median(sample.rate for sample in samples),
        p50_ms=p50,
        p95_ms=p95,
        p99_ms=p99,
        cpu_ms=_median(used),
        idle_cores=_median(block.idle_cores for block in blocks),
        memory_mib=max((block.memory_mib for block in blocks if block.memory_mib is not None), default=None),
        tickets=sum(sample.tickets for sample in samples),
        errors=sum(sample.errors for sample in samples),
    )


def compare(side: Side, other: Side, *, clients: int, blocks: Sequence[Block], others: Sequence[Block]) -> Ratio:
    """Tasks per second of a side over those of the other, round by round."""
    shares = [
        one.sample.rate * side.tasks / (two.sample.rate * other.tasks) if two.sample.rate else 0.0
        for one, two in zip(blocks, others, strict=True)
    ]
    return Ratio(side.name, other.name, clients, statistics.median(shares), min(shares), max(shares))


def _warm_up(side: Side, *, limit_s: float) -> None:
    few = side.bodies[:16]
    sample = ask_all(f"{side.server.url}{side.route}", few, connections=4, limit_s=limit_s)
    if sample.errors:
        raise EvaluationError(
            f"{side.name} refused {sample.errors} of {len(few)} tickets at {side.route}; read its --log"
        )


def _take_block(side: Side, sides: Sequence[Side], *, clients: int, limit_s: float) -> Block:
    others = {one.server.url: one.server for one in sides if one.server.url != side.server.url}.values()
    before, idle = side.server.cpu_seconds(), _cpu_seconds(others)
    sample = ask_all(f"{side.server.url}{side.route}", side.bodies, connections=clients, limit_s=limit_s)
    after, idled = side.server.cpu_seconds(), _cpu_seconds(others)
    return Block(
        sample=replace(sample, cpu_seconds=None if before is None or after is None else after - before),
        idle_cores=None if idle is None or idled is None else (idled - idle) / sample.seconds,
        memory_mib=side.server.memory_mib(),
    )


def _cpu_seconds(servers: Iterable[Server]) -> float | None:
    spent = [server.cpu_seconds() for server in servers]
    known = [seconds for seconds in spent if seconds is not None]
    return sum(known) if len(known) == len(spent) else None


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None
