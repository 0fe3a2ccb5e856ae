"""State changes, over SQLite and PostgreSQL: who holds a job, and who no longer does."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from service.errors import ServiceError
from service.jobs.database import Database
from service.jobs.job import Claim, Counts, Failure, Progress
from service.jobs.ledger import Ledger
from service.jobs.table import JOBS
from tests.service.jobs.conftest import new_job

LEASE_MS = 60_000


def claim(ledger: Ledger, *, bundle: str = "/b") -> Claim:
    found = ledger.claim(bundle=bundle, lease_ms=LEASE_MS)
    assert found is not None
    return found


def let_lease_run_out(database: Database) -> None:
    with database.write() as connection:
        connection.execute(sa.update(JOBS).values(lease_until_ms=1))


def test_a_job_is_taken_oldest_first_and_only_once(ledger: Ledger) -> None:
    for number in (3, 1, 2):
        ledger.create(new_job(number), per_key=9)
        time.sleep(0.005)
    assert [claim(ledger).job.id[-1] for _ in range(3)] == ["3", "1", "2"]
    assert ledger.claim(bundle="/b", lease_ms=LEASE_MS) is None


def test_of_many_that_reach_for_jobs_at_once_each_gets_another(ledger: Ledger) -> None:
    for number in range(12):
        ledger.create(new_job(number), per_key=99)
    with ThreadPoolExecutor(4) as threads:
        taken = list(threads.map(lambda _: ledger.claim(bundle="/b", lease_ms=LEASE_MS), range(24)))
    ids = [one.job.id for one in taken if one is not None]
    assert len(ids) == len(set(ids))
    assert len(ids) + sum(1 for _ in iter(lambda: ledger.claim(bundle="/b", lease_ms=LEASE_MS), None)) == 12


def test_a_job_whose_lease_has_run_out_is_taken_over_with_its_bundle_and_the_earlier_holder_writes_no_more(
    ledger: Ledger, database: Database
) -> None:
    ledger.create(new_job(1), per_key=9)
    first = claim(ledger, bundle="/old")
    let_lease_run_out(database)
    second = claim(ledger, bundle="/new")
    assert (second.job.bundle, second.job.attempts) == ("/old", 2)
    assert not ledger.beat(first, Progress(5, 9), lease_ms=LEASE_MS)
    assert not ledger.finish(first, Counts(9, 9))
    assert not ledger.fail(first, Failure("x", "y"))
    assert not ledger.release(first, crashed=False)
    assert ledger.beat(second, Progress(5, 9), lease_ms=LEASE_MS)


def test_progress_never_goes_back_and_forgives_crashes(ledger: Ledger, database: Database) -> None:
    ledger.create(new_job(1), per_key=9)
    ledger.beat(claim(ledger), Progress(600, 900, "tiny@1"), lease_ms=LEASE_MS)
    let_lease_run_out(database)
    second = claim(ledger)
    assert second.job.attempts == 1
    ledger.beat(second, Progress(200, 0), lease_ms=LEASE_MS)
    job = ledger.find(second.job.id, owner="")
    assert job is not None
    assert (job.done, job.total, job.attempts, job.model) == (600, 900, 1, "tiny@1")
    ledger.release(second, crashed=True)
    assert claim(ledger).job.attempts == 2


def test_a_paused_job_is_taken_when_its_pause_is_over_and_can_be_cancelled_before(
    ledger: Ledger, database: Database
) -> None:
    ledger.create(new_job(1), per_key=9)
    assert ledger.release(claim(ledger), crashed=True, pause_ms=LEASE_MS)
    assert ledger.claim(bundle="/b", lease_ms=LEASE_MS) is None
    assert ledger.states() == {"queued": 1}
    let_lease_run_out(database)
    second = claim(ledger)
    assert second.job.attempts == 2
    ledger.release(second, crashed=True, pause_ms=LEASE_MS)
    assert ledger.cancel(second.job.id, owner="")
    fate = ledger.fate(second.job.id)
    assert fate is not None
    assert (fate.state, fate.held) == ("cancelled", False)


def test_an_ending_is_told_as_it_was(ledger: Ledger) -> None:
    for number in (1, 2):
        ledger.create(new_job(number), per_key=9)
        time.sleep(0.005)
    assert ledger.finish(claim(ledger), Counts(10, 8, {"text_missing": 2}))
    assert ledger.fail(claim(ledger), Failure("relabel_failed", "不行"))
    done, failed = (ledger.find(new_job(number).id, owner="") for number in (1, 2))
    assert done is not None
    assert failed is not None
    assert (done.state, done.done, done.total, done.answered, done.quarantined) == (
        *("done", 10, 10, 8),
        {"text_missing": 2},
    )
    assert (failed.state, failed.failure) == ("failed", Failure("relabel_failed", "不行"))
    assert done.ended_ms is not None
    assert abs(done.ended_ms - time.time() * 1000) < 60_000
    assert ledger.states() == {"done": 1, "failed": 1}


def test_a_cancelled_job_is_lost_to_its_holder_and_held_until_that_one_lets_go(ledger: Ledger) -> None:
    ledger.create(new_job(1), per_key=9)
    held = claim(ledger)
    assert not ledger.cancel(held.job.id, owner="somebody")
    assert ledger.cancel(held.job.id, owner="")
    assert not ledger.cancel(held.job.id, owner="")
    assert not ledger.beat(held, Progress(), lease_ms=LEASE_MS)
    before = ledger.fate(held.job.id)
    ledger.let_go(held)
    after = ledger.fate(held.job.id)
    assert before is not None
    assert after is not None
    assert (before.state, before.held, after.held) == ("cancelled", True, False)


def test_the_same_key_gives_the_same_job_and_never_another_request_s(ledger: Ledger) -> None:
    first = ledger.create(new_job(1, owner="a", idempotency="k"), per_key=1)
    again = ledger.create(new_job(2, owner="a", idempotency="k"), per_key=1)
    assert (first.replayed, again.replayed, again.job.id) == (False, True, first.job.id)
    with pytest.raises(ServiceError) as caught:
        ledger.create(new_job(3, owner="a", idempotency="k", fingerprint="other"), per_key=9)
    assert (caught.value.status, caught.value.code) == (409, "idempotency_conflict")
    assert not ledger.create(new_job(4, owner="b", idempotency="k"), per_key=1).replayed


def test_a_key_has_no_more_jobs_than_it_may_also_when_it_asks_for_them_at_once(ledger: Ledger) -> None:
    def create(number: int) -> bool:
        try:
            return not ledger.create(new_job(number, owner="a"), per_key=3).replayed
        except ServiceError as error:
            return error.code != "too_many_jobs"

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(create, range(10))) == 3
    ledger.finish(claim(ledger), Counts(1, 1))
    assert create(11)
    assert not create(12)


def test_pages_hold_the_jobs_of_one_owner_newest_first(ledger: Ledger) -> None:
    for number in range(5):
        ledger.create(new_job(number, owner="a"), per_key=99)
    ledger.create(new_job(9, owner="b"), per_key=99)
    first = ledger.page("a", limit=3, after=None)
    second = ledger.page("a", limit=3, after=first[-1].id)
    ids = [job.id[-1] for job in (*first, *second)]
    assert sorted(ids) == ["0", "1", "2", "3", "4"]
    assert ids[0] >= ids[-1]
    assert ledger.page("a", limit=3, after=new_job(9).id) == []


def test_what_has_ended_long_ago_is_overdue(ledger: Ledger, database: Database) -> None:
    for number in (1, 2, 3):
        ledger.create(new_job(number), per_key=9)
    ledger.finish(claim(ledger), Counts(1, 1))
    ended = claim(ledger)
    ledger.finish(ended, Counts(1, 1))
    with database.write() as connection:
        connection.execute(sa.update(JOBS).where(JOBS.c.id == ended.job.id).values(ended_ms=1))
    assert ledger.overdue(keep_ms=60_000) == [ended.job.id]
    ledger.forget(ended.job.id)
    ledger.forget(new_job(3).id)
    assert ledger.states() == {"done": 1, "queued": 1}
