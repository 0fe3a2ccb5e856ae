"""Baseline: TF-IDF of character n-grams and a linear SVM per head, on the same split. What every head has to beat."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from evaluation.figures import Figures, measure_all, take_multi, take_single
from evaluation.labelled import LabelledDocument, read_labelled
from evaluation.resample import draw_weights
from evaluation.scored import Array, Scored, accept, depth_of, node_of, score_multi, score_single
from models.bundle import sha256_of
from models.manifest import Figure
from models.taxonomy import Taxonomy

HEADS = ("type", "departments", "territorial", "polarity", "emotion", "intensity", "urgency")
# Raised when anything below changes the figures, so that kept figures of before are not taken for those of now.
_VERSION = 1

Progress = Callable[[str], None]
Read = Callable[[Path], list[LabelledDocument]]


def measure_baseline(
    train: Sequence[LabelledDocument],
    test: Sequence[LabelledDocument],
    *,
    taxonomy: Taxonomy | None,
    progress: Progress = lambda head: None,
) -> dict[str, Figures]:
    """Figures by head, as the report names them; heads without labels on either side are left out."""
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2, dtype=np.float32)
    features = vectorizer.fit_transform([_words(one) for one in train])
    asked = vectorizer.transform([_words(one) for one in test])
    targets = _targets(train, test, taxonomy)

    def measure(head: str) -> Figures | None:
        progress(head)
        of_train, of_test = targets[head]
        fit_rows, rows = _labelled(of_train), _labelled(of_test)
        wanted = [str(of_train[row]) for row in fit_rows]
        if len(set(wanted)) < 2 or not len(rows):
            return None
        model = LinearSVC(random_state=0).fit(features[fit_rows], wanted)
        scores = _columns(model.decision_function(asked[rows]))
        labels = [str(label) for label in model.classes_]
        scored = score_single(head, labels, scores=scores, gold=[str(of_test[row]) for row in rows], rows=rows)
        return _measure_single(scored, test)

    # liblinear lets the interpreter go while it fits, so that threads are enough.
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        measured = dict(zip(targets, pool.map(measure, targets), strict=True))
    figures = {head: found for head, found in measured.items() if found is not None}
    progress("risks")
    figures |= _measure_risks(features, asked, train=train, test=test)
    return figures


def read_baseline(
    train: Path,
    test: Path,
    *,
    read: Read = read_labelled,
    told: str = "",
    taxonomy: Taxonomy | None,
    cache: Path,
    progress: Progress = lambda head: None,
) -> dict[str, Figures]:
    """Figures of two labelled files, kept in `cache` under the files' hashes, so that they are computed once.

    `read` reads them; `told` is whatever its result depends on beside the file."""
    tree = json.dumps([[category.code, *category.path] for category in taxonomy.categories] if taxonomy else [])
    key = "|".join([str(_VERSION), sha256_of(train), sha256_of(test), tree, *([told] if told else [])])
    kept = cache / f"baseline-{hashlib.sha256(key.encode()).hexdigest()[:20]}.json"
    if kept.exists():
        stored = json.loads(kept.read_text(encoding="utf-8"))
        return {head: {n: Figure.model_validate(f) for n, f in of_head.items()} for head, of_head in stored.items()}
    figures = measure_baseline(read(train), read(test), taxonomy=taxonomy, progress=progress)
    plain = {head: {n: f.model_dump() for n, f in of_head.items()} for head, of_head in figures.items()}
    cache.mkdir(parents=True, exist_ok=True)
    draft = kept.with_suffix(".draft")
    draft.write_text(json.dumps(plain, indent=1), encoding="utf-8")
    draft.rename(kept)
    return figures


def _words(labelled: LabelledDocument) -> str:
    document = labelled.document
    return "\n".join([document.title, *(segment.text for segment in document.segments)])


def _targets(
    train: Sequence[LabelledDocument], test: Sequence[LabelledDocument], taxonomy: Taxonomy | None
) -> Mapping[str, list[list[str | None]]]:
    sides = (train, test)
    targets: dict[str, list[list[str | None]]] = {}
    for depth in range(1, depth_of(taxonomy) + 1) if taxonomy else []:
        targets[f"category_l{depth}"] = [[_node(one, taxonomy, depth) for one in side] for side in sides]
    for head in HEADS:
        targets[head] = [[one.labels.get(head) for one in side] for side in sides]
    return targets


def _node(labelled: LabelledDocument, taxonomy: Taxonomy | None, depth: int) -> str | None:
    code = labelled.labels.get("category")
    return node_of(taxonomy, code, depth) if code is not None and taxonomy is not None else None


def _labelled(labels: Sequence[str | None]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([row for row, label in enumerate(labels) if label is not None], dtype=np.int64)


def _columns(decision: Array) -> Array:
    return np.stack([-decision, decision], axis=1) if decision.ndim == 1 else decision


def _measure_single(scored: Scored, test: Sequence[LabelledDocument]) -> Figures:
    if scored.head == "departments":
        scored = accept(scored, [test[row].departments for row in scored.rows])
    return measure_all(take_single(scored, calibrated=False), draw_weights(len(scored.gold)))


def _measure_risks(
    features: Array, asked: Array, *, train: Sequence[LabelledDocument], test: Sequence[LabelledDocument]
) -> dict[str, Figures]:
    known = [(row, one.risks) for row, one in enumerate(train) if one.risks is not None]
    wanted = [(row, one.risks) for row, one in enumerate(test) if one.risks is not None]
    # A risk that every row has, or none, leaves a linear machine nothing to tell apart.
    labels = sorted({risk for _, risks in known for risk in risks if not all(risk in other for _, other in known)})
    if not labels or not wanted:
        return {}
    fit_on, answer_for = features[[row for row, _ in known]], asked[[row for row, _ in wanted]]
    decisions = [
        LinearSVC(random_state=0).fit(fit_on, [label in risks for _, risks in known]).decision_function(answer_for)
        for label in labels
    ]
    scores = np.stack(decisions, axis=1)
    scored = score_multi("risks", labels, scores=scores, gold=[risks for _, risks in wanted], threshold=0.0)
    return {"risks": measure_all(take_multi(scored, calibrated=False), draw_weights(len(wanted)))}
