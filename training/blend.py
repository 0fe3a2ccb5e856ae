"""Blend: an encoder and a lexical path that learnt apart → how much each of them counts, head by head.

Two factors per head, fitted to the loss on rows that neither has seen. Two models that err apart are worth more
together than an encoder that was trained to mend what the path gets wrong (docs/decisions/0003).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import torch
from torch import Tensor

from training.batches import BatchMaker
from training.heads import HeadSpec, TicketModel, loss_of

# A pull towards equal shares, which is what two models that err apart want where nothing is known. It is strong for
# heads of many labels, whose rare ones the path knows best and the loss on a few hundred rows hardly shows, and weak
# for the others, where the encoder is the better one (docs/decisions/0003).
_EQUAL_OF_MANY, _EQUAL_OF_FEW = 0.5, 0.05
_FEW = 20  # labels
# Rows that a pull of the factors' sum towards one is worth: on a handful of rows that are all answered rightly the loss
# falls for as long as the factors grow.
_SUM_ROWS = 2.0


def blend(model: TicketModel, unseen: BatchMaker, heads: Sequence[HeadSpec]) -> dict[str, tuple[float, float]]:
    """Set the shares of every head that the path answers for; returns them as (encoder, path)."""
    model.eval()
    parts: dict[str, list[tuple[Tensor, Tensor, Tensor]]] = defaultdict(list)
    with torch.no_grad():
        for batch in unseen.epoch(0):
            encoder, path = model.read(batch.ids, batch.mask, batch.types), model.beside(batch.ids, batch.types)
            for name in encoder.keys() & path.keys():
                parts[name].append((encoder[name], path[name], batch.targets[name]))
    shares = {}
    for head in heads:
        if head.name in parts:
            own, other, target = (torch.cat(values) for values in zip(*parts[head.name], strict=True))
            fitted = _fit(head, own, other, target)
            with torch.no_grad():
                model.shares(head.name).copy_(fitted)
            shares[head.name] = (round(float(fitted[0]), 3), round(float(fitted[1]), 3))
    return shares


def _fit(head: HeadSpec, own: Tensor, other: Tensor, target: Tensor) -> Tensor:
    # Squares of what is fitted: neither may count against itself.
    roots = torch.full((2,), 0.7, requires_grad=True)
    equal = _EQUAL_OF_FEW if target.shape[1] <= _FEW else _EQUAL_OF_MANY
    optimiser = torch.optim.LBFGS([roots], max_iter=50, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        weights = roots.square()
        size = weights.sum().clamp(min=1e-6)
        pulls = equal * (weights[0] / size - 0.5) ** 2 + _SUM_ROWS / len(target) * size.log() ** 2
        total = loss_of(head, own * weights[0] + other * weights[1], target, smoothing=0.0) + pulls
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return roots.detach().square()
