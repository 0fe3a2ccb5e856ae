"""Client: tickets over HTTP, in a closed loop (a connection asks again once it was answered) or when they are due.

One thread and a parser in C, for the client shares the cores with the service that it measures: what it spends itself,
and its own threads waiting for one another, would be told as the service's.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

import httptools
import uvloop

from evaluation.errors import EvaluationError
from models.document import Document

_TIMEOUT_S = 60.0
_REFUSALS = (429, 503)


@dataclass(frozen=True, slots=True)
class Sample:
    """One stretch of work: tickets answered, seconds taken, processor seconds, memory, each ticket's wait if known.

    Errors count everything that was no answer; of these, `refusal_waits_ms` are those that the service turned away, and
    `unheard` those that came when nothing listened any more.
    """

    tickets: int
    seconds: float
    cpu_seconds: float | None = None
    waits_ms: tuple[float, ...] = ()
    errors: int = 0
    refusal_waits_ms: tuple[float, ...] = ()
    unheard: int = 0
    memory_mib: float | None = None

    @property
    def lost(self) -> int:
        """Tickets that were sent to a service that listened, and neither answered nor refused."""
        return self.errors - len(self.refusal_waits_ms) - self.unheard

    @property
    def rate(self) -> float:
        """Tickets per second."""
        return self.tickets / self.seconds if self.seconds > 0 else 0.0


@dataclass(slots=True)
class _Tally:
    waits_ms: list[float] = field(default_factory=list)
    refusal_waits_ms: list[float] = field(default_factory=list)
    errors: int = 0
    unheard: int = 0


def write_ticket(document: Document) -> bytes:
    """The request body of a document: a text with its title, or a dialogue."""
    if len(document.segments) == 1:
        ticket: dict[str, object] = {"text": document.segments[0].text}
        if document.title:
            ticket["title"] = document.title
    else:
        roles = {"citizen": "caller", "agent": "agent"}
        ticket = {"dialogue": [{"role": roles[one.role], "text": one.text} for one in document.segments]}
    return json.dumps(ticket, ensure_ascii=False).encode()


def ask_all(
    url: str, bodies: Sequence[bytes], *, connections: int, limit_s: float, due_s: Sequence[float] | None = None
) -> Sample:
    """Post every body once, in their order, until all are answered or the limit has passed.

    With `due_s` a body waits for its time after the start, and its wait counts from then on, whether a connection was
    free or not: so a slow service cannot slow its own questioners down (open loop).
    Errors: EvaluationError where nothing listens at the URL.
    """
    return uvloop.run(_ask_all(url, bodies, connections=connections, limit_s=limit_s, due_s=due_s))


async def _ask_all(
    url: str, bodies: Sequence[bytes], *, connections: int, limit_s: float, due_s: Sequence[float] | None
) -> Sample:
    turn = itertools.count()
    tally = _Tally()
    begun = time.perf_counter()
    plan = _Plan(_Place.of(url), bodies, due_s, begun=begun, deadline=begun + limit_s)
    await asyncio.gather(*(_ask(plan, turn, tally) for _ in range(connections)))
    seconds = time.perf_counter() - begun
    if not tally.waits_ms and not tally.errors:
        raise EvaluationError(f"nothing answered at {url}; start the service, or pass --serve")
    return Sample(
        tickets=len(tally.waits_ms),
        seconds=seconds,
        waits_ms=tuple(tally.waits_ms),
        errors=tally.errors,
        refusal_waits_ms=tuple(tally.refusal_waits_ms),
        unheard=tally.unheard,
    )


@dataclass(frozen=True, slots=True)
class _Place:
    host: str
    port: int
    path: str

    @classmethod
    def of(cls, url: str) -> _Place:
        parts = urlsplit(url)
        return cls(parts.hostname or "127.0.0.1", parts.port or 80, parts.path or "/")

    def request(self, body: bytes) -> bytes:
        """What is sent to post a body."""
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode("ascii") + body


@dataclass(frozen=True, slots=True)
class _Plan:
    place: _Place
    bodies: Sequence[bytes]
    due_s: Sequence[float] | None
    begun: float
    deadline: float

    async def wait_for(self, number: int) -> float:
        """Sleep until a body is due; the moment from which its wait counts."""
        if self.due_s is None:
            return time.perf_counter()
        due = self.begun + self.due_s[number]
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        return due


async def _ask(plan: _Plan, turn: itertools.count[int], tally: _Tally) -> None:
    line = _Line(plan.place)
    while (number := next(turn)) < len(plan.bodies) and time.perf_counter() < plan.deadline:
        due = await plan.wait_for(number)
        sent = time.perf_counter()
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                status = await line.post(plan.bodies[number])
        except OSError as error:  # a timeout is one, too
            line.close()
            refused = isinstance(error, ConnectionRefusedError)
            if refused and not tally.waits_ms:
                break  # nothing listens, or nothing yet
            tally.errors += 1
            tally.unheard += refused
            continue
        now = time.perf_counter()
        if status == 200:
            tally.waits_ms.append((now - due) * 1000)
            continue
        tally.errors += 1
        if status in _REFUSALS:  # what the service took to say no, not what our connections kept it waiting
            tally.refusal_waits_ms.append((now - sent) * 1000)
    line.close()


class _Line:
    """A connection that is opened when it is needed, and kept as long as the service keeps it."""

    def __init__(self, place: _Place) -> None:
        self._place = place
        self._talk: _Talk | None = None

    async def post(self, body: bytes) -> int:
        """The status of the reply; where a kept connection was closed, which is the service's right, of a new one."""
        request = self._place.request(body)
        if self._talk is not None and self._talk.is_open:
            try:
                return await self._talk.ask(request)
            except ConnectionResetError:
                if self._talk.heard:
                    raise
        loop = asyncio.get_running_loop()
        _, protocol = await loop.create_connection(_Talk, self._place.host, self._place.port)
        self._talk = protocol
        return await self._talk.ask(request)

    def close(self) -> None:
        """Hang up."""
        if self._talk is not None:
            self._talk.close()
            self._talk = None


class _Talk(asyncio.Protocol):
    """One connection; one request at a time. httptools calls the methods whose names it knows."""

    def __init__(self) -> None:
        self.is_open = False
        self.heard = False  # something of the reply that is waited for
        self._transport: asyncio.Transport | None = None
        self._reply: asyncio.Future[int] | None = None
        self._parser = httptools.HttpResponseParser(self)

    async def ask(self, request: bytes) -> int:
        """Send, and wait for the whole reply. Errors: ConnectionResetError where the service hung up before its end."""
        assert self._transport is not None
        self.heard = False
        self._parser = httptools.HttpResponseParser(self)
        self._reply = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._reply

    def close(self) -> None:
        """Hang up."""
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Of asyncio."""
        self._transport = cast(asyncio.Transport, transport)
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        """Of asyncio."""
        self.heard = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(ConnectionResetError(f"no HTTP reply: {type(error).__name__}"))
            self.close()

    def on_message_complete(self) -> None:
        """Of httptools."""
        if self._reply is not None and not self._reply.done():
            self._reply.set_result(self._parser.get_status_code())
        if not self._parser.should_keep_alive():
            self.close()

    def connection_lost(self, error: Exception | None) -> None:
        """Of asyncio."""
        self.is_open = False
        self._fail(ConnectionResetError("the service hung up"))

    def _fail(self, error: ConnectionResetError) -> None:
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(error)
