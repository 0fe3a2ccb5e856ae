"""Parity: does the graph that is served answer as the one that was trained? Measured on real rows, in every run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

from models.decoding import Logits
from models.manifest import TaskSpec
from models.spans import Floats

_CHANCE = 0.01  # how often tossed coins may be taken for a loss, per head
# Of the tags of a head of spans, or the decisions of a head of many labels, at most so many may change: bundle 0.9.0
# changes 0.005 of them, and a graph that is broken somewhere changes them by the tenth.
_MOST_CHANGED = 0.03


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


@dataclass(frozen=True, slots=True)
class Drop:
    """What serving costs a head on held-back rows.

    `lost` and `won` are right answers of the trained and of the served graph alone. Most of them are ties, which any
    change tips one way or the other; `expected` is the mean share that the trained graph, calibrated, gave to its own
    answer beyond the served one's, and small where nothing but ties has tipped.
    """

    lost: int
    won: int
    rows: int
    expected: float

    @property
    def points(self) -> float:
        """Share of the rows that was lost, net."""
        return (self.lost - self.won) / max(self.rows, 1)

    @property
    def is_chance(self) -> bool:
        """Whether as many would be lost, of those that changed, if each were a tossed coin."""
        changed = self.lost + self.won
        return not changed or float(binomtest(self.lost, changed, alternative="greater").pvalue) >= _CHANCE


def count_drop(gold: npt.NDArray[np.int64], trained: Floats, served: Floats) -> Drop:
    """Compare answers where they are labelled.

    Shapes: gold (rows,), −1 unlabelled; trained, calibrated shares, and served, logits: (rows, labels).
    """
    known = np.flatnonzero(gold >= 0)
    if not known.size:
        return Drop(0, 0, 0, 0.0)
    before, after, wanted = trained[known].argmax(axis=1), served[known].argmax(axis=1), gold[known]
    return Drop(
        lost=int(((before == wanted) & (after != wanted)).sum()),
        won=int(((before != wanted) & (after == wanted)).sum()),
        rows=len(known),
        expected=float((trained[known, before] - trained[known, after]).mean()),
    )


def check_drops(drops: Mapping[str, Drop], *, largest: float) -> None:
    """Serving may cost a head at most `largest` of its rows: as expected, and as counted if chance does not explain it.

    Errors: ParityError.
    """
    for head, drop in drops.items():
        if drop.expected > largest or (drop.points > largest and not drop.is_chance):
            raise ParityError(
                f"head '{head}': served, it loses {drop.lost} and wins {drop.won} of {drop.rows} held-back answers, "
                f"and {drop.expected:.2%} are expected to be lost; {largest:.2%} may be. Serve fp32 "
                '(quantise.precision = "fp32")'
            )


def check_flips(parity: Parity, tasks: Sequence[TaskSpec]) -> None:
    """Heads whose answers are no single label, so that `check_drops` does not see them. Errors: ParityError."""
    for task in tasks:
        if task.kind in ("spans", "multi") and parity.flips[task.name] > _MOST_CHANGED:
            raise ParityError(
                f"head '{task.name}': served, {parity.flips[task.name]:.2%} of its decisions change; at most "
                f'{_MOST_CHANGED:.0%} may. Serve fp32 (quantise.precision = "fp32")'
            )


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
