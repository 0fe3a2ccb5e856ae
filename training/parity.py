"""Parity: does the graph that is served answer as the one that was trained? Measured on real rows, in every run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.decoding import Logits
from models.manifest import TaskSpec


class ParityError(Exception):
    """The served graph and the trained one disagree by more than allowed."""


@dataclass(frozen=True, slots=True)
class Parity:
    """Per head: largest and mean difference of a logit, and the share of documents whose best label changed.

    `batch_drift` is the largest difference of a logit between a document alone and in company.
    """

    largest: Mapping[str, float]
    mean: Mapping[str, float]
    flips: Mapping[str, float]
    batch_drift: float
    documents: int

    def figures(self) -> dict[str, float]:
        """What the manifest carries."""
        heads = {f"{name}.flips": round(value, 5) for name, value in self.flips.items()}
        drift = {f"{name}.largest": round(value, 5) for name, value in self.largest.items()}
        return {**heads, **drift, "batch_drift": self.batch_drift, "documents": float(self.documents)}


def compare_logits(
    reference: Sequence[Logits], served: Sequence[Logits], tasks: Sequence[TaskSpec], *, drift: float
) -> Parity:
    """Compare two graphs' logits of the same documents. Errors: ParityError where a shape differs."""
    largest, mean, flips = {}, {}, {}
    for task in tasks:
        differences, changed = [], []
        for number, (one, other) in enumerate(zip(reference, served, strict=True)):
            before, after = one[task.name], other[task.name]
            if before.shape != after.shape:
                raise ParityError(
                    f"head '{task.name}', document {number}: shape {after.shape} is served, {before.shape} was "
                    "trained; export again"
                )
            differences.append(np.abs(before - after).ravel())
            axis = -1
            if task.kind == "multi":
                changed.append(((before > 0) != (after > 0)).mean())
            else:
                changed.append((before.argmax(axis=axis) != after.argmax(axis=axis)).mean())
        joined = np.concatenate(differences)
        largest[task.name], mean[task.name] = float(joined.max()), float(joined.mean())
        flips[task.name] = float(np.mean(changed))
    return Parity(largest=largest, mean=mean, flips=flips, batch_drift=drift, documents=len(reference))
