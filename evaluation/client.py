"""Client: tickets in a closed loop over HTTP, each connection asking again as soon as it was answered."""

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


@dataclass(frozen=True, slots=True)
class Sample:
    """One stretch of work: tickets answered, seconds taken, processor seconds, and each ticket's wait if known."""

    tickets: int
    seconds: float
    cpu_seconds: float | None = None
    waits_ms: tuple[float, ...] = ()
    errors: int = 0

    @property
    def rate(self) -> float:
        """Tickets per second."""
        return self.tickets / self.seconds if self.seconds > 0 else 0.0


@dataclass(slots=True)
class _Tally:
    waits_ms: list[float] = field(default_factory=list)
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


def ask_all(url: str, bodies: Sequence[bytes], *, connections: int, limit_s: float) -> Sample:
    """Post every body once, in their order, until all are answered or the limit has passed.

    Errors: EvaluationError where nothing listens at the URL.
    """
    turn = itertools.count()
    deadline = time.perf_counter() + limit_s
    tallies = [_Tally() for _ in range(connections)]
    threads = [
        threading.Thread(target=_ask, args=(url, bodies, turn, deadline, tally), daemon=True) for tally in tallies
    ]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    waits = [wait for tally in tallies for wait in tally.waits_ms]
    errors = sum(tally.errors for tally in tallies)
    if not waits and not errors:
        raise EvaluationError(f"nothing answered at {url}; start the service, or pass --serve")
    return Sample(tickets=len(waits), seconds=seconds, waits_ms=tuple(waits), errors=errors)


def _ask(url: str, bodies: Sequence[bytes], turn: itertools.count[int], deadline: float, tally: _Tally) -> None:
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "127.0.0.1", place.port or 80, timeout=_TIMEOUT_S)
    while (number := next(turn)) < len(bodies) and (begun := time.perf_counter()) < deadline:
        try:
            connection.request("POST", place.path, bodies[number], {"Content-Type": "application/json"})
            reply = connection.getresponse()
            reply.read()
        except ConnectionRefusedError:
            break
        except (OSError, http.client.HTTPException):
            connection.close()
            tally.errors += 1
            continue
        if reply.status == 200:
            tally.waits_ms.append((time.perf_counter() - begun) * 1000)
        else:
            tally.errors += 1
    connection.close()
