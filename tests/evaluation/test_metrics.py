"""Metrics against scikit-learn, plain and resampled."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score
from sklearn.metrics import confusion_matrix as reference_matrix

from evaluation.metrics import (
    ClassCounts,
    Confusion,
    Integers,
    accuracy,
    confuse,
    confusion_matrix,
    count_classes,
    f1,
    f1_multi,
    kappa,
    top_k,
)
from evaluation.resample import Statistic, draw_weights

LABELS = 6
GENERATOR = np.random.default_rng(3)
GOLD: Integers = GENERATOR.integers(0, LABELS - 1, size=80)  # the last label is never gold
PREDICTED: Integers = np.where(GENERATOR.random(80) < 0.6, GOLD, GENERATOR.integers(0, LABELS, size=80))

CASES: dict[str, tuple[Statistic, Callable[[Integers, Integers], float]]] = {
    "accuracy": (accuracy(GOLD == PREDICTED), accuracy_score),
    "macro F1": (
        f1(GOLD, PREDICTED, LABELS, average="macro"),
        lambda gold, predicted: float(f1_score(gold, predicted, average="macro")),
    ),
    "weighted F1": (
        f1(GOLD, PREDICTED, LABELS, average="weighted"),
        lambda gold, predicted: float(f1_score(gold, predicted, average="weighted")),
    ),
    "kappa": (kappa(GOLD, PREDICTED, LABELS), cohen_kappa_score),
}


@pytest.mark.parametrize("name", CASES)
def test_equals_scikit_learn_on_the_documents_and_on_each_resample(name: str) -> None:
    statistic, reference = CASES[name]
    weights = np.concatenate([np.ones((1, 80)), draw_weights(80, draws=5)])
    for row, value in zip(weights, statistic(weights), strict=True):
        drawn = np.repeat(np.arange(80), row.astype(int))
        assert value == pytest.approx(reference(GOLD[drawn], PREDICTED[drawn]))


@pytest.mark.parametrize("average", ["micro", "macro", "weighted"])
def test_f1_of_several_labels_equals_scikit_learn(average: str) -> None:
    gold, predicted = GENERATOR.random((50, 4)) < 0.3, GENERATOR.random((50, 4)) < 0.3
    value = f1_multi(gold, predicted, average=average)(np.ones((1, 50)))[0]
    assert value == pytest.approx(f1_score(gold, predicted, average=average, zero_division=0))


def test_top_k_counts_the_gold_label_among_the_best() -> None:
    scores = np.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7], [0.4, 0.4, 0.2]])
    gold = np.array([1, 0, 1])
    assert top_k(scores, gold, 1).tolist() == [False, False, False]
    assert top_k(scores, gold, 2).tolist() == [True, False, True]


def test_classes_are_counted_most_frequent_first_and_without_those_that_never_occur() -> None:
    counts = count_classes(np.array([0, 1, 1, 1]), np.array([1, 1, 1, 2]), ["a", "b", "c", "d"])
    assert counts == (ClassCounts("b", 3, 3, 2), ClassCounts("a", 1, 0, 0), ClassCounts("c", 0, 1, 0))
    assert (counts[0].precision, counts[0].recall, counts[0].f1) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert (counts[1].precision, counts[2].recall, counts[1].f1) == (0, 0, 0)


def test_confusions_are_the_most_frequent_wrong_pairs() -> None:
    pairs = confuse(np.array([0, 0, 0, 1, 2]), np.array([1, 1, 0, 2, 2]), ["a", "b", "c"], pairs=1)
    assert pairs == (Confusion("a", "b", 2),)
    assert confuse(np.array([0]), np.array([0]), ["a"], pairs=3) == ()


def test_the_confusion_matrix_equals_scikit_learn() -> None:
    expected = reference_matrix(GOLD, PREDICTED, labels=list(range(LABELS)))
    assert (confusion_matrix(GOLD, PREDICTED, LABELS) == expected).all()
