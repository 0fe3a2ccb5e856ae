"""Metrics: answers beside gold labels → accuracy, F1, top-k, kappa. Each a statistic of document weights (resample)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluation.resample import Floats, Statistic, divide

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ClassCounts:
    """One label: how often it was gold, how often it was answered, how often both."""

    label: str
    gold: int
    predicted: int
    correct: int

    @property
    def precision(self) -> float:
        """Share of its answers that were right; 0 where it was never answered."""
        return self.correct / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Share of its documents that were found; 0 where it never was gold."""
        return self.correct / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 where either is."""
        return 2 * self.correct / (self.gold + self.predicted) if self.gold + self.predicted else 0.0


@dataclass(frozen=True, slots=True)
class Confusion:
    """`count` documents of one label that were given another."""

    gold: str
    predicted: str
    count: int


def accuracy(hits: npt.NDArray[np.generic]) -> Statistic:
    """Weighted share of hits.  Shape: hits (documents,)."""
    values = hits.astype(np.float64)
    return lambda weights: divide(weights @ values, weights.sum(axis=1))


def top_k(scores: npt.NDArray[np.floating], gold: Integers, count: int) -> Booleans:
    """Whether the gold label is among the `count` best; equal scores keep the order of the labels.

    Shape: scores (documents, labels), gold (documents,) → (documents,).
    """
    best = np.argsort(-scores, axis=1, kind="stable")[:, :count]
    found: Booleans = (best == gold[:, None]).any(axis=1)
    return found


def f1(gold: Integers, predicted: Integers, labels: int, *, average: str) -> Statistic:
    """Mean F1 over the labels that were gold or answered: each the same (`macro`) or by gold count (`weighted`).

    Shape: gold, predicted (documents,), indices below `labels`.
    """
    is_gold, is_predicted = np.eye(labels)[gold], np.eye(labels)[predicted]
    return f1_multi(is_gold, is_predicted, average=average)


def f1_multi(gold: npt.NDArray[np.generic], predicted: npt.NDArray[np.generic], *, average: str) -> Statistic:
    """F1 where a document may have any number of labels: `macro`, `weighted`, or `micro` (all decisions together).

    Shape: gold, predicted (documents, labels), 0 or 1.
    """
    is_gold, is_predicted = gold.astype(np.float64), predicted.astype(np.float64)
    return f1_of_counts(is_gold * is_predicted, is_gold, is_predicted, average=average)


def f1_of_counts(correct: Floats, gold: Floats, predicted: Floats, *, average: str) -> Statistic:
    """F1 from counts per document and label.  Shape: each (documents, labels)."""

    def statistic(weights: Floats) -> Floats:
        hit, of_gold, of_predicted = weights @ correct, weights @ gold, weights @ predicted
        if average == "micro":
            return divide(2 * hit.sum(axis=1), of_gold.sum(axis=1) + of_predicted.sum(axis=1))
        by_label = divide(2 * hit, of_gold + of_predicted)
        share = of_gold if average == "weighted" else np.isfinite(by_label).astype(np.float64)
        return divide((np.nan_to_num(by_label) * share).sum(axis=1), share.sum(axis=1))

    return statistic


def kappa(gold: Integers, predicted: Integers, labels: int) -> Statistic:
    """Cohen's kappa of two judges.  Shape: gold, predicted (documents,)."""
    is_gold, is_predicted = np.eye(labels)[gold], np.eye(labels)[predicted]
    hits = (gold == predicted).astype(np.float64)

    def statistic(weights: Floats) -> Floats:
        total = weights.sum(axis=1)
        observed = divide(weights @ hits, total)
        by_chance = ((weights @ is_gold) * (weights @ is_predicted)).sum(axis=1) / total**2
        return divide(observed - by_chance, 1 - by_chance)

    return statistic


def count_classes(gold: Integers, predicted: Integers, labels: Sequence[str]) -> tuple[ClassCounts, ...]:
    """Counts of every label that was gold or answered, most frequent first."""
    width = len(labels)
    of_gold, of_predicted = np.bincount(gold, minlength=width), np.bincount(predicted, minlength=width)
    correct = np.bincount(gold[gold == predicted], minlength=width)
    return order_classes(labels, gold=of_gold, predicted=of_predicted, correct=correct)


def order_classes(
    labels: Sequence[str],
    *,
    gold: npt.NDArray[np.integer],
    predicted: npt.NDArray[np.integer],
    correct: npt.NDArray[np.integer],
) -> tuple[ClassCounts, ...]:
    """Counts per label as rows of a table, most frequent first, without the labels that never occur."""
    rows = [
        ClassCounts(label, int(of_gold), int(of_predicted), int(hit))
        for label, of_gold, of_predicted, hit in zip(labels, gold, predicted, correct, strict=True)
        if of_gold or of_predicted
    ]
    return tuple(sorted(rows, key=lambda row: -row.gold))


def confuse(gold: Integers, predicted: Integers, labels: Sequence[str], *, pairs: int) -> tuple[Confusion, ...]:
    """The most frequent confusions, most frequent first."""
    wrong = gold != predicted
    found, counts = np.unique(np.stack([gold[wrong], predicted[wrong]], axis=1), axis=0, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:pairs]
    return tuple(Confusion(labels[found[i, 0]], labels[found[i, 1]], int(counts[i])) for i in order.tolist())


def confusion_matrix(gold: Integers, predicted: Integers, labels: int) -> Integers:
    """Counts of gold (rows) against answered (columns).  Shape: (labels, labels)."""
    matrix = np.bincount(gold * labels + predicted, minlength=labels * labels)
    return matrix.reshape(labels, labels).astype(np.int64)
