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
# Where the relabeller names columns of a source. In a file without a header line they are a citizen's words.
_LISTED: Final = re.compile(r"; (?:there is|it has) .*")
_TWICE: Final = re.compile(r"names column '.*' twice")
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


def failure_of(job: Job, folder: JobFolder) -> Failure:
    """Why the relabeller gave up: its last line, without paths of this machine and without names of columns."""
    told = _tail(folder.stderr)
    if not told or "Traceback (most recent call last)" in told:
        return Failure("internal_error", "the job's process broke; report the job's id to the service's operators")
    line = told.splitlines()[-1]
    for place, name in ((str(folder.source(job)), "the source"), (str(folder.path), "the job's folder")):
        line = line.replace(place, name)
    line = line.replace(job.bundle or "\0", "the bundle").replace(Path(job.source).name, "the source")
    line = _TWICE.sub("names a column twice", _LISTED.sub("", line))
    line = _OPTION.sub(lambda match: _OURS[match[1]], line)
    return Failure("relabel_failed", line)


def frames_of_stderr(folder: JobFolder) -> list[str]:
    """The innermost places of a traceback, for the log: file:line function, without messages."""
    places = re.findall(r'File "([^"]+)", line (\d+), in (\S+)', _tail(folder.stderr))
    return [f"{'/'.join(Path(file).parts[-2:])}:{line} {name}" for file, line, name in places[-8:]]


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
            return file.read().decode("utf-8", "replace").strip()
    except FileNotFoundError:
        return ""
