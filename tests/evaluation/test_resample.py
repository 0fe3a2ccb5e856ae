"""Resampling: intervals that stay the same, cover what they should, and know when there is nothing to measure."""

from __future__ import annotations

import numpy as np

from evaluation.metrics import accuracy
from evaluation.resample import difference, divide, draw_weights, measure


def test_the_same_seed_gives_the_same_interval() -> None:
    hits = np.random.default_rng(0).random(100) < 0.7
    first = measure(accuracy(hits), draw_weights(100))
    assert first == measure(accuracy(hits), draw_weights(100))
    assert first != measure(accuracy(hits), draw_weights(100, seed=1))


def test_an_interval_is_as_wide_as_the_binomial_says() -> None:
    hits = np.arange(400) < 320
    figure = measure(accuracy(hits), draw_weights(400))
    assert figure is not None
    assert (figure.value, figure.count) == (0.8, 400)
    # 1.96 · √(0.8 · 0.2 / 400); a thousand draws give its ends to about a tenth.
    for end in (0.8 - figure.low, figure.high - 0.8):
        assert abs(end - 0.0392) < 0.006


def test_every_resample_has_as_many_documents() -> None:
    assert (draw_weights(30, draws=20).sum(axis=1) == 30).all()


def test_paired_differences_are_narrower_than_their_parts() -> None:
    generator = np.random.default_rng(0)
    first = generator.random(300) < 0.7
    second = first.copy()
    second[:3] = ~second[:3]
    weights = draw_weights(300)
    part, paired = measure(accuracy(first), weights), measure(difference(accuracy(first), accuracy(second)), weights)
    assert part is not None
    assert paired is not None
    assert paired.high - paired.low < (part.high - part.low) / 3


def test_nothing_to_count_is_no_figure() -> None:
    assert measure(accuracy(np.zeros(0)), draw_weights(0)) is None
    assert measure(lambda weights: divide(weights.sum(axis=1), np.zeros(len(weights))), draw_weights(3)) is None
