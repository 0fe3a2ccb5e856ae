"""Load: onnxruntime alone, the predictor offline and the HTTP service on the same tickets, taking turns in one run.

Turns, because a machine's speed drifts: ratios are taken within a round and their median is told.
"""

from __future__ import annotations

import itertools
import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime as ort

from evaluation.client import Sample, ask_all, write_ticket
from evaluation.relabel import relabelling
from evaluation.server import Server
from models.canary import SENTENCES
from models.document import Document
from models.encoding import Integers, Window
from models.predictor import Predictor
from models.session import INPUTS

FLOOR: Final = "onnxruntime"
CONNECTIONS: Final = (1, 8, 32, 128)
BATCH_CONNECTIONS: Final = 32
BATCH_TICKETS: Final = 8
# The heads that each route asks for; None is all of them.
ROUTES: Final[Mapping[str, tuple[str, ...] | None]] = {"intake": None, "category": ("category", "type")}
TASKS: Final[Mapping[str, str]] = {"intake": "form,category,dispatch,sentiment", "category": "category"}
_TICKET_CHARACTERS = 120
_BATCH_TOKENS = (1, 512, 2048)
_TURNS = 5

Advance = Callable[[str], None]
Work = Callable[[], Sample]
Feeds = dict[str, Integers]  # by input; shape (rows, width)


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to answer the tickets of a route."""

    route: str
    name: str
    work: Work


@dataclass(frozen=True, slots=True)
class Result:
    """A contender's rounds together. `ratio` is its rate over that of onnxruntime alone, the median of the rounds.

    Processor time per ticket and resident memory are the service's alone where a service answers.
    """

    route: str
    name: str
    rate: float
    ratio: float
    cores: float | None
    cpu_ms: float | None
    memory_mib: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    tickets: int
    errors: int


def pick_documents(documents: Sequence[Document], predictor: Predictor, *, seconds: float) -> list[Document]:
    """So many documents, shuffled with a fixed seed, that the predictor needs about the given time for all of them."""
    shuffled = [one for one in documents if any(segment.text.strip() for segment in one.segments)]
    random.Random(0).shuffle(shuffled)
    trial = shuffled[:48]
    predictor.predict(trial)
    begun = time.perf_counter()
    predictor.predict(trial)
    rate = len(trial) / (time.perf_counter() - begun)
    wanted = max(32, int(rate * seconds))
    return list(itertools.islice(itertools.cycle(shuffled), wanted))


def line_up(
    predictor: Predictor,
    documents: Sequence[Document],
    *,
    threads: int,
    server: Server | None,
    limit_s: float,
    relabel: str | None = None,
) -> list[Contender]:
    """All contenders of all routes; those over HTTP only where there is a server.

    `relabel` is the command that answers files, one process per thread.
    """
    bodies = [write_ticket(document) for document in documents]
    contenders = []
    for route, asked in ROUTES.items():
        heads = [head for head in predictor.heads if asked is None or head in asked]
        contenders.append(Contender(route, FLOOR, _alone(predictor, documents, heads, threads=threads)))
        contenders.append(Contender(route, "predictor", _offline(predictor, documents, heads)))
        if relabel is not None:
            work = relabelling(relabel, predictor.bundle.path, documents, tasks=TASKS[route], workers=threads)
            contenders.append(Contender(route, "suqiu-relabel", work))
        if server is None:
            continue
        for connections in CONNECTIONS:
            work = _over_http(server, route, bodies, connections=connections, limit_s=limit_s)
            contenders.append(Contender(route, f"HTTP × {connections}", work))
        batches = _bundle_up(bodies)
        work = _over_http(server, f"{route}/batch", batches, connections=BATCH_CONNECTIONS, limit_s=limit_s)
        name = f"HTTP, batches of {BATCH_TICKETS} × {BATCH_CONNECTIONS}"
        contenders.append(Contender(route, name, _times(work, len(bodies) / len(batches))))
    return contenders


def take_turns(
    contenders: Sequence[Contender], *, rounds: int, limit_s: float, advance: Advance = lambda name: None
) -> list[Result]:
    """Every contender once per round, every other round backwards; no round begins after the limit."""
    deadline = time.perf_counter() + limit_s
    samples: list[list[Sample]] = [[] for _ in contenders]
    for number in range(rounds):
        if number and time.perf_counter() > deadline:
            break
        order = range(len(contenders)) if number % 2 == 0 else reversed(range(len(contenders)))
        for place in order:
            samples[place].append(contenders[place].work())
            advance(f"{contenders[place].route}, {contenders[place].name}")
    floors = {c.route: taken for c, taken in zip(contenders, samples, strict=True) if c.name == FLOOR}
    return [
        _sum_up(c.route, c.name, taken, floors=floors[c.route]) for c, taken in zip(contenders, samples, strict=True)
    ]


def waits_by_clients(results: Sequence[Result], *, route: str) -> dict[str, list[tuple[float, float]]]:
    """Points (clients, ms) of the quantiles of a route's waits, for a plot; empty where none were measured."""
    asked = {one.name: one for one in results if one.route == route and one.p50_ms is not None}
    found = [(clients, asked[name]) for clients in CONNECTIONS if (name := f"HTTP × {clients}") in asked]
    quantiles = ("p50", "p95", "p99")
    return {name: [(c, getattr(one, f"{name}_ms")) for c, one in found] for name in quantiles} if found else {}


def time_one(predictor: Predictor, *, server: Server | None, times: int = 150) -> list[Result]:
    """One ticket of 120 characters, again and again. For the time that one core needs, pin the process to it before."""
    document = Document.of("".join(SENTENCES)[:_TICKET_CHARACTERS])
    waits = [_wait_ms(lambda: predictor.predict([document])) for _ in range(times)]
    samples = {"predictor": Sample(times, sum(waits) / 1000, waits_ms=tuple(waits))}
    if server is not None:
        bodies = [write_ticket(document)] * times
        # Taking turns, for the ratio of the two.
        asked = {f"HTTP × 1, {route}": f"{server.url}/v1/{route}" for route in ROUTES}
        turns = [
            (name, ask_all(url, bodies[: times // _TURNS], connections=1, limit_s=60))
            for _ in range(_TURNS)
            for name, url in asked.items()
        ]
        samples |= {name: _join([sample for other, sample in turns if other == name]) for name in asked}
    return [_sum_up("intake", name, [sample], floors=[sample]) for name, sample in samples.items()]


def _join(samples: Sequence[Sample]) -> Sample:
    return Sample(
        sum(sample.tickets for sample in samples),
        sum(sample.seconds for sample in samples),
        waits_ms=tuple(wait for sample in samples for wait in sample.waits_ms),
        errors=sum(sample.errors for sample in samples),
        refusal_waits_ms=tuple(wait for sample in samples for wait in sample.refusal_waits_ms),
        unheard=sum(sample.unheard for sample in samples),
    )


def _alone(predictor: Predictor, documents: Sequence[Document], heads: Sequence[str], *, threads: int) -> Work:
    # Sessions of its own with onnxruntime's defaults, rows encoded, sorted and padded beforehand, in the batch size and
    # with the division of the cores that are fastest here: what nobody who runs this model on these tickets can beat.
    # Our own session would hide its cost in the yardstick.
    windows = [window for encoded in predictor.encode(documents) for window in encoded.windows]
    model = predictor.bundle.file("model.onnx")
    trials = {tokens: pad_batches(windows[:96], max_tokens=tokens) for tokens in _BATCH_TOKENS}
    ways = {
        (side_by_side, tokens): _Way(open_plain(model, threads=threads // side_by_side), list(heads), side_by_side)
        for side_by_side in dict.fromkeys((1, threads))
        for tokens in _BATCH_TOKENS
    }
    for (_, tokens), way in ways.items():
        way.answer(trials[tokens])
    fastest = min(ways, key=lambda way: _wait_ms(lambda: ways[way].answer(trials[way[1]])))
    padded = pad_batches(windows, max_tokens=fastest[1])
    return lambda: _spend(len(documents), lambda: ways[fastest].answer(padded))


def open_plain(model: Path, *, threads: int) -> ort.InferenceSession:
    """A session as anyone would open it."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


@dataclass(frozen=True, slots=True)
class _Way:
    """One session, and how many runs go on in it at a time."""

    session: ort.InferenceSession
    heads: list[str]
    side_by_side: int

    def answer(self, batches: Sequence[Feeds]) -> None:
        # The long ones first, so that no run is left alone at the end.
        with ThreadPoolExecutor(self.side_by_side) as executor:
            list(executor.map(lambda feeds: self.session.run(self.heads, feeds), reversed(batches)))


def pad_batches(windows: Sequence[Window], *, max_tokens: int) -> list[Feeds]:
    """Rows of like length together, as long as longest row × rows stays within `max_tokens`, but one row at least."""
    batches: list[list[Window]] = [[]]
    for window in sorted(windows, key=lambda window: window.width):
        if batches[-1] and window.width * (len(batches[-1]) + 1) > max_tokens:
            batches.append([])
        batches[-1].append(window)
    return [_pad(batch) for batch in batches if batch]


def _pad(batch: Sequence[Window]) -> Feeds:
    feeds = {name: np.zeros((len(batch), batch[-1].width), dtype=np.int64) for name in INPUTS}
    for row, window in enumerate(batch):
        for name, values in zip(INPUTS, (window.ids, np.ones_like(window.ids), window.types), strict=True):
            feeds[name][row, : window.width] = values
    return feeds


def _offline(predictor: Predictor, documents: Sequence[Document], heads: Sequence[str]) -> Work:
    return lambda: _spend(len(documents), lambda: predictor.predict(documents, heads))


def _over_http(server: Server, route: str, bodies: Sequence[bytes], *, connections: int, limit_s: float) -> Work:
    def work() -> Sample:
        before = server.cpu_seconds()
        sample = ask_all(f"{server.url}/v1/{route}", bodies, connections=connections, limit_s=limit_s)
        after = server.cpu_seconds()
        used = after - before if after is not None and before is not None else None
        return replace(sample, cpu_seconds=used, memory_mib=server.memory_mib())

    return work


def _bundle_up(bodies: Sequence[bytes]) -> list[bytes]:
    groups = [bodies[first : first + BATCH_TICKETS] for first in range(0, len(bodies), BATCH_TICKETS)]
    return [b'{"tickets": [' + b", ".join(group) + b"]}" for group in groups]


def _times(work: Work, tickets: float) -> Work:
    """The same work, counted in tickets where an answer holds so many on average."""

    def counted() -> Sample:
        sample = work()
        return replace(sample, tickets=round(sample.tickets * tickets))

    return counted


def _spend(tickets: int, work: Callable[[], object]) -> Sample:
    begun, used = time.perf_counter(), time.process_time()
    work()
    return Sample(tickets, time.perf_counter() - begun, cpu_seconds=time.process_time() - used)


def _wait_ms(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def _sum_up(route: str, name: str, samples: Sequence[Sample], *, floors: Sequence[Sample]) -> Result:
    waits = [wait for sample in samples for wait in sample.waits_ms]
    p50, p95, p99 = np.percentile(waits, [50, 95, 99]).tolist() if waits else (None, None, None)
    ratios = [one.rate / floor.rate if floor.rate else 0.0 for one, floor in zip(samples, floors, strict=True)]
    timed = [sample for sample in samples if sample.cpu_seconds is not None]
    used = [(sample.cpu_seconds or 0.0) / sample.seconds for sample in timed]
    spent = [1000 * (sample.cpu_seconds or 0.0) / sample.tickets for sample in timed if sample.tickets]
    resident = [sample.memory_mib for sample in samples if sample.memory_mib is not None]
    return Result(
        route=route,
        name=name,
        rate=statistics.median(sample.rate for sample in samples),
        ratio=statistics.median(ratios),
        cores=statistics.median(used) if used else None,
        cpu_ms=statistics.median(spent) if spent else None,
        memory_mib=max(resident, default=None),
        p50_ms=p50,
        p95_ms=p95,
        p99_ms=p99,
        tickets=sum(sample.tickets for sample in samples),
        errors=sum(sample.errors for sample in samples),
    )
