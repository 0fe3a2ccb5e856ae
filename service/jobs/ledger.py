"""Ledger: every change of a job's state, each one transaction; who may change it is decided by the change itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy import and_, case, func, or_, select, update

from service.errors import ServiceError
from service.jobs.database import Database
from service.jobs.job import ACTIVE, ENDED, Claim, Counts, Created, Failure, Fate, Job, NewJob, Progress, Standing
from service.jobs.options import JobOptions
from service.jobs.table import JOBS, now_ms

_C: Final = JOBS.c
_BUSY_SECONDS: Final = 30


class Ledger:
    """The jobs of all keys and all processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, url: str | sa.URL) -> Ledger:
        """Errors: SQLAlchemyError, OSError."""
        return cls(Database.open(url))

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def standing(self, owner: str, idempotency: str | None) -> Standing:
        """What is known of a caller before anything is read from them."""
        with self._database.read() as connection:
            seen = and_(_C.owner == owner, _C.idempotency == idempotency)
            known = idempotency is not None and connection.scalar(select(_C.id).where(seen)) is not None
            return Standing(_active(connection, owner), known)

    def create(self, new: NewJob, *, per_key: int) -> Created:
        """Enter a job, or find the one that the same request entered before.

        Errors: ServiceError 409 where the Idempotency-Key stands for another request, 429 beyond the key's jobs.
        """
        with self._database.write_alone() as connection:
            if new.idempotency is not None:
                same = and_(_C.owner == new.owner, _C.idempotency == new.idempotency)
                if (row := connection.execute(select(JOBS).where(same)).one_or_none()) is not None:
                    return Created(_replayed(row, new), replayed=True)
            check_room(_active(connection, new.owner), per_key=per_key)
            row = connection.execute(JOBS.insert().values(**_values(new)).returning(JOBS)).one()
            return Created(_job(row), replayed=False)

    def find(self, job: str, *, owner: str) -> Job | None:
        """A job of this owner."""
        with self._database.read() as connection:
            row = connection.execute(select(JOBS).where(_C.id == job, _C.owner == owner)).one_or_none()
            return None if row is None else _job(row)

    def page(self, owner: str, *, limit: int, after: str | None) -> list[Job]:
        """Jobs of this owner, newest first, from the one behind `after`."""
        query = select(JOBS).where(_C.owner == owner).order_by(_C.created_ms.desc(), _C.id.desc()).limit(limit)
        if after is not None:
            last = select(_C.created_ms).where(_C.id == after, _C.owner == owner).scalar_subquery()
            query = query.where(or_(_C.created_ms < last, and_(_C.created_ms == last, _C.id < after)))
        with self._database.read() as connection:
            return [_job(row) for row in connection.execute(query)]

    def claim(self, *, bundle: str, lease_ms: int) -> Claim | None:
        """Take the oldest job that waits, and is not paused, or whose lease has run out; None where there is none.

        `bundle` is written down for a job that has none yet: however often it goes on, it goes on with that one.
        """
        free = and_(_C.state.in_(ACTIVE), or_(_C.lease_until_ms.is_(None), _C.lease_until_ms < now_ms()))
        with self._database.read() as connection:
            if connection.scalar(select(_C.id).where(free).limit(1)) is None:
                return None
        oldest = select(_C.id).where(free).order_by(_C.created_ms, _C.id).limit(1).with_for_update(skip_locked=True)
        taken = {
            "state": "running",
            "claim": uuid4().hex,
            "lease_until_ms": now_ms() + lease_ms,
            "started_ms": func.coalesce(_C.started_ms, now_ms()),
            "bundle": func.coalesce(_C.bundle, bundle),
            "attempts": _C.attempts + 1,
        }
        change = update(JOBS).where(_C.id == oldest.scalar_subquery(), free).values(taken).returning(JOBS)
        with self._database.write() as connection:
            row = connection.execute(change).one_or_none()
            return None if row is None else Claim(_job(row), row.claim)

    def beat(self, claim: Claim, progress: Progress, *, lease_ms: int) -> bool:
        """Renew the lease and tell how far the job is; False where it is no longer this claim's."""
        # A job that goes on counts its finished rows again; it is never shown to go back.
        values: dict[str, Any] = {
            "lease_until_ms": now_ms() + lease_ms,
            "done": case((_C.done > progress.done, _C.done), else_=progress.done),
            "attempts": case((_C.done < progress.done, 0), else_=_C.attempts),
            "model": func.coalesce(_C.model, progress.model),
        }
        return self._change(claim, **values, **({"total": progress.total} if progress.total else {}))

    def finish(self, claim: Claim, counts: Counts) -> bool:
        """The result is there."""
        return self._change(
            claim,
            **_ENDING | {"state": "done"},
            done=counts.rows,
            total=counts.rows,
            answered=counts.answered,
            model=counts.model,
            quarantined=json.dumps(dict(counts.quarantined)),
        )

    def fail(self, claim: Claim, failure: Failure) -> bool:
        """There will be no result."""
        ending = _ENDING | {"state": "failed"}
        return self._change(claim, **ending, failure_code=failure.code, failure_detail=failure.detail)

    def release(self, claim: Claim, *, crashed: bool, pause_ms: int = 0) -> bool:
        """Give a job back for anyone to go on with, after a pause; a crash is remembered."""
        attempts = {} if crashed else {"attempts": 0}
        until = now_ms() + pause_ms if pause_ms else None
        return self._change(claim, state="queued", claim=None, lease_until_ms=until, **attempts)

    def let_go(self, claim: Claim) -> None:
        """Nobody of this claim is at the job's files any more."""
        with self._database.write() as connection:
            connection.execute(update(JOBS).where(_C.claim == claim.token).values(claim=None, lease_until_ms=None))

    def cancel(self, job: str, *, owner: str) -> bool:
        """End a job that has not ended; whoever carries it out learns it at the next beat."""
        mine = and_(_C.id == job, _C.owner == owner, _C.state.in_(ACTIVE))
        with self._database.write() as connection:
            change = update(JOBS).where(mine).values(state="cancelled", ended_ms=now_ms())
            return connection.execute(change).rowcount == 1

    def forget(self, job: str) -> None:
        """Strike out a job that has ended."""
        with self._database.write() as connection:
            connection.execute(JOBS.delete().where(_C.id == job, _C.state.in_(ENDED)))

    def overdue(self, *, keep_ms: int) -> list[str]:
        """Jobs that ended so long ago."""
        with self._database.read() as connection:
            old = and_(_C.state.in_(ENDED), _C.ended_ms < now_ms() - keep_ms)
            return list(connection.scalars(select(_C.id).where(old)))

    def fate(self, job: str) -> Fate | None:
        """What became of a job of anyone; None where there is none."""
        query = select(_C.state, and_(_C.claim.is_not(None), _C.lease_until_ms > now_ms()).label("held"))
        with self._database.read() as connection:
            row = connection.execute(query.where(_C.id == job)).one_or_none()
            return None if row is None else Fate(row.state, bool(row.held))

    def states(self) -> dict[str, int]:
        """Number of jobs by state."""
        with self._database.read() as connection:
            rows = connection.execute(select(_C.state, func.count()).group_by(_C.state))
            return {row[0]: row[1] for row in rows}

    def _change(self, claim: Claim, /, **values: Any) -> bool:
        held = and_(_C.id == claim.job.id, _C.claim == claim.token, _C.state == "running")
        with self._database.write() as connection:
            return connection.execute(update(JOBS).where(held).values(values)).rowcount == 1


_ENDING: Final[dict[str, Any]] = {"ended_ms": now_ms(), "claim": None, "lease_until_ms": None}


def check_room(active: int, *, per_key: int) -> None:
    """Errors: ServiceError 429 where a key has as many jobs as it may."""
    if active >= per_key:
        detail = (
            f"{active} jobs of this key are queued or running, at most {per_key} may be; wait for one, or delete it"
        )
        raise ServiceError(429, "too_many_jobs", detail, retry_after_seconds=_BUSY_SECONDS)


def _active(connection: sa.Connection, owner: str) -> int:
    query = select(func.count()).select_from(JOBS).where(_C.owner == owner, _C.state.in_(ACTIVE))
    return connection.scalar(query) or 0


def _replayed(row: sa.Row[Any], new: NewJob) -> Job:
    if row.fingerprint != new.fingerprint:
        detail = "this Idempotency-Key stands for another request; send a new key"
        raise ServiceError(409, "idempotency_conflict", detail)
    return _job(row)


def _values(new: NewJob) -> dict[str, Any]:
    return {
        "id": new.id,
        "owner": new.owner,
        "idempotency": new.idempotency,
        "fingerprint": new.fingerprint,
        "state": "queued",
        "options": new.options.model_dump_json(),
        "format": new.format,
        "source": new.source,
        "uploaded": new.uploaded,
        "created_ms": now_ms(),
        "quarantined": "{}",
        **dict.fromkeys(("done", "total", "answered", "attempts"), 0),
    }


_SAME: Final[Sequence[str]] = [
    *("id", "state", "format", "source", "uploaded", "created_ms", "started_ms", "ended_ms", "bundle", "model"),
    *("done", "total", "answered", "attempts"),
]


def _job(row: sa.Row[Any]) -> Job:
    return Job(
        **{name: row._mapping[name] for name in _SAME},
        options=JobOptions.model_validate_json(row.options),
        quarantined=json.loads(row.quarantined),
        failure=Failure(row.failure_code, row.failure_detail) if row.failure_code else None,
    )
