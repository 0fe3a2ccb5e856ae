"""Calibrate: the drafted graph on rows that no weight has seen → temperatures, thresholds, and parity with training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluation.calibration import choose_thresholds, fit_temperature, fit_temperature_multi
from models.decoding import Logits, merge_windows, softmax
from models.encoding import Encoded
from models.manifest import TaskSpec
from models.predictor import Predictor
from training.config import QuantiseConfig
from training.dataset import Example
from training.parity import Parity, ParityError, compare_logits

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Calibrated heads, and how far the served graph is from the trained one."""

    tasks: tuple[TaskSpec, ...]
    parity: Parity
    drops: Mapping[str, float]


def calibrate(served: Predictor, trained: Predictor, rows: Sequence[Example]) -> Calibration:
    """Fit every head on the served graph's logits, and compare these with the trained graph's."""
    tasks = served.bundle.manifest.tasks
    encoded = served.encode([example.labelled.document for example in rows])
    logits = [served.run(one) for one in encoded]
    reference = [trained.run(one) for one in encoded]
    parity = compare_logits(reference, logits, tasks, drift=drift_in_company(served, encoded, logits))
    return Calibration(
        tasks=tuple(_fit(task, rows, _merge(task, encoded, logits)) for task in tasks),
        parity=parity,
        drops={
            task.name: _accuracy(task, rows, _merge(task, encoded, reference))
            - _accuracy(task, rows, _merge(task, encoded, logits))
            for task in tasks
            if task.kind in ("single", "tree")
        },
    )


def check_drops(calibration: Calibration, config: QuantiseConfig, *, rows: int) -> None:
    """Serving may cost at most `largest_drop` of accuracy on any head. Errors: ParityError."""
    for head, drop in calibration.drops.items():
        # On a few hundred rows two flipped answers weigh more than the allowance.
        if drop > config.largest_drop + 2.0 / max(rows, 1):
            raise ParityError(
                f"head '{head}': the served graph answers {drop:.2%} fewer of {rows} held-back rows right than the "
                'trained one; serve fp32 (quantise.precision = "fp32")'
            )


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


def _accuracy(task: TaskSpec, rows: Sequence[Example], merged: Floats) -> float:
    gold = _gold(task, rows)
    known = gold >= 0
    return float((merged[known].argmax(axis=1) == gold[known]).mean()) if known.any() else 0.0


def _fit(task: TaskSpec, rows: Sequence[Example], merged: Floats) -> TaskSpec:
    if task.kind == "spans":
        return task
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
