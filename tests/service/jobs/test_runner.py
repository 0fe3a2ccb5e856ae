"""Jobs through everything that can happen to them; what comes out is what an uninterrupted run writes."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.jobs import run, runner
from service.jobs.database import Database
from service.jobs.job import Claim, Counts
from service.jobs.ledger import Ledger
from service.jobs.table import JOBS
from tests.service.conftest import Doors, OpenDoors
from tests.service.jobs.conftest import ANSWER, FULL_DISK, FULL_DISK_ONCE, Postgres, play
from tests.service.jobs.handed_in import LARGE, SMALL, check_same, create, is_done, processes_of, wait, wait_begun

# Other work on the machine may slow a job's process, which is nice to it, many times.
pytestmark = pytest.mark.timeout(300)

CITIZEN = "欧阳修远"


def events(doors: Doors, *names: str) -> list[dict[str, Any]]:
    """What the log says of some things."""
    return [line for line in doors.log if line["event"] in names]


def test_a_process_that_is_killed_goes_on_where_it_was(
    open_doors: OpenDoors, tmp_path: Path, reference: dict[str, bytes]
) -> None:
    doors = open_doors(jobs_folder=tmp_path / "jobs")
    path = create(doors.client, LARGE)
    wait_begun(tmp_path / "jobs")
    (process,) = processes_of(tmp_path / "jobs")
    assert os.getpriority(os.PRIO_PROCESS, process) == min(os.nice(0) + 10, 19)
    os.kill(process, signal.SIGKILL)
    wait(doors.client, path, is_done)
    check_same(doors.client, path, reference)
    (released,) = [line for line in doors.log if line["event"] == "job_released"]
    assert released["signal"] == signal.SIGKILL


def test_a_service_that_stops_gives_its_jobs_back_and_the_next_goes_on(
    open_doors: OpenDoors, tmp_path: Path, reference: dict[str, bytes]
) -> None:
    first = open_doors(jobs_folder=tmp_path / "jobs")
    path = create(first.client, LARGE)
    wait_begun(tmp_path / "jobs")
    began = time.monotonic()
    first.house.begin_drain()
    while processes_of(tmp_path / "jobs"):
        time.sleep(0.01)
    assert time.monotonic() - began < 5
    while first.client.get(path).json()["state"] != "queued":
        time.sleep(0.01)
    second = open_doors(jobs_folder=tmp_path / "jobs")
    job = wait(second.client, path, is_done)
    assert job["counts"]["quarantined"] == {"text_missing": 40}
    check_same(second.client, path, reference)


def test_a_cancelled_job_ends_at_once_with_everything_it_has_written(open_doors: OpenDoors, tmp_path: Path) -> None:
    doors = open_doors(jobs_folder=tmp_path / "jobs", jobs_workers=2)
    path = create(doors.client, LARGE)
    wait_begun(tmp_path / "jobs")
    assert doors.client.delete(path).status_code == 204
    assert processes_of(tmp_path / "jobs") == []
    assert list((tmp_path / "jobs" / "files").iterdir()) == []
    job = doors.client.get(path).json()
    assert (job["state"], job["counts"]) == ("cancelled", None)


def test_a_job_that_is_cancelled_at_another_process_ends_at_the_next_beat(
    open_doors: OpenDoors, tmp_path: Path
) -> None:
    at_work = open_doors(jobs_folder=tmp_path / "jobs", jobs_lease_seconds=1)
    elsewhere = open_doors(jobs_folder=tmp_path / "jobs", jobs_at_once=0)
    path = create(elsewhere.client, LARGE)
    wait_begun(tmp_path / "jobs")
    assert elsewhere.client.delete(path).status_code == 204
    while list((tmp_path / "jobs" / "files").iterdir()) or processes_of(tmp_path / "jobs"):
        time.sleep(0.02)
    assert at_work.client.get(path).json()["state"] == "cancelled"


def test_a_job_that_was_taken_over_is_left_alone(open_doors: OpenDoors, tmp_path: Path) -> None:
    doors = open_doors(jobs_folder=tmp_path / "jobs", jobs_lease_seconds=1)
    create(doors.client, LARGE)
    wait_begun(tmp_path / "jobs")
    database = Database.open(f"sqlite:///{tmp_path / 'jobs' / 'jobs.sqlite3'}")
    with database.write() as connection:
        connection.execute(sa.update(JOBS).values(claim="another", lease_until_ms=2**60))
    database.close()
    while processes_of(tmp_path / "jobs"):
        time.sleep(0.02)
    assert list((tmp_path / "jobs" / "files").glob("*/source.csv"))
    assert not [line for line in doors.log if line["event"] in ("job_done", "job_failed", "job_released")]


def test_two_services_on_one_database_share_the_jobs_and_none_is_done_twice(
    open_doors: OpenDoors, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(monkeypatch, ANSWER)
    settings = {"jobs_folder": tmp_path / "jobs", "jobs_database": database_url, "jobs_per_key": 9}
    services = [open_doors(**settings) for _ in range(2)]
    paths = [create(services[0].client, SMALL) for _ in range(3)]
    for path in paths:
        wait(services[1].client, path, is_done)
    begun = [line["job"] for doors in services for line in doors.log if line["event"] == "job_begun"]
    assert sorted(begun) == sorted(path.rpartition("/")[2] for path in paths)


def test_a_job_that_only_ever_kills_its_process_is_given_up(
    open_doors: OpenDoors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(monkeypatch, "os.kill(os.getpid(), 9)")
    doors = open_doors(jobs_folder=tmp_path / "jobs")
    path = create(doors.client, SMALL)
    while (job := doors.client.get(path).json())["state"] != "failed":
        time.sleep(0.02)
    assert job["error"]["code"] == "job_abandoned"
    assert len([line for line in doors.log if line["event"] == "job_released"]) == run.MAX_ATTEMPTS
    while list((tmp_path / "jobs" / "files").iterdir()):
        time.sleep(0.02)


def test_a_fault_that_passes_pauses_a_job_which_then_goes_on_with_what_it_has(
    open_doors: OpenDoors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(monkeypatch, FULL_DISK_ONCE)
    monkeypatch.setattr(run, "PAUSES_SECONDS", (0.5,) * run.MAX_ATTEMPTS)
    doors = open_doors(jobs_folder=tmp_path / "jobs")
    began = time.monotonic()
    wait(doors.client, create(doors.client, SMALL), is_done)
    assert time.monotonic() - began > 0.5
    (paused,) = events(doors, "job_paused")
    assert (paused["reason"], paused["pause_ms"]) == ("the job's folder: No space left", 500)


def test_a_fault_that_should_have_passed_and_does_not_ends_the_job(
    open_doors: OpenDoors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(monkeypatch, FULL_DISK)
    monkeypatch.setattr(run, "PAUSES_SECONDS", (0.1,) * run.MAX_ATTEMPTS)
    doors = open_doors(jobs_folder=tmp_path / "jobs")
    path = create(doors.client, SMALL)
    while (job := doors.client.get(path).json())["state"] != "failed":
        time.sleep(0.02)
    assert job["error"]["code"] == "job_abandoned"
    assert len(events(doors, "job_paused")) == run.MAX_ATTEMPTS
    while list((tmp_path / "jobs" / "files").iterdir()):
        time.sleep(0.02)


def test_what_a_process_complains_of_never_reaches_a_caller(
    open_doors: OpenDoors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(monkeypatch, f"sys.exit('no column holds the text; there is {CITIZEN}')")
    doors = open_doors(jobs_folder=tmp_path / "jobs")
    path = create(doors.client, SMALL)
    while (job := doors.client.get(path).json())["state"] != "failed":
        time.sleep(0.02)
    assert job["error"]["code"] == "internal_error"
    assert CITIZEN not in str(job)
    assert CITIZEN not in str(doors.log)


@pytest.mark.parametrize("code", [ANSWER, "sys.exit(1)", FULL_DISK])
def test_a_job_that_is_cancelled_as_its_process_ends_leaves_nothing(
    open_doors: OpenDoors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    change = Ledger._change

    def change_late(ledger: Ledger, claim: Claim, /, **values: Any) -> bool:
        if "done" not in values or "answered" in values:  # no beat
            ledger.cancel(claim.job.id, owner="")
        return change(ledger, claim, **values)

    play(monkeypatch, code)
    monkeypatch.setattr(Ledger, "_change", change_late)
    doors = open_doors(jobs_folder=tmp_path / "jobs")
    path = create(doors.client, SMALL)
    while list((tmp_path / "jobs" / "files").iterdir()):
        time.sleep(0.02)
    assert doors.client.get(path).json()["state"] == "cancelled"
    assert not events(doors, "job_done", "job_failed", "job_paused")


def test_a_result_whose_entry_was_answered_too_late_is_tidied_all_the_same(
    open_doors: OpenDoors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = Ledger.finish

    def finish_late(ledger: Ledger, claim: Claim, counts: Counts) -> bool:
        if finish(ledger, claim, counts):
            raise TimeoutError
        return False

    play(monkeypatch, ANSWER)
    monkeypatch.setattr(Ledger, "finish", finish_late)
    doors = open_doors(jobs_folder=tmp_path / "jobs")
    wait(doors.client, create(doors.client, SMALL), is_done)
    while list(tmp_path.glob("jobs/files/*/source.csv")):
        time.sleep(0.02)


def test_a_process_does_not_outlive_the_beat_of_its_lease(
    open_doors: OpenDoors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object, **__: object) -> bool:
        raise ValueError(CITIZEN)

    play(monkeypatch, "time.sleep(300)")
    monkeypatch.setattr(Ledger, "beat", break_down)
    doors = open_doors(jobs_folder=tmp_path / "jobs", jobs_lease_seconds=1)
    path = create(doors.client, SMALL)
    while not events(doors, "job_broke"):
        time.sleep(0.02)
    play(monkeypatch, ANSWER)
    wait(doors.client, path, is_done)
    assert CITIZEN not in str(doors.log)


def test_jobs_go_on_after_a_turn_that_broke(
    open_doors: OpenDoors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise ValueError(CITIZEN)

    play(monkeypatch, ANSWER)
    monkeypatch.setattr(runner, "sweep", break_down)
    doors = open_doors(jobs_folder=tmp_path / "jobs")
    while not events(doors, "jobs_turn_broke"):
        time.sleep(0.02)
    wait(doors.client, create(doors.client, SMALL), is_done)
    assert CITIZEN not in str(doors.log)


def test_while_postgresql_is_down_predictions_go_on_and_jobs_come_to_their_end_afterwards(
    open_doors: OpenDoors, tmp_path: Path, postgres: Postgres, reference: dict[str, bytes]
) -> None:
    doors = open_doors(jobs_folder=tmp_path / "jobs", jobs_database=postgres.url, jobs_lease_seconds=2)
    path = create(doors.client, LARGE)
    wait_begun(tmp_path / "jobs")
    postgres.stop()
    try:
        reply = doors.client.get(path)
        assert (reply.status_code, reply.json()["code"]) == (503, "jobs_database_down")
        assert doors.post("/v1/category", {"text": "小区"}).status_code == 200
        while processes_of(tmp_path / "jobs"):  # nobody renews the lease, so nobody may go on
            time.sleep(0.02)
    finally:
        postgres.start()
    while doors.client.get(path).status_code != 200:
        time.sleep(0.05)
    wait(doors.client, path, is_done)
    check_same(doors.client, path, reference)
