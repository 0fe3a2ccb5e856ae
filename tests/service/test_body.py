"""Bodies that must not come in, and what is said of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest
from starlette.requests import Request

from service.body import parse_json, read_json
from service.errors import ServiceError
from service.settings import Settings
from tests.service.conftest import Doors, OpenDoors

SECRET = "13800138000张三"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"text": "a", "text": "b"}', "json_duplicate_key"),
        (b'{"text": "a", "options": {"top_k": 1, "top_k": 2}}', "json_duplicate_key"),
        (b'{"text": "a", "options": {"top_k": NaN}}', "json_invalid"),
        (b'{"dialogue": [{"role": "caller", "text": "a", "at": 1e999}]}', "json_invalid"),
        (b'{"text": "a", "options": {"top_k": -Infinity}}', "json_invalid"),
        (b'{"text": "a", "options": {"top_k": ' + b"9" * 5000 + b"}}", "json_invalid"),
        (b'{"text": ' + b"[" * 100_000, "json_too_deep"),
        (b'{"a":' * 900 + b"1" + b"}" * 900, "ticket_invalid"),
        (b'{"text": "a"', "json_invalid"),
        (b"", "json_invalid"),
        ('{"text": "小区"}'.encode("gb18030"), "encoding_invalid"),
        ('{"text": "小区"}'.encode("utf-16"), "encoding_invalid"),
        ('{"text": "ab"}'.encode("utf-16-le"), "json_invalid"),
        (b'"text"', "ticket_invalid"),
        (b"[]", "ticket_invalid"),
        (b'{"text": "\\ud800"}', "ticket_invalid"),
        (b'{"title": "\\udfff", "text": "a"}', "ticket_invalid"),
        (b'{"id": "\\udfff", "text": "a"}', "ticket_invalid"),
        (b'{"text": 5}', "ticket_invalid"),
        (b'{"text": ["a"]}', "ticket_invalid"),
        (b'{"text": ""}', "ticket_invalid"),
        (b'{"text": "a", "options": {"top_k": true}}', "ticket_invalid"),
        (b'{"text": "a", "options": {"top_k": 0}}', "ticket_invalid"),
        (b'{"text": "a", "options": {"top_k": "5"}}', "ticket_invalid"),
        (b'{"text": "a", "options": {"explain": 1}}', "ticket_invalid"),
        (b'{"text": "a", "dialogue": [{"role": "caller", "text": "b"}]}', "ticket_invalid"),
        (b'{"id": "1"}', "ticket_invalid"),
        (b'{"dialogue": []}', "ticket_invalid"),
        (b'{"dialogue": [{"role": "judge", "text": "b"}]}', "ticket_invalid"),
        (b'{"text": "a", "received_at": "yesterday"}', "ticket_invalid"),
        (b'{"text": "a", "received_at": "2026-02-30T00:00:00"}', "ticket_invalid"),
        (b'{"text": "a", "received_at": 1700000000}', "ticket_invalid"),
    ],
)
def test_a_body_that_breaks_the_rules_is_422(doors: Doors, body: bytes, code: str) -> None:
    reply = doors.post_raw("/v1/intake", body)
    assert (reply.status_code, reply.json()["code"]) == (422, code)
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["errors"]


@pytest.mark.parametrize(
    "ticket",
    [
        {"text": 13800138000},
        {"text": [SECRET]},
        {"text": "小区", SECRET: 1},
        {"text": "小区", "received_at": SECRET},
        {"text": "小区", "caller_phone": SECRET * 9},
        {"text": "小区", "options": {SECRET: SECRET}},
        {"dialogue": [{"role": SECRET, "text": "小区"}]},
        {"dialogue": [{"role": "caller", "text": "小区", "at": SECRET}]},
        SECRET,
    ],
)
def test_a_422_names_the_place_and_never_echoes_the_input(doors: Doors, ticket: object) -> None:
    for path, body in (("/v1/form", ticket), ("/v1/form/batch", {"tickets": [ticket]})):
        text = doors.post(path, body).text
        assert "13800138000" not in text
        assert json.dumps("张三").strip('"') not in text
        assert "张三" not in text
        assert '"loc"' in text
    assert "13800138000" not in doors.stream.getvalue()


def test_a_fault_says_where_it_is(doors: Doors) -> None:
    body = {"dialogue": [{"role": "caller", "text": "小区"}, {"role": "agent"}]}
    assert doors.post("/v1/form", body).json()["errors"][0]["loc"] == ["dialogue", 1, "text"]


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Content_Type": "text/plain"}, "content_type_unsupported"),
        ({"Content_Type": "application/x-www-form-urlencoded"}, "content_type_unsupported"),
        ({"Content_Type": ""}, "content_type_unsupported"),
        ({"Content_Type": "application/json; charset=gb18030"}, "charset_unsupported"),
        ({"Content_Type": "application/json; charset=utf-16"}, "charset_unsupported"),
        ({"Content_Encoding": "gzip"}, "content_encoding_unsupported"),
    ],
)
def test_what_is_not_plain_utf8_json_is_415(doors: Doors, headers: dict[str, str], code: str) -> None:
    reply = doors.post_raw("/v1/form", b'{"text": "a"}', **headers)
    assert (reply.status_code, reply.json()["code"]) == (415, code)


@pytest.mark.parametrize(
    "media", ["application/json", "application/json; charset=UTF-8", 'Application/JSON;charset="utf-8"']
)
def test_plain_json_is_read_with_and_without_byte_order_mark(doors: Doors, media: str) -> None:
    assert doors.post_raw("/v1/category", b'\xef\xbb\xbf{"text": "a"}', Content_Type=media).status_code == 200


def test_a_body_beyond_the_limit_is_413_also_when_its_length_is_not_said(open_doors: OpenDoors) -> None:
    doors = open_doors(max_body_bytes=2048)
    body = json.dumps({"text": "x" * 3000}).encode()
    said = doors.post_raw("/v1/form", body)

    def chunks() -> Iterator[bytes]:
        yield from (body[place : place + 100] for place in range(0, len(body), 100))

    unsaid = doors.client.post("/v1/form", content=chunks(), headers={"Content-Type": "application/json"})
    for reply in (said, unsaid):
        assert (reply.status_code, reply.json()["code"]) == (413, "body_too_large")
    assert doors.post("/v1/category", {"text": "x" * 1000}).status_code == 200


def test_numbers_and_names_pass_as_they_are() -> None:
    assert parse_json('{"a": [1, -2.5, "小"], "b": {"a": null}}'.encode()) == {"a": [1, -2.5, "小"], "b": {"a": None}}


def test_an_error_of_parsing_quotes_nothing() -> None:
    with pytest.raises(ServiceError) as caught:
        parse_json(f'{{"{SECRET}": 1, "{SECRET}": 2}}'.encode())
    assert SECRET not in str(caught.value)


def test_a_body_that_does_not_arrive_is_408() -> None:
    async def receive() -> dict[str, object]:
        await asyncio.sleep(60)
        return {}

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", b"application/json")]}
    with pytest.raises(ServiceError) as caught:
        asyncio.run(read_json(Request(scope, receive), Settings(body_seconds=0.01)))
    assert (caught.value.status, caught.value.code) == (408, "body_timeout")
