"""Folder: where a job's files lie, from the upload's draft to the result."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import time

from service.jobs.job import JOB_ID, Job
from service.jobs.options import Format
from service.relabel.plan import work_folder


@dataclass(frozen=True, slots=True)
class JobFolder:
    """The files of one job; the relabeller names what stands beside its target."""

    path: Path

    @property
    def draft(self) -> Path:
        """An upload that is not complete."""
        return self.path / "upload.draft"

    @property
    def stderr(self) -> Path:
        """What the job's process complained of."""
        return self.path / "stderr"

    def source(self, job: Job) -> Path:
        """What is relabelled."""
        return self.path / job.source if job.uploaded else Path(job.source)

    def result(self, format_: Format) -> Path:
        """The target; it is there only when it is complete, and the rest with it."""
        return self.path / f"result.{format_}"

    def beside(self, format_: Format, suffix: str) -> Path:
        """`.quarantine.jsonl`, `.summary.json` or `.summary.html`."""
        return self.path / f"result.{format_}{suffix}"

    def create(self) -> None:
        """Make the folder, for nobody else to look into."""
        self.path.mkdir(mode=0o700, parents=True)

    def tidy(self, job: Job) -> None:
        """Keep of a job that is done only what its caller may fetch."""
        if job.uploaded:
            self.source(job).unlink(missing_ok=True)
        self.stderr.unlink(missing_ok=True)
        shutil.rmtree(work_folder(str(self.result(job.format))), ignore_errors=True)

    def remove(self) -> None:
        """Remove everything; what a dying process still writes is found by the next sweep."""
        shutil.rmtree(self.path, ignore_errors=True)

    def idle_seconds(self) -> float:
        """Since anything directly in the folder was written."""
        try:
            times = [path.stat().st_mtime for path in (self.path, *self.path.iterdir())]
        except FileNotFoundError:
            return 0.0
        return time() - max(times)


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of all jobs. Processes that share a database share them too."""

    root: Path

    def of(self, job: str) -> JobFolder:
        """The folder of a job."""
        return JobFolder(self.root / "files" / job)

    def __iter__(self) -> Iterator[str]:
        """Jobs that have a folder. Whatever else lies there, such as lost+found, is nobody's to remove."""
        files = self.root / "files"
        found = files.iterdir() if files.is_dir() else ()
        return iter([path.name for path in found if JOB_ID.fullmatch(path.name) and path.is_dir()])
