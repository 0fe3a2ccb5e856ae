"""The table is what the migrations make it, and writers wait for each other instead of failing."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from service.jobs.database import Database
from service.jobs.ledger import Ledger
from service.jobs.table import METADATA, VERSION_TABLE
from tests.service.jobs.conftest import new_job


def test_migrations_lead_to_the_table_that_the_code_expects(database: Database) -> None:
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_a_database_is_opened_again_as_it_is_and_by_several_at_once(database_url: str) -> None:
    with ThreadPoolExecutor(8) as threads:
        ledgers = list(threads.map(lambda _: Ledger.open(database_url), range(8)))
    ledgers[0].create(new_job(1), per_key=9)
    assert ledgers[1].find(new_job(1).id, owner="") is not None
    for ledger in ledgers:
        ledger.close()


def test_sqlite_keeps_a_write_ahead_log_beside_it(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'deep' / 'jobs.sqlite3'}")
    with database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    database.close()


@pytest.mark.timeout(60)
def test_many_writers_in_several_processes_never_hear_busy(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'jobs.sqlite3'}"
    with ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("spawn")) as processes:
        numbers = list(processes.map(write_much, [url] * 3, range(3)))
    assert sum(numbers) == 3 * 20
    ledger = Ledger.open(url)
    assert ledger.states() == {"queued": 3 * 20}
    ledger.close()


def write_much(url: str, worker: int) -> int:
    """Read-then-write transactions from two threads; returns how many succeeded."""
    ledger = Ledger.open(url)
    jobs = range(worker * 20, worker * 20 + 20)
    with ThreadPoolExecutor(2) as threads:
        created = list(threads.map(lambda number: ledger.create(new_job(number), per_key=1000), jobs))
    ledger.close()
    return sum(not one.replayed for one in created)
