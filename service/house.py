"""House: what the routes of one service share, and the state that it is in — loading, failed, ready, or draining."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from starlette.requests import HTTPConnection

from models.bundle import Bundle
from models.errors import ModelError
from service.admission import Admission
from service.engine import Engine
from service.errors import ServiceError
from service.jobs.opening import open_desk
from service.reading import BundleReader, Reader
from service.settings import Settings
from service.telemetry import Log, Metrics
from service.version import own_version

State = Literal["loading", "failed", "ready", "draining"]


class House:
    """Settings, engine, admission, jobs and telemetry of one service."""

    def __init__(
        self, settings: Settings, *, log: Log, open_reader: Callable[[Bundle], Reader] = BundleReader.open
    ) -> None:
        self.settings = settings
        self.version = own_version()
        self.log = log
        self.metrics = Metrics()
        self.metrics.version.labels(self.version).set(1)
        self.bundle_place: Path | None = None

        def open_noted(bundle: Bundle) -> Reader:
            reader = open_reader(bundle)
            self.bundle_place = bundle.path.resolve()  # nothing can refuse it any more: this one answers now
            return reader

        self.engine = Engine(settings, log=log, metrics=self.metrics, open_reader=open_noted)
        self.admission = Admission(
            max_tickets=settings.max_tickets_in_flight,
            max_wait_s=settings.max_wait_ms / 1000,
            wait_s=lambda: self.engine.wait_s,
            retry_after_seconds=settings.retry_after_seconds,
            changed=self.metrics.in_flight.set,
            max_bytes=settings.max_bodies_bytes,
            bytes_changed=self.metrics.body_bytes.set,
        )
        self.jobs = open_desk(settings, bundle=lambda: self.bundle_place, log=log, metrics=self.metrics)
        self.live_calls = 0  # running calls that are followed
        self.last_load: asyncio.Task[str] | None = None
        self._draining = False
        # Read when asked, so that a bundle loaded while draining does not call the service ready.
        self.metrics.ready.set_function(lambda: float(self.state == "ready"))

    @property
    def state(self) -> State:
        """Whether tickets are welcome."""
        if self._draining:
            return "draining"
        if self.engine.bundle:
            return "ready"
        return "failed" if self.last_load and self.last_load.done() else "loading"

    def begin_load(self) -> None:
        """Open the current bundle in the background; what is answered already goes on being answered."""
        self.last_load = asyncio.create_task(self.engine.load())
        self.last_load.add_done_callback(self._tell_load)

    def begin_drain(self) -> None:
        """Say no to readiness probes from now on; what is under way goes on."""
        if not self._draining:
            self._draining = True
            self.log.tell("draining", tickets_in_flight=self.admission.in_flight)
            self.jobs.begin_stop()

    def close(self) -> None:
        """End what is still under way with 503."""
        self.begin_drain()
        self.engine.close(ServiceError(503, "draining", "the service is stopping; ask again", retry_after_seconds=1))

    def _tell_load(self, task: asyncio.Task[str]) -> None:
        # A bundle that was refused has been told of by the engine; anything else is a fault of ours.
        if not task.cancelled() and (error := task.exception()) and not isinstance(error, ModelError):
            self.log.fail("load_failed", error)


def house_of(request: HTTPConnection) -> House:
    """The house that serves this request."""
    house: House = request.app.state.house
    return house
