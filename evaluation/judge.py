"""Judge: predictions and labelled rows → each head's answers beside its gold labels; report and gate start here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluation.errors import EvaluationError
from evaluation.labelled import LabelledDocument
from evaluation.metrics import Integers
from evaluation.scored import Array, Descent, Scored, ScoredMulti, accept, score_multi, score_single, score_tree
from evaluation.spans import SpanCounts, count_spans
from models.manifest import TaskSpec
from models.prediction import Answer, Prediction
from models.spans import SPANS, SPOKEN
from models.taxonomy import Taxonomy

Decisions = npt.NDArray[np.str_]  # "auto", "suggest" or "abstain"; shape (documents,)

# A risk is shown from this calibrated score on: more likely than not.
RISK_THRESHOLD = 0.5
_ALTERNATIVES: tuple[Descent, ...] = ("marginal", "top_down")


@dataclass(frozen=True, slots=True)
class Judged:
    """Heads by name. A tree is one head per level (`category_l1` …), of which the last holds the decisions.

    `alternatives` are the levels of the tree under the other ways down, as `category_l1.marginal`. `tasks` are all
    heads of the bundle, those without labels here, too; `marking` is the one whose spans were counted.
    """

    single: Mapping[str, Scored]
    alternatives: Mapping[str, Scored]
    multi: Mapping[str, ScoredMulti]
    decisions: Mapping[str, Decisions]
    spans: SpanCounts | None
    tasks: tuple[str, ...]
    marking: str

    def task_of(self, head: str) -> str:
        """The head of the bundle that a head of the report belongs to: `category_l2` is a level of `category`."""
        return next((task for task in self.tasks if head == task or head.startswith(f"{task}_l")), head)


def judge(
    predictions: Sequence[Prediction],
    documents: Sequence[LabelledDocument],
    *,
    tasks: Sequence[TaskSpec],
    taxonomy: Taxonomy | None,
) -> Judged:
    """Heads that have labels in these documents. Errors: EvaluationError for a tree without taxonomy."""
    single: dict[str, Scored] = {}
    alternatives: dict[str, Scored] = {}
    multi: dict[str, ScoredMulti] = {}
    decisions: dict[str, Decisions] = {}
    spans: SpanCounts | None = None
    # Two heads may mark the same kinds, each in its own documents; their spans are counted together, once.
    marking = SPANS if any(task.name == SPANS for task in tasks) else SPOKEN
    for task in tasks:
        rows = _labelled_rows(task, documents, marking=marking)
        if not len(rows):
            continue
        if task.kind == "spans":
            spans = _judge_spans(task, predictions, documents, rows=rows)
            continue
        answers = [predictions[row].answers[task.name] for row in rows.tolist()]
        scores = np.stack([answer.scores for answer in answers])
        if task.kind == "multi":
            multi[task.name] = _judge_multi(task, scores, documents, rows=rows)
            continue
        gold = [documents[row].labels[task.name] for row in rows.tolist()]
        if task.kind == "tree":
            levels = _judge_tree(task, scores, gold, taxonomy=taxonomy, rows=rows)
            leaf = _accept_second(levels["best_leaf"][-1], documents)
            single |= {level.head: level for level in [*levels["best_leaf"][:-1], leaf]}
            alternatives |= {f"{one.head}.{way}": one for way in _ALTERNATIVES for one in levels[way]}
            decisions[leaf.head] = _decisions(answers)
        else:
            scored = score_single(task.name, task.labels, scores=scores, gold=gold, rows=rows)
            single[task.name] = _accept_units(scored, documents) if task.name == "departments" else scored
            decisions[task.name] = _decisions(answers)
    return Judged(single, alternatives, multi, decisions, spans, tuple(task.name for task in tasks), marking)


def _labelled_rows(task: TaskSpec, documents: Sequence[LabelledDocument], *, marking: str) -> Integers:
    if task.kind == "spans":
        # Other heads of spans (the words of a title) have no gold of this kind.
        known = [task.name == marking and one.spans is not None for one in documents]
    elif task.kind == "multi":
        known = [task.name == "risks" and one.risks is not None for one in documents]
    else:
        known = [task.name in one.labels for one in documents]
    return np.flatnonzero(known).astype(np.int64)


def _judge_tree(
    task: TaskSpec, scores: Array, gold: Sequence[str], *, taxonomy: Taxonomy | None, rows: Integers
) -> dict[Descent, list[Scored]]:
    if taxonomy is None:
        raise EvaluationError(f"head '{task.name}' is a tree and no taxonomy was given; pass the bundle's")
    ways: tuple[Descent, ...] = ("best_leaf", *_ALTERNATIVES)
    return {way: score_tree(taxonomy, scores=scores, gold=gold, descent=way, rows=rows) for way in ways}


def _judge_multi(
    task: TaskSpec, scores: Array, documents: Sequence[LabelledDocument], *, rows: Integers
) -> ScoredMulti:
    gold = [documents[row].risks or frozenset() for row in rows.tolist()]
    return score_multi(task.name, task.labels, scores=scores, gold=gold, threshold=RISK_THRESHOLD, rows=rows)


def _judge_spans(
    task: TaskSpec, predictions: Sequence[Prediction], documents: Sequence[LabelledDocument], *, rows: Integers
) -> SpanCounts:
    gold = [documents[row].spans or () for row in rows.tolist()]
    return count_spans(gold, [predictions[row].spans for row in rows.tolist()], kinds=task.labels, rows=rows)


def _accept_second(leaf: Scored, documents: Sequence[LabelledDocument]) -> Scored:
    seconds = [documents[row].second_category for row in leaf.rows.tolist()]
    return accept(leaf, [{second} if second else set() for second in seconds])


def _accept_units(scored: Scored, documents: Sequence[LabelledDocument]) -> Scored:
    return accept(scored, [documents[row].departments for row in scored.rows.tolist()])


def _decisions(answers: Sequence[Answer]) -> Decisions:
    return np.array([answer.decision for answer in answers])
