"""Share: what an executor knows of a job, the bundle that it opens, and how rows travel between two steps.

A row travels with its number and either the columns of its source, untouched (`typed`: Parquet, tables), or one JSON
text of what the local engine's reader made of it (CSV, JSONL).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from service.reading import Part
from service.relabel.answer import Answerer
from service.relabel.plan import Plan
from service.relabel.predictions import prediction_columns
from service.relabel.record import Column, Flaw, Record

NUMBER: Final = "__suqiu_number"  # place in the source, from 1
FIRST: Final = "__suqiu_first"  # number of an earlier row with the same id
KEY: Final = "__suqiu_key"
RECORD: Final = "__suqiu_record"
ANSWER: Final = "__suqiu_answer"
FLAW: Final = "__suqiu_flaw"


@dataclass(frozen=True, slots=True)
class Share:
    """One job. `bundle` is a path that executors see, or, where it was `shipped`, the name of an archive."""

    plan: Plan
    names: tuple[str, ...]
    fields: tuple[str, ...]
    typed: bool
    bundle: str
    shipped: bool

    @property
    def added(self) -> list[Column]:
        """The predictions' columns."""
        return prediction_columns(self.plan.parts, self.fields, prefix=self.plan.prefix)

    @property
    def keys(self) -> list[str]:
        """The names of the predictions in an answer."""
        return [column.name.removeprefix(self.plan.prefix) for column in self.added]

    @property
    def kept(self) -> list[str]:
        """The source's columns, but for those that are predicted anew."""
        added = {column.name for column in self.added}
        return [name for name in self.names if name not in added]


def open_answerer(share: Share) -> Answerer:
    """The bundle, opened once per Python process of an executor, however many tasks it works on. Errors: ModelError."""
    place = (share.bundle, share.plan.parts)
    if place not in _ANSWERERS:
        _ANSWERERS[place] = Answerer.open(_folder(share), share.plan.parts)
    return _ANSWERERS[place]


def pack_record(record: Record) -> str:
    """A row of a text file as JSON; bytes that are no character survive as escapes."""
    return json.dumps([record.cells, [record.flaw.code, record.flaw.reason] if record.flaw else None])


def records_of(batch: pa.RecordBatch, share: Share) -> list[Record]:
    """The rows of a batch as plain Python values, lists and dictionaries; whole numbers with gaps stay whole."""
    numbers = batch.column(NUMBER).to_pylist()
    if share.typed:
        rows = batch.select(list(share.names)).to_pylist()
        records = [Record(number, cells) for number, cells in zip(numbers, rows, strict=True)]
    else:
        texts = batch.column(RECORD).to_pylist()
        records = [_unpack(number, text) for number, text in zip(numbers, texts, strict=True)]
    if FIRST not in batch.schema.names:
        return records
    return [_marked(record, first) for record, first in zip(records, batch.column(FIRST).to_pylist(), strict=True)]


_ANSWERERS: dict[tuple[str, tuple[Part, ...]], Answerer] = {}


def _folder(share: Share) -> Path:
    from pyspark import SparkFiles

    return Path(SparkFiles.get(share.bundle)) if share.shipped else Path(share.bundle)


def _unpack(number: int, text: str) -> Record:
    cells, flaw = json.loads(text)
    return Record(number, cells, Flaw(*flaw) if flaw else None)


def _marked(record: Record, first: Any) -> Record:
    if first is None:
        return record
    return Record(record.number, record.cells, Flaw("id_repeated", f"row {first} has the same id"))
