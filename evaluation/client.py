"""Client: tickets over HTTP, in a closed loop (a connection asks again once it was answered) or when they are due."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from evaluation.errors import EvaluationError
from models.document import Document

_TIMEOUT_S = 60.0
_REFUSALS = (429, 503)


@dataclass(frozen=True, slots=True)
class Sample:
    """One stretch of work: tickets answered, seconds taken, processor seconds, memory, each ticket's wait if known.

    Errors count everything that was no answer; of these, `refusal_waits_ms` are those that the service turned away.
    """

    tickets: int
    seconds: float
    cpu_seconds: float | None = None
    waits_ms: tuple[float, ...] = ()
    errors: int = 0
    refusal_waits_ms: tuple[float, ...] = ()
    memory_mib: float | None = None

    @property
    def rate(self) -> float:
        """Tickets per second."""
        return self.tickets / self.seconds if self.seconds > 0 else 0.0


@dataclass(slots=True)
class _Tally:
    waits_ms: list[float] = field(default_factory=list)
    refusal_waits_ms: list[float] = field(default_factory=list)
    errors: int = 0


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
    turn = itertools.count()
    tallies = [_Tally() for _ in range(connections)]
    begun = time.perf_counter()
    plan = _Plan(url, bodies, due_s, begun=begun, deadline=begun + limit_s)
    threads = [threading.Thread(target=_ask, args=(plan, turn, tally), daemon=True) for tally in tallies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    waits = [wait for tally in tallies for wait in tally.waits_ms]
    refusals = [wait for tally in tallies for wait in tally.refusal_waits_ms]
    errors = sum(tally.errors for tally in tallies)
    if not waits and not errors:
        raise EvaluationError(f"nothing answered at {url}; start the service, or pass --serve")
    return Sample(
        tickets=len(waits), seconds=seconds, waits_ms=tuple(waits), errors=errors, refusal_waits_ms=tuple(refusals)
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    url: str
    bodies: Sequence[bytes]
    due_s: Sequence[float] | None
    begun: float
    deadline: float

    def wait_for(self, number: int) -> float:
        """Sleep until a body is due; the moment from which its wait counts."""
        if self.due_s is None:
            return time.perf_counter()
        due = self.begun + self.due_s[number]
        time.sleep(max(0.0, due - time.perf_counter()))
        return due


def _post(connection: http.client.HTTPConnection, path: str, body: bytes) -> http.client.HTTPResponse:
    """Ask once; where a connection was idle until the service closed it, which is its right, once more on a new one."""
    was_open = connection.sock is not None
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        reply = connection.getresponse()
    except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
        if not was_open:
            raise
        connection.close()
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        reply = connection.getresponse()
    reply.read()
    return reply


def _ask(plan: _Plan, turn: itertools.count[int], tally: _Tally) -> None:
    place = urlsplit(plan.url)
    connection = http.client.HTTPConnection(place.hostname or "127.0.0.1", place.port or 80, timeout=_TIMEOUT_S)
    while (number := next(turn)) < len(plan.bodies) and time.perf_counter() < plan.deadline:
        due = plan.wait_for(number)
        sent = time.perf_counter()
        try:
            reply = _post(connection, place.path, plan.bodies[number])
        except ConnectionRefusedError:
            break
        except (OSError, http.client.HTTPException):
            connection.close()
            tally.errors += 1
            continue
        now = time.perf_counter()
        if reply.status == 200:
            tally.waits_ms.append((now - due) * 1000)
            continue
        tally.errors += 1
        if reply.status in _REFUSALS:  # what the service took to say no, not what our connections kept it waiting
            tally.refusal_waits_ms.append((now - sent) * 1000)
    connection.close()
