"""Databases: rows of a query in, a new table out, through SQLAlchemy."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, ProgrammingError, SQLAlchemyError

from service.relabel.csv_file import cell_text
from service.relabel.json_file import JsonSource, as_json
from service.relabel.record import Column, RelabelError

_ROWS_AT_ONCE = 1_000
_TYPES: dict[str, type[sa.types.TypeEngine[Any]]] = {
    "cell": sa.Text,
    "text": sa.Text,
    "number": sa.Float,
    "integer": sa.Integer,
    "flag": sa.Boolean,
}


def is_url(place: str) -> bool:
    """Whether a place is a database rather than a file."""
    return "://" in place


def shown(place: str) -> str:
    """A place as people may see it: a URL without its password."""
    if not is_url(place):
        return place
    try:
        return sa.engine.make_url(place).render_as_string(hide_password=True).partition("?")[0]
    except SQLAlchemyError as error:
        raise RelabelError("the database URL cannot be read; write dialect+driver://user:password@host/name") from error


def take_snapshot(url: str, query: str, folder: Path) -> JsonSource:
    """The query's rows as a file, taken once: a database may change before a stopped job goes on.

    Errors: RelabelError naming database and what it answered.
    """
    path = folder / f"snapshot-{digest_of(url, query)}.jsonl"
    if not path.exists():
        draft = path.with_suffix(".draft")
        try:
            with draft.open("w", encoding="utf-8", errors="surrogatepass") as file:
                file.writelines(as_json(row) + "\n" for row in _select(url, query))
                file.flush()
                os.fsync(file.fileno())
        except SQLAlchemyError as error:
            raise RelabelError(f"{shown(url)}: the query failed ({_told(error)})") from error
        draft.rename(path)
    return JsonSource(path, encoding="utf-8")


def digest_of(*parts: str) -> str:
    """A short name for what must not stand in a file's name."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


class TableSink:
    """Rows as a new table. They are written into a draft, which gets the table's name at the end, whole."""

    def __init__(self, url: str, table: str, columns: Sequence[Column]) -> None:
        self._where = f"{shown(url)}, table {table}"
        self._name, self._draft = table, f"{table}_suqiu_draft"
        self._columns = columns
        self._rows: list[dict[str, Any]] = []
        fields = (sa.Column(column.name, _TYPES[column.kind]) for column in columns)
        self._table = sa.Table(self._draft, sa.MetaData(), *fields)
        with self._told("cannot be created"):
            self._engine = sa.create_engine(url)
            self._table.drop(self._engine, checkfirst=True)
            self._table.create(self._engine)
            self._connection = self._engine.connect()

    def write(self, row: Sequence[Any]) -> None:
        cells = zip(self._columns, row, strict=True)
        self._rows.append(
            {c.name: cell_text(cell) if c.kind == "cell" and cell is not None else cell for c, cell in cells}
        )
        if len(self._rows) == _ROWS_AT_ONCE:
            self._flush()

    def finish(self) -> None:
        self._flush()
        quote = self._engine.dialect.identifier_preparer.quote
        with self._told("cannot be finished"):
            self._connection.execute(sa.text(f"ALTER TABLE {quote(self._draft)} RENAME TO {quote(self._name)}"))
            self._connection.commit()
            self._connection.close()
            self._engine.dispose()

    def _flush(self) -> None:
        if self._rows:
            with self._told("takes no rows"):
                self._connection.execute(self._table.insert(), self._rows)
            self._rows = []

    @contextmanager
    def _told(self, fault: str) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise RelabelError(f"{self._where} {fault} ({_told(error)})") from error


def has_table(url: str, table: str) -> bool:
    """Whether a database has a table. Errors: RelabelError where it cannot be asked."""
    try:
        engine = sa.create_engine(url)
        try:
            return sa.inspect(engine).has_table(table)
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError) as error:
        raise RelabelError(f"{shown(url)} cannot be opened ({_told(error)})") from error


def _select(url: str, query: str) -> Iterator[dict[str, Any]]:
    engine = sa.create_engine(url)
    try:
        with engine.connect().execution_options(stream_results=True, yield_per=_ROWS_AT_ONCE) as connection:
            yield from (dict(row) for row in connection.execute(sa.text(query)).mappings())
    finally:
        engine.dispose()


def _told(error: Exception) -> str:
    # A driver's message may hold the value that it stumbled over, and SQLAlchemy's further lines hold the statement.
    cause = getattr(error, "orig", None)
    if cause is None or (isinstance(error, OperationalError | ProgrammingError) and "decode" not in str(cause)):
        return str(error).splitlines()[0]
    return type(cause).__name__ + (f" {state}" if (state := getattr(cause, "sqlstate", None)) else "")
