"""Teach: bundles that answer → soft labels of tickets that nobody labelled, for a student to learn from.

    python -m training.teach --bundle FIRST --bundle SECOND --data unlabelled.jsonl.gz --out soft.jsonl

The answers of several teachers are averaged. Training takes the file like any other (`--data soft.jsonl`); what counts
of a row is its column `soft`. The file holds what citizens wrote: keep it as you keep the tickets.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from evaluation.rows import read_rows
from models.document import Document
from models.prediction import Prediction
from models.predictor import Predictor
from training.whole import written_whole

_ROWS = 64
_SMALLEST = 0.01  # shares below tell of the teacher's noise


def teach(teachers: Sequence[Predictor], rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Rows with id, title and text → the same with `soft`: by head, the shares of its labels."""
    remaining = iter(rows)
    while part := list(islice(remaining, _ROWS)):
        documents = [Document.of(row["text"], title=row.get("title") or "") for row in part]
        answers = [teacher.predict(documents) for teacher in teachers]
        for row, predictions in zip(part, zip(*answers, strict=True), strict=True):
            yield {**row, "soft": shares_of(predictions)}


def shares_of(predictions: Sequence[Prediction]) -> dict[str, dict[str, float]]:
    """Mean shares of the teachers, by head and label."""
    shares = {}
    for name, answer in predictions[0].answers.items():
        mean = np.mean([prediction.answers[name].scores for prediction in predictions], axis=0)
        labels = answer.task.labels
        shares[name] = {
            label: round(float(share), 4)
            for label, share in zip(labels, mean, strict=True)
            if share >= _SMALLEST or answer.task.kind == "multi"
        }
    return shares


def messages_of(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of citizens' messages; authorities' replies (`kind`) are left out."""
    for number, row in enumerate((one.cells for one in read_rows(path)), start=1):
        if row.get("kind", "message") == "message" and str(row.get("text") or "").strip():
            yield {"id": f"{path.stem}:{number}", "title": row.get("title") or "", "text": row["text"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--bundle", type=Path, action="append", required=True, help="a teacher; repeatable")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    teachers = [Predictor.open(bundle, workers=2) for bundle in given.bundle]
    rows = list(messages_of(given.data))
    with written_whole(given.out) as draft, draft.open("w", encoding="utf-8") as file:
        for row in track(teach(teachers, rows), description="teaching", total=len(rows)):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
