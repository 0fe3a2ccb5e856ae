"""Stress: a running service under arrivals that do not wait for it → how long tickets wait, and what overload does.

Each measurement answers one question of an operator; its figure stands beside the aim that was set for it.
"""

from __future__ import annotations

import http.client
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import log10
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from evaluation.client import Sample, ask_all, write_ticket
from evaluation.server import Server
from models.canary import SENTENCES
from models.document import Document

LOADS = (0.25, 0.5, 0.7, 0.8, 0.9)  # arrivals per second over capacity
_OVERLOAD = 3.0
_CLIENTS = 32  # that find out the capacity
_PATIENT = 8  # that no ticket is refused
_EQUALS = 16
_ROUTE = "/v1/intake"
_SHORT, _LONG = 120, 1_500  # characters
_LONG_SHARE = 0.05
_MOST_OPEN = 384  # connections of an open loop
_PROBE_EVERY_S = 0.1

Advance = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Waits:
    """What tickets waited that came at `load` times the capacity, at `offered` a second."""

    load: float
    offered: float
    answered: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    errors: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A question, what was measured, and what was aimed at. `met` is None where the aim could not be tried."""

    question: str
    measured: str
    aim: str
    met: bool | None


@dataclass(frozen=True, slots=True)
class StressReport:
    """Capacity in tickets per second, waits by load, and the answers."""

    capacity: float
    waits: tuple[Waits, ...]
    answers: tuple[Answer, ...]


def stress(
    server: Server,
    documents: Sequence[Document],
    *,
    seconds: float,
    shapes: int,
    longest: int = 2_000,
    advance: Advance = lambda name: None,
) -> StressReport:
    """All measurements, one after another, on one service, which is ended by the last of them if it is ours.

    `seconds` is the length of each; `shapes` the number of tickets of random length after which memory is looked at,
    from ten characters to `longest`, as many of each order.
    Errors: EvaluationError where nothing listens.
    """
    rng = random.Random(0)
    url = f"{server.url}{_ROUTE}"
    texts = [write_ticket(one) for one in documents]
    ask_all(url, texts[:64], connections=4, limit_s=seconds)
    advance("capacity")
    capacity = ask_all(url, texts * 1_000, connections=_CLIENTS, limit_s=seconds).rate
    waits = []
    for load in LOADS:
        advance(f"{load:g} of capacity")
        sample = _arrive(url, texts, rate=load * capacity, seconds=seconds, rng=rng)
        waits.append(_waits_of(load, load * capacity, sample))
    plan: list[tuple[str, Callable[[], list[Answer]]]] = [
        ("equal tickets", lambda: [_equals(url, seconds)]),
        ("long tickets among short ones", lambda: [_mixture(url, seconds, rng)]),
        ("overload", lambda: _overload(server, texts, capacity=capacity, seconds=seconds, rng=rng)),
        ("memory", lambda: [_memory(server, documents, shapes=shapes, longest=longest, rng=rng)]),
        ("drain", lambda: [_drain(server, texts)]),
    ]
    answers = []
    for name, measure in plan:
        advance(name)
        answers += measure()
    return StressReport(capacity, tuple(waits), tuple(answers))


def due_times(rate: float, *, seconds: float, rng: random.Random) -> list[float]:
    """Arrivals of a Poisson process, in seconds after the start."""
    due, times = rng.expovariate(rate), []
    while due < seconds:
        times.append(due)
        due += rng.expovariate(rate)
    return times


def _arrive(url: str, texts: Sequence[bytes], *, rate: float, seconds: float, rng: random.Random) -> Sample:
    due = due_times(rate, seconds=seconds, rng=rng) or [0.0]
    return ask_all(
        url, _drawn(texts, len(due), rng), connections=min(_MOST_OPEN, len(due)), limit_s=3 * seconds, due_s=due
    )


def _drawn(texts: Sequence[bytes], count: int, rng: random.Random) -> list[bytes]:
    """So many of the texts, shuffled anew whenever all had their turn: one text under way twice is computed once."""
    drawn: list[bytes] = []
    while len(drawn) < count:
        drawn += rng.sample(texts, k=len(texts))
    return drawn[:count]


def _waits_of(load: float, offered: float, sample: Sample) -> Waits:
    p50, p95, p99 = _quantiles(sample.waits_ms)
    return Waits(load, offered, sample.rate, p50, p95, p99, sample.errors)


def _quantiles(waits_ms: Sequence[float]) -> tuple[float, float, float]:
    p50, p95, p99 = np.percentile(waits_ms, [50, 95, 99]).tolist() if waits_ms else (0.0, 0.0, 0.0)
    return p50, p95, p99


def _equals(url: str, seconds: float) -> Answer:
    bodies = _equals_of(_SHORT) * 2_000
    p50, _, p99 = _quantiles(ask_all(url, bodies, connections=_EQUALS, limit_s=seconds).waits_ms)
    question = f"{_EQUALS} clients, equal tickets: p99 / p50"
    return Answer(question, f"{p99 / p50:.2f} ({p99:.0f} / {p50:.0f} ms)", "≤ 1.5", p99 <= 1.5 * p50)


def _mixture(url: str, seconds: float, rng: random.Random) -> Answer:
    # The short ones keep their rate, so that what differs is the company that they are in.
    short, long = _equals_of(_SHORT) * 2_000, _equals_of(_LONG) * 100
    alone = ask_all(url, short, connections=2, limit_s=seconds / 2).rate
    due = due_times(0.4 * alone, seconds=seconds, rng=rng) or [0.0]
    short = short[: len(due)]
    apart = ask_all(url, short, connections=min(_MOST_OPEN, len(due)), limit_s=3 * seconds, due_s=due)
    disturbing = due_times(0.4 * alone * _LONG_SHARE, seconds=seconds, rng=rng) or [0.0]
    company = threading.Thread(
        target=lambda: ask_all(
            url, long[: len(disturbing)], connections=8, limit_s=3 * seconds, due_s=disturbing[: len(long)]
        )
    )
    company.start()
    among = ask_all(url, short, connections=min(_MOST_OPEN, len(due)), limit_s=3 * seconds, due_s=due)
    company.join()
    (*_, before), (*_, after) = _quantiles(apart.waits_ms), _quantiles(among.waits_ms)
    question = f"p99 of short tickets, {_LONG_SHARE:.0%} of {_LONG} characters among them, over p99 without"
    return Answer(question, f"{after / before:.2f} ({after:.0f} / {before:.0f} ms)", "≤ 1.3", after <= 1.3 * before)


def _overload(
    server: Server, texts: Sequence[bytes], *, capacity: float, seconds: float, rng: random.Random
) -> list[Answer]:
    url = f"{server.url}{_ROUTE}"
    probes = _Probes(server.url)
    with probes:
        sample = _arrive(url, texts, rate=_OVERLOAD * capacity, seconds=seconds, rng=rng)
    kept = sample.rate / capacity
    times = f"{_OVERLOAD:g} × capacity"
    answers = [Answer(f"{times}: answered, of capacity", f"{kept:.2f}", "≥ 0.9", kept >= 0.9)]
    refused = sample.refusal_waits_ms
    _, _, slowest = _quantiles(refused)
    told = f"p99 {slowest:.1f} ms of {len(refused)}" if refused else "nobody was refused"
    answers.append(Answer(f"{times}: a refusal takes", told, "< 10 ms", slowest < 10 if refused else None))
    lost = sample.errors - len(refused)
    answers.append(Answer(f"{times}: neither answered nor refused", str(lost), "0", lost == 0))
    told = f"{probes.failed} of {probes.asked}, slowest {max(probes.waits_ms, default=0.0):.0f} ms"
    return [*answers, Answer(f"{times}: probes refused", told, "0", probes.failed == 0)]


@dataclass(slots=True)
class _Probes:
    """Asks /readyz ten times a second, for as long as the block lasts."""

    url: str
    asked: int = 0
    failed: int = 0
    waits_ms: list[float] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> _Probes:
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        assert self._thread is not None
        self._thread.join()

    def _ask(self) -> None:
        place = urlsplit(self.url)
        while not self._over.wait(_PROBE_EVERY_S):
            begun = time.perf_counter()
            connection = http.client.HTTPConnection(place.hostname or "127.0.0.1", place.port or 80, timeout=10)
            try:
                connection.request("GET", "/readyz")
                ready = connection.getresponse().status == 200
            except OSError:
                ready = False
            finally:
                connection.close()
            self.asked += 1
            self.failed += not ready
            self.waits_ms.append((time.perf_counter() - begun) * 1000)


def _memory(server: Server, documents: Sequence[Document], *, shapes: int, longest: int, rng: random.Random) -> Answer:
    text = "".join(segment.text for one in documents for segment in one.segments) or "".join(SENTENCES)
    lengths = [round(10 ** rng.uniform(1, log10(longest))) for _ in range(shapes or 1)]
    bodies = [write_ticket(Document.of(_cut(text, length, rng))) for length in lengths]
    before = server.memory_mib()
    # Few clients: a ticket that is refused, since it would wait too long, leaves no trace in memory.
    sample = ask_all(f"{server.url}{_ROUTE}", bodies, connections=_PATIENT, limit_s=7_200)
    after = server.memory_mib()
    question = f"resident memory after {sample.tickets} tickets of random length, at most {longest} characters"
    if before is None or after is None:
        return Answer(question, "not our process", "< 400 MiB", None)
    grown = after / before - 1
    return Answer(question, f"{after:.0f} MiB ({grown:+.1%})", "< 400 MiB, ≤ 5 %", after < 400 and grown <= 0.05)


def _drain(server: Server, texts: list[bytes]) -> Answer:
    """Stop the service while it is asked: whoever was let in is answered, and then it ends."""
    question = "SIGTERM under load: ended after"
    if server.pid is None:
        return Answer(question, "not our process", "≤ 5 s, none lost", None)
    samples: list[Sample] = []
    load = threading.Thread(
        target=lambda: samples.append(ask_all(f"{server.url}{_ROUTE}", texts * 100, connections=_PATIENT, limit_s=30))
    )
    load.start()
    time.sleep(1.0)
    begun = time.perf_counter()
    os.kill(server.pid, signal.SIGTERM)
    while _is_running(server.pid) and time.perf_counter() - begun < 30:
        time.sleep(0.02)
    took = time.perf_counter() - begun
    load.join()
    lost = samples[0].lost
    return Answer(question, f"{took:.1f} s, {lost} lost", "≤ 5 s, none lost", took <= 5 and not lost)


def _is_running(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def _equals_of(characters: int) -> list[bytes]:
    """Fifty tickets of one length, no two of one text: one that is under way twice would be computed once."""
    sentences = "".join(SENTENCES)
    text = sentences * (characters // len(sentences) + 2)
    return [write_ticket(Document.of(text[first : first + characters])) for first in range(50)]


def _cut(text: str, characters: int, rng: random.Random) -> str:
    first = rng.randrange(max(1, len(text) - characters))
    return text[first : first + characters].strip() or text[:10]
