"""Linear: labelled rows of sparse features → one linear model for all heads, fitted to its optimum.

Few rows and many features: every optimum of a ridge-penalised loss is a weighted sum of the rows (representer theorem,
Kimeldorf & Wahba 1971), so that the weights of the rows are fitted, through their Gram matrix, instead of those of the
features. Fitted without some rows, the model answers for those honestly, which is what stacking needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse
import torch
from torch import Tensor

from training.heads import HeadSpec, loss_of

Floats = npt.NDArray[np.float32]

_JITTER = 1e-5  # repeated texts make a Gram matrix singular


@dataclass(frozen=True, slots=True)
class Linear:
    """Logits are `features @ weights + bias`.  Shapes: weights (features, outputs), bias (outputs,).

    Outputs are those of the heads, one head after another.
    """

    weights: Floats
    bias: Floats

    def low_rank(self, rank: int) -> LowRank:
        """The best factors of a rank, through the Gram matrix of the outputs."""
        values, vectors = np.linalg.eigh((self.weights.T @ self.weights).astype(np.float64))
        leading = vectors[:, np.argsort(-values)[:rank]].astype(np.float32)
        return LowRank(self.weights @ leading, np.ascontiguousarray(leading.T), self.bias)


@dataclass(frozen=True, slots=True)
class LowRank:
    """Weights as a product.  Shapes: features (features, rank), outputs (rank, outputs), bias (outputs,)."""

    features: Floats
    outputs: Floats
    bias: Floats


def fit(
    rows: sparse.csr_matrix, targets: dict[str, Floats], heads: Sequence[HeadSpec], *, penalty: float, rounds: int = 80
) -> Linear:
    """Minimise the heads' mean losses plus `penalty` / 2 × the squared weights.

    Heads of one label per row are fitted by cross-entropy against their (soft) targets, the others by binary
    cross-entropy; rows without a label of a head do not count for it.
    """
    gram = (rows @ rows.T).toarray().astype(np.float64)
    # In the coordinates of the Gram matrix's root the penalty is round, and the optimum near in few steps.
    root = torch.linalg.cholesky(torch.from_numpy(gram + _JITTER * np.eye(len(gram))))
    narrow = root.float()
    spans = places_of(heads)
    wanted = {name: torch.from_numpy(values) for name, values in targets.items()}
    shares = torch.zeros(len(gram), sum(len(head.labels) for head in heads), requires_grad=True)
    bias = torch.zeros(shares.shape[1], requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [shares, bias], max_iter=rounds, history_size=10, line_search_fn="strong_wolfe", tolerance_change=1e-8
    )

    def loss() -> Tensor:
        optimiser.zero_grad()
        logits = narrow @ shares + bias
        total = penalty / 2 * shares.square().sum()
        for head in heads:
            total = total + loss_of(head, logits[:, spans[head.name]], wanted[head.name], smoothing=0.0)
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    of_rows = torch.linalg.solve_triangular(root.T, shares.detach().double(), upper=True)
    weights = np.asarray(rows.T @ of_rows.float().numpy(), dtype=np.float32)
    return _centre(Linear(weights, bias.detach().numpy().copy()), heads)


def places_of(heads: Sequence[HeadSpec]) -> dict[str, slice]:
    """Which outputs are whose."""
    spans, first = {}, 0
    for head in heads:
        spans[head.name] = slice(first, first + len(head.labels))
        first += len(head.labels)
    return spans


def _centre(linear: Linear, heads: Sequence[HeadSpec]) -> Linear:
    # A softmax does not see what all its logits have in common, and a low rank should not spend itself on it.
    weights = linear.weights.copy()
    for head in heads:
        if head.config.kind != "multi":
            part = weights[:, places_of(heads)[head.name]]
            part -= part.mean(axis=1, keepdims=True)
    return Linear(weights, linear.bias)
