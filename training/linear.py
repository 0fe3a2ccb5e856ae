"""Linear: labelled rows of sparse features → one linear model for all heads, and what it says of rows it never saw.

Ridge regression on the labels: its weights are a weighted sum of the rows, found in closed form through their Gram
matrix, and so are its answers for any group of rows left out (residuals of the group divided by the group's block of
the inverse: Allen's PRESS statistic, 1974, in blocks). The answers left out are what a stack may learn from: they
choose the penalty of each head and the factors that make logits of scores, of a tree's leaves and of its branches.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse
import torch
from torch import Tensor

from training.heads import HeadSpec, loss_of

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

PENALTIES = (0.3, 1.0, 3.0, 10.0, 30.0)
_SMALL_BIAS = 1e-4  # keeps the bias of a label that never occurs finite


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


@dataclass(frozen=True, slots=True)
class Fit:
    """The model; each row's logits by a model that never saw the row's group; the penalty chosen for each head.

    Shape: unseen (rows, outputs).
    """

    linear: Linear
    unseen: Floats
    penalties: dict[str, float]


@dataclass(frozen=True, slots=True)
class _HeadFit:
    """One head at one penalty.  Shapes: shares, unseen (known, labels), bias (labels,)."""

    shares: Doubles
    bias: Doubles
    unseen: Doubles
    loss: float
    penalty: float


def fit(
    rows: sparse.csr_matrix,
    targets: dict[str, Floats],
    heads: Sequence[HeadSpec],
    groups: Integers,
    *,
    penalties: Sequence[float] = PENALTIES,
) -> Fit:
    """Fit every head on the rows that are labelled for it, growing with their cube: docs/decisions/0003 has times.

    `groups`, shape (rows,): rows of one group are left out together. Targets as `heads.loss_of` reads them.
    """
    gram = (rows @ rows.T).toarray().astype(np.float64)
    places = places_of(heads)
    outputs = sum(len(head.labels) for head in heads)
    weights = np.zeros((rows.shape[1], outputs), dtype=np.float32)
    bias = np.zeros(outputs, dtype=np.float32)
    chosen: dict[str, float] = {}
    seen: dict[str, tuple[Integers, Doubles]] = {}
    for known, members in _by_rows(heads, targets):
        part = gram[np.ix_(known, known)]
        best: dict[str, _HeadFit] = {}
        for penalty in penalties:
            inverse = _invert(part, penalty)
            for head in members:
                found = _fit_head(head, targets[head.name][known], inverse, groups[known], penalty)
                if head.name not in best or found.loss < best[head.name].loss:
                    best[head.name] = found
        for head in members:
            found, place = best[head.name], places[head.name]
            chosen[head.name] = found.penalty
            weights[:, place] = rows[known].T @ found.shares.astype(np.float32)
            bias[place] = found.bias
            seen[head.name] = (known, found.unseen)
    linear = _centre(Linear(weights, bias), heads)
    unseen = np.asarray(rows @ linear.weights + linear.bias, dtype=np.float32)
    for name, (known, logits) in seen.items():
        unseen[known, places[name]] = logits
    return Fit(linear, unseen, chosen)


def _invert(gram: Doubles, penalty: float) -> Doubles:
    """Inverse of the Gram matrix plus a penalty on its diagonal: positive, so that half of the work suffices."""
    # By torch's LAPACK: scipy's own crashed at 15,000 rows, with torch's threads alive beside it.
    matrix = torch.from_numpy(gram.copy())
    matrix.diagonal().add_(penalty)
    factor = torch.linalg.cholesky(matrix)
    inverse: Doubles = torch.cholesky_inverse(factor, out=matrix).numpy()
    return inverse


def _by_rows(heads: Sequence[HeadSpec], targets: dict[str, Floats]) -> list[tuple[Integers, list[HeadSpec]]]:
    """Heads that are labelled in the same rows share one matrix to invert."""
    found: dict[bytes, list[HeadSpec]] = defaultdict(list)
    for head in heads:
        found[np.packbits(is_labelled(head, targets[head.name])).tobytes()].append(head)
    return [
        (known, members)
        for members in found.values()
        if len(known := np.flatnonzero(is_labelled(members[0], targets[members[0].name])))
    ]


def _fit_head(head: HeadSpec, target: Floats, inverse: Doubles, groups: Integers, penalty: float) -> _HeadFit:
    """The labels fitted, then once more what the logits of that leave of them: ridge regression is no softmax."""
    wanted = target.astype(np.float64)
    mean = wanted.mean(axis=0)
    shares, unseen = left_out(inverse, wanted - mean, groups)
    scaled = _scale(head, np.zeros_like(wanted), unseen + mean, target)
    first = _HeadFit(shares @ scaled.matrix, mean @ scaled.matrix + scaled.bias, scaled.logits, scaled.loss, penalty)
    rest, unseen = left_out(inverse, wanted - _probabilities(head, first.unseen), groups)
    scaled = _scale(head, first.unseen, unseen, target)
    return _HeadFit(first.shares + rest @ scaled.matrix, first.bias + scaled.bias, scaled.logits, scaled.loss, penalty)


def left_out(inverse: Doubles, wanted: Doubles, groups: Integers) -> tuple[Doubles, Doubles]:
    """Shares of the rows, and each row's scores by a fit without its group.  Shape of both: (known, labels)."""
    shares = inverse @ wanted
    scores = wanted - shares / np.diag(inverse)[:, None]
    order = np.argsort(groups, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1):
        if len(members) > 1:
            block = inverse[np.ix_(members, members)]
            scores[members] = wanted[members] - np.linalg.solve(block, shares[members])
    return shares, scores


@dataclass(frozen=True, slots=True)
class _Scaled:
    """`logits` are those before + scores @ `matrix` + `bias`."""

    matrix: Doubles
    bias: Doubles
    logits: Doubles
    loss: float


def _scale(head: HeadSpec, before: Doubles, scores: Doubles, target: Floats) -> _Scaled:
    """The best logits that can be made of scores by one factor for the leaves and one for each level above them."""
    labels = scores.shape[1]
    levels = [np.eye(labels), *(np.equal.outer(p, p).astype(np.float64) for p in map(np.asarray, head.parents))]
    parts = [torch.from_numpy(scores @ level).float() for level in levels]
    start, wanted = torch.from_numpy(before).float(), torch.from_numpy(target)
    # Squares of what is fitted: a negative factor would only undo that a row left out leans away from its own label.
    roots = torch.tensor([2.5] + [1.0] * len(head.parents), requires_grad=True)
    bias = torch.zeros(labels, requires_grad=True)
    optimiser = torch.optim.LBFGS([roots, bias], max_iter=60, line_search_fn="strong_wolfe")

    def logits_now() -> Tensor:
        return start + torch.stack([f * part for f, part in zip(roots.square(), parts, strict=True)]).sum(dim=0) + bias

    def loss() -> Tensor:
        optimiser.zero_grad()
        total = loss_of(head, logits_now(), wanted, smoothing=0.0) + _SMALL_BIAS * bias.square().sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        matrix = np.sum([float(f) * level for f, level in zip(roots.detach().square(), levels, strict=True)], axis=0)
        logits = logits_now()
        final = float(loss_of(head, logits, wanted, smoothing=0.0))
    return _Scaled(matrix, bias.detach().double().numpy(), logits.double().numpy(), final)


def _probabilities(head: HeadSpec, logits: Doubles) -> Doubles:
    given = torch.from_numpy(logits)
    return (given.sigmoid() if head.config.kind == "multi" else given.softmax(dim=1)).numpy()


def places_of(heads: Sequence[HeadSpec]) -> dict[str, slice]:
    """Which outputs are whose."""
    spans, first = {}, 0
    for head in heads:
        spans[head.name] = slice(first, first + len(head.labels))
        first += len(head.labels)
    return spans


def is_labelled(head: HeadSpec, target: Floats) -> npt.NDArray[np.bool_]:
    """Which rows have a label of a head.  Shape: (rows, labels) → (rows,)."""
    known: npt.NDArray[np.bool_] = target[:, 0] >= 0 if head.config.kind == "multi" else target.sum(axis=1) > 0
    return known


def _centre(linear: Linear, heads: Sequence[HeadSpec]) -> Linear:
    # A softmax does not see what all its logits have in common, and a low rank should not spend itself on it.
    weights = linear.weights.copy()
    for head in heads:
        if head.config.kind != "multi":
            part = weights[:, places_of(heads)[head.name]]
            part -= part.mean(axis=1, keepdims=True)
    return Linear(weights, linear.bias)
