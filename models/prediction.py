"""Prediction: what a model says of one document, calibrated, with the places in the text that it points at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from models.manifest import TaskSpec

Scores = npt.NDArray[np.float32]  # shape (labels,)
Decision = Literal["auto", "suggest", "abstain"]


@dataclass(frozen=True, slots=True)
class Span:
    """`segments[segment].text[start:end]`, in code points, is of this kind."""

    kind: str
    segment: int
    start: int
    end: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Choice:
    """A label and its calibrated score, 0–1."""

    label: str
    score: float


@dataclass(frozen=True)
class Answer:
    """The scores of one head, in the order of its labels."""

    task: TaskSpec
    scores: Scores

    def top(self, count: int) -> list[Choice]:
        """The `count` best labels, best first; equal scores keep the order of the labels."""
        best = self._order[:count]
        labels, scores = self.task.labels, self.scores[best].tolist()
        return [Choice(labels[i], score) for i, score in zip(best.tolist(), scores, strict=True)]

    @cached_property
    def _order(self) -> npt.NDArray[np.int64]:
        return np.argsort(-self.scores, kind="stable")

    @cached_property
    def best(self) -> Choice:
        """The best label; of equal scores the first."""
        place = int(np.argmax(self.scores))
        return Choice(self.task.labels[place], float(self.scores[place]))

    @property
    def margin(self) -> float:
        """Distance between the best and the second score."""
        if len(self.scores) < 2:
            return float(self.scores[0])
        second, first = np.partition(self.scores, -2)[-2:].tolist()
        return float(first) - float(second)

    @property
    def decision(self) -> Decision:
        """Whether the best label may be used untouched, suggested, or had better be withheld."""
        best, thresholds = self.best, self.task.thresholds
        if best.score >= thresholds.auto.get(best.label, thresholds.auto_default):
            return "auto"
        return "abstain" if best.score < thresholds.abstain else "suggest"

    def of(self, label: str) -> float:
        """Score of one label; KeyError where the head does not know it."""
        try:
            return float(self.scores[self.task.labels.index(label)])
        except ValueError:
            raise KeyError(label) from None

    def above(self, threshold: float) -> list[Choice]:
        """Labels at or above a score, best first (heads with several labels at once)."""
        return self.top(int(np.count_nonzero(self.scores >= threshold)))


@dataclass(frozen=True, slots=True)
class Prediction:
    """Answers by head, spans in reading order, and whether the text was longer than what is read."""

    answers: Mapping[str, Answer]
    spans: tuple[Span, ...]
    truncated: bool

    def spans_of(self, kind: str) -> list[Span]:
        """Spans of one kind, in reading order."""
        return [span for span in self.spans if span.kind == kind]
