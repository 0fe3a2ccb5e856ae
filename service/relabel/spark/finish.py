"""Finish: staged answers → quarantine and summary, then the target, in the order of the source."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pyspark.sql import DataFrame
from pyspark.sql.functions import col
from pyspark.sql.types import BooleanType, DataType, DoubleType, LongType, StringType, StructField, StructType

from service.relabel.json_file import as_json
from service.relabel.labels import Labels
from service.relabel.page import render_page
from service.relabel.spark.place import Place, shown
from service.relabel.spark.share import ANSWER, FLAW, NUMBER, Share
from service.relabel.spark.spool import CSV_SUFFIXES, LINE
from service.relabel.spark.steps import summarise, type_answers, write_answers, write_quarantine
from service.relabel.summary import Summary

QUARANTINE: Final = "quarantine"
_TYPES: Final[dict[str, DataType]] = {"number": DoubleType(), "integer": LongType(), "flag": BooleanType()}


def finish(
    staged: DataFrame, share: Share, target: Place, *, labels: Labels, notes: Sequence[str] = (), mended: int = 0
) -> Summary:
    """Write all that a job leaves; the target comes last."""
    summary = _summarise(staged, share)
    summary.replaced = [name for name in share.names if name not in share.kept]
    summary.notes = [*notes]
    summary.mended = mended
    summary.understand(labels)
    _write_quarantine(staged, share, target.beside(QUARANTINE), empty=not summary.refused)
    figures = {"model": share.plan.model, "source": Path(shown(share.plan.source)).name, **summary.figures()}
    target.tell("summary.json", as_json(figures))
    target.tell("summary.html", render_page(figures))
    _write_target(staged.where(col(ANSWER).isNotNull()).orderBy(NUMBER), share, target)
    return summary


def merge(total: Summary, part: Summary) -> None:
    """Add the counts of some rows to those of others."""
    total.rows += part.rows
    total.answered += part.answered
    total.shortened += part.shortened
    total.refused.update(part.refused)
    for name, counts in part.classes.items():
        total.classes.setdefault(name, Counter()).update(counts)
    for name, bins in part.confidence.items():
        before = total.confidence.get(name, [0] * len(bins))
        total.confidence[name] = [one + other for one, other in zip(before, bins, strict=True)]
    for name, changes in part.changes.items():
        total.changes[name].update(changes)


def _summarise(staged: DataFrame, share: Share) -> Summary:
    total = Summary(share.plan.labels)
    for row in staged.mapInArrow(lambda batches: summarise(batches, share), "summary binary").collect():
        merge(total, pickle.loads(row["summary"]))
    total.refused = Counter(dict(sorted(total.refused.items())))  # which task ended first must not show
    return total


def _write_quarantine(staged: DataFrame, share: Share, place: Place, *, empty: bool) -> None:
    if empty:
        place.remove()
        return
    flawed = staged.where(col(FLAW).isNotNull()).orderBy(NUMBER)
    place.write_lines(flawed.mapInArrow(lambda batches: write_quarantine(batches, share), f"{LINE} string"), ends="\n")


def _write_target(answered: DataFrame, share: Share, target: Place) -> None:
    if target.suffix == ".parquet":
        target.write(answered.mapInArrow(lambda batches: type_answers(batches, share), _schema(answered, share)))
        return
    suffix = target.suffix
    lines = answered.mapInArrow(lambda batches: write_answers(batches, share, suffix), f"{LINE} string")
    target.write_lines(lines, ends="\r\n" if suffix in CSV_SUFFIXES else "\n")


def _schema(answered: DataFrame, share: Share) -> StructType:
    kept = [answered.schema[name] if share.typed else StructField(name, StringType()) for name in share.kept]
    return StructType([*kept, *(StructField(c.name, _TYPES.get(c.kind, StringType())) for c in share.added)])
