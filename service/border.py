"""Border: the outermost layer of every request — id, time, one log line, headers, and a last answer if all else fails.

Plain ASGI: a middleware that wraps requests in a task of its own would hide the caller's hanging up.
"""

from __future__ import annotations

import re
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.body import ClientGoneError
from service.errors import internal_error, problem_of
from service.telemetry import Log, Metrics

_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_QUIET = ("/healthz", "/readyz", "/metrics")
CLIENT_GONE = 499


@dataclass(slots=True)
class Record:
    """What is known of a request by its end. Routes fill in what they learn; none of it is text of a citizen."""

    request_id: str
    route: str = "other"
    status: int = 0
    code: str | None = None
    tickets: int = 0
    failed_tickets: int = 0
    bundle: str | None = None
    timings_ms: dict[str, float] = field(default_factory=dict)
    began: float = field(default_factory=perf_counter)

    @property
    def ms(self) -> float:
        """Since the request came in."""
        return round((perf_counter() - self.began) * 1000, 2)

    def server_timing(self) -> str:
        """The `Server-Timing` header."""
        return ", ".join(f"{name};dur={ms:.2f}" for name, ms in {**self.timings_ms, "total": self.ms}.items())


class Border:
    """ASGI middleware; the only place besides the worker where every exception ends."""

    def __init__(self, app: ASGIApp, *, log: Log, metrics: Metrics) -> None:
        self._app = app
        self._log = log
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        record = Record(given if _SAFE_ID.fullmatch(given) else uuid.uuid4().hex)
        scope["suqiu.record"] = record
        if scope["type"] == "websocket":
            await self._serve_session(scope, receive, send)
            return

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                record.status = message["status"]
                _mark(MutableHeaders(scope=message), record)
            await send(message)

        try:
            await self._app(scope, receive, send_marked)
        except ClientGoneError:
            record.status, record.code = CLIENT_GONE, "client_gone"
        except Exception as error:
            begun = record.status
            record.status, record.code = 500, "internal_error"
            self._log.fail("request_failed", error, request_id=record.request_id)
            if not begun:
                await problem_of(internal_error(), request_id=record.request_id)(scope, receive, send_marked)
        finally:
            self._close(scope, record)

    async def _serve_session(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A WebSocket: its route answers every fault that it foresees; what is left ends here, with close code 1011."""
        record: Record = scope["suqiu.record"]
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            record.status, record.code = 500, "internal_error"
            self._log.fail("request_failed", error, request_id=record.request_id)
            with suppress(RuntimeError, OSError):  # closed already, or gone
                await send({"type": "websocket.close", "code": 1011, "reason": record.request_id})
        finally:
            self._close(scope, record)

    def _close(self, scope: Scope, record: Record) -> None:
        record.route = getattr(scope.get("route"), "path", "other")
        self._metrics.requests.labels(record.route, record.status).inc()
        self._metrics.seconds.labels(record.route).observe(record.ms / 1000)
        if record.tickets:
            self._metrics.tickets.labels("answered").inc(record.tickets - record.failed_tickets)
            self._metrics.tickets.labels("failed").inc(record.failed_tickets)
        if record.route in _QUIET and record.code is None:
            return
        self._log.tell(
            "request",
            request_id=record.request_id,
            method=scope.get("method", "WS"),
            route=record.route,
            status=record.status,
            code=record.code,
            ms=record.ms,
            tickets=record.tickets,
            failed_tickets=record.failed_tickets,
            bundle=record.bundle,
            **{f"{name}_ms": round(ms, 2) for name, ms in record.timings_ms.items()},
        )


def record_of(request: HTTPConnection) -> Record:
    """The record of the request that is being served."""
    record: Record = request.scope["suqiu.record"]
    return record


def _mark(headers: MutableHeaders, record: Record) -> None:
    headers["X-Request-Id"] = record.request_id
    headers["Server-Timing"] = record.server_timing()
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers.setdefault("Cache-Control", "no-store")
    headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
