"""What is swept away, and what stays."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from service.jobs.database import Database
from service.jobs.folder import Folders
from service.jobs.ledger import Ledger
from service.jobs.sweep import sweep
from service.jobs.table import JOBS, now_ms
from tests.service.jobs.conftest import new_job


def test_old_jobs_and_litter_go_and_everything_else_stays(ledger: Ledger, database: Database, tmp_path: Path) -> None:
    folders = Folders(tmp_path / "root")
    stands: dict[str, dict[str, Any] | None] = {
        "old": {"state": "done", "ended_ms": 1},
        "recent": {"state": "done", "ended_ms": now_ms()},
        "failed": {"state": "failed", "ended_ms": now_ms()},
        "cancelled": {"state": "cancelled", "ended_ms": now_ms(), "claim": "c", "lease_until_ms": 1},
        "held": {"state": "cancelled", "ended_ms": now_ms(), "claim": "c", "lease_until_ms": now_ms() + 60_000},
        "queued": {"state": "queued"},
        "arriving": None,
        "lost": None,
    }
    ids = {name: new_job(number).id for number, name in enumerate(stands)}
    for number, (name, values) in enumerate(stands.items()):
        folders.of(ids[name]).create()
        (folders.of(ids[name]).path / "result.csv").write_text("x")
        if values is not None:
            ledger.create(new_job(number), per_key=99)
            with database.write() as connection:
                connection.execute(sa.update(JOBS).where(JOBS.c.id == ids[name]).values(values))
    for path in (folders.of(ids["lost"]).path / "result.csv", folders.of(ids["lost"]).path):
        os.utime(path, (1, 1))
    strays = [tmp_path / "root" / "files" / name for name in ("lost+found", f"{99:032x}", "note.txt")]
    strays[0].mkdir()
    for stray in strays[1:]:
        stray.write_text("x")
    for stray in strays:
        os.utime(stray, (1, 1))
    sweep(folders, keep_ms=60_000)(ledger)
    assert all(stray.exists() for stray in strays)
    assert set(folders) == {ids[name] for name in ("recent", "held", "queued", "arriving")}
    assert ledger.fate(ids["old"]) is None
    assert ledger.fate(ids["recent"]) is not None
