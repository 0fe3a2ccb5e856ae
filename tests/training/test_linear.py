"""The fitted model is the optimum that scikit-learn finds, and its factors give back what they were made of."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sparse
from sklearn.linear_model import LogisticRegression

from training.config import HeadConfig
from training.heads import HeadSpec
from training.linear import fit, places_of

HEADS = (
    HeadSpec(HeadConfig(name="type", kind="single"), ("a", "b", "c")),
    HeadSpec(HeadConfig(name="risks", kind="multi"), ("x", "y")),
)


def _data() -> tuple[sparse.csr_matrix, dict[str, np.ndarray]]:
    rng = np.random.default_rng(3)
    rows = sparse.random(60, 200, density=0.1, random_state=3, format="csr", dtype=np.float32)
    single = np.eye(3, dtype=np.float32)[rng.integers(0, 3, 60)]
    single[50:] = 0  # without a label
    multi = rng.integers(0, 2, (60, 2)).astype(np.float32)
    multi[:5] = -1
    return rows, {"type": single, "risks": multi}


def test_the_optimum_is_that_of_logistic_regression() -> None:
    rows, targets = _data()
    penalty = 0.01
    model = fit(rows, targets, HEADS, penalty=penalty, rounds=300)
    known = LogisticRegression(C=1 / (penalty * 50), max_iter=5_000, tol=1e-8)
    known.fit(rows[:50], targets["type"][:50].argmax(axis=1))
    place = places_of(HEADS)["type"]
    ours = rows @ model.weights[:, place] + model.bias[place]
    theirs = known.decision_function(rows)
    assert np.allclose(ours - ours.mean(1, keepdims=True), theirs - theirs.mean(1, keepdims=True), atol=5e-3)


def test_full_rank_factors_change_nothing() -> None:
    rows, targets = _data()
    model = fit(rows, targets, HEADS, penalty=0.01)
    factors = model.low_rank(5)
    assert np.allclose(factors.features @ factors.outputs, model.weights, atol=1e-4)
    assert model.low_rank(2).features.shape == (200, 2)
