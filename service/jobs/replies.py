"""Replies: a job as callers see it."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from service.jobs.job import Job, State
from service.jobs.options import Format, JobOptions
from service.ticket import CHINA


class ProgressReply(BaseModel):
    """Rows; `total` is 0 until they are counted."""

    done: int
    total: int


class CountsReply(BaseModel):
    """Rows that were answered, and rows that were set aside, by reason."""

    answered: int
    quarantined: dict[str, int]


class JobFailureReply(BaseModel):
    """Why there is no result."""

    code: str
    detail: str


class JobReply(BaseModel):
    """One job. `format` is that of the result."""

    id: str
    state: State
    progress: ProgressReply
    counts: CountsReply | None
    error: JobFailureReply | None
    options: JobOptions
    format: Format
    model: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    expires_at: datetime | None
    """When it and its files are removed."""


class JobAnswer(JobReply):
    """One job, and the request that it was asked for with."""

    request_id: str


class JobPage(BaseModel):
    """Jobs of a key, newest first. `next` is what to send as `after` for the older ones."""

    jobs: list[JobReply]
    next: str | None
    request_id: str


def job_reply(job: Job, *, keep_ms: int) -> JobReply:
    """The job as callers see it; never the path or name of its file."""
    done = job.state == "done"
    return JobReply(
        id=job.id,
        state=job.state,
        progress=ProgressReply(done=job.done, total=job.total),
        counts=CountsReply(answered=job.answered, quarantined=dict(job.quarantined)) if done else None,
        error=JobFailureReply(code=job.failure.code, detail=job.failure.detail) if job.failure else None,
        options=job.options,
        format=job.format,
        model=job.model,
        created_at=_time(job.created_ms),
        started_at=None if job.started_ms is None else _time(job.started_ms),
        ended_at=None if job.ended_ms is None else _time(job.ended_ms),
        expires_at=None if job.ended_ms is None else _time(job.ended_ms + keep_ms),
    )


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, CHINA).replace(microsecond=ms % 1000 * 1000)
