"""Command: a job → the relabeller's command line, the same whenever the job goes on; and what its end means."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Final

from service.jobs.folder import JobFolder
from service.jobs.job import Counts, Failure, Job

# Stored in the relabeller's plan: a begun job can only go on with the number that it began with.
_CHUNK_ROWS: Final = 200
_TAIL_BYTES: Final = 64 << 10
_PATH: Final = re.compile(r"(?<!\S)/[^\s:;,]+")
# What a citizen wrote may stand in a traceback's message, but looks like no line of this kind.
_FRAME: Final = re.compile(r'^  File "([\w./<>-]+)", line (\d+), in ([\w.<>]+)$', re.ASCII | re.MULTILINE)
_OPTION: Final = re.compile(r"--(column|label|tasks)\b")
_OURS: Final = {"column": "columns", "label": "labels", "tasks": "tasks"}


def arguments_of(job: Job, folder: JobFolder, *, workers: int) -> list[str]:
    """What to run."""
    options = job.options
    arguments = [sys.executable, "-m", "service.relabel.cli", str(folder.source(job)), str(folder.result(job.format))]
    arguments += ["--bundle", job.bundle or "", "--tasks", ",".join(options.tasks), "--workers", str(workers)]
    arguments += ["--chunk-rows", str(_CHUNK_ROWS), "--progress", "json"]
    for column, name in options.columns.items():
        arguments += ["--column", f"{column}={name}"]
    for label, name in options.labels.items():
        arguments += ["--label", f"{label}={name}"]
    return [*arguments, "--plain"] if options.plain else arguments


def environment() -> dict[str, str]:
    """Ours without the service's settings: keys and the database's password are no business of a job's process."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SUQIU_")} | {"PYTHONUTF8": "1"}


def counts_of(job: Job, folder: JobFolder) -> Counts:
    """What came of the rows, from the summary that stands beside a result."""
    figures = json.loads(folder.beside(job.format, ".summary.json").read_text(encoding="utf-8"))
    return Counts(figures["rows"], figures["answered"], figures["quarantined"], figures["model"])


def failure_of(job: Job, folder: JobFolder, reason: str) -> Failure:
    """Why the relabeller gave up: what it said for others to read, or, where it broke without a word, only that."""
    if not reason:
        return Failure("internal_error", "the job's process broke; report the job's id to the service's operators")
    return Failure("relabel_failed", without_paths(job, folder, reason))


def without_paths(job: Job, folder: JobFolder, reason: str) -> str:
    """A reason in one line, without paths of this machine, in the words of those who hand in jobs."""
    line = " ".join(reason.split())
    for place, name in ((str(folder.source(job)), "the source"), (str(folder.path), "the job's folder")):
        line = line.replace(place, name)
    line = line.replace(job.bundle or "\0", "the bundle").replace(Path(job.source).name, "the source")
    return _OPTION.sub(lambda match: _OURS[match[1]], _PATH.sub("a file", line))


def frames_of_stderr(folder: JobFolder) -> list[str]:
    """The innermost places of a traceback, for the log: file:line function, without messages."""
    places = _FRAME.findall(_tail(folder.stderr))
    return [f"{'/'.join(Path(file).parts[-2:])}:{line} {name}" for file, line, name in places[-8:]]


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
            return file.read().decode("utf-8", "replace").strip()
    except FileNotFoundError:
        return ""
