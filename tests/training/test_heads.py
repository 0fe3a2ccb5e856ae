"""The losses count what is labelled, and a tree's parents help its leaves."""

from __future__ import annotations

import math

import pytest
import torch

from models.taxonomy import Category, Taxonomy
from training.config import HeadConfig
from training.heads import HeadSpec, Tagger, TreeHead, is_taught, loss_of, tree_parents

TREE = Taxonomy((Category("a1", ("a", "a1")), Category("a2", ("a", "a2")), Category("b1", ("b", "b1"))))
HEAD = HeadSpec(HeadConfig(name="category", kind="tree"), ("a1", "a2", "b1"), tree_parents(TREE))


def test_rows_without_a_label_cost_nothing() -> None:
    logits = torch.randn(2, 3, generator=torch.Generator().manual_seed(1))
    gold = torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    both, one = loss_of(HEAD, logits, gold, smoothing=0), loss_of(HEAD, logits[:1], gold[:1], smoothing=0)
    assert torch.isclose(both, one)
    assert float(loss_of(HEAD, logits, torch.zeros(2, 3), smoothing=0)) == 0.0


def test_a_wrong_leaf_of_the_right_parent_costs_less() -> None:
    gold = torch.tensor([[1.0, 0.0, 0.0]])
    sibling = loss_of(HEAD, torch.tensor([[0.0, 5.0, 0.0]]), gold, smoothing=0)
    stranger = loss_of(HEAD, torch.tensor([[0.0, 0.0, 5.0]]), gold, smoothing=0)
    assert sibling < stranger


def test_a_leaf_without_weights_of_its_own_is_lifted_by_its_parent() -> None:
    head = TreeHead(4, HEAD.parents, leaves=3)
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.zero_()
        level = head.levels[0]
        assert isinstance(level, torch.nn.Linear)
        level.bias[0] = 3.0
    assert head(torch.ones(1, 4)).argmax().item() in (0, 1)


SPANS = HeadSpec(HeadConfig(name="spans", kind="spans"), ("location",))


def span_loss(tags: list[int], logits: list[list[float]]) -> float:
    """Loss of one row of tokens."""
    return float(loss_of(SPANS, torch.tensor([logits])[:, :, None], torch.tensor([tags])[..., None], smoothing=0))


def test_a_tag_is_judged_given_the_one_before_it() -> None:
    even = [0.0, 0.0, 0.0]
    # Outside: may begin or not. Begun: may end, begin anew or go on. The last token is no lesson.
    wanted = (2 * math.log(2) + 2 * math.log(3)) / 4
    assert span_loss([0, 1, 2, 0, -100], [even] * 5) == pytest.approx(wanted)
    # However sure it is of inside, where nothing has begun that says nothing.
    surely = [0.0, 0.0, 20.0]
    assert span_loss([0, 0], [surely] * 2) == pytest.approx(math.log(2))


def test_the_rest_of_a_span_that_a_window_cuts_is_no_lesson_in_beginnings() -> None:
    # The first token goes on with what began in another window; the second goes on with it, the third ends it.
    assert span_loss([2, 2, 0], [[0.0, 0.0, 0.0]] * 3) == pytest.approx(2 * math.log(3) / 3)


def test_a_batch_teaches_a_head_only_where_a_row_has_its_label() -> None:
    risks = HeadSpec(HeadConfig(name="risks", kind="multi"), ("群体", "欠薪"))
    assert is_taught(SPANS, torch.tensor([[[-100], [0]]]))
    assert not is_taught(SPANS, torch.full((1, 2, 1), -100))
    assert is_taught(risks, torch.zeros(1, 2))
    assert not is_taught(risks, torch.full((1, 2), -1.0))
    assert is_taught(HEAD, torch.tensor([[0.0, 0.3, 0.0]]))
    assert not is_taught(HEAD, torch.zeros(1, 3))


def test_what_the_tagger_says_of_a_row_depends_on_neighbours_and_not_on_padding() -> None:
    torch.manual_seed(0)
    tagger = Tagger(width=6, characters=50, size=8, dropout=0.0)
    hidden, embeddings, ids = torch.randn(1, 12, 4), torch.randn(1, 12, 2), torch.randint(1, 50, (1, 12))
    alone = tagger(hidden, embeddings, ids, torch.ones(1, 12))
    longer = [torch.cat([part, part[:, :5]], dim=1) for part in (hidden, embeddings, ids)]
    padded = tagger(*longer, torch.cat([torch.ones(1, 12), torch.zeros(1, 5)], dim=1))
    assert torch.allclose(alone, padded[:, :12], atol=1e-6)
    ids[0, 11] = 0
    moved = (tagger(hidden, embeddings, ids, torch.ones(1, 12)) - alone).abs().amax(dim=-1)[0] > 1e-6
    assert moved.tolist() == [False] * 4 + [True] * 8
