"""Reliability: whether a confidence means what it says, and how many answers may be used untouched because of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluation.metrics import Booleans, Integers
from evaluation.resample import SEED, Floats, Statistic, divide

Array = npt.NDArray[np.floating]

BINS = 15
PRECISION = 0.95


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of like confidence: their mean confidence, the share of them that was right, how many."""

    confidence: float
    accuracy: float
    count: int


@dataclass(frozen=True, slots=True)
class CoveragePoint:
    """Share of documents whose confidence is at least `threshold`, and the share of those that was right."""

    threshold: float
    coverage: float
    precision: float


def bin_by_mass(confidence: Array, *, bins: int = BINS) -> Integers:
    """The bin of each answer; bins hold equally many answers, least confident first.  Shape: (answers,)."""
    order = np.argsort(confidence, kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    for number, part in enumerate(np.array_split(order, min(bins, max(len(order), 1)))):
        place[part] = number
    return place


def expected_error(confidence: Array, hits: Booleans) -> Statistic:
    """Expected calibration error over 15 bins of equal mass: |mean confidence − accuracy|, weighted by count."""
    gap = confidence.astype(np.float64) - hits
    per_bin = gap[:, None] * np.eye(BINS)[bin_by_mass(confidence)]
    return lambda weights: divide(np.abs(weights @ per_bin).sum(axis=1), weights.sum(axis=1))


def error_by_chance(confidence: Array, *, draws: int = 200) -> float:
    """Calibration error that a perfectly calibrated head would show on so few documents, on average.

    A measured error near this figure is noise: the floor of what can be seen with this sample.
    """
    if not len(confidence):
        return 0.0
    generator = np.random.default_rng(SEED)
    values = np.clip(confidence.astype(np.float64), 0, 1)
    gaps = values - (generator.random((draws, len(values))) < values)
    by_bin = np.abs(gaps @ np.eye(BINS)[bin_by_mass(confidence)])
    return float((by_bin.sum(axis=1) / len(values)).mean())


def bin_reliability(confidence: Array, hits: Booleans) -> tuple[Bin, ...]:
    """Points of a reliability diagram, least confident first."""
    place = bin_by_mass(confidence)
    members = [np.flatnonzero(place == number) for number in np.unique(place)]
    return tuple(Bin(float(confidence[m].mean()), float(hits[m].mean()), len(m)) for m in members)


def coverage(confidence: Array, hits: Booleans, *, precision: float = PRECISION) -> Statistic:
    """Largest share of documents that can be answered, most confident first, so that `precision` of them are right.

    The threshold is chosen on the same documents, so this is what the head could do at best; what it does with the
    thresholds of its manifest is reported beside it.
    """
    order = np.argsort(-confidence, kind="stable")
    ranked = hits[order].astype(np.float64)

    def statistic(weights: Floats) -> Floats:
        chosen = weights[:, order]
        answered, right = np.cumsum(chosen, axis=1), np.cumsum(chosen * ranked, axis=1)
        kept: Floats = np.where(right >= precision * answered, answered, 0).max(axis=1, initial=0)
        return divide(kept, answered[:, -1])

    return statistic


def trace_coverage(confidence: Array, hits: Booleans, *, points: int = 60) -> tuple[CoveragePoint, ...]:
    """Precision against coverage, from the most confident answers to all of them."""
    order = np.argsort(-confidence, kind="stable")
    right = np.cumsum(hits[order])
    places = np.unique(np.linspace(0, len(order) - 1, min(points, len(order))).astype(np.int64))
    return tuple(
        CoveragePoint(float(confidence[order[place]]), (place + 1) / len(order), float(right[place] / (place + 1)))
        for place in places.tolist()
    )
