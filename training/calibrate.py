"""Calibrate: the drafted graph on rows that no weight has seen → temperatures, thresholds, and parity with training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluation.calibration import choose_thresholds, fit_temperature, fit_temperature_multi
from evaluation.labelled import GoldSpan
from models.decoding import BEGIN, SPOKEN, Logits, best_tags, join_windows, merge_windows, runs_of, softmax
from models.encoding import Encoded
from models.manifest import TaskSpec
from models.predictor import Predictor
from training.dataset import Example
from training.parity import Drop, Parity, compare_logits, count_drop

Floats = npt.NDArray[np.float32]

_OFFSETS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
_MIN_SPANS = 15


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
        fit_offsets(task, rows, encoded, [row[task.name] for row in logits])
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


def fit_offsets(
    task: TaskSpec, rows: Sequence[Example], encoded: Sequence[Encoded], logits: Sequence[Floats]
) -> TaskSpec:
    """Offsets of begin and inside, per kind, with the best mean of exact-span F1 and token F1.

    Spans are rare beside what is outside, so the best tag of each token finds too few and ends them too early. Token F1
    is in the aim, because exact spans alone reward runs that swallow their surroundings. A kind with few spans in the
    rows keeps its logits.
    """
    gold = [example.spans_of(task.name) for example in rows]
    # Of the head of spoken words calls alone are read, though messages taught it, too.
    known = [
        index for index, spans in enumerate(gold) if spans is not None and (task.name != SPOKEN or rows[index].is_call)
    ]
    joined = [join_windows(encoded[index], logits[index]) for index in known]
    pairs = []
    for number, kind in enumerate(task.labels):
        marked = [_marked(gold[index] or (), kind, encoded[index]) for index in known]
        scores = [tokens[:, number] for tokens in joined]
        enough = sum(len(one.runs) for one in marked) >= _MIN_SPANS
        pairs.append(_best_offsets(scores, marked) if enough else (0.0, 0.0))
    return task.model_copy(update={"offsets": tuple(pairs)})


@dataclass(frozen=True, slots=True)
class _Marked:
    """Spans of one kind in one document, as runs of tokens.  Shapes: inside, separator (tokens,)."""

    runs: frozenset[tuple[int, int]]
    inside: npt.NDArray[np.bool_]
    separator: npt.NDArray[np.bool_]


def _marked(spans: Sequence[GoldSpan], kind: str, encoded: Encoded) -> _Marked:
    separator = encoded.start == encoded.end
    inside = np.zeros(len(encoded.segment), dtype=bool)
    runs = set()
    for span in spans:
        if span.kind == kind:
            within = (encoded.segment == span.segment) & (encoded.start >= span.start) & (encoded.end <= span.end)
            places = np.flatnonzero(within & ~separator)
            if places.size:
                runs.add((int(places[0]), int(places[-1])))
                inside[places] = True
    return _Marked(frozenset(runs), inside, separator)


def _best_offsets(scores: Sequence[Floats], marked: Sequence[_Marked]) -> tuple[float, float]:
    best, chosen = _aim(scores, marked, (0.0, 0.0)), (0.0, 0.0)
    for begin in _OFFSETS:
        for inside in _OFFSETS:
            reached = _aim(scores, marked, (begin, inside))
            if reached > best + 1e-9:
                best, chosen = reached, (begin, inside)
    return chosen


def _aim(scores: Sequence[Floats], marked: Sequence[_Marked], offsets: tuple[float, float]) -> float:
    right = found = gold = right_tokens = found_tokens = gold_tokens = 0
    for tokens, one in zip(scores, marked, strict=True):
        if not len(tokens):
            continue
        shifted = tokens + np.array([0.0, *offsets], dtype=np.float32)
        shifted[one.separator, BEGIN:] = -30.0
        tags = best_tags(shifted[:, None])[:, 0]
        runs = frozenset(runs_of(tags))
        right, found, gold = right + len(runs & one.runs), found + len(runs), gold + len(one.runs)
        right_tokens += int(((tags > 0) & one.inside).sum())
        found_tokens += int((tags > 0).sum())
        gold_tokens += int(one.inside.sum())
    exact = 2 * right / max(found + gold, 1)
    return (exact + 2 * right_tokens / max(found_tokens + gold_tokens, 1)) / 2


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
