"""Figures: which statistics are taken of each kind of head; report, gate and baseline take the same ones."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from evaluation.metrics import Booleans, accuracy, f1, f1_multi, f1_of_counts, kappa, top_k
from evaluation.reliability import coverage, expected_error
from evaluation.resample import Floats, Statistic, divide, measure
from evaluation.scored import Scored, ScoredMulti
from evaluation.spans import SpanCounts
from models.manifest import Figure

Statistics = Mapping[str, Statistic]
Figures = Mapping[str, Figure]


def take_single(scored: Scored, *, calibrated: bool) -> dict[str, Statistic]:
    """Statistics of a head with one label per document; those of confidence only where scores are probabilities."""
    width = len(scored.labels)
    statistics = {
        "accuracy": accuracy(scored.hits),
        "macro_f1": f1(scored.gold, scored.predicted, width, average="macro"),
        "weighted_f1": f1(scored.gold, scored.predicted, width, average="weighted"),
        "kappa": kappa(scored.gold, scored.predicted, width),
    }
    if scored.accepted is not None:
        statistics["accepted"] = accuracy(scored.accepted[np.arange(len(scored.gold)), scored.predicted])
    for count in (3, 5):
        if width > count + 2:
            statistics[f"top{count}"] = accuracy(top_k(scored.scores, scored.gold, count))
    if calibrated:
        statistics["calibration_error"] = expected_error(scored.confidence, scored.hits)
        statistics["coverage95"] = coverage(scored.confidence, scored.hits)
    return statistics


def take_multi(scored: ScoredMulti, *, calibrated: bool) -> dict[str, Statistic]:
    """Statistics of a head with any number of labels; `accuracy` counts documents with all labels right."""
    statistics = {
        "micro_f1": f1_multi(scored.gold, scored.predicted, average="micro"),
        "macro_f1": f1_multi(scored.gold, scored.predicted, average="macro"),
        "weighted_f1": f1_multi(scored.gold, scored.predicted, average="weighted"),
        "accuracy": accuracy((scored.gold == scored.predicted).all(axis=1)),
    }
    if calibrated:
        statistics["calibration_error"] = _error_of_decisions(scored)
    return statistics


def take_spans(counts: SpanCounts, kind: str | None = None) -> dict[str, Statistic]:
    """F1 of one kind of span, or of all kinds together."""
    columns = [kind is None or kind == name for name in counts.kinds]
    gold, predicted = counts.gold[:, columns], counts.predicted[:, columns]
    return {
        "exact_f1": f1_of_counts(counts.exact[:, columns], gold, predicted, average="micro"),
        "overlap_f1": f1_of_counts(counts.overlapping[:, columns], gold, predicted, average="micro"),
    }


def take_decisions(hits: Booleans, decisions: npt.NDArray[np.str_]) -> dict[str, Statistic]:
    """Shares answered untouched and withheld by the manifest's thresholds, and how often each was right."""
    auto, abstain = decisions == "auto", decisions == "abstain"
    return {
        **take_untouched(hits, auto),
        "abstain_share": accuracy(abstain),
        "abstain_accuracy": _share_within(hits, abstain),
    }


def take_untouched(hits: Booleans, auto: Booleans) -> dict[str, Statistic]:
    """Share of documents answered untouched, and how many of those were right.  Shape: both (documents,)."""
    return {"auto_share": accuracy(auto), "auto_precision": _share_within(hits, auto)}


def measure_all(statistics: Statistics, weights: Floats, *, count: int | None = None) -> dict[str, Figure]:
    """Each statistic with its interval; those that are not defined are left out."""
    figures = {
        name: measure(statistic, weights, count=count, centred=name == "calibration_error")
        for name, statistic in statistics.items()
    }
    return {name: figure for name, figure in figures.items() if figure is not None}


def _share_within(hits: Booleans, chosen: Booleans) -> Statistic:
    hit, of = (hits & chosen).astype(np.float64), chosen.astype(np.float64)
    return lambda weights: divide(weights @ hit, weights @ of)


def _error_of_decisions(scored: ScoredMulti) -> Statistic:
    # Every label of every document is one decision; documents, not decisions, are what is drawn again.
    width = len(scored.labels)
    statistic = expected_error(scored.scores.reshape(-1), scored.gold.reshape(-1))
    return lambda weights: statistic(np.repeat(weights, width, axis=1))
