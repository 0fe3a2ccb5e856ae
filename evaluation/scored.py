"""Scored: a head's answers beside the gold labels of the same documents, as arrays. Predictions become numbers here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from evaluation.metrics import Booleans, Integers
from models.taxonomy import Taxonomy

Array = npt.NDArray[np.floating]
Descent = Literal["best_leaf", "marginal", "top_down"]


@dataclass(frozen=True, slots=True)
class Scored:
    """Answers of a head with one label per document.

    Shapes: rows, gold, predicted (documents,), scores (documents, labels), accepted (documents, labels) or None.
    `rows` are the places of the documents among those that were read. `labels` ends with those gold labels that the
    head cannot answer; their scores are 0. `accepted` are the labels that a person would have let pass too.
    """

    head: str
    labels: tuple[str, ...]
    rows: Integers
    gold: Integers
    predicted: Integers
    scores: Array
    accepted: Booleans | None = None

    @property
    def hits(self) -> Booleans:
        """Whether each answer was right.  Shape: (documents,)."""
        found: Booleans = self.gold == self.predicted
        return found

    @property
    def confidence(self) -> Array:
        """Score of each answer.  Shape: (documents,)."""
        return self.scores[np.arange(len(self.predicted)), self.predicted]


@dataclass(frozen=True, slots=True)
class ScoredMulti:
    """Answers of a head with any number of labels.  Shapes: rows (documents,), others (documents, labels)."""

    head: str
    labels: tuple[str, ...]
    rows: Integers
    gold: Booleans
    predicted: Booleans
    scores: Array


def score_single(
    head: str, labels: Sequence[str], *, scores: Array, gold: Sequence[str], rows: Integers | None = None
) -> Scored:
    """The best label of each document beside its gold label.  Shape: scores (documents, labels)."""
    unknown = sorted(set(gold) - set(labels))
    wide = _widen(scores, len(unknown))
    every = (*labels, *unknown)
    place = {label: index for index, label in enumerate(every)}
    return Scored(
        head=head,
        labels=every,
        rows=np.arange(len(gold)) if rows is None else rows,
        gold=np.array([place[label] for label in gold], dtype=np.int64),
        predicted=wide.argmax(axis=1),
        scores=wide,
    )


def accept(scored: Scored, sets: Sequence[Collection[str]]) -> Scored:
    """The same answers, with the labels that would have been right as well as the gold one."""
    accepted = np.array([[label in of_document for label in scored.labels] for of_document in sets], dtype=bool)
    accepted = accepted.reshape(len(scored.gold), len(scored.labels))
    accepted[np.arange(len(scored.gold)), scored.gold] = True
    return replace(scored, accepted=accepted)


def score_multi(
    head: str,
    labels: Sequence[str],
    *,
    scores: Array,
    gold: Sequence[Collection[str]],
    threshold: float,
    rows: Integers | None = None,
) -> ScoredMulti:
    """Labels at or above the threshold beside the gold ones.  Shape: scores (documents, labels)."""
    unknown = sorted({label for of_document in gold for label in of_document} - set(labels))
    wide = _widen(scores, len(unknown))
    every = (*labels, *unknown)
    return ScoredMulti(
        head=head,
        labels=every,
        rows=np.arange(len(gold)) if rows is None else rows,
        gold=np.array([[label in wanted for label in every] for wanted in gold], dtype=bool).reshape(len(gold), -1),
        predicted=_widen((scores >= threshold).astype(np.float32), len(unknown)) > 0,
        scores=wide,
    )


def depth_of(taxonomy: Taxonomy) -> int:
    """Levels of the tree."""
    return max(len(category.path) for category in taxonomy.categories)


def node_of(taxonomy: Taxonomy, code: str, depth: int) -> str:
    """Name of a leaf's ancestor at a depth (1 = first level); the leaf's own code at the deepest level."""
    category = taxonomy.by_code.get(code)
    return code if category is None or depth == depth_of(taxonomy) else " / ".join(category.path[:depth])


def score_tree(
    taxonomy: Taxonomy,
    *,
    scores: Array,
    gold: Sequence[str],
    descent: Descent = "best_leaf",
    rows: Integers | None = None,
) -> list[Scored]:
    """Every level of the tree, `category_l1` first: the answered node beside the gold one.

    best_leaf  the ancestors of the best leaf, as the product answers: parents and children agree
    marginal   the node with the largest sum at each level by itself: parents and children may disagree
    top_down   the best first level, the best second level within it, and so on
    Shape: scores (documents, leaves).
    """
    best = scores.argmax(axis=1)
    allowed = np.ones(scores.shape, dtype=bool)
    levels = []
    for depth in range(1, depth_of(taxonomy) + 1):
        level = taxonomy.level(depth)
        names = [node_of(taxonomy, category.code, depth) for category in taxonomy.categories]
        labels = list(dict.fromkeys(names))
        within = np.where(allowed, scores, 0).astype(np.float32)
        scored = score_single(
            f"category_l{depth}",
            labels,
            scores=level.sum(scores.astype(np.float32)),
            gold=[node_of(taxonomy, code, depth) for code in gold],
            rows=rows,
        )
        chosen = {
            "best_leaf": level.parent[best],
            "marginal": scored.predicted,
            "top_down": np.where(_leaders(level.parent, len(labels), allowed), level.sum(within), -1).argmax(axis=1),
        }[descent]
        allowed &= level.parent[None, :] == chosen[:, None]
        levels.append(replace(scored, predicted=chosen))
    return levels


def _widen(scores: Array, unknown: int) -> Array:
    # A label that was never answered loses to every label that was: 0 for probabilities, less for decision values.
    floor = 0.0 if scores.min(initial=0) >= 0 else float(scores.min()) - 1
    wide: Array = np.pad(scores, ((0, 0), (0, unknown)), constant_values=floor)
    return wide


def _leaders(parent: Integers, nodes: int, allowed: Booleans) -> Booleans:
    # Nodes with an allowed leaf: where all their scores are 0, the descent still stays within its parent.
    member = np.eye(nodes, dtype=bool)[parent]
    found: Booleans = (allowed.astype(np.int64) @ member.astype(np.int64)) > 0
    return found
