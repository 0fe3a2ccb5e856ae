"""Report: judged heads → figures, tables and curves, as data. Labels and numbers only: no document is in it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from evaluation.figures import Figures, measure_all, take_decisions, take_multi, take_single, take_spans, take_untouched
from evaluation.judge import Judged
from evaluation.metrics import ClassCounts, Confusion, accuracy, confuse, confusion_matrix, count_classes, order_classes
from evaluation.reliability import Bin, CoveragePoint, bin_reliability, error_by_chance, trace_coverage
from evaluation.resample import Floats, draw_weights
from evaluation.scored import Scored, ScoredMulti
from evaluation.spans import SpanCounts

_PAIRS = 20
# A matrix of more labels than this is read as a list of confused pairs instead.
_MATRIX_LABELS = 20


@dataclass(frozen=True, slots=True)
class Matrix:
    """Counts of gold (rows) against answered (columns)."""

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class HeadReport:
    """One head, or one level of the tree. `chance_error` is the calibration error that noise alone would show."""

    head: str
    count: int
    figures: Figures
    classes: tuple[ClassCounts, ...]
    confusions: tuple[Confusion, ...] = ()
    matrix: Matrix | None = None
    bins: tuple[Bin, ...] = ()
    curve: tuple[CoveragePoint, ...] = ()
    chance_error: float = 0.0


@dataclass(frozen=True, slots=True)
class SpanReport:
    """One kind of span; `kind` is "all" for all of them together."""

    kind: str
    gold: int
    predicted: int
    exact: int
    overlapping: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured, of which bundle, on which file."""

    bundle: str
    data: str
    data_sha256: str
    documents: int
    truncated: int
    created_at: str
    heads: tuple[HeadReport, ...]
    spans: tuple[SpanReport, ...]
    alternatives: Mapping[str, Figures] = field(default_factory=dict)
    untouched: Figures = field(default_factory=dict)
    baseline: Mapping[str, Figures] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def head(self, name: str) -> HeadReport:
        """The head of that name; KeyError where it was not measured."""
        for head in self.heads:
            if head.head == name:
                return head
        raise KeyError(name)

    def to_json(self) -> str:
        """The report as JSON, every figure with its interval and sample size."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, default=lambda figure: figure.model_dump())


def report_heads(judged: Judged) -> tuple[HeadReport, ...]:
    """Every head with one label, then those with several."""
    single = [_report_single(scored, judged) for scored in judged.single.values()]
    return (*single, *(_report_multi(scored) for scored in judged.multi.values()))


def report_spans(counts: SpanCounts | None) -> tuple[SpanReport, ...]:
    """All kinds together, then each, most frequent first. The sample size of a figure is its number of marked spans."""
    if counts is None:
        return ()
    weights = draw_weights(len(counts.gold))
    present = (counts.gold.sum(axis=0) + counts.predicted.sum(axis=0)) > 0
    order = [column for column in np.argsort(-counts.gold.sum(axis=0), kind="stable").tolist() if present[column]]
    kinds = [counts.kinds[column] for column in order]
    return tuple(_report_kind(counts, kind, weights) for kind in (None, *kinds))


def report_alternatives(judged: Judged) -> dict[str, Figures]:
    """Accuracy of the other ways down the tree, by level and way."""
    figures: dict[str, Figures] = {}
    for name, scored in judged.alternatives.items():
        figures[name] = measure_all({"accuracy": accuracy(scored.hits)}, draw_weights(len(scored.gold)))
    return figures


def report_untouched(judged: Judged) -> Figures:
    """How many tickets could be classified and dispatched without a person, and how many of those rightly."""
    leaf = next((name for name in reversed(list(judged.single)) if name.startswith("category_l")), None)
    if leaf is None or "departments" not in judged.single:
        return {}
    heads = [judged.single[leaf], judged.single["departments"]]
    both = np.intersect1d(heads[0].rows, heads[1].rows)
    if not len(both):
        return {}
    auto = np.ones(len(both), dtype=bool)
    hits = np.ones(len(both), dtype=bool)
    for scored in heads:
        place = np.searchsorted(scored.rows, both)
        auto &= judged.decisions[scored.head][place] == "auto"
        hits &= scored.hits[place]
    return measure_all(take_untouched(hits, auto), draw_weights(len(both)))


def write_whole(path: Path, text: str) -> None:
    """Write beside, then rename: a reader sees the whole file or the one before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.rename(path)


def _report_kind(counts: SpanCounts, kind: str | None, weights: Floats) -> SpanReport:
    columns = [kind is None or kind == name for name in counts.kinds]
    gold = int(counts.gold[:, columns].sum())
    return SpanReport(
        kind=kind or "all",
        gold=gold,
        predicted=int(counts.predicted[:, columns].sum()),
        exact=int(counts.exact[:, columns].sum()),
        overlapping=int(counts.overlapping[:, columns].sum()),
        figures=measure_all(take_spans(counts, kind), weights, count=gold),
    )


def _report_single(scored: Scored, judged: Judged) -> HeadReport:
    statistics = take_single(scored, calibrated=True)
    if scored.head in judged.decisions:
        statistics |= take_decisions(scored.hits, judged.decisions[scored.head])
    matrix = None
    if len(scored.labels) <= _MATRIX_LABELS:
        counts = confusion_matrix(scored.gold, scored.predicted, len(scored.labels))
        matrix = Matrix(scored.labels, tuple(tuple(row) for row in counts.tolist()))
    return HeadReport(
        head=scored.head,
        count=len(scored.gold),
        figures=measure_all(statistics, draw_weights(len(scored.gold))),
        classes=count_classes(scored.gold, scored.predicted, scored.labels),
        confusions=confuse(scored.gold, scored.predicted, scored.labels, pairs=_PAIRS),
        matrix=matrix,
        bins=bin_reliability(scored.confidence, scored.hits),
        curve=trace_coverage(scored.confidence, scored.hits),
        chance_error=error_by_chance(scored.confidence),
    )


def _report_multi(scored: ScoredMulti) -> HeadReport:
    scores, gold = scored.scores.reshape(-1), scored.gold.reshape(-1)
    return HeadReport(
        head=scored.head,
        count=len(scored.gold),
        figures=measure_all(take_multi(scored, calibrated=True), draw_weights(len(scored.gold))),
        classes=order_classes(
            scored.labels,
            gold=scored.gold.sum(axis=0),
            predicted=scored.predicted.sum(axis=0),
            correct=(scored.gold & scored.predicted).sum(axis=0),
        ),
        bins=bin_reliability(scores, gold),
        chance_error=error_by_chance(scores),
    )
