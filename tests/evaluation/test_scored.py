"""Scored: labels that the head does not know, several right answers, and the ways down a tree."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.metrics import top_k
from evaluation.scored import Descent, accept, score_multi, score_single, score_tree
from tests.evaluation.toy import CODES, TAXONOMY

# Leaves: 城建/路灯 0.30, 城建/噪声 0.16 + 0.16, 民生/供水 0.38. Each way down ends elsewhere.
SCORES = np.array([[0.30, 0.16, 0.16, 0.38]], dtype=np.float32)


@pytest.mark.parametrize(
    ("descent", "nodes"),
    [
        ("best_leaf", ["民生", "民生 / 供水", "020101"]),
        ("marginal", ["城建", "民生 / 供水", "020101"]),
        ("top_down", ["城建", "城建 / 噪声", "010201"]),
    ],
)
def test_each_way_down_answers_as_it_says(descent: Descent, nodes: list[str]) -> None:
    levels = score_tree(TAXONOMY, scores=SCORES, gold=["010202"], descent=descent)
    assert [level.labels[level.predicted[0]] for level in levels] == nodes
    assert [level.head for level in levels] == ["category_l1", "category_l2", "category_l3"]
    assert [level.labels[level.gold[0]] for level in levels] == ["城建", "城建 / 噪声", "010202"]


@pytest.mark.parametrize("descent", ["best_leaf", "top_down"])
def test_parents_and_children_agree(descent: Descent) -> None:
    scores = np.random.default_rng(0).dirichlet(np.ones(4), size=200).astype(np.float32)
    levels = score_tree(TAXONOMY, scores=scores, gold=["010101"] * 200, descent=descent)
    for first, second, leaf in zip(*(level.predicted for level in levels), strict=True):
        path = TAXONOMY.by_code[levels[2].labels[leaf]].path
        assert levels[0].labels[first] == path[0]
        assert levels[1].labels[second] == " / ".join(path[:2])


def test_a_parents_confidence_is_the_sum_of_its_leaves() -> None:
    level = score_tree(TAXONOMY, scores=SCORES, gold=["010101"], descent="marginal")[0]
    assert level.confidence[0] == pytest.approx(0.62)


def test_top_down_stays_below_its_parent_where_all_scores_are_zero() -> None:
    scores = np.array([[1, 0, 0, 0]], dtype=np.float32)
    levels = score_tree(TAXONOMY, scores=scores, gold=["010101"], descent="top_down")
    assert levels[2].labels[levels[2].predicted[0]] == "010101"


def test_a_code_outside_of_the_tree_is_wrong_at_every_level() -> None:
    levels = score_tree(TAXONOMY, scores=SCORES, gold=["999999"])
    assert not any(level.hits.any() for level in levels)


@pytest.mark.parametrize("scores", [[[0.5, 0.5], [0.9, 0.1]], [[-2.0, -1.0], [-0.5, -3.0]]])
def test_an_unknown_gold_label_is_never_answered(scores: list[list[float]]) -> None:
    scored = score_single("type", ["a", "b"], scores=np.array(scores), gold=["c", "a"])
    assert scored.labels == ("a", "b", "c")
    assert scored.hits.tolist() == [False, True]
    assert top_k(scored.scores, scored.gold, 2).tolist() == [False, True]


def test_all_units_that_a_person_named_are_accepted_and_the_gold_one_always() -> None:
    scored = score_single("departments", ["a", "b", "c"], scores=np.eye(3)[[1, 2]], gold=["a", "b"])
    accepted = accept(scored, [("a", "b"), ()]).accepted
    assert accepted is not None
    assert accepted.tolist() == [[True, True, False], [False, True, False]]


def test_an_unknown_risk_counts_as_missed() -> None:
    scored = score_multi("risks", ["a"], scores=np.array([[0.7], [0.2]]), gold=[{"a", "x"}, set()], threshold=0.5)
    assert scored.labels == ("a", "x")
    assert scored.gold.tolist() == [[True, True], [False, False]]
    assert scored.predicted.tolist() == [[True, False], [False, False]]


def test_codes_stand_in_the_order_of_the_logits() -> None:
    assert score_tree(TAXONOMY, scores=SCORES, gold=["010101"])[2].labels == CODES
