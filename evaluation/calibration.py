"""Calibration: logits on data that was not trained on → temperature and thresholds, as a manifest stores them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.manifest import Thresholds

Array = npt.NDArray[np.floating]
Integers = npt.NDArray[np.int64]

# A temperature outside of this range says that the logits are broken, not that they are overconfident.
COLDEST, HOTTEST = 0.05, 20.0
# One-sided 95 %.
_Z = 1.645
_EXACT = 1e-5  # of the logarithm of a temperature
_GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True, slots=True)
class ThresholdRule:
    """What `auto` must promise before it is given.

    precision    share of a label's untouched answers that must be right
    min_answers  answers above the threshold without which a share of them says nothing
    min_gold     gold rows without which a label is rare, and never answered untouched
    abstain      an answer below the abstain threshold is right in at most this share of cases
    """

    precision: float = 0.95
    min_answers: int = 30
    min_gold: int = 5
    abstain: float = 0.3


def fit_temperature(logits: Array, gold: Integers) -> float:
    """Temperature at which the best labels of a softmax are, on average, as sure as they are right.

    The least negative log-likelihood of all labels is another one: with hundreds of classes, the tails outvote what is
    shown and decided by, the first answer (docs/decisions/0003).
    Shape: logits (…, labels), gold (…); rows with gold < 0 are left out. 1.0 where no row is left.
    """
    flat, wanted = logits.reshape(-1, logits.shape[-1]).astype(np.float64), gold.reshape(-1)
    flat, wanted = flat[wanted >= 0], wanted[wanted >= 0]
    if not len(wanted):
        return 1.0

    below_best = flat - flat.max(axis=1, keepdims=True)
    # One more right and one more wrong: a few rows that are all right do not prove a head infallible.
    right = (float((flat.argmax(axis=1) == wanted).sum()) + 1) / (len(wanted) + 2)
    low, high = math.log(COLDEST), math.log(HOTTEST)
    while high - low > _EXACT:
        middle = (low + high) / 2
        sure = float((1 / np.exp(below_best / math.exp(middle)).sum(axis=1)).mean())
        low, high = (middle, high) if sure > right else (low, middle)
    return math.exp((low + high) / 2)


def fit_temperature_multi(logits: Array, gold: npt.NDArray[np.generic]) -> float:
    """Temperature with the least negative log-likelihood under a sigmoid per label.

    Shape: logits (rows, labels), gold (rows, labels) with 0 or 1. 1.0 where there are no rows.
    """
    if not logits.size:
        return 1.0
    signed = np.where(gold.astype(bool), logits, -logits).astype(np.float64)
    return _coolest(lambda temperature: float(np.logaddexp(0, -signed / temperature).mean()))


def choose_thresholds(
    scores: Array, gold: Integers, labels: Sequence[str], *, rule: ThresholdRule | None = None
) -> Thresholds:
    """Thresholds of a head with one label per document, from its calibrated scores on rows not trained on.

    A label with enough answers has the smallest threshold that keeps the promise by itself. The labels with too few
    answers for that, but with at least `min_gold` gold rows, share one threshold, chosen on their answers together.
    Every other label is never `auto`.
    Shape: scores (rows, labels), gold (rows,); rows with gold < 0 count as wrong answers.
    """
    rule = rule or ThresholdRule()
    best = scores.argmax(axis=1)
    score, hit = scores[np.arange(len(best)), best], best == gold
    known = np.bincount(gold[gold >= 0], minlength=len(labels))
    auto: dict[str, float] = {}
    together = []
    for label in np.flatnonzero(known >= rule.min_gold).tolist():
        rows = best == label
        if rows.sum() < rule.min_answers:
            together.append(label)
        elif (threshold := smallest_threshold(score[rows], hit[rows], rule=rule)) is not None:
            auto[labels[label]] = threshold
    rows = np.isin(best, together)
    shared = smallest_threshold(score[rows], hit[rows], rule=rule)
    if shared is not None:
        auto |= {labels[label]: shared for label in together}
    return Thresholds(precision=rule.precision, auto=auto, abstain=choose_abstain(score, hit, rule=rule))


def smallest_threshold(score: Array, hit: npt.NDArray[np.bool_], *, rule: ThresholdRule | None = None) -> float | None:
    """The smallest score such that answers at or above it are right often enough; None where there is none.

    Often enough: the lower confidence bound of their precision reaches the rule's, or the precision itself does on at
    least `min_answers` answers, and would if one answer more had been wrong: the smallest of many thresholds is the
    luckiest, too, and keeps less than it promised on other rows.  Shape: score, hit (answers,).
    """
    rule = rule or ThresholdRule()
    if not len(score):
        return None
    order = np.argsort(-score, kind="stable")
    ranked, hits = score[order], np.cumsum(hit[order])
    answers = np.arange(1, len(ranked) + 1)
    share = hits / (answers + 1)
    enough = (lower_bound(hits, answers) >= rule.precision) | (
        (answers >= rule.min_answers) & (share >= rule.precision)
    )
    # Answers with the same score stand or fall together.
    enough &= np.append(ranked[1:] < ranked[:-1], True)
    accepted = np.flatnonzero(enough)
    return float(ranked[accepted[-1]]) if len(accepted) else None


def choose_abstain(score: Array, hit: npt.NDArray[np.bool_], *, rule: ThresholdRule | None = None) -> float:
    """The largest score below which at most the rule's share of answers is right; 0 where there is none.

    Shape: score, hit (answers,).
    """
    rule = rule or ThresholdRule()
    order = np.argsort(score, kind="stable")
    ranked, hits = score[order], np.cumsum(hit[order])
    answers = np.arange(1, len(ranked) + 1)
    poor = (answers[:-1] >= rule.min_answers) & (hits[:-1] / answers[:-1] <= rule.abstain) & (ranked[1:] > ranked[:-1])
    accepted = np.flatnonzero(poor)
    return min(float(ranked[accepted[-1] + 1]), 1.0) if len(accepted) else 0.0


def lower_bound(hits: npt.NDArray[np.generic], answers: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    """Wilson's one-sided 95 % lower bound of a share.  Shape: both (…)."""
    count = answers.astype(np.float64)
    share = hits.astype(np.float64) / count
    middle = share + _Z**2 / (2 * count)
    spread = _Z * np.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
    bound: npt.NDArray[np.float64] = (middle - spread) / (1 + _Z**2 / count)
    return bound


def _coolest(loss: Callable[[float], float]) -> float:
    # Golden section over log temperature, in which the loss has one minimum (it is convex in 1 / temperature).
    low, high = math.log(COLDEST), math.log(HOTTEST)
    while high - low > _EXACT:
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        if loss(math.exp(left)) <= loss(math.exp(right)):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)
