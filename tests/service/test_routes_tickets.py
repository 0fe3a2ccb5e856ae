"""One ticket or many through the doors: shapes, order, offsets, errors."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.engine import Engine
from tests.service.conftest import POISON, Doors, OpenDoors
from tests.tiny import write_tiny

CALL = {
    "dialogue": [
        {"role": "agent", "text": "您好，请问有什么可以帮您", "at": 0.0},
        {"role": "caller", "text": "小区楼下烧烤店油烟", "at": 2.5},
        {"role": "agent", "text": "请问电话"},
        {"role": "caller", "text": "138001"},
    ]
}
PARTS = ("form", "category", "sentiment")


def test_intake_gives_each_part_as_its_own_route_gives_it(doors: Doors) -> None:
    whole = doors.post("/v1/intake", {"id": "a-1", **CALL}).json()
    assert set(whole) == {"id", "form", "category", "dispatch", "sentiment", "model", "request_id"}
    for part in PARTS:
        single = doors.post(f"/v1/{part}", {"id": "a-1", **CALL}).json()
        assert single.pop("id") == "a-1"
        assert single.pop("model") == whole["model"] == "tiny@1.0.0"
        assert single.pop("request_id")
        assert single == whole[part]


@pytest.mark.parametrize(
    "text",
    [
        "小区😀楼下𠮷烧烤店",
        "电话１３８００１３８０００",
        "ﬁ㎡①½油烟",
        "\ufeff小\u200b区\u202e楼下",
        "e\u0301é小区",
        "👨‍👩‍👧油烟",
    ],
)
def test_spans_are_code_points_of_the_text_as_sent(doors: Doors, text: str) -> None:
    fields = doors.post("/v1/form", {"text": text}).json()["fields"]
    assert len(fields) > 1
    for field in (field for field in fields.values() if field["status"] != "missing"):
        (span,) = field["spans"]
        assert set(span) == {"start", "end"}
        assert 0 <= span["start"] < span["end"] <= len(text)
        assert text[span["start"] : span["end"]] == field["raw"]


def test_spans_of_a_dialogue_name_their_turn(doors: Doors) -> None:
    fields = doors.post("/v1/form", CALL).json()["fields"]
    assert len(fields) > 1
    for field in (field for field in fields.values() if field["status"] != "missing"):
        (span,) = field["spans"]
        assert set(span) == {"turn", "start", "end"}
        assert CALL["dialogue"][span["turn"]]["text"][span["start"] : span["end"]] == field["raw"]


def test_the_curve_has_a_point_for_each_turn_of_the_caller(doors: Doors) -> None:
    curve = doors.post("/v1/sentiment", CALL).json()["curve"]
    assert [point["turn"] for point in curve] == [1, 3]
    assert doors.post("/v1/sentiment", {"text": "小区楼下"}).json()["curve"] == []


def test_a_turn_without_a_readable_character_spoils_nothing(doors: Doors) -> None:
    dialogue = [{"role": "caller", "text": "\u200b"}, {"role": "caller", "text": "小区"}]
    assert [point["turn"] for point in doors.post("/v1/sentiment", {"dialogue": dialogue}).json()["curve"]] == [1]


def test_top_k_and_fields_are_heeded(doors: Doors) -> None:
    body = {"text": "小区楼下烧烤店", "options": {"top_k": 2, "fields": ["caller_name"]}}
    reply = doors.post("/v1/intake", body).json()
    assert len(reply["category"]["candidates"]) == 2
    assert reply["form"]["fields"].keys() == {"caller_name"}
    assert reply["form"]["missing"] == ["caller_name"]


def test_a_field_that_the_form_has_not_is_said_so(doors: Doors) -> None:
    body = {"text": "小区", "options": {"fields": ["caller_nam"]}}
    reply = doors.post("/v1/form", body)
    assert (reply.status_code, reply.json()["code"]) == (422, "field_unknown")
    assert doors.post("/v1/form/batch", {"tickets": [body]}).json()["results"][0]["error"]["code"] == "field_unknown"


@pytest.mark.parametrize("name", ["title", "content", "missing"])
def test_what_stands_beside_the_fields_is_no_field(doors: Doors, name: str) -> None:
    reply = doors.post("/v1/form", {"text": "小区", "options": {"fields": [name]}})
    assert (reply.status_code, reply.json()["code"]) == (422, "field_unknown")


def test_options_that_are_null_are_the_usual_ones(doors: Doors) -> None:
    usual, null = (doors.post("/v1/form", body) for body in ({"text": "小区"}, {"text": "小区", "options": None}))
    assert null.status_code == 200
    assert null.json()["fields"] == usual.json()["fields"]


def test_what_is_no_object_is_told_without_names_of_classes(doors: Doors) -> None:
    bodies: list[Any] = [[], {"text": "小区", "options": []}]
    for body in bodies:
        problem = doors.post("/v1/form", body).json()
        assert "Input should be an object" in problem["detail"]
        assert "Body" not in str(problem)


def test_a_path_with_a_slash_too_many_is_not_sent_elsewhere(doors: Doors) -> None:
    reply = doors.client.post("/v1/form/", json={"text": "小区"}, follow_redirects=False)
    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")
    assert "location" not in reply.headers


def test_a_batch_keeps_its_order_and_answers_around_a_bad_ticket(doors: Doors) -> None:
    tickets: list[Any] = [
        {"id": "first", "text": "小区楼下"},
        {"id": "no text"},
        {"id": "poison", "text": f"{POISON}小区"},
        17,
        {"id": "invisible", "text": "\u200b\u200b"},
        {"id": "last", "text": "路灯" * 40},
    ]
    reply = doors.post("/v1/intake/batch", {"tickets": tickets}).json()
    assert set(reply) == {"results", "model", "request_id"}
    results = reply["results"]
    assert [result["id"] for result in results] == ["first", "no text", "poison", None, "invisible", "last"]
    codes = [result.get("error", {}).get("code") for result in results]
    assert codes == [None, "ticket_invalid", "internal_error", "ticket_invalid", "text_invalid", None]


@pytest.mark.parametrize("text", [" ", "\u3000\n\t", "\u200b\ufeff", "\x01", "\u3164", "\u2800 "])
def test_what_nobody_can_read_is_no_ticket_whatever_its_title(doors: Doors, text: str) -> None:
    for body, place in (({"text": text}, "text"), ({"dialogue": [{"role": "caller", "text": text}] * 2}, "dialogue")):
        reply = doors.post("/v1/intake", {**body, "title": "路灯不亮"})
        assert (reply.status_code, reply.json()["code"]) == (422, "text_invalid")
        assert [error["loc"] for error in reply.json()["errors"]] == [[place]]


@pytest.mark.parametrize("text", ["。", "？？", "😀"])
def test_signs_alone_say_little_and_are_answered(doors: Doors, text: str) -> None:
    assert doors.post("/v1/category", {"text": text}).status_code == 200


def test_a_ticket_is_answered_alike_alone_and_among_others(doors: Doors) -> None:
    texts = ["小区楼下烧烤店" * n for n in (1, 3, 9, 27)] + ["路灯", "请问电话"]
    tickets = [{"text": text} for text in texts]
    together = doors.post("/v1/category/batch", {"tickets": tickets}).json()["results"]
    for ticket, among in zip(tickets, together, strict=True):
        alone = doors.post("/v1/category", ticket).json()
        assert among["candidates"] == alone["candidates"]


def test_a_full_batch_of_256_is_answered_and_257_are_refused(doors: Doors) -> None:
    tickets = [{"id": str(number), "text": "路灯" * (number % 30 + 1)} for number in range(257)]
    results = doors.post("/v1/category/batch", {"tickets": tickets[:256]}).json()["results"]
    assert [result["id"] for result in results] == [str(number) for number in range(256)]
    assert not any("error" in result for result in results)
    assert doors.post("/v1/category/batch", {"tickets": tickets}).status_code == 422


def test_a_batch_larger_than_the_queue_waits_for_room(open_doors: OpenDoors) -> None:
    doors = open_doors(max_queue_tokens=1024)
    tickets = [{"text": "路灯" * 100 + str(number)} for number in range(40)]
    results = doors.post("/v1/category/batch", {"tickets": tickets}).json()["results"]
    assert not any("error" in result for result in results)


def test_an_explained_batch_waits_for_room_too(open_doors: OpenDoors) -> None:
    doors = open_doors(max_queue_tokens=1024)
    tickets = [{"text": f"小区楼下，路灯坏了，油烟{n}" * 3, "options": {"explain": True}} for n in range(20)]
    results = doors.post("/v1/category/batch", {"tickets": tickets}).json()["results"]
    assert not any("error" in result for result in results)
    assert all(result["explanation"] is not None for result in results)


def test_a_long_text_is_read_whole_and_marked_only_beyond_the_limit(open_doors: OpenDoors) -> None:
    doors = open_doors(max_characters=30_000)
    assert "truncated" not in doors.post("/v1/category", {"text": "小区" * 5_000}).json()
    assert doors.post("/v1/category", {"text": "小区" * 10_001}).json()["truncated"] is True
    refused = doors.post("/v1/category", {"text": "小" * 30_001})
    assert (refused.status_code, refused.json()["code"]) == (422, "ticket_too_long")


def test_a_text_that_waits_for_a_thread_is_told_of_the_deadline_and_of_the_end(open_doors: OpenDoors) -> None:
    for settings, code in (({"deadline_ms": 30}, "deadline_exceeded"), ({}, "draining")):
        doors = open_doors(workers=1, **settings)
        leave = threading.Event()
        for _ in range(2):
            doors.house.engine._executor.submit(leave.wait, 10)
        replies: list[Any] = []
        thread = threading.Thread(target=lambda d=doors, r=replies: r.append(d.post("/v1/form", {"text": "小区"})))
        thread.start()
        if code == "draining":
            while not doors.house.admission.in_flight:
                time.sleep(0.002)
            assert doors.client.portal is not None
            doors.client.portal.call(doors.house.close)
        thread.join(10)
        leave.set()
        assert (replies[0].status_code, replies[0].json()["code"]) == (503, code)


def test_an_expired_deadline_is_503_with_retry_after(open_doors: OpenDoors) -> None:
    doors = open_doors(deadline_ms=1, max_queue_tokens=131_072)
    reply = doors.post("/v1/intake", {"text": "小区" * 9_000})
    assert (reply.status_code, reply.json()["code"]) == (503, "deadline_exceeded")
    assert int(reply.headers["retry-after"]) > 0


def test_a_ticket_that_would_wait_too_long_is_refused_unread_and_told_when_to_come_again(
    open_doors: OpenDoors, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors = open_doors(max_wait_ms=500)
    monkeypatch.setattr(Engine, "wait_s", property(lambda engine: 3.2))
    refused = doors.post("/v1/category", {"no": "ticket at all"})
    assert (refused.status_code, refused.json()["code"], refused.headers["retry-after"]) == (503, "overloaded", "4")
    batch = doors.post("/v1/category/batch", {"tickets": [{"text": "路灯不亮"}]})
    assert batch.status_code == 200  # a batch has time
    monkeypatch.undo()
    assert doors.post("/v1/category", {"text": "路灯不亮"}).status_code == 200


def test_too_many_tickets_are_refused_at_once_while_probes_are_answered(
    open_doors: OpenDoors, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors = open_doors(max_tickets_in_flight=1)
    inside, leave = threading.Event(), threading.Event()

    async def hold(self: Engine, work: Callable[[], Any]) -> Any:
        inside.set()
        while not leave.is_set():
            await asyncio.sleep(0.002)
        return work()

    monkeypatch.setattr(Engine, "_run", hold)
    first: list[Any] = []
    thread = threading.Thread(target=lambda: first.append(doors.post("/v1/form", {"text": "小区"})))
    thread.start()
    assert inside.wait(5)
    refused = doors.post("/v1/form", {"text": "小区"})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_tickets")
    assert int(refused.headers["retry-after"]) > 0
    # Before the body is read: what would be no JSON is not even looked at.
    unread = doors.client.post("/v1/form", content=b"{", headers={"content-type": "application/json"})
    assert unread.status_code == 429
    assert doors.client.get("/healthz").status_code == 200
    assert doors.client.get("/readyz").status_code == 200
    assert doors.client.get("/metrics").status_code == 200
    leave.set()
    thread.join()
    assert first[0].status_code == 200


def test_bodies_that_are_too_much_together_are_refused_while_small_ones_are_answered(
    open_doors: OpenDoors, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors = open_doors(max_bodies_bytes=4096)
    inside, leave = threading.Event(), threading.Event()
    run = Engine._run

    async def hold(self: Engine, work: Callable[[], Any]) -> Any:
        inside.set()
        while not leave.is_set():
            await asyncio.sleep(0.002)
        return await run(self, work)

    monkeypatch.setattr(Engine, "_run", hold)
    large = {"tickets": [{"text": "a" * 3000}]}
    first: list[Any] = []
    thread = threading.Thread(target=lambda: first.append(doors.post("/v1/category/batch", large)))
    thread.start()
    assert inside.wait(5)
    for path, body in (("/v1/category/batch", large), ("/v1/category", large["tickets"][0])):
        refused = doors.post(path, body)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_bytes")
        assert int(refused.headers["retry-after"]) > 0
    assert f"suqiu_body_bytes {doors.house.admission.bytes_held}.0" in doors.client.get("/metrics").text
    assert doors.house.admission.bytes_held > 3000
    leave.set()
    thread.join()
    assert first[0].status_code == 200
    assert doors.house.admission.bytes_held == 0
    assert doors.post("/v1/category", large["tickets"][0]).status_code == 200


def test_a_head_that_the_bundle_lacks_is_said_so(open_doors: OpenDoors, tmp_path: Path) -> None:
    bundle = write_tiny(tmp_path / "few", without=("category", "type"))
    doors = open_doors(bundle=bundle.path)
    reply = doors.post("/v1/category", {"text": "小区"})
    assert (reply.status_code, reply.json()["code"]) == (501, "part_unavailable")
    assert doors.post("/v1/intake", {"text": "小区"}).json()["category"] is None


def test_every_reply_carries_timings_and_a_request_id(doors: Doors) -> None:
    reply = doors.post("/v1/intake", {"text": "小区"}, X_Request_Id="call-7.a")
    assert reply.json()["request_id"] == reply.headers["x-request-id"] == "call-7.a"
    names = {part.split(";")[0].strip() for part in reply.headers["server-timing"].split(",")}
    assert names == {"encode", "model", "compose", "total"}


@pytest.mark.parametrize("unsafe", ["张三", "a b", "x" * 65, "a\tb", ""])
def test_an_unsafe_request_id_is_replaced(doors: Doors, unsafe: str) -> None:
    reply = doors.client.get("/healthz", headers={b"X-Request-Id": unsafe.encode()})
    assert reply.headers["x-request-id"] != unsafe
    assert reply.headers["x-request-id"].isalnum()
