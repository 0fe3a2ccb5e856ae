"""Resampling: how far a figure would move with other documents. One bootstrap for every figure of a report.

A statistic is a function of document weights: ones give the figure itself, a resample's counts give one of its draws.
The same weights over two models' answers give the paired interval of their difference.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from models.manifest import Figure

Floats = npt.NDArray[np.float64]
Statistic = Callable[[Floats], Floats]  # weights, shape (draws, documents) → values, shape (draws,)

DRAWS = 1000
SEED = 20_240
_LEVEL = 0.95


def draw_weights(documents: int, *, draws: int = DRAWS, seed: int = SEED) -> Floats:
    """How often each document occurs in each resample.  Shape: (draws, documents), rows summing to `documents`."""
    if not documents:
        return np.zeros((draws, 0))
    generator = np.random.default_rng(seed)
    counts = generator.multinomial(documents, np.full(documents, 1 / documents), size=draws)
    weights: Floats = counts.astype(np.float64)
    return weights


def measure(statistic: Statistic, weights: Floats, *, count: int | None = None, centred: bool = False) -> Figure | None:
    """A statistic with its 95 % percentile interval; None where it is not defined (nothing to count).

    `count` is the sample size to state, where that is not the number of documents (spans, for one). `centred` is for
    figures that are never below zero and that noise only raises (a calibration error): a resample is noisier than the
    sample, so its draws lie too high, and are moved so that their mean is the figure itself.
    """
    documents = weights.shape[1]
    if not documents:
        return None
    value = float(statistic(np.ones((1, documents)))[0])
    if not math.isfinite(value):
        return None
    draws = statistic(weights)
    draws = draws[np.isfinite(draws)]
    if centred and len(draws):
        draws = np.clip(draws - draws.mean() + value, 0.0, None)
    tail = (1 - _LEVEL) / 2
    low, high = np.quantile(draws, [tail, 1 - tail]).tolist() if len(draws) else (value, value)
    return Figure(value=value, low=low, high=high, count=documents if count is None else count)


def difference(first: Statistic, second: Statistic) -> Statistic:
    """`first` minus `second` over the same documents."""
    return lambda weights: first(weights) - second(weights)


def divide(above: Floats, below: Floats) -> Floats:
    """Element by element; NaN where nothing stands below."""
    with np.errstate(divide="ignore", invalid="ignore"):
        result: Floats = np.where(below > 0, above / below, np.nan)
    return result
