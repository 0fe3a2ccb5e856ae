"""Calibration: a known temperature is found again, and `auto` is given only where it can be kept."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.calibration import (
    ThresholdRule,
    choose_abstain,
    choose_thresholds,
    fit_temperature,
    fit_temperature_multi,
    lower_bound,
    smallest_threshold,
)
from models.decoding import sigmoid, softmax

ROWS = 20_000
# How far a temperature fitted on so many drawn labels lies from the one that they were drawn with.
NEAR = 0.05


def test_the_temperature_that_labels_were_drawn_with_is_found() -> None:
    generator = np.random.default_rng(0)
    logits = generator.normal(size=(ROWS, 5)).astype(np.float32) * 3
    shares = softmax(logits / np.float32(1.7)).cumsum(axis=1)
    gold = (generator.random((ROWS, 1)) > shares).sum(axis=1).clip(max=4)
    assert fit_temperature(logits, gold) == pytest.approx(1.7, abs=NEAR)


def test_the_best_labels_are_as_sure_as_they_are_right_whatever_the_others_do() -> None:
    generator = np.random.default_rng(0)
    logits = generator.normal(size=(2_000, 40)).astype(np.float32) * 3
    gold = logits.argmax(axis=1)
    wrong = generator.random(2_000) < 0.3
    gold[wrong] = logits[wrong].argmin(axis=1)  # where it errs, the right label is the last one that it thinks of
    sure = softmax(logits / np.float32(fit_temperature(logits, gold))).max(axis=1).mean()
    assert sure == pytest.approx(1 - wrong.mean(), abs=0.005)


def test_a_few_rows_that_are_all_right_prove_no_head_infallible() -> None:
    logits = np.array([[2.0, 0.0, 0.0]] * 8, dtype=np.float32)
    sure = softmax(logits / np.float32(fit_temperature(logits, np.zeros(8, dtype=np.int64)))).max(axis=1).mean()
    assert sure == pytest.approx(0.9, abs=0.001)


def test_tokens_without_gold_are_left_out() -> None:
    logits = np.random.default_rng(0).normal(size=(4, 30, 2, 3)).astype(np.float32)
    gold = logits.argmax(axis=-1)
    gold[:, ::3] = (gold[:, ::3] + 1) % 3
    masked = np.where(np.arange(30)[None, :, None] < 20, gold, -1)
    assert fit_temperature(logits, masked) == pytest.approx(fit_temperature(logits[:, :20], gold[:, :20]))
    assert fit_temperature(logits, np.full(gold.shape, -1)) == 1.0


def test_the_temperature_of_several_labels_is_found() -> None:
    generator = np.random.default_rng(0)
    logits = generator.normal(size=(ROWS, 3)).astype(np.float32) * 2
    gold = generator.random((ROWS, 3)) < sigmoid(logits / np.float32(0.6))
    assert fit_temperature_multi(logits, gold) == pytest.approx(0.6, abs=NEAR)


def test_the_smallest_threshold_keeps_the_promise() -> None:
    score = np.linspace(1, 0, 100)
    hit = np.arange(100) < 60
    threshold = smallest_threshold(score, hit, rule=ThresholdRule(precision=0.95, min_answers=30))
    assert threshold is not None
    answered = score >= threshold
    assert hit[answered].sum() / (answered.sum() + 1) >= 0.95  # one more might have been wrong
    lower = score >= threshold - 0.011
    assert hit[lower].sum() / (lower.sum() + 1) < 0.95


def test_equal_scores_stand_or_fall_together() -> None:
    score = np.array([0.9] * 40 + [0.8] * 40)
    hit = np.array([True] * 40 + [True] * 30 + [False] * 10)
    assert smallest_threshold(score, hit) == 0.9


def test_few_answers_prove_nothing() -> None:
    assert smallest_threshold(np.ones(29), np.ones(29, dtype=bool)) is None
    assert smallest_threshold(np.zeros(0), np.zeros(0, dtype=bool)) is None


def test_rare_labels_are_never_auto_and_thin_ones_share_a_threshold() -> None:
    # Label 0 is frequent and reliable, 1 is frequent and not, 2 and 3 are thin and reliable, 4 is rare.
    best = np.repeat([0, 1, 2, 3, 4], [60, 60, 20, 20, 3])
    gold = best.copy()
    gold[60:120:2] = 0
    scores = np.full((len(best), 5), 0.01)
    scores[np.arange(len(best)), best] = 0.9
    thresholds = choose_thresholds(scores, gold, ["a", "b", "c", "d", "e"])
    assert thresholds.auto == pytest.approx({"a": 0.9, "c": 0.9, "d": 0.9})
    assert thresholds.auto_default > 1


def test_abstain_stands_above_the_answers_that_are_mostly_wrong() -> None:
    score = np.concatenate([np.linspace(0.1, 0.2, 40), np.linspace(0.5, 1, 60)])
    hit = np.concatenate([np.arange(40) % 5 == 0, np.ones(60, dtype=bool)])
    threshold = choose_abstain(score, hit)
    assert hit[score < threshold].mean() <= 0.3
    assert 0.2 < threshold <= 0.65
    assert choose_abstain(score, np.ones(100, dtype=bool)) == 0.0


def test_the_lower_bound_is_wilsons() -> None:
    # 95 of 100 at one-sided 95 %, computed by hand.
    assert lower_bound(np.array(95), np.array(100)) == pytest.approx(0.9012, abs=1e-3)
