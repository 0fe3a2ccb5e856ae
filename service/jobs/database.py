"""Database: SQLite or PostgreSQL opened the way that a ledger shared by several processes needs, and migrated."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy import event

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_WAIT_SECONDS: Final = 10
_CONNECTIONS: Final = 4
# One number for everything that must happen one after another across processes ("suqiu" in ASCII).
_ADVISORY_LOCK: Final = 0x7375716975


class Database:
    """An engine whose write transactions never fail because another process writes."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._writer = engine.execution_options(suqiu_writes=True)

    @classmethod
    def open(cls, url: str | sa.URL) -> Database:
        """Connect and bring the table up to date, one process at a time. Errors: SQLAlchemyError, OSError."""
        place = sa.make_url(url)
        if place.drivername == "sqlite":
            return cls._open_sqlite(place)
        database = cls(_postgresql(place))
        with database.write_alone() as connection:
            _migrate(connection)
        return database

    @classmethod
    def _open_sqlite(cls, place: sa.URL) -> Database:
        path = Path(place.database or "")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = cls(_sqlite(place))
        # Two processes that turn a fresh file into WAL at the same moment get "locked" at once, whatever the timeout.
        with path.with_name(path.name + ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with closing(sqlite3.connect(path, timeout=_WAIT_SECONDS)) as plain:
                plain.execute("PRAGMA journal_mode=WAL")  # stays with the file
            with database.write() as connection:
                _migrate(connection)
        return database

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that only reads."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that may write; committed at the end."""
        with self._writer.begin() as connection:
            yield connection

    @contextmanager
    def write_alone(self) -> Iterator[sa.Connection]:
        """A transaction that no other `write_alone` runs beside. (In SQLite that is true of every writer.)"""
        with self.write() as connection:
            if self.engine.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _sqlite(place: sa.URL) -> sa.Engine:
    engine = sa.create_engine(place, connect_args={"timeout": _WAIT_SECONDS}, pool_size=_CONNECTIONS)

    # SQLAlchemy's recipe for pysqlite: the driver begins nothing by itself, the engine says how. Read-then-write under
    # a deferred BEGIN is refused at once where another process wrote in between (fault 35); IMMEDIATE waits its turn.
    @event.listens_for(engine, "connect")
    def take_over(connection: Any, _: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("suqiu_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(place: sa.URL) -> sa.Engine:
    return sa.create_engine(
        place.set(drivername="postgresql+psycopg"),
        connect_args={"connect_timeout": _WAIT_SECONDS // 2, "tcp_user_timeout": _WAIT_SECONDS * 1000},
        pool_size=_CONNECTIONS,
        pool_timeout=_WAIT_SECONDS,
        pool_pre_ping=True,
    )


def _migrate(connection: sa.Connection) -> None:
    config = Config(attributes={"connection": connection})
    # A percent sign in the path would be read as the beginning of a placeholder.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, "head")
