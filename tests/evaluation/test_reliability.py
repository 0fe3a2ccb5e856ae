"""Reliability: calibration error, its floor, and coverage at a stated precision, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.figures import measure_all
from evaluation.reliability import (
    BINS,
    bin_by_mass,
    bin_reliability,
    coverage,
    error_by_chance,
    expected_error,
    trace_coverage,
)
from evaluation.resample import draw_weights

ONES = np.ones((1, 300))


def test_bins_hold_equally_many_answers() -> None:
    place = bin_by_mass(np.random.default_rng(0).random(300))
    assert np.bincount(place).tolist() == [300 // BINS] * BINS


def test_the_error_is_the_mean_gap_of_the_bins() -> None:
    # Each bin holds twenty answers of one confidence, of which half are right.
    confidence = np.repeat(np.linspace(0.5, 0.78, BINS), 20)
    hits = np.tile([True, False], 150)
    assert expected_error(confidence, hits)(ONES)[0] == pytest.approx((confidence - 0.5).mean())
    bins = bin_reliability(confidence, hits)
    assert [(one.accuracy, one.count) for one in bins] == [(0.5, 20)] * BINS


def test_a_calibrated_head_shows_no_more_error_than_chance() -> None:
    generator = np.random.default_rng(0)
    confidence = generator.random(300)
    errors = [expected_error(confidence, generator.random(300) < confidence)(ONES)[0] for _ in range(100)]
    assert np.mean(errors) == pytest.approx(error_by_chance(confidence), rel=0.1)
    assert error_by_chance(np.ones(300)) == 0


def test_coverage_is_the_largest_share_with_enough_precision() -> None:
    confidence = np.linspace(1, 0, 300)
    hits = np.arange(300) < 190
    # 190 right of 200 are 95 %.
    assert coverage(confidence, hits)(ONES)[0] == pytest.approx(200 / 300)
    assert coverage(confidence, np.zeros(300, dtype=bool))(ONES)[0] == 0
    assert coverage(confidence, np.ones(300, dtype=bool))(ONES)[0] == 1


def test_the_curve_ends_with_all_answers() -> None:
    confidence, hits = np.linspace(1, 0, 300), np.arange(300) < 150
    curve = trace_coverage(confidence, hits, points=10)
    assert len(curve) == 10
    assert (curve[-1].coverage, curve[-1].precision) == (1.0, 0.5)
    assert curve[0].precision == 1.0
    assert trace_coverage(confidence[:0], hits[:0]) == ()


def test_a_calibration_error_lies_within_its_own_interval() -> None:
    for seed in range(20):
        generator = np.random.default_rng(seed)
        confidence = generator.uniform(0.4, 1.0, 300)
        hits = generator.random(300) < confidence
        figure = measure_all({"calibration_error": expected_error(confidence, hits)}, draw_weights(300))[
            "calibration_error"
        ]
        assert 0 <= figure.low <= figure.value <= figure.high
