"""Jobs over HTTP: handed in, followed, fetched, taken back; and what must never come in or be seen."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.jobs import opening, runner
from service.jobs.job import Created, NewJob
from service.jobs.ledger import Ledger
from tests.service.conftest import Doors, OpenDoors
from tests.service.jobs.conftest import ANSWER, play

KEY, OTHER = "kou-ling-1", "kou-ling-2"
NAME, PHONE = "欧阳修远", "13912345678"
ROWS = (
    f"编号,诉求内容,来电时间,备注\n1,楼下烧烤店油烟,2026-01-01 08:00:00,{PHONE}\n2,,2026-01-01,{NAME}\n3,路灯不亮,,x\n"
)


@pytest.fixture
def job_doors(open_doors: OpenDoors, tmp_path: Path) -> Doors:
    """A service with jobs."""
    return open_doors(jobs_folder=tmp_path / "jobs", jobs_roots=str(tmp_path / "root"))


@pytest.fixture
def waiting(open_doors: OpenDoors, tmp_path: Path) -> Doors:
    """A service with two keys that takes jobs and leaves them to another."""
    digests = ",".join(hashlib.sha256(key.encode()).hexdigest() for key in (KEY, OTHER))
    return open_doors(
        jobs_folder=tmp_path / "jobs",
        jobs_at_once=0,
        jobs_per_key=2,
        jobs_max_upload_bytes=4096,
        api_key_sha256=digests,
    )


def upload(doors: Doors, content: str | bytes = ROWS, *, name: str = f"{NAME}.csv", **given: Any) -> Any:
    """POST a file; options as keywords, headers as `headers`."""
    headers = given.pop("headers", {})
    form = {"options": json.dumps(given)} if given else {}
    return doors.client.post("/v1/jobs", files={"file": (name, content)}, data=form, headers=headers)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def follow(doors: Doors, path: str) -> dict[str, Any]:
    """Poll a job until it has ended; a test that hangs here is ended by its timeout."""
    while True:
        job: dict[str, Any] = doors.client.get(path).json()
        if job["state"] not in ("queued", "running"):
            return job
        time.sleep(0.05)


def files(tmp_path: Path) -> list[Path]:
    """What lies in the folders of jobs."""
    return list((tmp_path / "jobs").glob("files/**/*"))


def test_a_file_goes_in_and_its_rows_come_out_with_predictions(job_doors: Doors, tmp_path: Path) -> None:
    created = upload(job_doors, tasks=["category", "sentiment"], format="jsonl", columns={"text": "诉求内容"})
    assert (created.status_code, created.json()["state"]) == (202, "queued")
    path = created.headers["location"]
    assert path == f"/v1/jobs/{created.json()['id']}"
    job = follow(job_doors, path)
    assert (job["state"], job["progress"], job["model"]) == ("done", {"done": 3, "total": 3}, "tiny@1.0.0")
    assert job["counts"] == {"answered": 2, "quarantined": {"text_missing": 1}}
    assert job["created_at"] <= job["started_at"] <= job["ended_at"] < job["expires_at"]
    result = job_doors.client.get(f"{path}/result")
    assert "attachment" in result.headers["content-disposition"]
    rows = [json.loads(line) for line in result.text.splitlines()]
    assert [(row["编号"], row["备注"]) for row in rows] == [("1", PHONE), ("3", "x")]
    assert rows[0]["suqiu_category"]
    assert "suqiu_lead" not in rows[0]
    (refused,) = job_doors.client.get(f"{path}/quarantine").text.splitlines()
    assert json.loads(refused)["row"] == 2
    summary = job_doors.client.get(f"{path}/summary")
    assert summary.json()["rows"] == 3
    for page in (
        job_doors.client.get(f"{path}/summary", headers={"Accept": "text/html,*/*"}),
        job_doors.client.get(f"{path}/summary?format=html"),
    ):
        assert page.text.startswith("<!doctype html>")
        assert "style-src 'unsafe-inline'" in page.headers["content-security-policy"]
    assert {file.name for file in files(tmp_path)} == {
        *(job["id"], "result.jsonl", "result.jsonl.quarantine.jsonl"),
        *("result.jsonl.summary.html", "result.jsonl.summary.json"),
    }
    assert job_doors.client.delete(path).status_code == 204
    assert job_doors.client.get(path).json()["code"] == "job_unknown"
    assert files(tmp_path) == []


def test_neither_log_nor_metrics_nor_replies_tell_of_the_file_or_its_cells(job_doors: Doors) -> None:
    bad = upload(job_doors, f"{NAME},{PHONE}\n{PHONE},{NAME}\n", tasks=["sentiment"])
    failed = follow(job_doors, bad.headers["location"])
    assert (failed["state"], failed["error"]["code"]) == ("failed", "relabel_failed")
    assert "no column holds the text" in failed["error"]["detail"]
    good = follow(job_doors, upload(job_doors, tasks=["sentiment"]).headers["location"])
    job_doors.client.get(f"/v1/jobs/{good['id']}/result")
    told = "".join((job_doors.stream.getvalue(), job_doors.client.get("/metrics").text, str(failed), str(good)))
    assert {"job_queued", "job_begun", "job_done", "job_failed"} <= {line["event"] for line in job_doors.log}
    for part in (NAME, PHONE, NAME.encode("unicode_escape").decode(), "诉求内容"):
        assert part not in told
    assert good["id"] not in job_doors.client.get("/metrics").text


def test_a_file_of_the_server_is_named_by_its_path(job_doors: Doors, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "in.csv").write_text(ROWS, encoding="utf-8")
    (root / "out.csv").symlink_to(tmp_path / "secret.csv")
    (tmp_path / "secret.csv").write_text(ROWS, encoding="utf-8")
    created = job_doors.post("/v1/jobs", {"path": str(root / "in.csv"), "tasks": ["sentiment"]})
    job = follow(job_doors, created.headers["location"])
    assert (job["state"], job["format"]) == ("done", "csv")
    assert str(root) not in str(job)
    assert (root / "in.csv").exists()
    for path in (tmp_path / "secret.csv", root / ".." / "secret.csv", root / "out.csv", root / "none.csv", root):
        refused = job_doors.post("/v1/jobs", {"path": str(path)})
        assert (refused.status_code, refused.json()["code"]) == (422, "path_refused")
        assert "secret" not in refused.text


def test_without_rows_set_aside_the_quarantine_is_an_empty_file(job_doors: Doors) -> None:
    path = upload(job_doors, '{"text": "小区"}\n', name="a.jsonl", tasks=["sentiment"]).headers["location"]
    assert follow(job_doors, path)["format"] == "jsonl"
    reply = job_doors.client.get(f"{path}/quarantine")
    assert (reply.status_code, reply.text) == (200, "")


def test_one_key_never_sees_the_jobs_of_another(waiting: Doors) -> None:
    path = upload(waiting, headers=bearer(KEY)).headers["location"]
    assert waiting.client.get(path, headers=bearer(KEY)).status_code == 200
    client, other = waiting.client, bearer(OTHER)
    for reply in (
        *(client.get(path + part, headers=other) for part in ("", "/result", "/quarantine", "/summary")),
        client.delete(path, headers=other),
        client.get("/v1/jobs/none", headers=other),
    ):
        assert (reply.status_code, reply.json()["code"]) == (404, "job_unknown")
    assert client.get("/v1/jobs", headers=other).json()["jobs"] == []
    assert client.get(path).status_code == 401
    assert upload(waiting).status_code == 401


def test_jobs_are_listed_newest_first_page_by_page(open_doors: OpenDoors, tmp_path: Path) -> None:
    doors = open_doors(jobs_folder=tmp_path / "jobs", jobs_at_once=0)
    ids: list[str] = []
    for _ in range(3):
        ids.insert(0, upload(doors).json()["id"])
        time.sleep(0.005)
    first = doors.client.get("/v1/jobs?limit=2").json()
    second = doors.client.get(f"/v1/jobs?limit=2&after={first['next']}").json()
    assert [job["id"] for job in (*first["jobs"], *second["jobs"])] == ids
    assert second["next"] is None
    for query in ("limit=0", "limit=101", "limit=x", "after=x"):
        assert doors.client.get(f"/v1/jobs?{query}").json()["code"] == "query_invalid"


def test_the_same_request_again_is_the_same_job_and_another_is_a_conflict(waiting: Doors, tmp_path: Path) -> None:
    headers = {**bearer(KEY), "Idempotency-Key": "a-1"}
    first, again = (upload(waiting, headers=headers, plain=True) for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]
    assert again.headers["idempotent-replayed"] == "true"
    for reply in (upload(waiting, headers=headers), upload(waiting, ROWS + "4,x,,\n", headers=headers, plain=True)):
        assert (reply.status_code, reply.json()["code"]) == (409, "idempotency_conflict")
    assert len(list((tmp_path / "jobs" / "files").iterdir())) == 1
    elsewhere = upload(waiting, headers={**bearer(OTHER), "Idempotency-Key": "a-1"}, plain=True)
    assert elsewhere.json()["id"] != first.json()["id"]
    assert upload(waiting, headers={**bearer(KEY), "Idempotency-Key": "a b"}).status_code == 422


def test_a_key_has_a_limited_number_of_jobs(waiting: Doors, tmp_path: Path) -> None:
    headers = {**bearer(KEY), "Idempotency-Key": "a-1"}
    first = upload(waiting, headers=headers)
    upload(waiting, headers=bearer(KEY))
    refused = upload(waiting, headers=bearer(KEY))
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_jobs")
    assert int(refused.headers["retry-after"]) > 0
    assert len(list((tmp_path / "jobs" / "files").iterdir())) == 2
    assert upload(waiting, headers=headers).status_code == 202
    assert upload(waiting, headers=bearer(OTHER)).status_code == 202
    assert waiting.client.delete(first.headers["location"], headers=bearer(KEY)).status_code == 204
    assert upload(waiting, headers=bearer(KEY)).status_code == 202


def test_a_file_that_is_too_large_is_413_and_leaves_nothing(waiting: Doors, tmp_path: Path) -> None:
    said = upload(waiting, ROWS * 9999, headers=bearer(KEY))
    little = upload(waiting, "x" * 4097, headers=bearer(KEY))
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'

    def chunks() -> Iterator[bytes]:
        yield body
        yield from [b"x" * 1000] * 9

    media = {"Content-Type": "multipart/form-data; boundary=b"}
    unsaid = waiting.client.post("/v1/jobs", content=chunks(), headers={**bearer(KEY), **media})
    for reply in (said, little, unsaid):
        assert (reply.status_code, reply.json()["code"]) == (413, "upload_too_large")
    assert files(tmp_path) == []
    assert upload(waiting, "x" * 4096, headers=bearer(KEY)).status_code == 202


FILE = 'Content-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\ntext\r\n'


def options(text: str) -> str:
    return f'Content-Disposition: form-data; name="options"\r\n\r\n{text}\r\n'


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([], "form_invalid"),
        ([options("{}")], "form_invalid"),
        ([FILE, FILE], "form_invalid"),
        ([FILE, options("{}").replace("options", PHONE)], "form_invalid"),
        ([FILE.replace("text\r\n", "\r\n")], "form_invalid"),
        ([FILE.replace("a.csv", f"{PHONE}.doc")], "format_unknown"),
        ([FILE.replace('; filename="a.csv"', "")], "format_unknown"),
        ([FILE, options("{")], "json_invalid"),
        ([FILE, options('{"plain": true, "plain": true}')], "json_duplicate_key"),
        ([FILE, options(f'{{"{PHONE}": "{PHONE}"}}')], "job_invalid"),
        ([FILE, options(f'{{"columns": {{"{PHONE}": "x"}}}}')], "job_invalid"),
        ([FILE, options(f'{{"tasks": ["{PHONE}"]}}')], "job_invalid"),
        ([FILE, options('{"path": "/etc/passwd"}')], "job_invalid"),
    ],
)
def test_a_form_that_breaks_the_rules_is_422_and_leaves_nothing(
    job_doors: Doors, tmp_path: Path, parts: list[str], code: str
) -> None:
    body = "".join(f"--b\r\n{part}" for part in parts) + "--b--\r\n"
    reply = job_doors.post_raw("/v1/jobs", body.encode(), Content_Type="multipart/form-data; boundary=b")
    assert (reply.status_code, reply.json()["code"]) == (422, code)
    assert PHONE not in reply.text
    assert files(tmp_path) == []


@pytest.mark.parametrize("body", [b"", b"nonsense", b"--b\r\n" + FILE.encode(), b"--b\r\nContent-Disp"])
def test_a_form_that_ends_early_is_422(job_doors: Doors, tmp_path: Path, body: bytes) -> None:
    reply = job_doors.post_raw("/v1/jobs", body, Content_Type="multipart/form-data; boundary=b")
    assert (reply.status_code, reply.json()["code"]) == (422, "form_invalid")
    assert files(tmp_path) == []


def test_other_bodies_are_415_and_a_job_without_path_is_422(job_doors: Doors) -> None:
    assert job_doors.post_raw("/v1/jobs", b"a,b", Content_Type="text/csv").status_code == 415
    assert job_doors.post("/v1/jobs", {"plain": True}).json()["errors"][0]["loc"] == ["path"]
    assert job_doors.post_raw("/v1/jobs", b"x", Content_Type="multipart/form-data").json()["code"] == "form_invalid"


def test_a_job_that_waits_is_cancelled_and_then_forgotten(waiting: Doors, tmp_path: Path) -> None:
    path = upload(waiting, headers=bearer(KEY)).headers["location"]
    for part in ("/result", "/quarantine", "/summary"):
        reply = waiting.client.get(path + part, headers=bearer(KEY))
        assert (reply.status_code, reply.json()["code"]) == (409, "job_not_done")
    assert waiting.client.delete(path, headers=bearer(KEY)).status_code == 204
    assert waiting.client.get(path, headers=bearer(KEY)).json()["state"] == "cancelled"
    assert files(tmp_path) == []
    assert waiting.client.delete(path, headers=bearer(KEY)).status_code == 204
    assert waiting.client.get(path, headers=bearer(KEY)).status_code == 404


def test_without_a_folder_or_the_extra_jobs_are_501_and_the_rest_goes_on(
    open_doors: OpenDoors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replies = [open_doors().client.get("/v1/jobs")]
    monkeypatch.setattr(opening, "find_spec", lambda name: None if name == "sqlalchemy" else object())
    doors = open_doors(jobs_folder=tmp_path / "jobs")
    replies += [doors.client.get("/v1/jobs"), upload(doors), doors.client.delete("/v1/jobs/x")]
    assert [(reply.status_code, reply.json()["code"]) for reply in replies] == [(501, "jobs_disabled")] * 4
    assert "SUQIU_JOBS_FOLDER" in replies[0].text
    assert "suqiu[relabel]" in replies[1].text
    assert doors.post("/v1/category", {"text": "小区"}).status_code == 200


def test_without_a_database_jobs_are_503_and_predictions_go_on(open_doors: OpenDoors, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    doors = open_doors(jobs_folder=tmp_path / "file" / "jobs", body_seconds=1)
    for reply in (doors.client.get("/v1/jobs"), upload(doors)):
        assert (reply.status_code, reply.json()["code"]) == (503, "jobs_database_down")
        assert "retry-after" in reply.headers
    assert doors.post("/v1/category", {"text": "小区"}).status_code == 200
    assert doors.client.get("/readyz").status_code == 200
    (tmp_path / "file").unlink()
    while doors.client.get("/v1/jobs").status_code != 200:
        time.sleep(0.05)


def test_a_job_that_was_queued_although_nobody_answered_keeps_its_file(
    waiting: Doors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = Ledger.create

    def create_late(ledger: Ledger, new: NewJob, *, per_key: int) -> Created:
        create(ledger, new, per_key=per_key)
        raise TimeoutError

    monkeypatch.setattr(Ledger, "create", create_late)
    reply = upload(waiting, headers=bearer(KEY))
    assert (reply.status_code, reply.json()["code"]) == (503, "jobs_database_down")
    (job,) = waiting.client.get("/v1/jobs", headers=bearer(KEY)).json()["jobs"]
    assert {file.name for file in files(tmp_path)} == {job["id"], "source.csv"}


def test_jobs_are_counted_by_state(waiting: Doors) -> None:
    upload(waiting, headers=bearer(KEY))
    while 'suqiu_jobs{state="queued"} 1.0' not in waiting.client.get("/metrics").text:
        time.sleep(0.02)
    assert 'suqiu_jobs{state="running"} 0.0' in waiting.client.get("/metrics").text


def test_what_has_been_kept_long_enough_is_removed(
    open_doors: OpenDoors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(monkeypatch, ANSWER)
    monkeypatch.setattr(runner, "_SWEEP_SECONDS", 0.1)
    doors = open_doors(jobs_folder=tmp_path / "jobs", jobs_keep_days=0.1 / 86_400)
    path = upload(doors, tasks=["sentiment"]).headers["location"]
    while doors.client.get(path).status_code == 200:
        time.sleep(0.02)
    while files(tmp_path):
        time.sleep(0.02)


def test_the_description_documents_jobs_with_their_bodies_and_refusals(doors: Doors) -> None:
    document = doors.client.get("/openapi.json").json()
    post = document["paths"]["/v1/jobs"]["post"]
    assert set(post["requestBody"]["content"]) == {"multipart/form-data", "application/json"}
    assert {"202", "401", "408", "409", "413", "415", "422", "429", "501", "503"} <= post["responses"].keys()
    assert {"404", "409"} <= document["paths"]["/v1/jobs/{job_id}/result"]["get"]["responses"].keys()
