"""A running call over a WebSocket: only news comes out, faults leave the session open, nobody's words are logged."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from service.engine import Engine
from service.errors import ServiceError
from service.openapi import LiveFault, LiveNews
from service.reading import BundleReader
from tests.service.conftest import POISON, Doors, OpenDoors

TURNS = [
    {"role": "agent", "text": "您好，南宁12345"},
    {"role": "caller", "text": "青秀区停水了，我姓覃"},
    {"role": "agent", "text": "您的电话"},
    {"role": "caller", "text": "幺五三零零零四六六二八"},
    {"role": "agent", "text": "好的覃女士"},
]


def talk(session: Any, message: dict[str, Any]) -> dict[str, Any]:
    session.send_json(message)
    reply: dict[str, Any] = session.receive_json()
    return reply


@pytest.fixture(scope="module")
def real(tiny_bundle: Any) -> Any:
    """The composers that the service has, over the tiny bundle."""
    return BundleReader.open


def test_only_what_changed_comes_out(open_doors: OpenDoors, real: Any) -> None:
    doors = open_doors(open_reader=real)
    with doors.client.websocket_connect("/v1/live") as session:
        first = talk(session, {"turns": TURNS[:2]})
        assert first["fields"]["caller_name"]["value"] == "覃"
        assert "contact_phone" in first["missing"]
        assert "caller_name" not in talk(session, {"turns": TURNS[2:3]})["fields"]
        third = talk(session, {"turns": TURNS[3:4]})
        assert "contact_phone" in third["fields"]
        assert "caller_name" not in third["fields"]
        assert third["fields"]["contact_phone"]["spans"] == [{"turn": 3, "start": 0, "end": 11}]
        assert (third["turns"], third["model"]) == (4, "tiny@1.0.0")
        assert "caller_name" in talk(session, {"turns": TURNS[4:]})["fields"]


def test_the_end_gives_what_the_form_route_gives(open_doors: OpenDoors, real: Any) -> None:
    doors = open_doors(open_reader=real)
    known = {"received_at": "2025-10-15T10:30:00+08:00", "caller_phone": "15300046628"}
    with doors.client.websocket_connect("/v1/live") as session:
        told: dict[str, Any] = talk(session, {"start": known, "turns": TURNS[:1]})
        for turn in TURNS[1:]:
            news = talk(session, {"turns": [turn]})
            told = {**told, **news, "fields": {**told["fields"], **news["fields"]}}
        news = talk(session, {"end": True})
        told = {**told, **news, "fields": {**told["fields"], **news["fields"]}}
        with pytest.raises(WebSocketDisconnect) as closed:
            session.receive_json()
        assert closed.value.code == 1000
    whole = doors.post("/v1/form", {**known, "dialogue": TURNS}).json()
    for name, value in whole["fields"].items():
        assert told["fields"].get(name, {"value": None})["value"] == value["value"], name
    for name in ("title", "content", "missing", "ask"):
        assert told[name] == whole[name]


def test_an_emergency_is_told_while_the_caller_speaks_and_taken_back_with_his_words(
    open_doors: OpenDoors, real: Any
) -> None:
    doors = open_doors(open_reader=real)
    with doors.client.websocket_connect("/v1/live") as session:
        assert talk(session, {"turns": [{"role": "agent", "text": "您好，请讲"}]})["transfer"] is None
        news = talk(session, {"turns": [{"role": "caller", "text": "我家厨房着火了"}]})
        assert (news["urgency"], news["transfer"]["to"]) == (2, "119")
        assert news["transfer"]["span"] == {"turn": 1, "start": 4, "end": 6}
        assert "transfer" not in talk(session, {"turns": [{"role": "agent", "text": "您在几楼"}]})
        over = talk(session, {"turns": [{"role": "caller", "text": "哦没事了，灭了"}]})
        assert over["transfer"] is None
        dialogue = [
            {"role": "agent", "text": "您好，请讲"},
            {"role": "caller", "text": "我家厨房着火了"},
            {"role": "agent", "text": "您在几楼"},
            {"role": "caller", "text": "哦没事了，灭了"},
        ]
    whole = doors.post("/v1/sentiment", {"dialogue": dialogue}).json()
    assert whole["transfer"] is None
    assert whole["urgency"] == over.get("urgency", news["urgency"])


def test_messages_are_as_they_are_documented(open_doors: OpenDoors, real: Any) -> None:
    doors = open_doors(open_reader=real)
    with doors.client.websocket_connect("/v1/live", subprotocols=["suqiu"]) as session:
        for turn in TURNS:
            news = talk(session, {"start": {}, "turns": [turn]} if turn is TURNS[0] else {"turns": [turn]})
            assert news.keys() <= LiveNews.model_fields.keys()
            LiveNews.model_validate(news)
        fault = talk(session, {"turns": [{"role": "robot", "text": "x"}]})
        assert fault["error"].keys() <= LiveFault.model_validate(fault).error.model_fields_set
        LiveNews.model_validate(talk(session, {"end": True}))


def test_a_call_without_a_word_ends_without_an_answer(doors: Doors) -> None:
    with doors.client.websocket_connect("/v1/live") as session:
        session.send_json({"end": True})
        with pytest.raises(WebSocketDisconnect) as closed:
            session.receive_json()
        assert closed.value.code == 1000


def test_a_turn_can_be_amended(open_doors: OpenDoors, real: Any) -> None:
    doors = open_doors(open_reader=real)
    with doors.client.websocket_connect("/v1/live") as session:
        talk(session, {"turns": [*TURNS[:3], {"role": "caller", "text": "幺五三零零零"}]})
        news = talk(session, {"turns": [TURNS[3]], "amend": True})
        assert news["turns"] == 4
        assert news["fields"]["contact_phone"]["value"] == "15300046628"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({}, "message_invalid"),
        ({"turns": [{"role": "robot", "text": "x"}]}, "message_invalid"),
        ({"turns": [{"role": "caller", "text": "字" * 60}]}, "call_refused"),
        ({"start": {"received_at": "gestern"}}, "call_invalid"),
    ],
)
def test_a_bad_message_is_answered_and_the_session_goes_on(
    open_doors: OpenDoors, message: dict[str, Any], code: str
) -> None:
    doors = open_doors(max_characters=50)
    with doors.client.websocket_connect("/v1/live") as session:
        assert talk(session, message)["error"]["code"] == code
        session.send_text("{")
        assert session.receive_json()["error"]["code"] == "json_invalid"
        session.send_bytes(b"\x00")
        assert session.receive_json()["error"]["code"] == "message_binary"
        assert talk(session, {"turns": TURNS[:1]})["turns"] == 1


def test_a_turn_can_be_withdrawn_and_so_can_the_only_one(open_doors: OpenDoors, real: Any) -> None:
    doors = open_doors(open_reader=real)
    with doors.client.websocket_connect("/v1/live") as session:
        assert talk(session, {"amend": True})["error"]["code"] == "call_refused"
        talk(session, {"turns": TURNS[:1]})
        assert talk(session, {"turns": [{"role": "caller", "text": "我家着火了"}]})["transfer"]["to"] == "119"
        news = talk(session, {"amend": True})
        assert (news["turns"], news["transfer"]) == (1, None)
        assert talk(session, {"amend": True})["turns"] == 0
        # What replaces the words that were just withdrawn is not refused for it.
        said = [{"role": "caller", "text": "我家着火了"}]
        assert talk(session, {"turns": said, "amend": True})["urgency"] == 2
        emptied = talk(session, {"amend": True})
        assert (emptied["turns"], emptied["transfer"], emptied["urgency"]) == (0, None, 0)


def test_a_start_by_itself_tells_what_is_known_and_what_to_ask(open_doors: OpenDoors, real: Any) -> None:
    doors = open_doors(open_reader=real)
    with doors.client.websocket_connect("/v1/live") as session:
        news = talk(session, {"start": {"caller_phone": "15300046628", "area": "450103"}})
        assert news["turns"] == 0
        assert news["fields"]["contact_phone"]["value"] == "15300046628"
        assert news["ask"]
        assert talk(session, {"start": {}, "turns": TURNS[:1]})["turns"] == 1


def test_a_field_that_the_form_has_not_is_told_once_and_the_session_goes_on(open_doors: OpenDoors, real: Any) -> None:
    doors = open_doors(open_reader=real)
    with doors.client.websocket_connect("/v1/live") as session:
        told = talk(session, {"start": {"fields": ["shoe_size"]}, "turns": TURNS[:1]})
        assert (told["error"]["code"], told["turns"]) == ("field_unknown", 1)
        assert "caller_name" in talk(session, {"turns": TURNS[1:2]})["fields"]


def test_a_start_after_the_first_turn_is_refused(doors: Doors) -> None:
    with doors.client.websocket_connect("/v1/live") as session:
        talk(session, {"turns": TURNS[:1]})
        assert talk(session, {"start": {"area": "南宁市"}})["error"]["code"] == "call_refused"


def test_a_turn_for_which_there_is_no_place_is_not_kept_and_may_come_again(open_doors: OpenDoors) -> None:
    doors = open_doors(max_tickets_in_flight=1)
    with doors.client.websocket_connect("/v1/live") as session:
        assert talk(session, {"turns": TURNS[:1]})["turns"] == 1
        doors.house.admission.in_flight = 1
        refused = talk(session, {"turns": TURNS[1:2]})
        assert (refused["error"]["code"], refused["turns"]) == ("too_many_tickets", 1)
        doors.house.admission.in_flight = 0
        assert talk(session, {"turns": TURNS[1:2]})["turns"] == 2


def test_a_turn_that_was_heard_but_not_read_is_told_as_kept_and_read_with_the_next(
    open_doors: OpenDoors, real: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: Any, **__: Any) -> None:
        raise ServiceError(503, "overloaded", "the queue is full", retry_after_seconds=2)

    doors = open_doors(open_reader=real)
    with doors.client.websocket_connect("/v1/live") as session:
        talk(session, {"turns": TURNS[:1]})
        with monkeypatch.context() as patched:
            patched.setattr(Engine, "follow", refuse)
            late = talk(session, {"turns": TURNS[1:2]})
        assert (late["error"]["code"], late["error"]["retry_after_seconds"], late["turns"]) == ("overloaded", 2, 2)
        news = talk(session, {"turns": TURNS[2:3]})
        assert news["turns"] == 3
        assert news["fields"]["caller_name"]["value"] == "覃"


@pytest.mark.parametrize("text", ["\u200b", "", "  \u3000"])
def test_a_turn_that_holds_nothing_readable_is_survived(doors: Doors, text: str) -> None:
    with doors.client.websocket_connect("/v1/live") as session:
        news = talk(session, {"turns": [{"role": "caller", "text": text}]})
        assert (news["turns"], news["fields"]) == (1, {})


def test_an_oversized_message_ends_the_session(open_doors: OpenDoors) -> None:
    doors = open_doors(live_message_bytes=1024)
    with doors.client.websocket_connect("/v1/live") as session:
        assert (
            talk(session, {"turns": [{"role": "caller", "text": "字" * 1100}]})["error"]["code"] == "message_too_large"
        )
        with pytest.raises(WebSocketDisconnect):
            session.receive_json()


def test_the_door_is_locked_without_a_key(open_doors: OpenDoors) -> None:
    doors = open_doors(api_key_sha256=hashlib.sha256(b"s3cret").hexdigest())
    with pytest.raises(WebSocketDenialResponse) as denied, doors.client.websocket_connect("/v1/live"):
        pass
    assert denied.value.status_code == 401
    assert denied.value.json()["code"] == "key_invalid"
    with doors.client.websocket_connect("/v1/live", headers={"Authorization": "Bearer s3cret"}):
        pass
    with doors.client.websocket_connect("/v1/live", subprotocols=["suqiu", "key.s3cret"]) as session:
        assert session.accepted_subprotocol == "suqiu"


def test_a_key_that_no_subprotocol_could_hold_comes_percent_encoded(open_doors: OpenDoors) -> None:
    doors = open_doors(api_key_sha256=hashlib.sha256(b"k/E+y(1)==").hexdigest())
    with doors.client.websocket_connect("/v1/live", subprotocols=["suqiu", "key.k%2FE%2By%281%29%3D%3D"]):
        pass


def test_asked_without_an_upgrade_it_says_what_stands_in_the_way(open_doors: OpenDoors) -> None:
    reply = open_doors().client.get("/v1/live")
    assert (reply.status_code, reply.json()["code"]) == (426, "upgrade_required")
    assert reply.headers["upgrade"] == "websocket"
    locked = open_doors(api_key_sha256=hashlib.sha256(b"s3cret").hexdigest(), max_live_calls=0)
    assert locked.client.get("/v1/live").json()["code"] == "key_invalid"
    full = locked.client.get("/v1/live", headers={"Authorization": "Bearer s3cret"})
    assert (full.status_code, full.json()["code"]) == (429, "too_many_calls")


def test_a_page_of_another_site_is_refused(doors: Doors) -> None:
    foreign = {"origin": "https://elsewhere.example"}
    with pytest.raises(WebSocketDenialResponse) as denied, doors.client.websocket_connect("/v1/live", headers=foreign):
        pass
    assert denied.value.status_code == 403


def test_there_are_so_many_seats(open_doors: OpenDoors) -> None:
    doors = open_doors(max_live_calls=1)
    with doors.client.websocket_connect("/v1/live"):
        with pytest.raises(WebSocketDenialResponse) as denied, doors.client.websocket_connect("/v1/live"):
            pass
        assert denied.value.status_code == 429
    with doors.client.websocket_connect("/v1/live"):
        pass


def test_silence_ends_the_session(open_doors: OpenDoors) -> None:
    doors = open_doors(live_idle_seconds=0.05)
    with doors.client.websocket_connect("/v1/live") as session:
        assert session.receive_json()["error"]["code"] == "call_idle"


def test_a_fault_of_ours_ends_the_session_and_is_told_without_a_word_of_the_call(doors: Doors) -> None:
    with doors.client.websocket_connect("/v1/live") as session:
        session.send_json({"turns": [{"role": "caller", "text": f"{POISON}住在青秀区"}]})
        with pytest.raises(WebSocketDisconnect) as closed:
            session.receive_json()
        assert closed.value.code == 1011
    assert any(event["event"] == "request_failed" for event in doors.log)
    assert POISON not in doors.stream.getvalue()


def test_a_session_is_one_line_of_the_log(doors: Doors) -> None:
    with doors.client.websocket_connect("/v1/live") as session:
        talk(session, {"turns": TURNS[:2]})
        talk(session, {"end": True})
    (line,) = [event for event in doors.log if event["event"] == "request"]
    assert (line["method"], line["route"], line["status"], line["failed_tickets"]) == ("WS", "/v1/live", 101, 0)
    assert "青秀" not in doors.stream.getvalue()
