"""Live route: a WebSocket per running call — turns in, after each message only what changed in form and urgency out.

In:  {"start": {"received_at", "caller_phone", "area", "id", "fields"}}, first and optional; {"turns": [{"role",
     "text"}], "amend": false}; {"end": true}.
Out: {"fields": {changed}, "title", "content", "missing", "ask", "urgency", "transfer", "verify" (each only if changed),
     "turns", "model", "ms"}, or {"error": …, "turns"}, the error as in a problem document. `turns` is how many turns of
     the call are kept. After `end` the whole call is read once more, and the session closes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import orjson
from fastapi import APIRouter
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from models.errors import ModelError
from service.body import parse_json
from service.border import Record, record_of
from service.errors import ServiceError, error_of, problem_of
from service.house import House, house_of
from service.live import LiveCall, read_live
from service.openapi import describe_live
from service.security import check_key
from service.ticket import CHINA

PROTOCOL = "suqiu"
_NORMAL, _GOING_AWAY, _TOO_BIG, _RESTART = 1000, 1001, 1009, 1012


def live_routes() -> APIRouter:
    """GET /v1/live, upgraded to a WebSocket."""
    router = APIRouter(prefix="/v1", tags=["live"])
    router.add_api_websocket_route("/live", follow_call, name="live")
    router.add_api_route("/live", refuse_plain, methods=["GET"], name="live", **describe_live())
    return router


async def refuse_plain(request: Request) -> Response:
    """What a GET without the upgrade gets: why a session would be refused, or else 426.

    Browsers hide from a page why its WebSocket was refused; here it can ask.
    """
    house, record = house_of(request), record_of(request)
    _check_door(request, house)
    _check_seats(house)
    error = ServiceError(426, "upgrade_required", "this is a WebSocket; ask with Upgrade: websocket, see /docs")
    record.code = error.code
    reply = problem_of(error, request_id=record.request_id)
    reply.headers.update({"Upgrade": "websocket", "Connection": "Upgrade"})
    return reply


async def follow_call(socket: WebSocket) -> None:
    """Follow one call from its first word to its end; refused as a problem document before the upgrade."""
    house, record = house_of(socket), record_of(socket)
    try:
        _check_door(socket, house)
        with _seat(house):
            await socket.accept(PROTOCOL if PROTOCOL in socket.scope.get("subprotocols", ()) else None)
            record.status, record.tickets, record.failed_tickets = 101, 1, 1
            code = await _Session(socket, house, record).run()
            if code is not None:
                await socket.close(code)
    except ServiceError as error:
        record.status, record.code = error.status, error.code
        await socket.send_denial_response(problem_of(error, request_id=record.request_id))
    except WebSocketDisconnect:
        record.code = "client_gone"


class _Session:
    """The conversation after the upgrade."""

    def __init__(self, socket: WebSocket, house: House, record: Record) -> None:
        self._socket = socket
        self._house = house
        self._record = record
        self._call = LiveCall(received_at=datetime.now(CHINA))

    async def run(self) -> int | None:
        """Answer messages until the call ends; returns the code to close with. Errors: WebSocketDisconnect."""
        settings = self._house.settings
        while True:
            try:
                async with asyncio.timeout(settings.live_idle_seconds):
                    text = await self._hear()
            except TimeoutError:
                await self._tell(ServiceError(408, "call_idle", "nobody has spoken for too long; open a new session"))
                return _GOING_AWAY
            if text is None:
                await self._tell(ServiceError(415, "message_binary", "send text messages that hold JSON"))
                continue
            if len(text.encode("utf-8", "surrogatepass")) > settings.live_message_bytes:
                await self._tell(ServiceError(413, "message_too_large", "the message is too large; send fewer turns"))
                return _TOO_BIG
            try:
                if await self._answer(text):
                    self._record.failed_tickets = 0
                    return _NORMAL
            except ServiceError as error:
                await self._tell(error)
                if error.code == "draining":
                    return _RESTART

    async def _hear(self) -> str | None:
        """The next message; None if it is not text. Errors: WebSocketDisconnect."""
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message["code"])
        text: str | None = message.get("text")
        return text

    async def _answer(self, text: str) -> bool:
        """Take one message and send what it changed; whether the call is over. Errors: ServiceError."""
        began = perf_counter()
        house, call = self._house, self._call
        if house.state == "draining":
            raise ServiceError(503, "draining", "the service is stopping; open a new session", retry_after_seconds=1)
        body = read_live(parse_json(text.encode("utf-8", "surrogatepass")))
        # Before anything is kept: whoever finds no place may send the same message again.
        with house.admission.admit(1):
            if body.start is not None:
                call.begin(body.start)
            call.hear(body, max_characters=house.settings.max_characters)
            if not call.turns and body.end:
                return True
            try:
                answer = await house.engine.follow(call, deadline_ms=house.settings.deadline_ms, whole=body.end)
            except ModelError as error:
                raise error_of(error) from None
        self._record.bundle = answer.bundle
        self._record.timings_ms.update(answer.timings_ms)
        news = {**call.changes(answer.form, answer.sentiment), "turns": len(call.turns), "model": answer.bundle}
        seconds = perf_counter() - began
        house.metrics.live_seconds.observe(seconds)
        await self._send({**news, "ms": round(seconds * 1000, 1)})
        return body.end

    async def _tell(self, error: ServiceError) -> None:
        self._record.code = error.code
        fault = error.as_json()
        if error.retry_after_seconds is not None:
            fault["retry_after_seconds"] = error.retry_after_seconds
        # What was heard before it failed is read with the next message, and must not be sent again.
        problem = {**fault, "request_id": self._record.request_id}
        await self._send({"error": problem, "turns": len(self._call.turns)})

    async def _send(self, reply: dict[str, Any]) -> None:
        await self._socket.send_text(orjson.dumps(reply).decode())


def _check_door(socket: HTTPConnection, house: House) -> None:
    """Errors: ServiceError 401 without a key, 403 for a page of another site, 503 while there is no bundle."""
    check_key(socket, house.settings.api_key_sha256)
    origin = socket.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != socket.headers.get("host"):
        raise ServiceError(403, "origin_foreign", "pages of other sites may not open a session; ask from your server")
    if house.state != "ready":
        raise ServiceError(503, house.state, "the service takes no calls now; try again", retry_after_seconds=2)


def _check_seats(house: House) -> None:
    """Errors: ServiceError 429 where no more calls are taken."""
    most = house.settings.max_live_calls
    if house.live_calls >= most:
        detail = f"{most} calls are followed already; try again, or send the call to /v1/form"
        raise ServiceError(429, "too_many_calls", detail, retry_after_seconds=house.settings.retry_after_seconds)


@contextmanager
def _seat(house: House) -> Iterator[None]:
    """A place for one more running call. Errors: ServiceError 429."""
    _check_seats(house)
    house.live_calls += 1
    house.metrics.live_calls.set(house.live_calls)
    try:
        yield
    finally:
        house.live_calls -= 1
        house.metrics.live_calls.set(house.live_calls)
