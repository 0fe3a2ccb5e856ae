"""Run: a bundle and a labelled file → report.json and report.html."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from evaluation.errors import EvaluationError
from evaluation.figures import Figures
from evaluation.judge import judge
from evaluation.labelled import LabelledDocument
from evaluation.page import render_page
from evaluation.report import (
    Report,
    report_alternatives,
    report_heads,
    report_spans,
    report_untouched,
    write_whole,
)
from models.bundle import Bundle, sha256_of
from models.manifest import Figure
from models.prediction import Prediction
from models.predictor import Predictor

# Enough documents to batch by length, few enough for a progress bar that moves.
_CHUNK = 64

Advance = Callable[[int], None]


def predict_all(
    predictor: Predictor, documents: Sequence[LabelledDocument], *, advance: Advance = lambda done: None
) -> list[Prediction]:
    """Predictions in the order of the documents, all heads; `advance` is told how many were done. Errors: TextError."""
    predictions: list[Prediction] = []
    for first in range(0, len(documents), _CHUNK):
        chunk = documents[first : first + _CHUNK]
        predictions += predictor.predict([one.document for one in chunk])
        advance(len(chunk))
    return predictions


def build_report(
    bundle: Bundle,
    documents: Sequence[LabelledDocument],
    predictions: Sequence[Prediction],
    *,
    data: Path,
    baseline: Mapping[str, Figures] | None = None,
) -> Report:
    """Everything that can be measured of these predictions. Errors: EvaluationError where no row has a label."""
    judged = judge(predictions, documents, tasks=bundle.manifest.tasks, taxonomy=bundle.taxonomy)
    heads, spans = report_heads(judged), report_spans(judged.spans)
    if not heads and not spans:
        raise EvaluationError(f"{data.name} has no label for any head of {bundle.manifest.label}; name a labelled file")
    return Report(
        bundle=bundle.manifest.label,
        data=data.name,
        data_sha256=sha256_of(data),
        documents=len(documents),
        truncated=sum(prediction.truncated for prediction in predictions),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        heads=heads,
        spans=spans,
        alternatives=report_alternatives(judged),
        untouched=report_untouched(judged),
        baseline=baseline or {},
        names=name_labels(bundle),
    )


def write_report(report: Report, out: Path) -> None:
    """`report.json` and `report.html` in a folder, each whole or not at all."""
    write_whole(out / "report.json", report.to_json())
    write_whole(out / "report.html", render_page(report))


def headline(report: Report) -> dict[str, Figure]:
    """The figures that a manifest carries, as `head.figure` and `spans.kind.figure`."""
    heads = {f"{head.head}.{name}": figure for head in report.heads for name, figure in head.figures.items()}
    spans = {f"spans.{span.kind}.{name}": figure for span in report.spans for name, figure in span.figures.items()}
    both = {f"untouched.{name}": figure for name, figure in report.untouched.items()}
    return heads | spans | both


def name_labels(bundle: Bundle) -> dict[str, str]:
    """Names of those labels that are codes: leaves of the tree and units."""
    leaves = {category.code: category.path[-1] for category in bundle.taxonomy.categories}
    return leaves | {unit.id: unit.name for unit in bundle.departments.values()}
