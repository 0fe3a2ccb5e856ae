"""Telemetry: one JSON line per request and counters for Prometheus; never a character of what a citizen said."""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import PurePath
from typing import Any, TextIO

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.5, 5, 10, 30, 120)
_TOKENS = (16, 32, 64, 128, 256, 512, 1024, 2048)


class Metrics:
    """The numbers of one service. Each has a registry of its own, so that two in one process do not mix."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._registry = registry
        self.requests = Counter("suqiu_requests", "Requests.", ["route", "status"], registry=registry)
        self.seconds = Histogram(
            "suqiu_request_seconds", "Time to the whole answer.", ["route"], buckets=_SECONDS, registry=registry
        )
        self.tickets = Counter("suqiu_tickets", "Tickets by outcome.", ["outcome"], registry=registry)
        self.in_flight = Gauge("suqiu_tickets_in_flight", "Tickets being answered.", registry=registry)
        self.body_bytes = Gauge(
            "suqiu_body_bytes", "Bytes of tickets' bodies that are being read or answered.", registry=registry
        )
        self.queue_rows = Gauge("suqiu_queue_rows", "Rows that wait for a worker.", registry=registry)
        self.queue_tokens = Gauge("suqiu_queue_tokens", "Tokens that wait for a worker.", registry=registry)
        self.run_seconds = Histogram("suqiu_run_seconds", "Time to compute a row.", buckets=_SECONDS, registry=registry)
        self.run_tokens = Histogram(
            "suqiu_run_tokens", "Tokens of a row that was computed.", buckets=_TOKENS, registry=registry
        )
        self.live_calls = Gauge("suqiu_live_calls", "Running calls that are followed.", registry=registry)
        self.live_seconds = Histogram(
            "suqiu_live_update_seconds", "Time from a turn to its news.", buckets=_SECONDS, registry=registry
        )
        self.ready = Gauge("suqiu_ready", "1 while tickets are accepted.", registry=registry)
        self.loads = Counter("suqiu_bundle_loads", "Bundles opened, by outcome.", ["outcome"], registry=registry)
        self.jobs = Gauge("suqiu_jobs", "Jobs in the database, by state.", ["state"], registry=registry)
        self.version = Gauge("suqiu_info", "The release of the service.", ["version"], registry=registry)
        self.bundle = Gauge("suqiu_bundle_info", "The bundle that answers.", ["bundle"], registry=registry)

    def queue_changed(self, *, rows: int, tokens: int) -> None:
        """So much waits."""
        self.queue_rows.set(rows)
        self.queue_tokens.set(tokens)

    def run_ended(self, *, tokens: int, seconds: float) -> None:
        """A row was computed, or stopped."""
        self.run_tokens.observe(tokens)
        self.run_seconds.observe(seconds)

    def bundle_loaded(self, label: str) -> None:
        """From now on this bundle answers."""
        self.loads.labels("opened").inc()
        self.bundle.clear()
        self.bundle.labels(label).set(1)

    def render(self) -> bytes:
        """All of it, in Prometheus' text format."""
        return generate_latest(self._registry)


class Log:
    """Events with fields, one JSON object a line."""

    def __init__(self, *, level: str = "info", stream: TextIO | None = None) -> None:
        self._log: Any = structlog.wrap_logger(
            structlog.WriteLogger(stream or sys.stdout),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.JSONRenderer(),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        )

    def tell(self, event: str, **fields: object) -> None:
        """Something happened."""
        self._log.info(event, **fields)

    def warn(self, event: str, **fields: object) -> None:
        """Something that an operator should look at."""
        self._log.warning(event, **fields)

    def fail(self, event: str, error: BaseException, **fields: object) -> None:
        """Something broke: the error's type and where, without its message or locals, which may quote a citizen."""
        self._log.error(event, error=type(error).__name__, frames=frames_of(error), **fields)


def frames_of(error: BaseException) -> list[str]:
    """The innermost eight places that an error came through: file:line function."""
    places = traceback.extract_tb(error.__traceback__)[-8:]
    return [f"{'/'.join(PurePath(place.filename).parts[-2:])}:{place.lineno} {place.name}" for place in places]
