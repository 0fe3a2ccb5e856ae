"""Run: one claim carried out — wait for whoever was at it before, run the relabeller, keep the lease, tell the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Any, Final

from service.errors import ServiceError
from service.jobs.clerk import Clerk
from service.jobs.command import arguments_of, counts_of, environment, failure_of, frames_of_stderr
from service.jobs.folder import JobFolder
from service.jobs.job import Claim, Failure, Progress
from service.jobs.ledger import Ledger
from service.jobs.process import Process
from service.relabel.plan import hold, work_folder
from service.relabel.record import RelabelError
from service.telemetry import Log

MAX_ATTEMPTS: Final = 3
_PREDECESSOR_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Terms:
    """How jobs are carried out: processes of each, and how long a claim holds without a sign of life."""

    workers: int
    lease_seconds: float

    @property
    def lease_ms(self) -> int:
        """The lease, as the ledger counts it."""
        return round(self.lease_seconds * 1000)


class Run:
    """A claim in this process. `lost` is set once the job is no longer ours; `stop` when the service ends."""

    def __init__(
        self, claim: Claim, *, clerk: Clerk, folder: JobFolder, terms: Terms, stop: asyncio.Event, log: Log
    ) -> None:
        self.claim = claim
        self.lost = asyncio.Event()
        self._job = claim.job
        self._clerk = clerk
        self._folder = folder
        self._terms = terms
        self._stop = stop
        self._log = log
        self._progress = Progress()
        self._result = folder.result(claim.job.format)

    async def carry_out(self) -> None:
        """Bring the job as far as it can be brought here, and write down how it ended."""
        beating = asyncio.create_task(self._beat())
        try:
            await self._conclude(await self._work())
        finally:
            beating.cancel()
            await asyncio.wait({beating})

    async def _work(self) -> int | None:
        """The exit status of the job's process; None where it did not come to its end."""
        while self._job.attempts <= MAX_ATTEMPTS and await self._predecessor_gone():
            code = await self._run_process()
            if code != 1 or not await self._is_held():
                return code
            # A process that was started just before ours, by a service that then was killed, has got ahead of it.
        return None

    async def _run_process(self) -> int | None:
        process = await Process.start(
            arguments_of(self._job, self._folder, workers=self._terms.workers),
            environment=environment(),
            stderr=self._folder.stderr,
            on_event=self._hear,
        )
        try:
            await self._until_over(process.ended)
            return process.ended.result() if process.ended.done() else None
        finally:
            await process.stop()

    async def _predecessor_gone(self) -> bool:
        """Whether there is anything to run, once nobody else is at the job's files.

        The process of a service that was killed lives until it next tells its progress to nobody. It may also still
        finish: then the result is there.
        """
        while not self._over() and not self._result.exists():
            if not await self._is_held():
                return True
            await asyncio.sleep(_PREDECESSOR_SECONDS)
        return False

    async def _is_held(self) -> bool:
        return await asyncio.to_thread(_is_held, work_folder(str(self._result)))

    async def _conclude(self, code: int | None) -> None:
        job, claim = self._job, self.claim
        if self.lost.is_set():
            await self._clear_unwanted()
        elif self._result.exists():
            counts = await asyncio.to_thread(counts_of, job, self._folder)
            await self._write(lambda ledger: ledger.finish(claim, counts))
            await asyncio.to_thread(self._folder.tidy, job)
            self._log.tell("job_done", job=job.id, rows=counts.rows, answered=counts.answered)
        elif job.attempts > MAX_ATTEMPTS:
            detail = f"its process was killed {MAX_ATTEMPTS} times without coming further; it may need more memory"
            await self._fail(Failure("job_abandoned", detail))
        elif code is None or code < 0:
            await self._write(lambda ledger: ledger.release(claim, crashed=code is not None))
            self._log.tell("job_released", job=job.id, signal=-code if code else None)
        else:
            await self._fail(await asyncio.to_thread(failure_of, job, self._folder))

    async def _fail(self, failure: Failure) -> None:
        frames = frames_of_stderr(self._folder)
        await self._write(lambda ledger: ledger.fail(self.claim, failure))
        self._log.warn("job_failed", job=self._job.id, code=failure.code, frames=frames)
        await asyncio.to_thread(self._folder.remove)

    async def _clear_unwanted(self) -> None:
        """Remove the files of a job that was cancelled; one that another process took over is left to it."""
        try:
            fate = await self._clerk.ask(lambda ledger: ledger.fate(self._job.id))
            if fate is None or fate.state == "cancelled":
                await asyncio.to_thread(self._folder.remove)
                await self._clerk.ask(lambda ledger: ledger.let_go(self.claim))
        except ServiceError:
            return  # the sweep does it when the database answers again

    async def _write(self, change: Callable[[Ledger], bool]) -> None:
        """Change the job as soon as the database answers, as long as it is ours."""
        while not self.lost.is_set():
            try:
                await self._clerk.ask(change)
                return
            except ServiceError:
                if self._stop.is_set():
                    return  # the lease runs out, and whoever takes the job then sees what is there
                await asyncio.sleep(_PREDECESSOR_SECONDS)

    async def _beat(self) -> None:
        renewed = monotonic()
        while not self.lost.is_set():
            await asyncio.sleep(min(2.0, self._terms.lease_seconds / 4))
            began = monotonic()
            try:
                held = await self._clerk.ask(
                    lambda ledger: ledger.beat(self.claim, self._progress, lease_ms=self._terms.lease_ms)
                )
                renewed = began
            except ServiceError:
                # While the database is down nobody else can take the job; when it is back, anybody may.
                held = monotonic() - renewed < self._terms.lease_seconds
            if not held:
                self.lost.set()

    def _hear(self, event: Mapping[str, Any]) -> None:
        if event.get("event") == "begin":
            self._progress = replace(self._progress, model=event["model"])
        elif event.get("event") == "progress":
            self._progress = replace(self._progress, done=event["done"], total=event["total"])

    def _over(self) -> bool:
        return self.lost.is_set() or self._stop.is_set()

    async def _until_over(self, ended: asyncio.Future[int]) -> None:
        waiting: list[asyncio.Future[Any]] = [asyncio.ensure_future(event.wait()) for event in (self.lost, self._stop)]
        try:
            await asyncio.wait([ended, *waiting], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()


def _is_held(folder: Path) -> bool:
    """Whether a process is at a job's files. Other errors are left for the relabeller to tell."""
    try:
        with hold(folder):
            return False
    except RelabelError as error:
        return isinstance(error.__cause__, BlockingIOError)
