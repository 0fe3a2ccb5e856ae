"""Databases for jobs: SQLite always, and a real PostgreSQL where Debian's binaries are installed."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

import pytest
import sqlalchemy as sa

from service.jobs import run
from service.jobs.database import Database
from service.jobs.folder import JobFolder
from service.jobs.job import Job, NewJob
from service.jobs.ledger import Ledger
from service.jobs.options import JobOptions
from tests.service.jobs.handed_in import LARGE, ROOT

# What plays the relabeller, where only its end matters. It is started in the job's folder.
ANSWER = """
counts = {"rows": 3, "answered": 3, "quarantined": {}, "model": "tiny@1.0.0"}
Path("result.csv.summary.json").write_text(json.dumps(counts))
Path("result.csv").write_text("x")
"""
FULL_DISK = """
print(json.dumps({"event": "fail", "code": "temporary", "reason": f"{Path.cwd()}: No space left"}))
sys.exit(75)
"""
FULL_DISK_ONCE = f"""
if Path("begun").exists():
    {indent(ANSWER, " " * 4).strip()}
else:
    Path("begun").touch()
    {indent(FULL_DISK, " " * 4).strip()}
"""

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


@dataclass(frozen=True)
class Postgres:
    """A server of our own on a socket of its own."""

    bin: Path
    folder: Path
    user: str

    @property
    def url(self) -> str:
        return f"postgresql://suqiu@/postgres?host={self.folder}"

    def start(self) -> None:
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c fsync=off"
        self._run("pg_ctl", "-D", f"{self.folder}/data", "-w", "-l", f"{self.folder}/log", "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", f"{self.folder}/data", "-w", "-m", "immediate", "stop")

    def create(self) -> None:
        self._run("initdb", "-D", f"{self.folder}/data", "-U", "suqiu", "--auth=trust", "--no-sync")

    def _run(self, name: str, *arguments: str) -> None:
        # initdb and postgres refuse root.
        as_user = ["setpriv", f"--reuid={self.user}", "--regid=nogroup", "--clear-groups"] if os.getuid() == 0 else []
        command = [*as_user, str(self.bin / name), *arguments]
        subprocess.run(command, check=True, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    if not BINARIES:
        pytest.skip("no PostgreSQL here: /usr/lib/postgresql/*/bin/initdb is missing (apt install postgresql)")
    if os.getuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("PostgreSQL refuses root, and setpriv (util-linux) is missing")
    folder = Path(tempfile.mkdtemp(prefix="suqiu-pg-"))
    server = Postgres(BINARIES[-1].parent, folder, "nobody")
    if os.getuid() == 0:
        os.chown(folder, pwd.getpwnam("nobody").pw_uid, -1)
    try:
        server.create()
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'jobs.sqlite3'}"
    server: Postgres = request.getfixturevalue("postgres")
    engine = sa.create_engine(sa.make_url(server.url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS suqiu_jobs, suqiu_jobs_version")
    engine.dispose()
    return server.url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database.open(database_url)
    yield database
    database.close()


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)


def new_job(number: int, *, owner: str = "", idempotency: str | None = None, fingerprint: str = "f") -> NewJob:
    """A job that was asked for."""
    return NewJob(
        id=f"{number:032x}",
        owner=owner,
        options=JobOptions(columns={"text": "内容"}),
        format="csv",
        source="source.csv",
        uploaded=True,
        fingerprint=fingerprint,
        idempotency=idempotency,
    )


def play(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Have jobs carried out by a program of a few lines."""

    def arguments_of(_: Job, folder: JobFolder, *, workers: int) -> list[str]:
        head = f"import json, os, sys, time\nfrom pathlib import Path\nos.chdir({str(folder.path)!r})\n"
        return [sys.executable, "-S", "-c", head + code]

    monkeypatch.setattr(run, "arguments_of", arguments_of)


@pytest.fixture(scope="module")
def reference(tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the command line writes for the large file, in chunks of another size."""
    folder = tmp_path_factory.mktemp("reference")
    (folder / "source.csv").write_text(LARGE, encoding="utf-8")
    command = [sys.executable, "-m", "service.relabel.cli", str(folder / "source.csv"), str(folder / "result.csv")]
    command += ["--bundle", str(tiny_bundle), "--workers", "1", "--progress", "json", "--tasks", "sentiment"]
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    names = {"result": "", "quarantine": ".quarantine.jsonl", "summary": ".summary.json"}
    return {name: (folder / f"result.csv{suffix}").read_bytes() for name, suffix in names.items()}
