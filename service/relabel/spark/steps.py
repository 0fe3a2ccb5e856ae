"""Steps: what an executor does with its part of the rows; each takes Arrow batches and gives Arrow batches."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from service.relabel.answer import flaw_of
from service.relabel.csv_file import CsvSink, cell_text
from service.relabel.json_file import JsonSink, printable
from service.relabel.record import Column, Flaw, Record, Sink
from service.relabel.spark.share import (
    ANSWER,
    FLAW,
    KEY,
    RECORD,
    Share,
    open_answerer,
    pack_record,
    records_of,
)
from service.relabel.spark.spool import CSV_SUFFIXES, Batches, TextFormat, in_batches, open_lines, write_lines
from service.relabel.summary import Summary

_TYPES: Final = {"text": pa.string(), "number": pa.float64(), "integer": pa.int64(), "flag": pa.bool_()}
_QUARANTINE: Final = (Column("row"), Column("code"), Column("reason"), Column("cells"))


def survey(batches: Batches, format_: TextFormat) -> Batches:
    """Lines → one row: the partition, how many rows its lines make, their columns as JSON, lines above their header,
    and how many of the rows have quotation marks that are not doubled.

    Errors: RelabelError.
    """
    from pyspark import TaskContext

    with open_lines(batches, format_) as source:
        if source is not None:
            context: Any = TaskContext.get()
            rows = sum(1 for _ in source.records())
            found = {"partition": context.partitionId(), "rows": rows, "names": json.dumps(source.columns())}
            told = {name: getattr(source, name, 0) for name in ("above", "mended")}
            yield pa.RecordBatch.from_pylist([{**found, **told}])


def parse(batches: Batches, format_: TextFormat) -> Batches:
    """Lines → rows, in order."""
    with open_lines(batches, format_) as source:
        if source is not None:
            yield from in_batches(map(pack_record, source.records()), RECORD)


def mark(batches: Batches, share: Share) -> Batches:
    """Each row's id beside it, as bytes; none where the row has none, or will be set aside whatever its id."""
    for batch in batches:
        keys = [_key(record, share.plan.columns) for record in records_of(batch, share)]
        yield _beside(batch, {KEY: pa.array(keys, pa.binary())})


def answer(batches: Batches, share: Share) -> Batches:
    """Each row's answer beside it, or its flaw. A batch is what the model's reader takes at a time."""
    answerer = open_answerer(share)
    for batch in batches:
        records = records_of(batch, share)
        answers = answerer.answer(records, share.plan.columns, now=share.plan.started_at)
        cells = [None if answer.cells is None else json.dumps(answer.cells) for answer in answers]
        flaws = [json.dumps([answer.flaw.code, answer.flaw.reason]) if answer.flaw else None for answer in answers]
        yield _beside(batch, {ANSWER: pa.array(cells, pa.string()), FLAW: pa.array(flaws, pa.string())})


def write_answers(batches: Batches, share: Share, suffix: str) -> Batches:
    """Answered rows → the lines of the CSV, TSV or JSONL file that the local engine would write."""
    columns = [*map(Column, share.kept), *share.added]
    csv, delimiter = suffix in CSV_SUFFIXES, "\t" if suffix == ".tsv" else ","

    def create(path: Path) -> Sink:
        if csv:
            return CsvSink(path, columns, compressed=False, plain=share.plan.plain, delimiter=delimiter)
        return JsonSink(path, columns, compressed=False)

    rows = (
        [*map(record.cells.get, share.kept), *map(cells.get, share.keys)] for record, cells in _answered(batches, share)
    )
    yield from write_lines(rows, create, ends="\r\n" if csv else "\n")


def write_quarantine(batches: Batches, share: Share) -> Batches:
    """Flawed rows → the lines of the quarantine."""
    rows = (
        [record.number, flaw.code, flaw.reason, printable(record.cells)] for record, flaw in _flawed(batches, share)
    )
    yield from write_lines(rows, lambda path: JsonSink(path, _QUARANTINE, compressed=False), ends="\n")


def type_answers(batches: Batches, share: Share) -> Batches:
    """Answered rows → the source's columns, as they are or as text, and the predictions with their types."""
    for batch in batches:
        answers = [json.loads(text) for text in batch.column(ANSWER).to_pylist()]
        arrays = _kept(batch, share)
        for column, key in zip(share.added, share.keys, strict=True):
            arrays[column.name] = pa.array([cells.get(key) for cells in answers], _TYPES[column.kind])
        yield pa.record_batch(list(arrays.values()), names=list(arrays))


def summarise(batches: Batches, share: Share) -> Batches:
    """All rows of a partition → one pickled summary."""
    summary = Summary(share.plan.labels)
    for batch in batches:
        texts = zip(batch.column(ANSWER).to_pylist(), batch.column(FLAW).to_pylist(), strict=True)
        for record, (cells, flaw) in zip(records_of(batch, share), texts, strict=True):
            if cells is None:
                summary.refuse(Flaw(*json.loads(flaw)))
            else:
                summary.take(record.cells, json.loads(cells))
    yield pa.record_batch([pa.array([pickle.dumps(summary)], pa.binary())], names=["summary"])


def _answered(batches: Batches, share: Share) -> Iterator[tuple[Record, Mapping[str, Any]]]:
    for batch in batches:
        yield from zip(records_of(batch, share), map(json.loads, batch.column(ANSWER).to_pylist()), strict=True)


def _flawed(batches: Batches, share: Share) -> Iterator[tuple[Record, Flaw]]:
    for batch in batches:
        flaws = (Flaw(*json.loads(text)) for text in batch.column(FLAW).to_pylist())
        yield from zip(records_of(batch, share), flaws, strict=True)


def _key(record: Record, columns: Mapping[str, str]) -> bytes | None:
    given = record.cells.get(columns["id"])
    if given in (None, "") or flaw_of(record, columns) is not None:
        return None
    return str(given).encode("utf-8", "surrogatepass")


def _kept(batch: pa.RecordBatch, share: Share) -> dict[str, pa.Array]:
    if share.typed:
        return {name: batch.column(name) for name in share.kept}
    records = records_of(batch, share)
    return {name: pa.array([_text(record.cells.get(name)) for record in records], pa.string()) for name in share.kept}


def _text(cell: Any) -> str | None:
    return None if cell is None else cell_text(cell)


def _beside(batch: pa.RecordBatch, added: Mapping[str, pa.Array]) -> pa.RecordBatch:
    columns: Sequence[pa.Array] = [*batch.columns, *added.values()]
    return pa.record_batch(columns, names=[*batch.schema.names, *added])
