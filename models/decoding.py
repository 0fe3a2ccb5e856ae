"""Decoding: logits of a document's windows → one calibrated prediction, its spans as places in the original text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from models.encoding import Encoded
from models.manifest import TaskSpec
from models.prediction import Answer, Prediction
from models.spans import SPANS, SPOKEN, Floats, decode_spans

Logits = Mapping[str, Floats]  # by head; shape (windows, outputs), spans (windows, width, kinds, 3)


def softmax(logits: Floats) -> Floats:
    """Over the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    result: Floats = (shifted / shifted.sum(axis=-1, keepdims=True)).astype(np.float32)
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
