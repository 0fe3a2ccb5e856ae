"""Parquet: columns of the source keep their types, predictions get theirs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from service.relabel.csv_file import cell_text, check_names
from service.relabel.record import Column, Flaw, Record, RelabelError

_READ_ROWS = 1_000
_GROUP_ROWS = 20_000
_TYPES = {"text": pa.string(), "number": pa.float64(), "integer": pa.int64(), "flag": pa.bool_()}


class ParquetSource:
    """Rows of a Parquet file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self.schema = pq.read_schema(path)
        except (pa.ArrowException, OSError) as error:
            raise RelabelError(f"{path.name} is no Parquet file; a name must tell the format that it has") from error
        check_names(path, self.schema.names)

    def count(self) -> int:
        return int(pq.ParquetFile(self._path).metadata.num_rows)

    def columns(self) -> list[str]:
        return list(self.schema.names)

    def records(self) -> Iterator[Record]:
        number = 0
        try:
            for batch in pq.ParquetFile(self._path).iter_batches(batch_size=_READ_ROWS):
                yield from _records_of(batch, number)
                number += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            raise RelabelError(f"{self._path.name} is damaged after row {number} ({type(error).__name__})") from error


def _records_of(batch: pa.RecordBatch, before: int) -> Iterator[Record]:
    try:
        rows = batch.to_pylist()
    except UnicodeDecodeError:
        for place in range(batch.num_rows):
            yield _record_of(batch.slice(place, 1), before + place + 1)
        return
    for place, cells in enumerate(rows, start=1):
        yield Record(before + place, cells)


def _record_of(row: pa.RecordBatch, number: int) -> Record:
    try:
        return Record(number, row.to_pylist()[0])
    except UnicodeDecodeError:
        cells = {name: _spelt(column) for name, column in zip(row.schema.names, row.columns, strict=True)}
        return Record(number, cells, Flaw("encoding", "a cell holds bytes that are no character"))


def _spelt(column: pa.Array) -> Any:
    try:
        return column.to_pylist()[0]
    except UnicodeDecodeError:
        if not pa.types.is_string(column.type) and not pa.types.is_large_string(column.type):
            return None
        return column.cast(pa.binary())[0].as_py().decode("utf-8", "backslashreplace")


class ParquetSink:
    """Rows as Parquet. Cells of a source without types become strings."""

    def __init__(self, path: Path, columns: Sequence[Column], *, source: pa.Schema | None) -> None:
        fields = []
        for column in columns:
            if source is not None and column.kind == "cell" and column.name in source.names:
                fields.append(source.field(column.name))
            else:
                fields.append(pa.field(column.name, _TYPES.get(column.kind, pa.string())))
        self._schema = pa.schema(fields)
        self._texts = [pa.types.is_string(field.type) for field in fields]
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._rows: list[Sequence[Any]] = []

    def write(self, row: Sequence[Any]) -> None:
        self._rows.append(row)
        if len(self._rows) == _GROUP_ROWS:
            self._flush()

    def finish(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if not self._rows:
            return
        arrays = [
            pa.array([_text(cell) if text else cell for cell in cells], type=field.type)
            for cells, field, text in zip(zip(*self._rows, strict=True), self._schema, self._texts, strict=True)
        ]
        self._writer.write_table(pa.table(arrays, schema=self._schema))
        self._rows = []


def _text(cell: Any) -> str | None:
    return None if cell is None else cell_text(cell)
