"""Plan: everything that the output of a job is a function of, written down before the first row is answered."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from errno import ENOSPC
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from service.reading import Part
from service.relabel.database import digest_of, is_url
from service.relabel.record import RelabelError

WORK_SUFFIX: Final = ".suqiu"
PARTS: Final = "parts"
DEFAULT_TABLE: Final = "suqiu"
_PLAN, _LOCK = "plan.json", "lock"


class Identity(BaseModel):
    """By what a source is recognised when a job goes on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bytes: int
    modified_ns: int

    @classmethod
    def of(cls, path: Path) -> Identity:
        found = path.stat()
        return cls(bytes=found.st_size, modified_ns=found.st_mtime_ns)


class Plan(BaseModel):
    """One job. `columns`: our name → the source's; `labels`: our prediction → a column that holds a known label."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    target: str
    query: str | None = None
    table: str | None = None
    identity: Identity | None = None
    encoding: str | None = None
    bundle: str
    model: str
    parts: tuple[Part, ...]
    columns: dict[str, str]
    labels: dict[str, str] = {}
    prefix: str = "suqiu_"
    plain: bool = False
    chunk_rows: int = 500
    started_at: datetime


def work_folder(target: str, *, table: str | None = None) -> Path:
    """Where a job keeps what is finished: beside its target, or, for a table, in the current folder."""
    if not is_url(target):
        return Path(target).with_name(Path(target).name + WORK_SUFFIX)
    return Path.cwd() / f"{table or DEFAULT_TABLE}-{digest_of(target)}{WORK_SUFFIX}"


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Keep other processes off a job's folder. Errors: RelabelError where one is at it, or nothing can be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / _LOCK).open("w")
    except OSError as error:
        fault = f"{folder} cannot be written ({error.strerror}); choose a target that can be, or make room"
        raise RelabelError(fault, passing=error.errno == ENOSPC) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RelabelError(f"{folder} belongs to a job that is running; wait for it, or stop it") from error
        yield


def settle(plan: Plan, folder: Path) -> Plan:
    """The plan to work by: the stored one where it asks for the same, else this one.

    Errors: RelabelError where the folder holds the parts of another job.
    """
    stored = folder / _PLAN
    if stored.exists():
        earlier = Plan.model_validate_json(stored.read_text(encoding="utf-8"))
        differing = [
            name for name in Plan.model_fields if name != "started_at" and getattr(earlier, name) != getattr(plan, name)
        ]
        if not differing:
            return earlier
        raise RelabelError(
            f"{folder} holds a begun job with another {', '.join(differing)}; give what was given then, "
            "or begin anew with --restart"
        )
    # Parts without a plan are what is left of a job that was being removed.
    shutil.rmtree(folder / PARTS, ignore_errors=True)
    write_whole(stored, plan.model_dump_json(indent=1), private=True)
    return plan


def clear(folder: Path) -> None:
    """Forget what is finished, the plan first, so that no parts are ever taken for another job's; the lock stays."""
    (folder / _PLAN).unlink(missing_ok=True)
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != _LOCK:
            path.unlink()


def remove(folder: Path) -> None:
    """Forget a job that has ended."""
    clear(folder)
    shutil.rmtree(folder)


def check_unchanged(plan: Plan) -> None:
    """Errors: RelabelError where a file has changed since the job began."""
    if plan.identity is not None and Identity.of(Path(plan.source)) != plan.identity:
        raise RelabelError(f"{Path(plan.source).name} has changed while it was read; begin anew with --restart")


def write_whole(path: Path, text: str, *, private: bool = False) -> None:
    """Write, flush to disk, then rename: a reader never sees half of it, whatever happens."""
    draft = path.with_name(path.name + ".draft")
    with draft.open("w", encoding="utf-8") as file:
        if private:  # a database's URL holds its password
            draft.chmod(0o600)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
