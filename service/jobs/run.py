"""Run: one claim carried out — wait for whoever was at it before, run the relabeller, keep the lease, tell the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from os import EX_TEMPFAIL
from pathlib import Path
from signal import SIGINT
from time import monotonic
from typing import Any, Final

from service.errors import ServiceError
from service.jobs.clerk import Clerk
from service.jobs.command import arguments_of, counts_of, environment, failure_of, frames_of_stderr, without_paths
from service.jobs.folder import JobFolder
from service.jobs.job import Claim, Failure, Progress
from service.jobs.ledger import Ledger
from service.jobs.process import Process
from service.relabel.plan import hold, work_folder
from service.relabel.record import RelabelError
from service.telemetry import Log

MAX_ATTEMPTS: Final = 3
# A full disk needs somebody who makes room. After the last attempt there is nothing to wait for.
PAUSES_SECONDS: Final = (60.0, 600.0, 0.0)
_PREDECESSOR_SECONDS: Final = 0.5
_STOPPED_BY_HAND: Final = 130  # what the relabeller makes of SIGINT


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
        self._reason = ""
        self._result = folder.result(claim.job.format)

    async def carry_out(self) -> None:
        """Bring the job as far as it can be brought here, and write down how it ended."""
        beating = asyncio.create_task(self._beat())
        # Without a beat the lease runs out, whatever the reason.
        beating.add_done_callback(lambda _: self.lost.set())
        try:
            await self._conclude(await self._work())
        finally:
            beating.cancel()
            await asyncio.wait({beating})
        if not beating.cancelled():
            beating.result()

    async def _work(self) -> int | None:
        """The exit status of the job's process; None where it did not come to its end."""
        while self._job.attempts <= MAX_ATTEMPTS and await self._predecessor_gone():
            code = await self._run_process()
            if code not in (1, EX_TEMPFAIL) or not await self._is_held():
                return code
            # A process that was started just before ours, by a service that then was killed, has got ahead of it.
        return None

    async def _run_process(self) -> int | None:
        self._reason = ""
        try:
            process = await Process.start(
                arguments_of(self._job, self._folder, workers=self._terms.workers),
                environment=environment(),
                stderr=self._folder.stderr,
                on_event=self._hear,
            )
        except OSError as error:
            self._reason = f"no process can be started ({error.strerror})"
            return EX_TEMPFAIL
        try:
            await self._until_over(process.ended)
            code = process.ended.result() if process.ended.done() else None
            return -SIGINT if code == _STOPPED_BY_HAND else code
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
        if self.lost.is_set():
            await self._clear_unwanted()
        elif self._result.exists():
            await self._finish()
        elif self._job.attempts > MAX_ATTEMPTS:
            detail = f"its process ended {MAX_ATTEMPTS} times without coming further; it may need more memory or disk"
            await self._fail(Failure("job_abandoned", detail))
        elif code == EX_TEMPFAIL:
            await self._pause()
        elif code is None or code < 0:
            if await self._write(lambda ledger: ledger.release(self.claim, crashed=code is not None)):
                self._log.tell("job_released", job=self._job.id, signal=-code if code else None)
        else:
            await self._fail(failure_of(self._job, self._folder, self._reason))

    async def _finish(self) -> None:
        counts = await asyncio.to_thread(counts_of, self._job, self._folder)
        if await self._write(lambda ledger: ledger.finish(self.claim, counts)):
            await asyncio.to_thread(self._folder.tidy, self._job)
            self._log.tell("job_done", job=self._job.id, rows=counts.rows, answered=counts.answered)

    async def _pause(self) -> None:
        """Give the job back after a fault that passes; what is finished of it stays."""
        pause_ms = round(PAUSES_SECONDS[self._job.attempts - 1] * 1000)
        if await self._write(lambda ledger: ledger.release(self.claim, crashed=True, pause_ms=pause_ms)):
            reason = without_paths(self._job, self._folder, self._reason)
            self._log.warn("job_paused", job=self._job.id, reason=reason, pause_ms=pause_ms)

    async def _fail(self, failure: Failure) -> None:
        frames = await asyncio.to_thread(frames_of_stderr, self._folder)
        if await self._write(lambda ledger: ledger.fail(self.claim, failure)):
            self._log.warn("job_failed", job=self._job.id, code=failure.code, frames=frames)
            await asyncio.to_thread(self._folder.remove)

    async def _clear_unwanted(self) -> None:
        """Remove the files of a job that was cancelled; one that another process took over is left to it."""
        try:
            fate = await self._clerk.ask(lambda ledger: ledger.fate(self._job.id))
            if fate is None or fate.state == "cancelled":
                await asyncio.to_thread(self._folder.remove)
                await self._clerk.ask(lambda ledger: ledger.let_go(self.claim))
            elif fate.state == "done":
                await asyncio.to_thread(self._folder.tidy, self._job)
        except ServiceError:
            return  # the sweep does it when the database answers again

    async def _write(self, change: Callable[[Ledger], bool]) -> bool:
        """Change the job as soon as the database answers. Where it is no longer ours, nothing is changed."""
        while not self.lost.is_set():
            try:
                if await self._clerk.ask(change):
                    return True
                break
            except ServiceError:
                if self._stop.is_set():
                    return False  # the lease runs out, and whoever takes the job then sees what is there
                await asyncio.sleep(_PREDECESSOR_SECONDS)
        await self._clear_unwanted()
        return False

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
        match event:
            case {"event": "begin", "model": str(model)}:
                self._progress = replace(self._progress, model=model)
            case {"event": "progress", "done": int(done), "total": int(total)}:
                self._progress = replace(self._progress, done=done, total=total)
            case {"event": "fail", "reason": str(reason)}:
                self._reason = reason

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
