"""Judge: unlabelled heads are left out, and every head sees its own documents only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evaluation.errors import EvaluationError
from evaluation.judge import judge
from tests.evaluation.toy import TASKS, TAXONOMY, label_some, predict_well


def test_each_head_sees_the_documents_that_carry_its_label() -> None:
    documents = label_some(10)
    documents[3] = replace(documents[3], labels={"type": "咨询"}, risks=None, spans=None)
    result = judge(predict_well(label_some(10), share=1), documents, tasks=TASKS, taxonomy=TAXONOMY)
    assert len(result.single["type"].rows) == 10
    for rows in (result.single["category_l1"].rows, result.multi["risks"].rows):
        assert rows.tolist() == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    assert result.spans is not None
    assert len(result.spans.gold) == 9


def test_right_answers_are_all_hits() -> None:
    documents = label_some(30)
    result = judge(predict_well(documents, share=1), documents, tasks=TASKS, taxonomy=TAXONOMY)
    assert all(scored.hits.all() for scored in result.single.values())
    assert (result.multi["risks"].gold == result.multi["risks"].predicted).all()
    assert set(result.decisions["departments"]) == {"auto"}
    assert set(result.alternatives) == {
        f"category_l{depth}.{way}" for depth in (1, 2, 3) for way in ("marginal", "top_down")
    }


def test_a_second_category_and_any_named_unit_are_accepted() -> None:
    labels = [{**one.labels, "category": "010201"} for one in label_some(12)]
    documents = [
        replace(one, second_category="010101", departments=("cgw", "sthj", "sw"), labels=of_document)
        for one, of_document in zip(label_some(12), labels, strict=True)
    ]
    first_leaf = [replace(one, labels={**one.labels, "category": "010101"}) for one in documents]
    result = judge(predict_well(first_leaf, share=1), documents, tasks=TASKS, taxonomy=TAXONOMY)
    leaf, units = result.single["category_l3"], result.single["departments"]
    assert not leaf.hits.any()
    for scored in (leaf, units):
        assert scored.accepted is not None
        assert scored.accepted[range(12), scored.predicted].all()


def test_unlabelled_documents_leave_nothing() -> None:
    documents = [replace(one, labels={}, risks=None, spans=None) for one in label_some(3)]
    result = judge(predict_well(label_some(3), share=1), documents, tasks=TASKS, taxonomy=TAXONOMY)
    assert not result.single
    assert not result.multi
    assert result.spans is None


def test_a_tree_needs_a_taxonomy() -> None:
    documents = label_some(3)
    with pytest.raises(EvaluationError, match="category"):
        judge(predict_well(documents, share=1), documents, tasks=TASKS, taxonomy=None)
