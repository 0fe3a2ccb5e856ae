"""What the outermost layer promises of every request: headers, one log line, no text, an answer whatever happens."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from service.body import ClientGoneError
from service.engine import Engine
from service.routes_tickets import answer_unless_gone
from tests.service.conftest import POISON, Doors, OpenDoors

NAME, PHONE, STREET = "欧阳修远", "13912345678", "解放路八十八号"


def test_one_line_per_request_without_a_character_of_the_text(doors: Doors) -> None:
    text = f"我叫{NAME}，电话{PHONE}，住{STREET}"
    tickets = [{"text": text, "caller_phone": PHONE}, {"text": f"{POISON}{text}"}, {"txt": text}]
    for ticket in tickets:
        doors.post("/v1/intake", ticket)
    doors.post("/v1/intake/batch", {"tickets": tickets})
    lines = [line for line in doors.log if line["event"] == "request"]
    assert [line["status"] for line in lines] == [200, 500, 422, 200]
    assert [line["tickets"] for line in lines] == [1, 1, 1, 3]
    assert [line["failed_tickets"] for line in lines] == [0, 1, 1, 2]
    assert {line["route"] for line in lines} == {"/v1/intake", "/v1/intake/batch"}
    assert {"request_id", "ms", "bundle", "model_ms"} <= lines[0].keys()
    whole = doors.stream.getvalue()
    assert "ticket_failed" in whole
    for part in (NAME, PHONE, STREET, POISON, NAME.encode("unicode_escape").decode()):
        assert part not in whole


def test_text_in_a_path_or_query_is_not_logged(doors: Doors) -> None:
    doors.client.get(f"/v1/{PHONE}?name={PHONE}")
    assert PHONE not in doors.stream.getvalue()


def test_an_unexpected_failure_is_a_500_that_says_nothing_and_a_log_that_says_where(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise KeyError(NAME)

    monkeypatch.setattr(Engine, "answer", fail)
    reply = doors.post("/v1/intake", {"text": NAME})
    assert (reply.status_code, reply.json()["code"]) == (500, "internal_error")
    assert reply.headers["x-request-id"] == reply.json()["request_id"]
    (line,) = [line for line in doors.log if line["event"] == "request_failed"]
    assert line["error"] == "KeyError"
    assert line["frames"][-1].startswith("service/test_border.py:")
    assert NAME not in doors.stream.getvalue()


def test_a_path_or_method_that_is_not_served_is_a_problem_too(doors: Doors) -> None:
    missing, wrong = doors.client.get("/v2/intake"), doors.client.get("/v1/intake")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.json()["code"], wrong.headers["allow"]) == (405, "method_not_allowed", "POST")


def test_work_is_cancelled_when_the_caller_hangs_up() -> None:
    class Hangup:
        async def receive(self) -> dict[str, str]:
            return {"type": "http.disconnect"}

    cancelled = []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    async def story() -> None:
        with pytest.raises(ClientGoneError):
            await answer_unless_gone(Hangup(), work())  # type: ignore[arg-type]

    asyncio.run(story())
    assert cancelled == [True]


def test_metrics_count_requests_tickets_and_runs(doors: Doors) -> None:
    doors.post("/v1/category/batch", {"tickets": [{"text": "小区"}, {}]})
    metrics = doors.client.get("/metrics").text
    assert 'suqiu_requests_total{route="/v1/category/batch",status="200"} 1.0' in metrics
    assert 'suqiu_tickets_total{outcome="answered"} 1.0' in metrics
    assert 'suqiu_tickets_total{outcome="failed"} 1.0' in metrics
    assert "suqiu_run_tokens_count 1.0" in metrics
    assert 'suqiu_bundle_info{bundle="tiny@1.0.0"} 1.0' in metrics
    assert "suqiu_queue_tokens 0.0" in metrics
    assert "suqiu_ready 1.0" in metrics


def test_probes_tell_loading_draining_and_a_bundle_that_failed(open_doors: OpenDoors, tmp_path: Path) -> None:
    doors = open_doors()
    doors.house.begin_drain()
    reply = doors.client.get("/readyz")
    assert (reply.status_code, reply.json()["state"]) == (503, "draining")
    assert doors.client.get("/healthz").status_code == 200
    assert "suqiu_ready 0.0" in doors.client.get("/metrics").text
    assert doors.post("/v1/category", {"text": "小区"}).status_code == 200
    broken = open_doors(bundle=tmp_path / "nowhere")
    assert broken.client.get("/readyz").json() == {"ready": False, "state": "failed", "model": None}
    assert broken.client.get("/healthz").status_code == 200
    refused = broken.post("/v1/category", {"text": "小区"})
    assert (refused.status_code, refused.json()["code"]) == (503, "loading")
    assert "retry-after" in refused.headers


def test_what_is_overdue_when_the_service_stops_is_told_so(doors: Doors) -> None:
    doors.house.close()
    reply = doors.post("/v1/category", {"text": "小区"})
    assert (reply.status_code, reply.json()["code"]) == (503, "draining")
