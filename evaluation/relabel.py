"""Relabel: the command `suqiu-relabel` as a contender of the benchmark, timed from its first rows to its last."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from evaluation.client import Sample
from evaluation.errors import EvaluationError
from evaluation.server import find_command
from models.document import Document

_CHUNK_ROWS: Final = 25


def relabelling(
    command: str, bundle: Path, documents: Sequence[Document], *, tasks: str, workers: int
) -> Callable[[], Sample]:
    """One whole run of the command over the documents.

    Time counts from the first finished chunk: opening the bundle once per process is nothing on a million rows. What
    the command spends on joining, writing and summing up counts.
    """

    def work() -> Sample:
        with TemporaryDirectory() as folder:
            source = Path(folder) / "in.jsonl"
            source.write_text("".join(_line(document) for document in documents), encoding="utf-8")
            call = [*find_command(command), str(source), str(source.with_name("out.jsonl")), "--bundle", str(bundle)]
            call += [
                "--tasks",
                tasks,
                "--workers",
                str(workers),
                "--chunk-rows",
                str(_CHUNK_ROWS),
                "--progress",
                "json",
            ]
            return _time(call)

    return work


def _line(document: Document) -> str:
    text = "\n".join(segment.text for segment in document.segments)
    return json.dumps({"title": document.title, "text": text}, ensure_ascii=False) + "\n"


def _time(call: Sequence[str]) -> Sample:
    began, before, total = 0.0, 0, 0
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "progress" and event["done"] and not before:
                began, before = time.perf_counter(), event["done"]
            total = event.get("rows", total)
        ended = time.perf_counter()
        told = process.stderr.read().strip()
    if process.returncode:
        raise EvaluationError(f"{call[0]} ended with {process.returncode} ({told[-200:]}); install 'suqiu[relabel]'")
    return Sample(total - before, ended - began)
