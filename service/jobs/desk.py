"""Desk: where jobs are handed in, asked for and taken back; and the house's handle on everything behind it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from service.errors import ServiceError
from service.jobs.clerk import Clerk
from service.jobs.folder import Folders, JobFolder
from service.jobs.job import Created, Job, NewJob
from service.jobs.ledger import check_room
from service.jobs.runner import Runner
from service.settings import Settings
from service.telemetry import Log, Metrics


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose jobs they are, and under which Idempotency-Key one is asked for; both as SHA-256."""

    owner: str
    idempotency: str | None = None


class Desk:
    """The jobs of one service process."""

    def __init__(
        self, settings: Settings, *, root: Path, bundle: Callable[[], Path | None], log: Log, metrics: Metrics
    ) -> None:
        self._settings = settings
        self._log = log
        self._folders = Folders(root)
        self._clerk = Clerk(settings.jobs_database or sa.URL.create("sqlite", database=str(root / "jobs.sqlite3")))
        self._runner = Runner(
            settings, clerk=self._clerk, folders=self._folders, bundle=bundle, log=log, metrics=metrics
        )
        self._handing_in: Counter[str] = Counter()
        self._asked: set[str] = set()
        self._working: asyncio.Task[None] | None = None

    @property
    def root(self) -> Path:
        """The folder of all jobs."""
        return self._folders.root

    def begin(self) -> None:
        """Start to carry out jobs, in the background."""
        self._working = asyncio.create_task(self._runner.go_on())
        self._working.add_done_callback(self._tell_end)

    def begin_stop(self) -> None:
        """Stop what is being carried out; it goes on in another process, or after the next start."""
        if self._working is not None:
            self._working.get_loop().call_soon_threadsafe(self._runner.stop)

    async def close(self) -> None:
        """Everything is stopped and given back."""
        self.begin_stop()
        if self._working is not None:
            await asyncio.wait({self._working})
        self._clerk.close()

    @asynccontextmanager
    async def hand_in(self, job: str, caller: Caller) -> AsyncIterator[JobFolder]:
        """A folder to put a job's file into; it goes again where the job is not queued.

        Where nobody knows whether it is, because the database did not answer in time, the folder stays: the sweep
        removes it if no job owns it. Uploads count as jobs while they arrive.
        Errors: ServiceError 429 beyond the caller's jobs, 503.
        """
        standing = await self._clerk.ask(lambda ledger: ledger.standing(caller.owner, caller.idempotency))
        if not standing.known:
            check_room(standing.active + self._handing_in[caller.owner], per_key=self._settings.jobs_per_key)
        folder = self._folders.of(job)
        self._handing_in[caller.owner] += 1
        try:
            await asyncio.to_thread(folder.create)
            yield folder
        finally:
            self._handing_in[caller.owner] -= 1
            if job not in self._asked:
                await asyncio.to_thread(folder.remove)
            self._asked.discard(job)

    async def enter(self, new: NewJob) -> Created:
        """Queue a job whose file is in its folder, or find the one that the same request queued before.

        Errors: ServiceError 409, 429, 503.
        """
        per_key = self._settings.jobs_per_key
        self._asked.add(new.id)
        try:
            created = await self._clerk.ask(lambda ledger: ledger.create(new, per_key=per_key))
        except ServiceError as error:
            if error.status != 503:
                self._asked.discard(new.id)  # the ledger itself refused it
            raise
        if created.replayed:
            await asyncio.to_thread(self._folders.of(new.id).remove)
        else:
            self._log.tell("job_queued", job=new.id, uploaded=new.uploaded)
            self._runner.poke()
        return created

    async def find(self, job: str, owner: str) -> Job:
        """A job of this owner. Errors: ServiceError 404, also for a job of somebody else; 503."""
        found = await self._clerk.ask(lambda ledger: ledger.find(job, owner=owner))
        if found is None:
            raise ServiceError(404, "job_unknown", "there is no such job of this key; see GET /v1/jobs")
        return found

    async def page(self, owner: str, *, limit: int, after: str | None) -> list[Job]:
        """Jobs of this owner, newest first. Errors: ServiceError 503."""
        return await self._clerk.ask(lambda ledger: ledger.page(owner, limit=limit, after=after))

    async def remove(self, job: str, owner: str) -> None:
        """Cancel a job that has not ended, forget one that has; its files go. Errors: ServiceError 404, 503."""
        await self.find(job, owner)
        if await self._clerk.ask(lambda ledger: ledger.cancel(job, owner=owner)):
            self._log.tell("job_cancelled", job=job)
            await self._runner.drop(job)
            fate = await self._clerk.ask(lambda ledger: ledger.fate(job))
            if fate is not None and fate.held:
                return  # another process is at it, and removes the files when it has stopped
        else:
            await self._clerk.ask(lambda ledger: ledger.forget(job))
        await asyncio.to_thread(self._folders.of(job).remove)

    async def file(self, job: Job, suffix: str) -> Path:
        """A file of a result; `suffix` is empty for the result itself. Errors: ServiceError 409 without a result."""
        if job.state != "done":
            detail = f"the job is {job.state}, and only one that is done has files; ask GET /v1/jobs/{job.id}"
            raise ServiceError(409, "job_not_done", detail)
        folder = self._folders.of(job.id)
        return folder.beside(job.format, suffix) if suffix else folder.result(job.format)

    def _tell_end(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            self._log.fail("jobs_broke", error)
