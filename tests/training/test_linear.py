"""Answers left out are those of a fit without the group; the model finds what it can know; factors give it back."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sparse
import torch
from sklearn.linear_model import Ridge

from training.config import HeadConfig
from training.heads import HeadSpec
from training.linear import Fit, fit, left_out, places_of

PARENTS = (torch.tensor([0, 0, 1, 1]),)
HEADS = (
    HeadSpec(HeadConfig(name="category", kind="tree"), ("a1", "a2", "b1", "never"), PARENTS),
    HeadSpec(HeadConfig(name="risks", kind="multi"), ("x", "y")),
)
ROWS = 240


def _data(seed: int = 3) -> tuple[sparse.csr_matrix, dict[str, np.ndarray]]:
    """Rows whose label is told by a few of their two hundred features."""
    rng = np.random.default_rng(seed)
    leaf = rng.integers(0, 3, ROWS)
    dense = (rng.random((ROWS, 200)) < 0.05).astype(np.float32)
    dense[np.arange(ROWS), leaf] = 2.0
    category = np.eye(4, dtype=np.float32)[leaf]
    category[200:] = 0  # without a label
    risks = np.stack([leaf == 1, rng.random(ROWS) < 0.5], axis=1).astype(np.float32)
    risks[:5] = -1
    return sparse.csr_matrix(dense), {"category": category, "risks": risks}


def _fit() -> tuple[Fit, dict[str, np.ndarray], sparse.csr_matrix]:
    rows, targets = _data()
    return fit(rows, targets, HEADS, np.arange(ROWS) // 2), targets, rows


def test_left_out_is_what_a_fit_without_the_group_says() -> None:
    rows, targets = _data()
    dense, wanted = rows.toarray().astype(np.float64)[5:65], targets["risks"][5:65].astype(np.float64)
    groups = np.arange(60) // 3
    inverse = np.linalg.inv(dense @ dense.T + 0.7 * np.eye(60))
    _, scores = left_out(inverse, wanted, groups)
    for group in (0, 7, 19):
        without = Ridge(alpha=0.7, fit_intercept=False).fit(dense[groups != group], wanted[groups != group])
        assert np.allclose(scores[groups == group], without.predict(dense[groups == group]), atol=1e-6)


def test_rows_are_told_apart_unseen_and_a_label_never_seen_stays_improbable() -> None:
    fitted, targets, _ = _fit()
    place = places_of(HEADS)["category"]
    unseen = fitted.unseen[:200, place]
    assert (unseen.argmax(axis=1) == targets["category"][:200].argmax(axis=1)).mean() > 0.97
    assert np.isfinite(unseen).all()
    assert (unseen[:, 3] < unseen[:, :3].max(axis=1) - 2).all()


def test_rows_without_a_label_get_the_whole_model() -> None:
    fitted, _, rows = _fit()
    place = places_of(HEADS)["category"]
    whole = rows[200:] @ fitted.linear.weights + fitted.linear.bias
    assert np.allclose(fitted.unseen[200:, place], whole[:, place], atol=1e-5)


def test_noise_is_not_learnt_by_heart() -> None:
    fitted, targets, _ = _fit()
    noise = fitted.unseen[5:, places_of(HEADS)["risks"]][:, 1]
    assert abs(((noise > 0) == (targets["risks"][5:, 1] > 0)).mean() - 0.5) < 0.12


def test_full_rank_factors_change_nothing() -> None:
    fitted, _, _ = _fit()
    factors = fitted.linear.low_rank(6)
    assert np.allclose(factors.features @ factors.outputs, fitted.linear.weights, atol=1e-4)
    assert fitted.linear.low_rank(2).features.shape == (200, 2)
