"""Queue: encoded documents wait here, counted in tokens, until a worker is free for one of their rows.

Rows are computed one by one, each at its own width, so that no ticket's answer depends on another's (docs/decisions).
Everything but the computing happens on the event loop, so that no lock is needed. A document leaves in one of four
ways: its rows are computed, its deadline passes, its caller goes away, or its run fails; whatever the way, its future
is finished, its waiting rows are dropped, and a row that nobody waits for any more is stopped. Whoever asks for a text
that is waiting or running already, with the same heads, waits for that one.

People come before batches. Among people whoever came first goes first, yet a document's turn comes later the more
tokens it has, and the rows of documents of several rows leave a worker free for short ones, if there are two or more,
until they have waited long enough: so a long ticket keeps few others waiting, and nobody waits for ever.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import Protocol

from models.decoding import Logits
from models.encoding import Encoded, Window
from models.errors import DeadlineError
from models.predictor import RowLogits, join_rows
from models.session import Stop
from service.errors import ServiceError

_TURN_S_PER_TOKEN = 3e-4  # by so much later a document's turn comes; computing takes about a third of it
_PATIENCE_S = 0.25  # after so long, rows of a long document may take the last free worker
_PACE_MEMORY = 0.95  # of the runs before, in the estimate of what a token takes


class Runner(Protocol):
    """What computes rows; a Predictor, or a test's stand-in."""

    def run_rows(
        self, windows: Sequence[Window], heads: Sequence[str] | None = None, *, stop: Stop | None = None
    ) -> list[RowLogits]:
        """Logits of each row."""


class Gauges(Protocol):
    """What the batcher tells of itself."""

    def queue_changed(self, *, rows: int, tokens: int) -> None:
        """So much waits."""

    def run_ended(self, *, tokens: int, seconds: float) -> None:
        """A run has ended, well or not."""


@dataclass(frozen=True, slots=True)
class Order:
    """A document, and the heads that are wanted of it."""

    encoded: Encoded
    heads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Key:
    """What makes two orders one: then a single run answers both."""

    runner: int
    heads: tuple[str, ...]
    bulk: bool
    rows: tuple[tuple[bytes, bytes], ...]

    @classmethod
    def of(cls, runner: Runner, order: Order, *, bulk: bool) -> _Key:
        rows = tuple((window.ids.tobytes(), window.types.tobytes()) for window in order.encoded.windows)
        return cls(id(runner), order.heads, bulk, rows)


@dataclass(slots=True, eq=False)
class _Job:
    """A document on its way; each who waits for it has a future of his own, with his own deadline."""

    runner: Runner
    order: Order
    key: _Key
    queued_at: float
    bulk: bool
    waiters: list[asyncio.Future[Logits]] = field(default_factory=list)
    rows: dict[int, RowLogits] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Nobody waits for it any more."""
        return all(waiter.done() for waiter in self.waiters)

    @property
    def is_long(self) -> bool:
        return len(self.order.encoded.windows) > 1

    @property
    def turn(self) -> float:
        """When it would be its turn; whoever has the earliest is next."""
        return self.queued_at + _TURN_S_PER_TOKEN * self.order.encoded.padded_tokens

    def fail(self, error: BaseException) -> None:
        for waiter in self.waiters:
            _fail(waiter, error)


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    job: _Job
    number: int
    stop: Stop = field(default_factory=Stop)

    @property
    def window(self) -> Window:
        return self.job.order.encoded.windows[self.number]


@dataclass(slots=True)
class _Line:
    """Rows in the order in which they run: by turn, those of one document together."""

    rows: deque[_Row] = field(default_factory=deque)

    def add(self, rows: Sequence[_Row]) -> None:
        place = len(self.rows)
        while place and not rows[0].job.bulk and self.rows[place - 1].job.turn > rows[0].job.turn:
            place -= 1
        for number, row in enumerate(rows):
            self.rows.insert(place + number, row)

    def take(self) -> _Row:
        return self.rows.popleft()

    def drop(self, job: _Job) -> list[_Row]:
        dropped = [row for row in self.rows if row.job is job]
        for row in dropped:
            self.rows.remove(row)
        return dropped


class RowQueue:
    """A bounded queue before `workers` rows at a time. Belongs to the event loop that calls it."""

    def __init__(
        self, executor: Executor, *, workers: int, max_queue_tokens: int, retry_after_seconds: int, gauges: Gauges
    ) -> None:
        self._executor = executor
        self._workers = workers
        self._max_tokens = max_queue_tokens
        self._retry_after_seconds = retry_after_seconds
        self._gauges = gauges
        self._short = _Line()
        self._long = _Line()
        self._bulk = _Line()
        self._tokens = 0
        self._running: set[_Row] = set()
        self._jobs: dict[_Key, _Job] = {}
        self._seconds_per_token = 0.0
        self._room = asyncio.Event()
        self._look_again: asyncio.TimerHandle | None = None

    @property
    def queued_tokens(self) -> int:
        """Tokens that wait for a worker."""
        return self._tokens

    @property
    def wait_s(self) -> float:
        """How long whoever comes now, by himself, would wait for a worker, at the pace of the latest runs."""
        ahead = sum(row.window.width for line in (self._short, self._long) for row in line.rows)
        return self.takes_s(ahead)

    def takes_s(self, tokens: int) -> float:
        """How long so many tokens take all workers, at the pace of the latest runs."""
        return tokens * self._seconds_per_token / self._workers

    def submit(
        self, runner: Runner, orders: Sequence[Order], *, expires_at: float, bulk: bool = False
    ) -> list[asyncio.Future[Logits]]:
        """Queue documents; all of them or none. `expires_at` is in the event loop's time.

        A future ends with logits, or with DeadlineError or what the run raised; cancelling it drops the document.
        Errors: ServiceError 422 for what could never be queued, 503 where the queue is full.
        """
        tokens = sum(order.encoded.padded_tokens for order in orders)
        if tokens > self._max_tokens:
            raise ServiceError(422, "ticket_too_long", f"the text has {tokens} tokens, at most {self._max_tokens} fit")
        if self._tokens + tokens > self._max_tokens:
            detail = "the queue is full; try again later"
            raise ServiceError(503, "overloaded", detail, retry_after_seconds=self._retry_after_seconds)
        futures = [self._queue(runner, order, expires_at=expires_at, bulk=bulk) for order in orders]
        self._start_runs()
        return futures

    async def wait_for_room(self, tokens: int, *, expires_at: float) -> None:
        """Return once `tokens` would fit into half of the queue, or it is empty. Errors: DeadlineError."""
        try:
            async with asyncio.timeout_at(expires_at):
                while self._tokens and self._tokens + tokens > self._max_tokens // 2:
                    self._room.clear()
                    await self._room.wait()
        except TimeoutError:
            raise DeadlineError("the deadline passed before the queue had room; send fewer texts") from None

    def fail_all(self, error: Exception) -> None:
        """End every document, waiting or running, with this error."""
        waiting = [row for line in self._lines for row in line.rows]
        for job in {row.job for row in (*waiting, *self._running)}:
            job.fail(error)

    def _queue(self, runner: Runner, order: Order, *, expires_at: float, bulk: bool) -> asyncio.Future[Logits]:
        loop = asyncio.get_running_loop()
        key = _Key.of(runner, order, bulk=bulk)
        job = self._jobs.get(key)
        if job is None or job.is_over:
            job = self._jobs[key] = _Job(runner, order, key, loop.time(), bulk)
            line = self._bulk if bulk else self._long if job.is_long else self._short
            line.add([_Row(job, number) for number in range(len(order.encoded.windows))])
            self._count(order.encoded.padded_tokens)
        waiter: asyncio.Future[Logits] = loop.create_future()
        job.waiters.append(waiter)
        timer = loop.call_at(expires_at, _expire, waiter)
        waiter.add_done_callback(lambda _: timer.cancel())
        waiter.add_done_callback(partial(self._leave, job))
        return waiter

    def _leave(self, job: _Job, _: asyncio.Future[Logits]) -> None:
        """One who waited is gone. The last one takes the document along: its rows are dropped, or stopped."""
        if not job.is_over:
            return
        if self._jobs.get(job.key) is job:
            del self._jobs[job.key]
        if len(job.rows) == len(job.order.encoded.windows):
            return
        for line in self._lines:
            self._count(-sum(row.window.width for row in line.drop(job)))
        for row in self._running:
            if row.job is job:
                row.stop.set()

    @property
    def _lines(self) -> tuple[_Line, ...]:
        return (self._short, self._long, self._bulk)

    def _start_runs(self) -> None:
        """Give the free workers something to do."""
        while len(self._running) < self._workers and (line := self._next_line()):
            row = line.take()
            self._count(-row.window.width)
            if row.job.is_over:
                continue
            self._running.add(row)
            asyncio.ensure_future(self._compute(row)).add_done_callback(partial(self._end, row))

    def _next_line(self) -> _Line | None:
        """Whose first row is next."""
        lines = [self._short] if self._short.rows else []
        if self._long.rows and self._may_run_long():
            lines.append(self._long)
        return min(lines, key=lambda line: line.rows[0].job.turn, default=self._bulk if self._bulk.rows else None)

    def _may_run_long(self) -> bool:
        """Whether a row of a long document may start; if not yet, the queue looks again when its patience ends."""
        running = sum(row.job.is_long and not row.job.bulk for row in self._running)
        if running < max(1, self._workers - 1):
            return True
        loop = asyncio.get_running_loop()
        patient_until = self._long.rows[0].job.queued_at + _PATIENCE_S
        if patient_until <= loop.time():
            return True
        if self._look_again is None or self._look_again.when() < loop.time():
            self._look_again = loop.call_at(patient_until, self._start_runs)
        return False

    async def _compute(self, row: _Row) -> RowLogits:
        began = perf_counter()
        work = partial(row.job.runner.run_rows, [row.window], row.job.order.heads, stop=row.stop)
        try:
            return (await asyncio.get_running_loop().run_in_executor(self._executor, work))[0]
        finally:
            seconds = perf_counter() - began
            self._learn_pace(seconds / max(1, row.window.width))
            self._gauges.run_ended(tokens=row.window.width, seconds=seconds)

    def _learn_pace(self, seconds_per_token: float) -> None:
        known = self._seconds_per_token or seconds_per_token
        self._seconds_per_token = _PACE_MEMORY * known + (1 - _PACE_MEMORY) * seconds_per_token

    def _end(self, row: _Row, task: asyncio.Future[RowLogits]) -> None:
        """A row is over: keep its logits, or fail its document."""
        self._running.remove(row)
        job = row.job
        if task.cancelled():
            job.fail(ServiceError(503, "draining", "the service is stopping", retry_after_seconds=1))
        elif (error := task.exception()) is not None:
            job.fail(error)
        else:
            job.rows[row.number] = task.result()
            if len(job.rows) == len(job.order.encoded.windows) and not job.is_over:
                logits = join_rows([job.rows[number] for number in range(len(job.rows))])
                for waiter in job.waiters:
                    if not waiter.done():
                        waiter.set_result(logits)
        self._start_runs()

    def _count(self, tokens: int) -> None:
        self._tokens += tokens
        self._gauges.queue_changed(rows=sum(len(line.rows) for line in self._lines), tokens=self._tokens)
        if tokens < 0:
            self._room.set()


def _fail(waiter: asyncio.Future[Logits], error: BaseException) -> None:
    if not waiter.done():
        waiter.set_exception(error)


def _expire(waiter: asyncio.Future[Logits]) -> None:
    _fail(waiter, DeadlineError("the deadline passed before the answer was ready; send fewer or shorter texts"))
