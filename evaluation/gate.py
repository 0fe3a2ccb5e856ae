"""Gate: a candidate beside the current bundle on the same documents. Refuses what would make any head worse."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np

from evaluation.figures import take_multi, take_single, take_spans, take_untouched
from evaluation.judge import Judged
from evaluation.resample import Statistic, difference, draw_weights, measure
from models.manifest import Figure

Verdict = Literal["better", "same", "worse", "too_few"]


@dataclass(frozen=True, slots=True)
class GateRule:
    """When a figure of the candidate counts as worse.

    confidence   with which a refusal is no accident, over all figures together: about fifty are compared, and each at
                 95 % by itself would refuse most candidates that are as good as the current bundle
    max_drop     a main figure (accuracy, micro F1, exact F1) that falls by more than this is worse without confidence,
    min_drop     where it rests on at least so many documents (marked spans): on fewer, a fall like this is noise
    min_count    documents (marked spans) below which a head is shown and not judged
    """

    confidence: float = 0.95
    max_drop: float = 0.05
    min_drop: int = 200
    min_count: int = 30


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure of one head; `difference` is candidate minus current, with its paired interval."""

    head: str
    figure: str
    candidate: float
    current: float
    difference: Figure
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class GateResult:
    """Whether the candidate may be promoted, why not, and every figure that was compared.

    `unjudged` are heads of both sides that these documents say too little of: nothing is known of them.
    """

    accepted: bool
    reasons: tuple[str, ...]
    comparisons: tuple[Comparison, ...]
    unjudged: tuple[str, ...] = ()

    def to_json(self) -> str:
        """The result as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, default=lambda figure: figure.model_dump())


@dataclass(frozen=True, slots=True)
class _Side:
    task: str
    statistics: Mapping[str, Statistic]
    documents: int
    count: int
    untouched: int = 0  # documents that it would answer without a person's look


@dataclass(frozen=True, slots=True)
class _Found:
    head: str
    figure: str
    candidate: float
    current: float
    difference: Figure

    def judge(self, rule: GateRule, *, width: float) -> Comparison:
        gap = self.difference
        verdict: Verdict = "better" if gap.low > 0 else "same"
        if gap.count < rule.min_count:
            verdict = "too_few"
        elif _is_certain(gap, width=width) or (
            self.figure in MAIN and gap.count >= rule.min_drop and gap.value < -rule.max_drop
        ):
            verdict = "worse"
        return Comparison(self.head, self.figure, self.candidate, self.current, gap, verdict)


MAIN = ("accuracy", "micro_f1", "exact_f1")
_UNTOUCHED = "auto_precision"
_COMPARED = (*MAIN, "macro_f1", "top3", "top5", "overlap_f1", _UNTOUCHED)


def compare(candidate: Judged, current: Judged, *, rule: GateRule | None = None) -> GateResult:
    """Both sides judged on the same documents. Heads that only the candidate has are not compared.

    A head that current has and the candidate lacks is refused, whether or not the documents have labels of it; so is a
    candidate of which these documents say nothing.
    """
    rule = rule or GateRule()
    sides = dict(_sides(candidate))
    found: list[_Found] = []
    missing = [task for task in current.tasks if task not in candidate.tasks]
    for head, before in _sides(current):
        if head in sides:
            found += _compare_head(head, sides[head], before)
        elif before.task not in missing:
            missing.append(head)
    judged = sum(one.difference.count >= rule.min_count for one in found)
    width = NormalDist().inv_cdf(1 - (1 - rule.confidence) / max(judged, 1))
    comparisons = tuple(one.judge(rule, width=width) for one in found)
    reasons = [
        f"head '{name}' is missing in the candidate; train it, or promote by hand to retire it" for name in missing
    ]
    if not judged:
        reasons.append(
            f"nothing could be judged: no head has {rule.min_count} labelled documents; give more, or promote by hand"
        )
    reasons += [_explain(one, rule, width=width) for one in comparisons if one.verdict == "worse"]
    known = {sides[one.head].task for one in comparisons if one.verdict != "too_few"}
    unjudged = tuple(task for task in current.tasks if task not in known and task not in missing)
    return GateResult(not reasons, tuple(reasons), comparisons, unjudged)


def _sides(judged: Judged) -> Iterator[tuple[str, _Side]]:
    for head, scored in judged.single.items():
        statistics, untouched = take_single(scored, calibrated=False), 0
        if head in judged.decisions:
            auto = judged.decisions[head] == "auto"
            statistics |= {_UNTOUCHED: take_untouched(scored.hits, auto)[_UNTOUCHED]}
            untouched = int(auto.sum())
        yield head, _Side(judged.task_of(head), statistics, len(scored.rows), len(scored.rows), untouched)
    for head, multi in judged.multi.items():
        statistics = take_multi(multi, calibrated=False)
        kept = {name: statistics[name] for name in ("micro_f1", "macro_f1")}
        yield head, _Side(head, kept, len(multi.rows), len(multi.rows))
    if judged.spans is not None:
        spans = judged.spans
        for column, kind in enumerate(spans.kinds):
            marked = int(spans.gold[:, column].sum())
            yield f"spans.{kind}", _Side(judged.marking, take_spans(spans, kind), len(spans.rows), marked)


def _compare_head(head: str, after: _Side, before: _Side) -> Iterator[_Found]:
    weights, ones = draw_weights(before.documents), np.ones((1, before.documents))
    for name in _COMPARED:
        if name not in before.statistics or name not in after.statistics:
            continue
        new, old = after.statistics[name], before.statistics[name]
        count = min(after.untouched, before.untouched) if name == _UNTOUCHED else before.count
        gap = measure(difference(new, old), weights, count=count)
        if gap is not None:
            yield _Found(head, name, float(new(ones)[0]), float(old(ones)[0]), gap)


def _is_certain(gap: Figure, *, width: float) -> bool:
    # The paired interval is 1.96 deviations to each side; `width` are as many as all figures together need.
    return gap.value + width * (gap.high - gap.low) / (2 * 1.96) < 0


def _explain(one: Comparison, rule: GateRule, *, width: float) -> str:
    gap = one.difference
    why = "with confidence" if _is_certain(gap, width=width) else f"by more than {rule.max_drop:g}"
    return (
        f"head '{one.head}': {one.figure} falls {why}, {one.current:.3f} → {one.candidate:.3f} "
        f"(difference {gap.value:+.3f}, 95 % interval {gap.low:+.3f} … {gap.high:+.3f}, n {gap.count})"
    )
