"""Runner: takes jobs as there is room, and keeps house — old jobs go, folders without a job go, the gauge is right."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Final

from service.errors import ServiceError
from service.jobs.clerk import Clerk, reason_of
from service.jobs.folder import Folders
from service.jobs.job import STATES, Claim
from service.jobs.run import Run, Terms
from service.jobs.sweep import sweep
from service.settings import Settings
from service.telemetry import Log, Metrics

_POLL_SECONDS: Final = 1.0
_SWEEP_SECONDS: Final = 60.0
_SWEEP_LIMIT_SECONDS: Final = 600.0
_DAY_MS: Final = 86_400_000
_STOP_SECONDS: Final = 5.0


class Runner:
    """The jobs of this process. `bundle` says which one answers right now; no job begins before there is one."""

    def __init__(
        self,
        settings: Settings,
        *,
        clerk: Clerk,
        folders: Folders,
        bundle: Callable[[], Path | None],
        log: Log,
        metrics: Metrics,
    ) -> None:
        self._settings = settings
        self._clerk = clerk
        self._folders = folders
        self._bundle = bundle
        self._log = log
        self._metrics = metrics
        self._terms = Terms(settings.jobs_workers, settings.jobs_lease_seconds)
        self._stop = asyncio.Event()
        self._poke = asyncio.Event()
        self._runs: dict[asyncio.Task[None], Run] = {}
        self._swept = -_SWEEP_SECONDS
        self._trouble = ""

    async def go_on(self) -> None:
        """Work until told to stop, also through times in which the database is down or a turn breaks."""
        while not self._stop.is_set():
            self._poke.clear()
            try:
                await self._turn()
                self._trouble = ""
            except Exception as error:
                # Jobs that nobody takes any more would look like jobs that wait.
                self._tell_trouble(error)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._poke.wait(), _POLL_SECONDS)
        if self._runs:
            await asyncio.wait(self._runs, timeout=_STOP_SECONDS)

    def poke(self) -> None:
        """There may be something to do."""
        self._poke.set()

    def stop(self) -> None:
        """Take no more jobs; what runs is stopped and given back."""
        self._stop.set()
        self._poke.set()

    async def drop(self, job: str) -> None:
        """End a job that was cancelled, at once where it runs here."""
        running = {task for task, run in self._runs.items() if run.claim.job.id == job}
        for task in running:
            self._runs[task].lost.set()
        if running:
            await asyncio.wait(running, timeout=_STOP_SECONDS)

    def _tell_trouble(self, error: Exception) -> None:
        """Once for each kind, until a turn goes well again."""
        trouble, self._trouble = self._trouble, type(error).__name__
        if trouble == self._trouble:
            return
        if isinstance(error, ServiceError):
            self._log.warn("jobs_database_down", reason=reason_of(error.__cause__))
        else:
            self._log.fail("jobs_turn_broke", error)

    async def _turn(self) -> None:
        while len(self._runs) < self._settings.jobs_at_once and not self._stop.is_set():
            claim = await self._claim()
            if claim is None:
                break
            self._begin(claim)
        states = await self._clerk.ask(lambda ledger: ledger.states())
        for state in STATES:
            self._metrics.jobs.labels(state).set(states.get(state, 0))
        if monotonic() - self._swept >= _SWEEP_SECONDS:
            self._swept = monotonic()
            keep_ms = round(self._settings.jobs_keep_days * _DAY_MS)
            work = sweep(self._folders, keep_ms=keep_ms)
            await self._clerk.ask(work, seconds=_SWEEP_LIMIT_SECONDS)

    async def _claim(self) -> Claim | None:
        bundle = self._bundle()
        if bundle is None:
            return None
        return await self._clerk.ask(lambda ledger: ledger.claim(bundle=str(bundle), lease_ms=self._terms.lease_ms))

    def _begin(self, claim: Claim) -> None:
        folder = self._folders.of(claim.job.id)
        run = Run(claim, clerk=self._clerk, folder=folder, terms=self._terms, stop=self._stop, log=self._log)
        self._log.tell("job_begun", job=claim.job.id, attempt=claim.job.attempts)
        task = asyncio.create_task(run.carry_out())
        self._runs[task] = run
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        run = self._runs.pop(task)
        # A job whose run broke is taken again when its lease has run out, and given up after some times.
        if not task.cancelled() and (error := task.exception()):
            self._log.fail("job_broke", error, job=run.claim.job.id)
        self._poke.set()
