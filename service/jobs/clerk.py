"""Clerk: asks the ledger in threads of its own, so that a slow or dead database never holds up a prediction."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from alembic.util import CommandError
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service.errors import ServiceError
from service.jobs.ledger import Ledger

_THREADS: Final = 4
_ANSWER_SECONDS: Final = 15.0

# SQLite is also asked without SQLAlchemy, before its file is ready for it.
_UNANSWERED: Final = (DBAPIError, sqlite3.Error, CommandError, PoolTimeoutError, TimeoutError, OSError)

T = TypeVar("T")


class Clerk:
    """The async face of the ledger, which it opens when it is first asked."""

    def __init__(self, url: str | URL) -> None:
        self._url = url
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="suqiu-jobs")
        self._opening = asyncio.Lock()
        self._ledger: Ledger | None = None

    async def ask(self, work: Callable[[Ledger], T], *, seconds: float = _ANSWER_SECONDS) -> T:
        """Do some work on the ledger.

        Errors: ServiceError 503 where the database does not answer; what it was asked for may still come about.
        """
        ledger = await self._open()
        return await self._run(lambda: work(ledger), seconds=seconds)

    def close(self) -> None:
        """Take no more work."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._ledger is not None:
            self._ledger.close()

    async def _open(self) -> Ledger:
        async with self._opening:
            if self._ledger is None:
                self._ledger = await self._run(lambda: Ledger.open(self._url), seconds=_ANSWER_SECONDS)
            return self._ledger

    async def _run(self, work: Callable[[], T], *, seconds: float) -> T:
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except _UNANSWERED as error:
            raise _down() from error


def reason_of(error: BaseException | None) -> str:
    """Why the database did not answer, for an operator: what the driver said, without the statement and its values."""
    said = str(error.orig if isinstance(error, DBAPIError) else error).partition("\n")[0]
    return f"{type(error).__name__}: {said}".removesuffix(": ")


def _down() -> ServiceError:
    detail = "the database of jobs does not answer; predictions go on, ask for jobs again later"
    return ServiceError(503, "jobs_database_down", detail, retry_after_seconds=5)
