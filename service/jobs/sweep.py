"""Sweep: jobs that have been kept long enough go with their files, and so do files that no job owns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from service.jobs.folder import Folders
from service.jobs.ledger import Ledger

# An upload that has paused longer has been refused for it.
_ABANDONED_SECONDS: Final = 3600.0


def sweep(folders: Folders, *, keep_ms: int) -> Callable[[Ledger], None]:
    """The work, to be done where blocking is allowed. Two processes may do it at the same time."""

    def work(ledger: Ledger) -> None:
        for job in ledger.overdue(keep_ms=keep_ms):
            folders.of(job).remove()
            ledger.forget(job)
        for job in folders:
            if _is_litter(ledger, folders, job):
                folders.of(job).remove()

    return work


def _is_litter(ledger: Ledger, folders: Folders, job: str) -> bool:
    fate = ledger.fate(job)
    if fate is None:
        return folders.of(job).idle_seconds() > _ABANDONED_SECONDS
    return fate.state in ("failed", "cancelled") and not fate.held
