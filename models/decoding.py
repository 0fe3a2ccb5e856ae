"""Decoding: logits of a document's windows → one calibrated prediction, its spans as places in the original text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter

import numpy as np
import numpy.typing as npt

from models.encoding import Encoded
from models.manifest import TaskSpec
from models.prediction import Answer, Prediction, Span

Floats = npt.NDArray[np.float32]
Logits = Mapping[str, Floats]  # by head; shape (windows, outputs), spans (windows, width, kinds, 3)

OUTSIDE, BEGIN, INSIDE = 0, 1, 2
# Two heads mark the same kinds: in what was written as annotators do, in what was spoken as the form needs them.
SPANS, SPOKEN = "spans", "spoken"
Tags = npt.NDArray[np.int64]  # shape (tokens, kinds)

_READING_ORDER = attrgetter("segment", "start", "end", "kind")
_CERTAIN = float(np.log(0.999))
_LEAST = np.float32(np.log(1e-9))


def softmax(logits: Floats) -> Floats:
    """Over the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    result: Floats = (shifted / shifted.sum(axis=-1, keepdims=True)).astype(np.float32)
    return result


def _log_softmax(logits: Floats) -> Floats:
    """Logarithms of the softmax over the last axis, of three values or so, not below that of a billionth."""
    # Column by column: numpy reduces an axis of three slowly.
    columns = [logits[..., place] for place in range(logits.shape[-1])]
    highest = columns[0]
    for column in columns[1:]:
        highest = np.maximum(highest, column)
    shifted = logits - highest[..., None]
    powers = np.exp(shifted)
    total = powers[..., 0].copy()
    for place in range(1, logits.shape[-1]):
        total += powers[..., place]
    result: Floats = np.maximum(shifted - np.log(total)[..., None], _LEAST)
    return result


def sigmoid(logits: Floats) -> Floats:
    """Element by element, without overflow."""
    result: Floats = (0.5 * (1 + np.tanh(0.5 * logits))).astype(np.float32)
    return result


def decode(encoded: Encoded, logits: Logits, tasks: Sequence[TaskSpec]) -> Prediction:
    """The prediction of one document for those tasks that have logits; of two heads of the same spans, one is read."""
    answers: dict[str, Answer] = {}
    tagged: list[tuple[TaskSpec, Floats]] = []
    silent = _silent(encoded, logits)
    for task in tasks:
        if task.name not in logits or task.name == silent:
            continue
        values = logits[task.name]
        if task.kind == "spans":
            tagged.append((task, values))
        else:
            merged = merge_windows(encoded, values) / np.float32(task.temperature)
            answers[task.name] = Answer(task, sigmoid(merged) if task.kind == "multi" else softmax(merged))
    return Prediction(answers=answers, spans=decode_spans(encoded, tagged), truncated=encoded.truncated)


def _silent(encoded: Encoded, logits: Logits) -> str | None:
    """The head of spans that a document is not read by, where there are two."""
    if SPANS not in logits or SPOKEN not in logits:
        return None
    return SPANS if encoded.spoken else SPOKEN


def merge_windows(encoded: Encoded, logits: Floats) -> Floats:
    """Mean over the windows, weighted by the text that each holds.  Shape: (windows, labels) → (labels,)."""
    # A ticket may be a title alone; its window holds no body, and weighs something all the same.
    weights = np.array([max(window.body_tokens, 1) for window in encoded.windows], dtype=np.float32)
    merged: Floats = (weights / weights.sum()) @ logits
    return merged


def join_windows(encoded: Encoded, logits: Floats) -> Floats:
    """Token logits of the whole body, each token from the window in which it stands farthest from an edge.

    Shape: (windows, width, …) → (body tokens, …).
    """
    joined = np.zeros((len(encoded.segment), *logits.shape[2:]), dtype=np.float32)
    inner = np.full(len(encoded.segment), -1, dtype=np.int64)
    for row, window in enumerate(encoded.windows):
        places = np.arange(window.body_tokens)
        depth = np.minimum(places, window.body_tokens - 1 - places)
        target = slice(window.first, window.first + window.body_tokens)
        better = depth > inner[target]
        body = logits[row, window.body_at : window.body_at + window.body_tokens]
        joined[target][better] = body[better]
        inner[target] = np.maximum(inner[target], depth)
    return joined


def decode_spans(encoded: Encoded, heads: Sequence[tuple[TaskSpec, Floats]]) -> tuple[Span, ...]:
    """Best tag sequence per kind (outside, begin, inside; inside only after begin or inside), in reading order.

    `heads` are the heads of spans with their logits: the fields, the words of a title, those that a form rests on. All
    are decoded at once, for a step over few kinds costs nearly as much as one over many.
    The confidence of a span is the geometric mean of its tokens' probabilities, calibrated by the head's temperature.
    """
    if not heads or not len(encoded.segment):
        return ()
    labels = [label for task, _ in heads for label in task.labels]
    scores = _log_softmax(np.concatenate([_calibrated(encoded, *head) for head in heads], axis=1))
    # A separator ends every span: no field runs over from one turn into the next.
    separators = encoded.start == encoded.end
    scores[separators, :, BEGIN:] = -30.0
    tags = best_tags(scores)
    spans = []
    for kind in np.flatnonzero((tags == BEGIN).any(axis=0)).tolist():
        for run in runs_of(tags[:, kind]):
            first, last = _without_marks(run, encoded.marks)
            if first > last:
                continue
            confidence = float(np.exp(scores[np.arange(first, last + 1), kind, tags[first : last + 1, kind]].mean()))
            place = int(encoded.segment[first])
            spans.append(Span(labels[kind], place, int(encoded.start[first]), int(encoded.end[last]), confidence))
    return tuple(sorted(spans, key=_READING_ORDER))


def _calibrated(encoded: Encoded, task: TaskSpec, logits: Floats) -> Floats:
    """Token logits of the whole body, shifted and tempered as the head was calibrated: (body tokens, kinds, 3)."""
    joined = join_windows(encoded, logits)
    if task.offsets:
        joined[:, :, BEGIN:] += np.array(task.offsets, dtype=np.float32)
    joined /= np.float32(task.temperature)
    return joined


def best_tags(scores: Floats) -> Tags:
    """Best tags of every kind under the one rule that inside follows begin or inside.

    The best tag of each token alone is the best sequence wherever it keeps the rule, which is nearly everywhere; only
    the stretch around a breach is searched (Viterbi), between tokens that are outside beyond doubt.
    Shape: (tokens, kinds, 3) → (tokens, kinds).
    """
    tags: Tags = scores.argmax(axis=-1)
    breaches = (tags[1:] == INSIDE) & (tags[:-1] == OUTSIDE)
    breaches = np.concatenate([tags[:1] == INSIDE, breaches])
    for kind in np.flatnonzero(breaches.any(axis=0)).tolist():
        certain = np.flatnonzero(scores[:, kind, OUTSIDE] > _CERTAIN)
        done = 0
        for place in np.flatnonzero(breaches[:, kind]).tolist():
            if place < done:
                continue
            before = certain[certain < place]
            after = certain[certain > place]
            first = int(before[-1]) + 1 if before.size else 0
            done = int(after[0]) if after.size else len(tags)
            tags[first:done, kind] = _search(scores[first:done, kind].tolist())
    return tags


def _search(scores: list[list[float]]) -> list[int]:
    """Viterbi over one stretch of one kind, which begins after a token that is outside."""
    outside, begin, inside = scores[0][OUTSIDE], scores[0][BEGIN], -1e9
    back: list[tuple[int, int]] = []
    for stays_outside, begins, goes_on in scores[1:]:
        span, span_tag = (inside, INSIDE) if inside >= begin else (begin, BEGIN)
        free, free_tag = (span, span_tag) if span >= outside else (outside, OUTSIDE)
        back.append((free_tag, span_tag))
        outside, begin, inside = free + stays_outside, free + begins, span + goes_on
    tag = max((outside, OUTSIDE), (begin, BEGIN), (inside, INSIDE))[1]
    tags = [tag]
    for free_before, span_before in reversed(back):
        tag = span_before if tag == INSIDE else free_before
        tags.append(tag)
    return tags[::-1]


def _without_marks(run: tuple[int, int], marks: npt.NDArray[np.bool_]) -> tuple[int, int]:
    first, last = run
    while first <= last and marks[first]:
        first += 1
    while last >= first and marks[last]:
        last -= 1
    return first, last


def runs_of(tags: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """First and last token of every span in a tag sequence."""
    runs = []
    for first in np.flatnonzero(tags == BEGIN).tolist():
        last = first
        while last + 1 < len(tags) and tags[last + 1] == INSIDE:
            last += 1
        runs.append((first, last))
    return runs
