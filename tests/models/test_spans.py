"""Token logits become spans: each with its chance, ends where a span ends, and nothing across a turn."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from models.manifest import TaskSpec
from models.spans import (
    BEGIN,
    INSIDE,
    OUTSIDE,
    Candidate,
    Floats,
    decode_spans,
    find_candidates,
    join_windows,
    tell_spans,
)
from tests.models.documents import as_logits, encoded

TASK = TaskSpec(name="spans", kind="spans", labels=("time", "demand"), tagging="markov")
ONE = TASK.model_copy(update={"labels": ("time",)})
BY_ITSELF = TASK.model_copy(update={"tagging": "independent"})


def chances_by_hand(logits: Floats) -> dict[tuple[int, int], float]:
    """Of one chain, the chance of every span: the sum over all sequences of tags that hold it.  Shape: (tokens, 3)."""
    chances: dict[tuple[int, int], float] = {}
    for tags in itertools.product((OUTSIDE, BEGIN, INSIDE), repeat=len(logits)):
        chance = 1.0
        for before, tag, own in zip((OUTSIDE, *tags), tags, np.exp(logits), strict=False):
            possible = (OUTSIDE, BEGIN) if before == OUTSIDE else (OUTSIDE, BEGIN, INSIDE)
            chance *= own[tag] / own[list(possible)].sum() if tag in possible else 0.0
        for first in (place for place, tag in enumerate(tags) if tag == BEGIN):
            last = first
            while last + 1 < len(tags) and tags[last + 1] == INSIDE:
                last += 1
            chances[first, last] = chances.get((first, last), 0.0) + chance
    return chances


def test_the_chance_of_a_span_is_that_of_all_tag_sequences_that_hold_it() -> None:
    random = np.random.default_rng(5)
    for _ in range(20):
        logits = random.normal(0, 2, (1, 6, 2, 3)).astype(np.float32)
        found = find_candidates(encoded(5, room=10, starts=(0,)), TASK, logits)
        for kind, candidates in enumerate(found):
            wanted = {place: p for place, p in chances_by_hand(logits[0, 1:, kind]).items() if p > 0.05}
            told = {(c.first, c.last): c.chance for c in candidates}
            # What is hopeless is not followed, which costs others a little.
            assert {place: told.get(place, 0.0) for place in wanted} == pytest.approx(wanted, abs=0.05)


def test_of_two_ends_the_likelier_is_taken_and_never_the_place_between_them() -> None:
    # 城东|民政局|登记处: as sure as not that it ends after the second word, or after the third.
    inside = np.array([0.99, 0.98, 0.98, 0.98, 0.56, 0.49, 0.48, 0.02, 0.01])
    logits = np.full((1, 10, 1, 3), -9.0, dtype=np.float32)
    logits[0, 1, 0] = np.log([0.01, 0.98, 0.01])
    logits[0, 2:, 0, OUTSIDE], logits[0, 2:, 0, INSIDE] = np.log(1 - inside[1:]), np.log(inside[1:])
    logits[0, 0, 0, OUTSIDE] = 9
    (span,) = decode_spans(
        encoded(9, room=10, starts=(0,)), [(BY_ITSELF.model_copy(update={"labels": ("place",)}), logits)]
    )
    assert (span.start, span.end) == (0, 7)
    # That there is one is surer than where it ends.
    assert span.confidence > 0.9


@pytest.mark.parametrize("task", [TASK, BY_ITSELF])
def test_spans_of_different_kinds_may_overlap_and_stand_in_reading_order(task: TaskSpec) -> None:
    tags = [[0, 0, 1, 2, 0, 0], [0, 1, 2, 2, 2, 0]]
    spans = decode_spans(encoded(6, room=10, starts=(0,)), [(task, as_logits(tags))])
    assert [(span.kind, span.start, span.end) for span in spans] == [("demand", 1, 5), ("time", 2, 4)]
    assert all(0.9 < span.confidence <= 1 for span in spans)


@pytest.mark.parametrize("task", [TASK, BY_ITSELF])
def test_two_spans_may_touch(task: TaskSpec) -> None:
    spans = decode_spans(encoded(4, room=10, starts=(0,)), [(task, as_logits([[1, 2, 1, 2], [0, 0, 0, 0]]))])
    assert [(span.start, span.end) for span in spans] == [(0, 2), (2, 4)]


def test_a_span_is_told_from_the_cutoff_on() -> None:
    logits = as_logits([[0, 1, 2, 0], [0, 0, 0, 0]])
    logits[0, 2, 0, OUTSIDE] = 9.5  # as much as begin, and a little more: it begins in 38 of 100
    logits[0, 3, 0, OUTSIDE] = 0  # and does not begin later
    for cutoff, told in ((0.3, 1), (0.45, 0)):
        task = TASK.model_copy(update={"cutoff": cutoff})
        assert len(decode_spans(encoded(4, room=10, starts=(0,)), [(task, logits)])) == told


@pytest.mark.parametrize("task", [TASK, BY_ITSELF])
def test_a_span_begins_and_ends_with_a_word_and_a_mark_alone_is_none(task: TaskSpec) -> None:
    tags = [[1, 2, 2, 2, 2, 0, 1], [0] * 7]
    document = encoded(7, room=10, starts=(0,), marks=(0, 2, 4, 6))
    assert [(span.start, span.end) for span in decode_spans(document, [(task, as_logits(tags))])] == [(1, 4)]


def test_no_span_runs_over_a_separator() -> None:
    tags = [[1, 2, 2, 2, 0], [0, 0, 0, 0, 0]]
    spans = decode_spans(encoded(5, room=10, starts=(0,), separators=(2,)), [(TASK, as_logits(tags))])
    assert (spans[0].start, spans[0].end) == (0, 2)
    assert all(not (span.start < 2 < span.end) for span in spans)


def test_each_token_is_taken_from_the_window_in_which_it_stands_deepest() -> None:
    document = encoded(10, room=6, starts=(0, 4))
    logits = np.stack([np.full((7, 1, 3), number, dtype=np.float32) for number in (1, 2)])
    assert join_windows(document, logits)[:, 0, 0].tolist() == [1, 1, 1, 1, 1, 2, 2, 2, 2, 2]


def test_a_long_text_in_which_anything_may_be_a_span_costs_no_more_than_its_length() -> None:
    def work(tokens: int) -> int:
        logits = np.zeros((1, tokens + 1, 1, 3), dtype=np.float32)
        logits[..., INSIDE] = 0.7  # it may begin anywhere, and end anywhere after that
        read = Counting(find_candidates(encoded(tokens, room=tokens, starts=(0,)), ONE, logits)[0])
        assert tell_spans(encoded(tokens, room=tokens, starts=(0,)), ONE, [read])
        return read.looks

    assert work(4_000) < 5 * work(1_000)


class Counting(list[Candidate]):
    """Candidates that count how often one of them is looked at."""

    looks = 0

    def __getitem__(self, place: Any) -> Any:
        self.looks += 1
        return super().__getitem__(place)


def test_what_offsets_add_to_older_heads_is_counted() -> None:
    logits = as_logits([[0, 1, 2, 0]])
    logits[0, 2, 0, OUTSIDE] = 10.5
    told = [
        len(decode_spans(encoded(4, room=10, starts=(0,)), [(ONE.model_copy(update=given), logits)]))
        for given in ({"tagging": "independent"}, {"tagging": "independent", "offsets": ((2.0, 0.0),)})
    ]
    assert told == [0, 1]


def test_a_document_without_a_body_has_no_spans() -> None:
    assert decode_spans(encoded(0, room=10, starts=(0,)), [(TASK, as_logits([[], []]))]) == ()
