"""A database that fails in any of its ways is one thing to whoever asks: down, ask again later."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from service.errors import ServiceError
from service.jobs.clerk import Clerk
from service.jobs.database import Database
from service.jobs.ledger import Ledger


def ask(folder: Path) -> None:
    clerk = Clerk(f"sqlite:///{folder / 'jobs.sqlite3'}")
    try:
        asyncio.run(clerk.ask(Ledger.states))
    finally:
        clerk.close()


@pytest.mark.parametrize(
    "error", [sqlite3.OperationalError("database or disk is full"), OSError(28, "No space left on device")]
)
def test_a_first_start_on_a_full_disk_is_told_as_a_database_that_is_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fill(*_: object) -> None:
        raise error

    monkeypatch.setattr(Database, "open", fill)
    with pytest.raises(ServiceError) as caught:
        ask(tmp_path)
    assert (caught.value.status, caught.value.code) == (503, "jobs_database_down")
    monkeypatch.undo()
    ask(tmp_path)
