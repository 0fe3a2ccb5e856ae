"""Job: what the ledger knows of a piece of work, and the claim under which one process carries it out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from service.jobs.options import Format, JobOptions

JOB_ID: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)

State = Literal["queued", "running", "done", "failed", "cancelled"]
STATES: Final[tuple[State, ...]] = ("queued", "running", "done", "failed", "cancelled")
ACTIVE: Final[tuple[State, ...]] = ("queued", "running")
ENDED: Final[tuple[State, ...]] = ("done", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job ended without a result. Never holds a cell of the source."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job as it was asked for. `owner` is the SHA-256 of the key, or empty where the service has no keys.

    `source` is a file's name within the job's folder, or an absolute path where nothing was uploaded.
    `fingerprint` tells two requests apart; `idempotency` is the SHA-256 of the caller's Idempotency-Key.
    """

    id: str
    owner: str
    options: JobOptions
    format: Format
    source: str
    uploaded: bool
    fingerprint: str
    idempotency: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands. Times are milliseconds since 1970; `total` is 0 until the rows are counted."""

    id: str
    state: State
    options: JobOptions
    format: Format
    source: str
    uploaded: bool
    created_ms: int
    started_ms: int | None
    ended_ms: int | None
    bundle: str | None
    model: str | None
    done: int
    total: int
    answered: int
    quarantined: Mapping[str, int]
    failure: Failure | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in the hands of one process. The token is new each time, so that an earlier holder can write no more."""

    job: Job
    token: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is, as its process says."""

    done: int = 0
    total: int = 0
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """What came of a job's rows, and the bundle that answered them."""

    rows: int
    answered: int
    quarantined: Mapping[str, int] = field(default_factory=dict)
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Created:
    """A job, and whether it stood in the ledger already under the same Idempotency-Key."""

    job: Job
    replayed: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ledger knows of a caller: jobs that are not ended, and whether the Idempotency-Key was seen."""

    active: int
    known: bool


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a job: its state, and whether a process may still be at its files."""

    state: State
    held: bool
