"""Queue: encoded documents wait here, counted in tokens, until a worker is free for one of their rows.

Rows are computed one by one, each at its own width, so that no ticket's answer depends on another's (docs/decisions).
Everything but the computing happens on the event loop, so that no lock is needed. A document leaves in one of four
ways: its rows are computed, its deadline passes, its caller goes away, or its run fails; whatever the way, its future
is finished, its waiting rows are dropped, and a row that nobody waits for any more is stopped.
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


@dataclass(slots=True, eq=False)
class _Job:
    runner: Runner
    order: Order
    future: asyncio.Future[Logits]
    rows: dict[int, RowLogits] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    job: _Job
    number: int
    stop: Stop = field(default_factory=Stop)

    @property
    def window(self) -> Window:
        return self.job.order.encoded.windows[self.number]


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
        self._interactive: deque[_Row] = deque()
        self._bulk: deque[_Row] = deque()
        self._tokens = 0
        self._running: set[_Row] = set()
        self._room = asyncio.Event()

    @property
    def queued_tokens(self) -> int:
        """Tokens that wait for a worker."""
        return self._tokens

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
        for job in {row.job for row in (*self._interactive, *self._bulk, *self._running)}:
            _fail(job, error)

    def _queue(self, runner: Runner, order: Order, *, expires_at: float, bulk: bool) -> asyncio.Future[Logits]:
        loop = asyncio.get_running_loop()
        job = _Job(runner, order, loop.create_future())
        timer = loop.call_at(expires_at, _expire, job)
        job.future.add_done_callback(lambda _: timer.cancel())
        job.future.add_done_callback(lambda _: self._leave(job))
        queue = self._bulk if bulk else self._interactive
        queue.extend(_Row(job, number) for number in range(len(order.encoded.windows)))
        self._count(order.encoded.padded_tokens)
        return job.future

    def _leave(self, job: _Job) -> None:
        """A document's future is finished: drop its waiting rows, and stop those that are being computed."""
        if len(job.rows) == len(job.order.encoded.windows):
            return
        for queue in (self._interactive, self._bulk):
            dropped = [row for row in queue if row.job is job]
            for row in dropped:
                queue.remove(row)
            self._count(-sum(row.window.width for row in dropped))
        for row in self._running:
            if row.job is job:
                row.stop.set()

    def _start_runs(self) -> None:
        """Give the free workers something to do: people before batches, first come first served."""
        while len(self._running) < self._workers and (queue := self._interactive or self._bulk):
            row = queue.popleft()
            self._count(-row.window.width)
            if row.job.future.done():
                continue
            self._running.add(row)
            asyncio.ensure_future(self._compute(row)).add_done_callback(partial(self._end, row))

    async def _compute(self, row: _Row) -> RowLogits:
        began = perf_counter()
        work = partial(row.job.runner.run_rows, [row.window], row.job.order.heads, stop=row.stop)
        try:
            return (await asyncio.get_running_loop().run_in_executor(self._executor, work))[0]
        finally:
            self._gauges.run_ended(tokens=row.window.width, seconds=perf_counter() - began)

    def _end(self, row: _Row, task: asyncio.Future[RowLogits]) -> None:
        """A row is over: keep its logits, or fail its document."""
        self._running.remove(row)
        job = row.job
        if task.cancelled():
            _fail(job, ServiceError(503, "draining", "the service is stopping", retry_after_seconds=1))
        elif (error := task.exception()) is not None:
            _fail(job, error)
        else:
            job.rows[row.number] = task.result()
            if len(job.rows) == len(job.order.encoded.windows) and not job.future.done():
                job.future.set_result(join_rows([job.rows[number] for number in range(len(job.rows))]))
        self._start_runs()

    def _count(self, tokens: int) -> None:
        self._tokens += tokens
        self._gauges.queue_changed(rows=len(self._interactive) + len(self._bulk), tokens=self._tokens)
        if tokens < 0:
            self._room.set()


def _fail(job: _Job, error: BaseException) -> None:
    if not job.future.done():
        job.future.set_exception(error)


def _expire(job: _Job) -> None:
    _fail(job, DeadlineError("the deadline passed before the answer was ready; send fewer or shorter texts"))
