"""Logits become spans and scores."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from models.decoding import (
    BEGIN,
    INSIDE,
    OUTSIDE,
    Floats,
    best_tags,
    decode,
    decode_spans,
    join_windows,
    merge_windows,
    softmax,
)
from models.encoding import Encoded, Window
from models.manifest import TaskSpec

TASK = TaskSpec(name="spans", kind="spans", labels=("time", "demand"))


def encoded(
    tokens: int, *, room: int, starts: tuple[int, ...], separators: tuple[int, ...] = (), marks: tuple[int, ...] = ()
) -> Encoded:
    """A body of `tokens` one-character tokens behind one [CLS], in windows that begin at `starts`."""
    windows = tuple(
        Window(
            np.zeros(min(room, tokens - first) + 1, dtype=np.int64),
            np.zeros(min(room, tokens - first) + 1, dtype=np.int64),
            body_at=1,
            first=first,
            body_tokens=min(room, tokens - first),
        )
        for first in starts
    )
    start = np.arange(tokens, dtype=np.int64)
    end = start + 1
    end[list(separators)] = start[list(separators)]
    marked = np.isin(np.arange(tokens), marks)
    return Encoded(windows, np.zeros(tokens, dtype=np.int64), start, end, marked, truncated=False)


def as_logits(tags: list[list[int]]) -> Floats:
    """Sure logits for the tags.  Shape: (1, tokens + 1, kinds, 3)."""
    rows = np.zeros((1, len(tags[0]) + 1, len(tags), 3), dtype=np.float32)
    for kind, row in enumerate(tags):
        for token, tag in enumerate(row):
            rows[0, token + 1, kind, tag] = 9
    return rows


def test_the_best_legal_sequence_is_found_for_every_kind() -> None:
    random = np.random.default_rng(5)
    for _ in range(20):
        scores = np.log(softmax(random.normal(0, 2, (5, 3, 3)).astype(np.float32)))
        tags = best_tags(scores)
        for kind in range(3):
            legal = [
                row
                for row in itertools.product((OUTSIDE, BEGIN, INSIDE), repeat=5)
                if all(tag != INSIDE or before != OUTSIDE for before, tag in zip((OUTSIDE, *row), row, strict=False))
            ]
            best = max(legal, key=lambda row: sum(scores[t, kind, tag] for t, tag in enumerate(row)))
            assert tuple(tags[:, kind]) == best


def test_spans_of_different_kinds_may_overlap_and_stand_in_reading_order() -> None:
    tags = [[0, 0, 1, 2, 0, 0], [0, 1, 2, 2, 2, 0]]
    spans = decode_spans(encoded(6, room=10, starts=(0,)), [(TASK, as_logits(tags))])
    assert [(span.kind, span.start, span.end) for span in spans] == [("demand", 1, 5), ("time", 2, 4)]
    assert all(0.9 < span.confidence <= 1 for span in spans)


def test_a_span_begins_and_ends_with_a_word_and_a_mark_alone_is_none() -> None:
    tags = [[1, 2, 2, 2, 2, 0, 1], [0, 0, 0, 0, 0, 0, 0]]
    document = encoded(7, room=10, starts=(0,), marks=(0, 2, 4, 6))
    assert [(span.start, span.end) for span in decode_spans(document, [(TASK, as_logits(tags))])] == [(1, 4)]


def test_two_spans_may_touch() -> None:
    spans = decode_spans(encoded(4, room=10, starts=(0,)), [(TASK, as_logits([[1, 2, 1, 2], [0, 0, 0, 0]]))])
    assert [(span.start, span.end) for span in spans] == [(0, 2), (2, 4)]


def test_no_span_runs_over_a_separator() -> None:
    tags = [[1, 2, 2, 2, 0], [0, 0, 0, 0, 0]]
    spans = decode_spans(encoded(5, room=10, starts=(0,), separators=(2,)), [(TASK, as_logits(tags))])
    assert all(not (span.start < 2 < span.end) for span in spans)
    assert spans[0].end <= 2


def test_each_token_is_taken_from_the_window_in_which_it_stands_deepest() -> None:
    document = encoded(10, room=6, starts=(0, 4))
    logits = np.stack([np.full((7, 1, 3), number, dtype=np.float32) for number in (1, 2)])
    assert join_windows(document, logits)[:, 0, 0].tolist() == [1, 1, 1, 1, 1, 2, 2, 2, 2, 2]


def test_windows_are_merged_by_the_text_that_each_holds() -> None:
    document = encoded(9, room=6, starts=(0, 6))
    merged = merge_windows(document, np.array([[3, 0], [0, 3]], dtype=np.float32))
    assert merged.tolist() == pytest.approx([2, 1])


def test_a_document_of_one_window_keeps_its_logits() -> None:
    logits = np.array([[0.1, -7.3]], dtype=np.float32)
    assert (merge_windows(encoded(9, room=10, starts=(0,)), logits) == logits[0]).all()


@pytest.mark.parametrize(("spoken", "kind"), [(False, "time"), (True, "demand")])
def test_a_call_is_read_by_the_head_of_what_was_spoken_and_a_message_by_the_other(spoken: bool, kind: str) -> None:
    document = replace(encoded(4, room=10, starts=(0,)), spoken=spoken)
    logits = {"spans": as_logits([[0, 1, 2, 0], [0] * 4]), "spoken": as_logits([[0] * 4, [0, 1, 2, 0]])}
    prediction = decode(document, logits, (TASK, TASK.model_copy(update={"name": "spoken"})))
    assert [span.kind for span in prediction.spans] == [kind]


@pytest.mark.parametrize("head", ["spans", "spoken"])
def test_where_there_is_one_head_of_spans_it_reads_calls_and_messages(head: str) -> None:
    task, logits = TASK.model_copy(update={"name": head}), {head: as_logits([[0, 1, 2, 0], [0] * 4])}
    for spoken in (False, True):
        document = replace(encoded(4, room=10, starts=(0,)), spoken=spoken)
        assert [span.kind for span in decode(document, logits, (task,)).spans] == ["time"]
