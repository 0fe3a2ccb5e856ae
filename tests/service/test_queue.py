"""The queue before the model: order, budget, limits, deadlines, cancellation, failure."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from models.encoding import Encoded, Window
from models.errors import DeadlineError
from models.predictor import RowLogits
from models.session import Stop
from service.errors import ServiceError
from service.queue import Order, RowQueue
from service.telemetry import Metrics

LONG = 60.0  # seconds; a deadline that no test reaches


NUMBERS = itertools.count(7)


def document(*widths: int, text: int | None = None) -> Encoded:
    """A document with rows of these widths, of a text unlike any other's; each row's logit is its width."""
    empty = np.zeros(0, dtype=np.int64)
    token = next(NUMBERS) if text is None else text
    rows = tuple(Window(np.full(w, token, dtype=np.int64), np.zeros(w, dtype=np.int64), 1, 0, w - 1) for w in widths)
    return Encoded(rows, empty, empty, empty, empty.astype(bool), truncated=False)


def order(*widths: int, heads: tuple[str, ...] = ("type",), text: int | None = None) -> Order:
    return Order(document(*widths, text=text), heads)


@dataclass
class SlowRunner:
    """Computes nothing until it is let go, and remembers what it was given."""

    go: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    runs: list[list[int]] = field(default_factory=list)
    heads: list[list[str]] = field(default_factory=list)
    error: Exception | None = None
    stopped: int = 0

    def run_rows(
        self, windows: Sequence[Window], heads: Sequence[str] | None = None, *, stop: Stop | None = None
    ) -> list[RowLogits]:
        assert heads is not None
        assert stop is not None
        self.runs.append([window.width for window in windows])
        self.heads.append(list(heads))
        self.begun.set()
        while not self.go.wait(0.002):
            if stop.is_set:
                self.stopped += 1
                raise DeadlineError("stopped")
        if self.error is not None:
            raise self.error
        return [{head: np.array([window.width], dtype=np.float32) for head in heads} for window in windows]


@contextmanager
def open_queue(*, workers: int = 1, max_queue_tokens: int = 4096) -> Iterator[RowQueue]:
    with ThreadPoolExecutor(workers) as executor:
        yield RowQueue(
            executor, workers=workers, max_queue_tokens=max_queue_tokens, retry_after_seconds=2, gauges=Metrics()
        )


def play(story: Callable[[RowQueue, SlowRunner], Coroutine[Any, Any, None]], **limits: int) -> SlowRunner:
    """Run a story on an event loop of its own; returns the runner."""
    runner = SlowRunner()

    async def run() -> None:
        with open_queue(**limits) as queue:
            try:
                await asyncio.wait_for(story(queue, runner), 20)
            finally:
                runner.go.set()
                await asyncio.sleep(0)

    asyncio.run(run())
    return runner


def later(seconds: float = LONG) -> float:
    return asyncio.get_running_loop().time() + seconds


async def begun(runner: SlowRunner) -> None:
    while not runner.begun.is_set():
        await asyncio.sleep(0.001)


def test_a_document_runs_at_once_when_nobody_waits() -> None:
    async def story(queue: RowQueue, runner: SlowRunner) -> None:
        runner.go.set()
        (future,) = queue.submit(runner, [order(30)], expires_at=later())
        assert (await future)["type"].tolist() == [[30]]

    assert play(story).runs == [[30]]


def test_rows_of_a_long_document_come_back_in_order() -> None:
    async def story(queue: RowQueue, runner: SlowRunner) -> None:
        runner.go.set()
        (future,) = queue.submit(runner, [order(500, 400, 500, 100, 20)], expires_at=later())
        assert (await future)["type"].tolist() == [[500], [400], [500], [100], [20]]

    assert play(story, workers=2).runs == [[500], [400], [500], [100], [20]]


def test_people_come_before_batches() -> None:
    async def story(queue: RowQueue, runner: SlowRunner) -> None:
        first = queue.submit(runner, [order(500)], expires_at=later())
        await begun(runner)
        bulk = queue.submit(runner, [order(300)], expires_at=later(), bulk=True)
        person = queue.submit(runner, [order(100)], expires_at=later())
        runner.go.set()
        await asyncio.gather(*first, *bulk, *person)

    assert play(story).runs == [[500], [100], [300]]


def test_a_shorter_document_overtakes_a_longer_one_that_came_just_before() -> None:
    async def story(queue: RowQueue, runner: SlowRunner) -> None:
        futures = queue.submit(runner, [order(500)], expires_at=later())
        await begun(runner)
        futures += queue.submit(runner, [order(400), order(30), order(300, 300)], expires_at=later())
        runner.go.set()
        await asyncio.gather(*futures)

    assert play(story).runs == [[500], [30], [400], [300], [300]]


def test_whoever_has_waited_is_overtaken_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.queue._TURN_S_PER_TOKEN", 1e-5)

    async def story(queue: RowQueue, runner: SlowRunner) -> None:
        futures = queue.submit(runner, [order(500)], expires_at=later())
        await begun(runner)
        futures += queue.submit(runner, [order(300, 300)], expires_at=later())
        await asyncio.sleep(0.02)
        futures += queue.submit(runner, [order(30)], expires_at=later())
        runner.go.set()
        await asyncio.gather(*futures)

    assert play(story).runs == [[500], [300], [300], [30]]


def test_a_long_document_leaves_a_worker_free_for_short_ones_until_its_patience_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("service.queue._PATIENCE_S", 0.1)

    async def story(queue: RowQueue, runner: SlowRunner) -> None:
        futures = queue.submit(runner, [order(300, 301)], expires_at=later())
        await begun(runner)
        futures += queue.submit(runner, [order(30)], expires_at=later())
        while len(runner.runs) < 2:
            await asyncio.sleep(0.001)
        assert runner.runs == [[300], [30]]
        runner.go.set()
        await asyncio.gather(*futures)

    play(story, workers=2)

    async def patience(queue: RowQueue, runner: SlowRunner) -> None:
        futures = queue.submit(runner, [order(300, 301)], expires_at=later())
        await begun(runner)
        assert runner.runs == [[300]]
        while len(runner.runs) < 2:
            await asyncio.sleep(0.001)
        runner.go.set()
        await asyncio.gather(*futures)

    assert play(patience, workers=2).runs == [[300], [301]]


def test_a_batch_uses_the_worker_that_a_long_document_leaves_free() -> None:
    async def story(queue: RowQueue, runner: SlowRunner) -> None:
        futures = queue.submit(runner, [order(300, 301)], expires_at=later())
        await begun(runner)
        futures += queue.submit(runner, [order(40, 41)], expires_at=later(), bulk=True)
        while len(runner.runs) < 2:
            await asyncio.sleep(0.001)
        assert runner.runs == [[300], [40]]
        runner.go.set()
        await asyncio.gather(*futures)

    play(story, workers=2)


def test_as_many_rows_run_at_once_as_there_are_workers() -> None:
    async def story(queue: RowQueue, runner: SlowRunner) -> None:
        futures = queue.submit(runner, [order(30) for _ in range(5)], expires_at=later())
        while len(runner.runs) < 2:
            await asyncio.sleep(0.001)
        assert queue.queued_tokens == 90
        runner.go.set()
        await asyncio.gather(*futures)

    assert len(play(story, workers=2).runs) == 5


def test_a_text_that_is_under_way_already_is_computed_once_for_all_who_ask() -> None:
    async def story(queue: RowQueue, runner: SlowRunner) -> None:
        (first,) = queue.submit(runner, [order(30, text=1)], expires_at=later())
        await begun(runner)
        (second,) = queue.submit(runner, [order(30, text=1)], expires_at=later())
        futures = queue.submit(runner, [order(40, text=2), order(40, text=2)], expires_at=later())
        (other,) = queue.submit(runner, [order(30, text=1, heads=("urgency",))], expires_at=later())
        assert queue.queued_tokens == 70
        first.cancel()  # one of two has gone: the run goes on for the other
        runner.go.set()
        assert (await second)["type"].tolist() == [[30]]
        await asyncio.gather(*futures, other)
        (again,) = queue.submit(runner, [order(30, text=1)], expires_at=later())
        await again  # what is over is not kept

    assert play(story).runs == [[30], [30], [40], [30]]


def test_each_who_asks_for_one_text_keeps_a_deadline_of_his_own() -> None:
    async def story(queue: RowQueue, runner: SlowRunner) -> None:
        queue.submit(runner, [order(500)], expires_at=later())
        await begun(runner)
        (patient,) = queue.submit(runner, [order(30, text=1)], expires_at=later())
        (hasty,) = queue.submit(runner, [order(30, text=1)], expires_at=later(0.02))
        with pytest.raises(DeadlineError):
            await hasty
        runner.go.set()
        assert (await patient)["type"].tolist() == [[30]]

    play(story)


def test_the_wait_is_told_from_what_people_have_before_them_and_the_pace_of_runs() -> None:
    async def story(queue: RowQueue, runner: SlowRunner) -> None:
        assert queue.wait_s == 0
        (first,) = queue.submit(runner, [order(100)], expires_at=later())
        await asyncio.sleep(0.05)
        runner.go.set()
        await first
        runner.go.clear()
        runner.begun.clear()
        queue.submit(runner, [order(100)], expires_at=later())
        await begun(runner)
        queue.submit(runner, [order(1000)], expires_at=later(), bulk=True)
        assert queue.wait_s == 0  # nobody is before whoever comes now: batches give way
        queue.submit(runner, [order(1000)], expires_at=later())
        assert queue.wait_s >= 0.5  # ten times as much as took 50 ms

    play(story)


def test_a_full_queue_refuses_at_once_and_takes_all_or_nothing() -> None:
    async def story(queue: RowQueue, runner: SlowRunner) -> None:
        queue.submit(runner, [order(500)], expires_at=later())
        await begun(runner)
        queue.submit(runner, [order(600)], expires_at=later())
        with pytest.raises(ServiceError) as caught:
            queue.submit(runner, [order(300), order(300)], expires_at=later())
        assert (caught.value.status, caught.value.retry_after_seconds) == (503, 2)
        assert queue.queued_tokens == 600
        with pytest.raises(ServiceError) as caught:
            queue.submit(runner, [order(*[512] * 3)], expires_at=later())
        assert caught.value.status == 422

    play(story, max_queue_tokens=1024)


def test_a_deadline_ends_what_waits_and_stops_what_runs() -> None:
    async def story(queue: RowQueue, runner: SlowRunner) -> None:
        expires_at = later(0.05)
        (running,) = queue.submit(runner, [order(500)], expires_at=expires_at)
        await begun(runner)
        (waiting,) = queue.submit(runner, [order(400)], expires_at=expires_at)
        for future in (waiting, running):
            with pytest.raises(DeadlineError):
                await future
        while not runner.stopped:
            await asyncio.sleep(0.001)
        assert queue.queued_tokens == 0

    assert play(story).runs == [[500]]


def test_a_cancelled_document_leaves_the_queue_and_its_run_is_stopped() -> None:
    async def story(queue: RowQueue, runner: SlowRunner) -> None:
        (running,) = queue.submit(runner, [order(500)], expires_at=later())
        await begun(runner)
        (waiting,) = queue.submit(runner, [order(400)], expires_at=later())
        waiting.cancel()
        running.cancel()
        while not runner.stopped or queue.queued_tokens:
            await asyncio.sleep(0.001)

    assert play(story).runs == [[500]]


def test_a_failing_row_fails_its_document_and_no_other() -> None:
    async def story(queue: RowQueue, runner: SlowRunner) -> None:
        runner.error = RuntimeError("broken")
        (bad,) = queue.submit(runner, [order(20, 20)], expires_at=later())
        runner.go.set()
        with pytest.raises(RuntimeError):
            await bad
        runner.error = None
        (good,) = queue.submit(runner, [order(22)], expires_at=later())
        assert (await good)["type"].tolist() == [[22]]
        assert queue.queued_tokens == 0

    play(story)


def test_a_batch_waits_for_room_until_its_deadline() -> None:
    async def story(queue: RowQueue, runner: SlowRunner) -> None:
        first = queue.submit(runner, [order(500)], expires_at=later())
        await begun(runner)
        second = queue.submit(runner, [order(500)], expires_at=later())
        with pytest.raises(DeadlineError):
            await queue.wait_for_room(500, expires_at=later(0.02))
        runner.go.set()
        await queue.wait_for_room(500, expires_at=later())
        await asyncio.gather(*first, *second)

    play(story, max_queue_tokens=1024)


def test_stopping_ends_everything_with_the_given_error() -> None:
    async def story(queue: RowQueue, runner: SlowRunner) -> None:
        futures = queue.submit(runner, [order(500)], expires_at=later())
        await begun(runner)
        futures += queue.submit(runner, [order(400), order(300)], expires_at=later())
        queue.fail_all(ServiceError(503, "draining", "stopping"))
        for future in futures:
            with pytest.raises(ServiceError):
                await future

    play(story)
