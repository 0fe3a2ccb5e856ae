"""Calibrate: the drafted graph on rows that no weight has seen → temperatures, thresholds, and parity with training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluation.calibration import choose_thresholds, fit_temperature, fit_temperature_multi
from evaluation.spans import count_spans
from models.decoding import Logits, merge_windows, softmax
from models.encoding import Encoded
from models.manifest import TaskSpec
from models.predictor import Predictor
from models.spans import SPANS, find_candidates, tell_spans
from training.dataset import Example
from training.parity import Drop, Parity, compare_logits, count_drop

Floats = npt.NDArray[np.float32]

_WEIGHED = 0.15  # cutoff of heads that the form alone reads: it weighs what it is told by its confidence
_CUTOFFS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)
_MIN_SPANS = 50


@dataclass(frozen=True, slots=True)
class Calibration:
    """Calibrated heads, and how far the served graph is from the trained one."""

    tasks: tuple[TaskSpec, ...]
    parity: Parity
    drops: Mapping[str, Drop]


def calibrate(served: Predictor, trained: Predictor, rows: Sequence[Example]) -> Calibration:
    """Fit every head on the served graph's logits, and compare these with the trained graph's."""
    tasks = served.bundle.manifest.tasks
    encoded = served.encode([example.labelled.document for example in rows])
    logits = [served.run(one) for one in encoded]
    reference = [trained.run(one) for one in encoded]
    parity = compare_logits(reference, logits, tasks, drift=drift_in_company(served, encoded, logits))
    fitted = tuple(
        fit_cutoff(task, rows, encoded, [row[task.name] for row in logits])
        if task.kind == "spans"
        else _fit(task, rows, _merge(task, encoded, logits))
        for task in tasks
    )
    drops = {
        task.name: _drop(task, rows, _merge(task, encoded, reference), _merge(task, encoded, logits))
        for task in tasks
        if task.kind in ("single", "tree")
    }
    return Calibration(tasks=fitted, parity=parity, drops=drops)


def drift_in_company(predictor: Predictor, encoded: Sequence[Encoded], alone: Sequence[Logits]) -> float:
    """Largest difference of a document's logits when four documents are run at once, in another order."""
    with ThreadPoolExecutor(4) as pool:
        together = [*pool.map(predictor.run, reversed(encoded))][::-1]
    return max(
        float(np.abs(one[head] - other[head]).max())
        for one, other in zip(alone, together, strict=True)
        for head in predictor.heads
    )


def _merge(task: TaskSpec, encoded: Sequence[Encoded], logits: Sequence[Logits]) -> Floats:
    if task.kind == "spans":
        return np.zeros((0, 0), dtype=np.float32)
    return np.stack([merge_windows(one, row[task.name]) for one, row in zip(encoded, logits, strict=True)])


def _gold(task: TaskSpec, rows: Sequence[Example]) -> npt.NDArray[np.int64]:
    place = {label: index for index, label in enumerate(task.labels)}
    return np.array([place.get(example.label(task.name) or "", -1) for example in rows], dtype=np.int64)


def _drop(task: TaskSpec, rows: Sequence[Example], reference: Floats, served: Floats) -> Drop:
    # By its own temperature: a broken served graph would be fitted one at which nothing seems to be lost.
    temperature = _fit(task, rows, reference).temperature
    return count_drop(_gold(task, rows), softmax(reference / np.float32(temperature)), served)


def fit_cutoff(
    task: TaskSpec, rows: Sequence[Example], encoded: Sequence[Encoded], logits: Sequence[Floats]
) -> TaskSpec:
    """The confidence from which a span is told: the one with the best mean of exact and overlapping F1.

    One for all kinds: chosen for each of them, on a few hundred spans, it would be luck. With few spans in the
    rows the head keeps its own. Heads other than `SPANS` are read by the form alone, and are told early.
    """
    if task.name != SPANS:
        return task.model_copy(update={"cutoff": _WEIGHED})
    known = [
        (tuple(span for span in spans if span.kind in task.labels), encoded[index], logits[index])
        for index, row in enumerate(rows)
        if (spans := row.spans_of(task.name)) is not None
    ]
    gold = [spans for spans, _, _ in known]
    if sum(map(len, gold)) < _MIN_SPANS:
        return task
    candidates = [find_candidates(one, task, values) for _, one, values in known]

    def aim(cutoff: float) -> float:
        tried = task.model_copy(update={"cutoff": cutoff})
        told = [tell_spans(one, tried, found) for (_, one, _), found in zip(known, candidates, strict=True)]
        counts = count_spans(gold, told, kinds=task.labels)
        return float((counts.exact.sum() + counts.overlapping.sum()) / (counts.gold.sum() + counts.predicted.sum()))

    return task.model_copy(update={"cutoff": max(_CUTOFFS, key=aim)})


def _fit(task: TaskSpec, rows: Sequence[Example], merged: Floats) -> TaskSpec:
    if task.kind == "multi":
        known = [index for index, example in enumerate(rows) if example.labelled.risks is not None]
        wanted = [[label in (rows[i].labelled.risks or ()) for label in task.labels] for i in known]
        if not known:
            return task
        return task.model_copy(update={"temperature": fit_temperature_multi(merged[known], np.array(wanted))})
    gold = _gold(task, rows)
    known_rows = gold >= 0
    if not known_rows.any():
        return task
    temperature = fit_temperature(merged, gold)
    scores = softmax(merged / np.float32(temperature))
    thresholds = choose_thresholds(scores[known_rows], gold[known_rows], task.labels)
    return task.model_copy(update={"temperature": temperature, "thresholds": thresholds})
