"""Gate: equal passes, better passes, worse and missing do not."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from evaluation.gate import MAIN, GateResult, GateRule, compare
from evaluation.judge import Judged, judge
from evaluation.labelled import LabelledDocument
from models.manifest import TaskSpec
from tests.evaluation.toy import TASKS, TAXONOMY, label_some, predict_well


def judged(
    documents: list[LabelledDocument],
    *,
    share: float,
    seed: int = 1,
    tasks: tuple[TaskSpec, ...] = TASKS,
    known: list[LabelledDocument] | None = None,
) -> Judged:
    """`known` are the same documents with the labels that the gate is given."""
    predictions = predict_well(documents, share=share, seed=seed)
    return judge(predictions, known or documents, tasks=tasks, taxonomy=TAXONOMY)


def unlabel(one: LabelledDocument, *heads: str) -> LabelledDocument:
    labels = {head: label for head, label in one.labels.items() if head not in heads}
    risks, spans = (None if "risks" in heads else one.risks), (None if "spans" in heads else one.spans)
    return replace(one, labels=labels, risks=risks, spans=spans)


def verdicts(result: GateResult) -> set[str]:
    return {one.verdict for one in result.comparisons}


def test_the_same_answers_pass_and_are_the_same_everywhere() -> None:
    documents = label_some(200)
    result = compare(judged(documents, share=0.8), judged(documents, share=0.8))
    assert result.accepted
    assert verdicts(result) <= {"same", "too_few"}
    assert all(one.difference.value == 0 for one in result.comparisons)


def test_a_worse_candidate_is_refused_head_by_head() -> None:
    documents = label_some(200)
    result = compare(judged(documents, share=0.6), judged(documents, share=0.9))
    assert not result.accepted
    for head in ("category_l3", "departments", "type", "risks", "spans.time"):
        assert any(f"'{head}'" in reason and "with confidence" in reason for reason in result.reasons)


def test_a_better_candidate_passes() -> None:
    documents = label_some(200)
    result = compare(judged(documents, share=0.9), judged(documents, share=0.6))
    assert result.accepted
    assert "better" in verdicts(result)


def test_a_fall_by_more_than_stated_is_refused_even_without_confidence() -> None:
    documents = label_some(200)
    candidate, current = judged(documents, share=0.75, seed=5), judged(documents, share=0.8, seed=2)
    comparisons = compare(candidate, current).comparisons
    falls = [one.difference.value for one in comparisons if one.figure in MAIN]
    sure = GateRule(confidence=1 - 1e-12)
    allowed = -min(falls) + 0.001
    assert compare(candidate, current, rule=replace(sure, max_drop=allowed)).accepted
    refused = compare(candidate, current, rule=replace(sure, max_drop=allowed - 0.002))
    assert any("by more than" in reason for reason in refused.reasons)
    assert compare(candidate, current, rule=replace(sure, max_drop=0.0, min_drop=201)).accepted


def test_a_head_with_few_documents_is_shown_and_not_judged() -> None:
    documents = label_some(100)
    few = [*documents[:20], *(unlabel(one, "type") for one in documents[20:])]
    result = compare(judged(documents, share=0.8, known=few), judged(documents, share=0.8, known=few))
    assert result.accepted
    assert {one.verdict for one in result.comparisons if one.head == "type"} == {"too_few"}
    assert "type" in result.unjudged
    assert "departments" not in result.unjudged


def test_a_candidate_of_which_nothing_is_known_is_refused() -> None:
    documents = label_some(20)
    result = compare(judged(documents, share=1.0), judged(documents, share=0.1))
    assert verdicts(result) == {"too_few"}
    assert not result.accepted
    assert "nothing could be judged" in result.reasons[0]


def test_a_missing_head_is_refused_and_a_new_one_is_not_compared() -> None:
    documents = label_some(100)
    with_type, without = judged(documents, share=0.8), judged(documents, share=0.8, tasks=TASKS[:2])
    assert any("'type' is missing" in reason for reason in compare(without, with_type).reasons)
    assert compare(with_type, without).accepted


def test_a_missing_head_is_refused_where_no_document_has_a_label_of_it() -> None:
    documents = label_some(100)
    known = [unlabel(one, "type", "departments", "risks", "spans") for one in documents]
    whole = judged(documents, share=0.8, known=known)
    alone = judged(documents, share=0.8, known=known, tasks=TASKS[:1])
    assert [reason.split("'")[1] for reason in compare(alone, whole).reasons] == [task.name for task in TASKS[1:]]


def test_answers_that_go_out_unseen_are_judged_by_themselves() -> None:
    documents = label_some(400)
    good, bad = judged(documents, share=0.8), judged(documents, share=0.8)
    head = "departments"
    wrong = ~bad.single[head].hits
    careful, careless = np.where(wrong, "suggest", "auto"), np.where(wrong, "auto", "suggest")
    good = replace(good, decisions={**good.decisions, head: careful})
    bad = replace(bad, decisions={**bad.decisions, head: careless})
    assert any("auto_precision" in reason for reason in compare(bad, good).reasons)
    assert compare(good, bad).accepted


def test_the_result_is_json_with_reasons() -> None:
    documents = label_some(100)
    stored = json.loads(compare(judged(documents, share=0.3), judged(documents, share=0.9)).to_json())
    assert stored["accepted"] is False
    assert stored["reasons"]
    assert set(stored["comparisons"][0]["difference"]) == {"value", "low", "high", "count"}
