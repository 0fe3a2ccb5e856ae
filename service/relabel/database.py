"""Databases: rows of a query in, a new table out, through SQLAlchemy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

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


def take_snapshot(url: str, query: str, path: Path) -> JsonSource:
    """The query's rows as a file, taken once: a database may change before a stopped job goes on.

    Errors: RelabelError naming database and what it answered.
    """
    if not path.exists():
        draft = path.with_suffix(".draft")
        try:
            with draft.open("w", encoding="utf-8") as file:
                file.writelines(as_json(row) + "\n" for row in _select(url, query))
        except SQLAlchemyError as error:
            raise RelabelError(f"{_shown(url)}: the query failed ({_first_line(error)})") from error
        draft.rename(path)
    return JsonSource(path, encoding="utf-8")


class TableSink:
    """Rows as a new table, committed at the end: nobody sees half of it."""

    def __init__(self, url: str, table: str, columns: Sequence[Column]) -> None:
        self._where = f"{_shown(url)}, table {table}"
        self._engine = sa.create_engine(url)
        self._table = sa.Table(table, sa.MetaData(), *(sa.Column(c.name, _TYPES[c.kind]) for c in columns))
        self._rows: list[dict[str, Any]] = []
        self._columns = columns
        try:
            self._connection = self._engine.connect()
            self._transaction = self._connection.begin()
            if sa.inspect(self._connection).has_table(table):
                raise RelabelError(f"{self._where} exists already; name another with --table, or drop it")
            self._table.create(self._connection)
        except SQLAlchemyError as error:
            raise RelabelError(f"{self._where} cannot be created ({_first_line(error)})") from error

    def write(self, row: Sequence[Any]) -> None:
        cells = zip(self._columns, row, strict=True)
        self._rows.append(
            {c.name: cell_text(cell) if c.kind == "cell" and cell is not None else cell for c, cell in cells}
        )
        if len(self._rows) == _ROWS_AT_ONCE:
            self._flush()

    def finish(self) -> None:
        self._flush()
        self._transaction.commit()
        self._connection.close()
        self._engine.dispose()

    def _flush(self) -> None:
        if self._rows:
            try:
                self._connection.execute(self._table.insert(), self._rows)
            except SQLAlchemyError as error:
                raise RelabelError(f"{self._where}: rows cannot be written ({_first_line(error)})") from error
            self._rows = []


def _select(url: str, query: str) -> Iterator[dict[str, Any]]:
    engine = sa.create_engine(url)
    with engine.connect().execution_options(stream_results=True, yield_per=_ROWS_AT_ONCE) as connection:
        yield from (dict(row) for row in connection.execute(sa.text(query)).mappings())
    engine.dispose()


def _shown(url: str) -> str:
    try:
        return sa.engine.make_url(url).render_as_string(hide_password=True)
    except SQLAlchemyError as error:
        raise RelabelError("the database URL cannot be read; write dialect+driver://user:password@host/name") from error


def _first_line(error: Exception) -> str:
    # The later lines of SQLAlchemy's messages hold the statement with its values, which are people's data.
    return str(error).splitlines()[0]
