"""Job: the rows of a source, counted, numbered and ready to be answered, and what every executor knows of them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Final

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql.functions import (
    coalesce,
    col,
    concat,
    element_at,
    lit,
    monotonically_increasing_id,
    spark_partition_id,
    when,
)
from pyspark.sql.functions import min as least
from pyspark.sql.types import BinaryType, DataType, StringType, StructField, StructType

from service.relabel.answer import Answerer
from service.relabel.cli import bundle_of, check_prefix, list_notes, parts_of_ticket, with_columns
from service.relabel.labels import Labels
from service.relabel.mapping import pairs_of, text_names
from service.relabel.plan import Plan
from service.relabel.record import Record
from service.relabel.spark.place import Place
from service.relabel.spark.session import own_session, ship
from service.relabel.spark.share import ANSWER, FIRST, FLAW, KEY, NUMBER, RECORD, Share
from service.relabel.spark.spool import TextFormat
from service.relabel.spark.steps import answer, mark, parse, survey
from service.relabel.text_file import check_encoding
from service.ticket import CHINA

_PARQUET: Final = ".parquet"
_TASK_ROWS: Final = 5_000  # about a minute of one core, which is what the loss of a task costs
_IN_PARTITION: Final = (1 << 33) - 1  # what monotonically_increasing_id counts within a partition


@dataclass(frozen=True)
class Job:
    """One job on Spark."""

    rows: DataFrame
    total: int
    share: Share
    labels: Labels
    notes: tuple[str, ...] = ()
    mended: int = 0

    @classmethod
    def open(cls, given: argparse.Namespace, source: Place, session: SparkSession) -> Job:
        """Count the rows and find the columns: one pass over the source. Errors: RelabelError, ModelError."""
        bundle = bundle_of(given).resolve()
        answerer = Answerer.open(bundle, parts_of_ticket(given.tasks))
        encoding = check_encoding(given.encoding) if given.encoding else None
        format_ = TextFormat(source.suffix, encoding, text_names(pairs_of("--column", given.column)))
        whole = source.suffix != _PARQUET and not format_.can_be_cut
        found = _find(source, own_session(session, chunk_rows=given.chunk_rows, whole_files=whole), format_)
        columns = _Columns(found.names, found.above)
        plan = with_columns(_plan(given, answerer), columns, given)
        check_prefix(plan, columns, answerer)
        share = Share(
            plan=plan,
            names=tuple(found.names),
            fields=tuple(answerer.fields),
            typed=found.typed,
            bundle=str(bundle) if given.bundle_shared else ship(bundle, session),
            shipped=not given.bundle_shared,
        )
        notes = list_notes(columns, given)
        rows = _number(found.rows, found.counts)
        return cls(rows, sum(found.counts), share, answerer.labels, tuple(notes), found.mended)

    def answer(self) -> DataFrame:
        """Every row with its answer, or its flaw. Nothing is computed until somebody writes it."""
        share = self.share
        rows = _mark_repeated(self.rows, share) if "id" in share.plan.columns else self.rows
        # By number, so that a task that is repeated gets the same rows again.
        rows = rows.repartition(self._tasks(), NUMBER)
        return rows.mapInArrow(
            lambda batches: answer(batches, share), _beside(rows, {ANSWER: StringType(), FLAW: StringType()})
        )

    def _tasks(self) -> int:
        cores = int(self.rows.sparkSession.sparkContext.defaultParallelism)
        batches = -(-self.total // self.share.plan.chunk_rows)
        return max(1, min(cores, batches), -(-self.total // _TASK_ROWS))


@dataclass(frozen=True)
class _Found:
    """Rows, their number per partition in the order in which Spark reads, and columns in the order of appearance."""

    rows: DataFrame
    counts: Sequence[int]
    names: Sequence[str]
    typed: bool
    above: int = 0
    mended: int = 0


@dataclass(frozen=True)
class _Columns:
    """A source of which only the header matters."""

    names: Sequence[str]
    above: int

    def count(self) -> int:
        return 0

    def columns(self) -> list[str]:
        return list(self.names)

    def records(self) -> Iterator[Record]:
        return iter(())


def _plan(given: argparse.Namespace, answerer: Answerer) -> Plan:
    return Plan(
        source=given.source,
        target=given.target,
        encoding=given.encoding,
        bundle=str(bundle_of(given).resolve()),
        model=answerer.model,
        parts=answerer.parts,
        columns={},
        prefix=given.prefix,
        plain=given.plain,
        chunk_rows=given.chunk_rows,
        started_at=datetime.now(CHINA).replace(microsecond=0),  # read here once, for all executors and repeated tasks
    )


def _find(source: Place, session: SparkSession, format_: TextFormat) -> _Found:
    frame = source.read(session)
    if source.suffix == _PARQUET:
        counted = frame.groupBy(spark_partition_id().alias("partition")).count().collect()
        counts = {row["partition"]: row["count"] for row in counted}
        return _Found(frame, _by_partition(counts), frame.columns, typed=True)
    told = "partition bigint, rows bigint, names string, above bigint, mended bigint"
    surveyed = frame.mapInArrow(lambda batches: survey(batches, format_), told).collect()
    counts = {row["partition"]: row["rows"] for row in surveyed}
    names = dict.fromkeys(name for row in sorted(surveyed) for name in json.loads(row["names"]))
    rows = frame.mapInArrow(lambda batches: parse(batches, format_), f"{RECORD} string")
    above = max((row["above"] for row in surveyed), default=0)
    mended = sum(row["mended"] for row in surveyed)
    return _Found(rows, _by_partition(counts), list(names), typed=False, above=above, mended=mended)


def _by_partition(counts: Mapping[int, int]) -> list[int]:
    return [counts.get(partition, 0) for partition in range(max(counts, default=0) + 1)]


def _number(rows: DataFrame, counts: Sequence[int]) -> DataFrame:
    """The rows with their place in the source, from 1. Of several files Spark reads the largest first."""
    before = [1, *(end + 1 for end in accumulate(counts))]
    inside = monotonically_increasing_id().bitwiseAND(lit(_IN_PARTITION))
    return rows.withColumn(NUMBER, inside + element_at(lit(before), spark_partition_id() + 1))


def _mark_repeated(rows: DataFrame, share: Share) -> DataFrame:
    """Of the rows with one id that with the smallest number counts; the others are told its number."""
    keyed = rows.mapInArrow(lambda batches: mark(batches, share), _beside(rows, {KEY: BinaryType()}))
    # Rows without id stand alone: all together they would be one executor's load.
    alone = concat(lit("\0"), col(NUMBER).cast("string")).cast("binary")
    first = least(NUMBER).over(Window.partitionBy(coalesce(col(KEY), alone)))
    marked = keyed.withColumn(FIRST, first).drop(KEY)
    return marked.withColumn(FIRST, when(col(FIRST) < col(NUMBER), col(FIRST)))


def _beside(rows: DataFrame, added: Mapping[str, DataType]) -> StructType:
    return StructType([*rows.schema.fields, *(StructField(name, type_) for name, type_ in added.items())])
