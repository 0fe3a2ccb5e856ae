"""suqiu-serve: the service under uvicorn, drained gently when it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import logging
import math
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import FrameType

import numpy as np
import uvicorn
from pydantic import ValidationError

from models.bundle import Bundle, read_manifest
from models.canary import SENTENCES
from models.document import Document
from models.errors import ModelError
from models.prediction import Answer, Prediction
from service.app import create_app
from service.house import House
from service.reading import PARTS, BundleReader, parts_of
from service.settings import Settings
from service.ticket import CHINA, Ticket

_SWITCH_S = 0.0005


class Server(uvicorn.Server):
    """Uvicorn closes its door at once on SIGTERM; this one tells the probes first, and ends the overdue with 503."""

    def __init__(self, config: uvicorn.Config, house: House) -> None:
        super().__init__(config)
        self._house = house
        self._loop: asyncio.AbstractEventLoop | None = None
        self.failure: BaseException | None = None

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until told to stop."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_signal_handler(signal.SIGHUP, self._house.begin_load)
        self._watch = asyncio.create_task(self._end_without_bundle())
        await super().serve(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """First signal: drain. Second: stop now."""
        if self._loop is None or self._house.state == "draining":
            super().handle_exit(sig, frame)
        else:
            self._loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        assert self._loop is not None
        settings = self._house.settings
        self._house.begin_drain()
        notice_seconds = min(settings.drain_notice_seconds, settings.drain_seconds / 2)
        self._loop.call_later(notice_seconds, self._close_door)
        # A second before the end: time for the overdue to be told.
        self._loop.call_later(max(settings.drain_seconds - 1, notice_seconds), self._house.close)
        # A thread in the middle of a long text cannot be stopped, and the interpreter would wait for it.
        end = threading.Timer(settings.drain_seconds, os._exit, [0])
        end.daemon = True
        end.start()

    def _close_door(self) -> None:
        self.should_exit = True

    async def _end_without_bundle(self) -> None:
        while self._house.last_load is None:
            await asyncio.sleep(0.01)
        await asyncio.wait({self._house.last_load})
        if self._house.state == "failed":
            self.failure = self._house.last_load.exception()
            self.should_exit = True


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM; 1 with the reason on stderr where settings or bundle are no good."""
    parser = argparse.ArgumentParser(prog="suqiu-serve", description=__doc__)
    parser.add_argument("--host", help="address to listen on (SUQIU_HOST)")
    parser.add_argument("--port", type=int, help="port to listen on (SUQIU_PORT)")
    parser.add_argument("--bundle", help="folder of the bundle to serve (SUQIU_BUNDLE)")
    told = "open the city files of this bundle as a load does, say what is wrong with them, and end"
    parser.add_argument("--check-city", type=Path, metavar="BUNDLE", help=told)
    given = {name: value for name, value in vars(parser.parse_args(arguments)).items() if value is not None}
    if place := given.pop("check_city", None):
        return check_city(place)
    try:
        settings = Settings(**given)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            sys.stderr.write(f"SUQIU_{'_'.join(str(part) for part in fault['loc']).upper()}: {fault['msg']}\n")
        return 1
    for name in sorted(name for name in os.environ if name.startswith("SUQIU_")):
        if name.removeprefix("SUQIU_").lower() not in Settings.model_fields:
            sys.stderr.write(f"{name} is no setting and changes nothing; docs/operations.md lists them\n")
    server = serve(settings)
    if server.failure is not None:
        code = server.failure.code if isinstance(server.failure, ModelError) else type(server.failure).__name__
        sys.stderr.write(f"{code}: {server.failure}\n")
        return 1
    return 0


def check_city(place: Path) -> int:
    """Read a ticket with a bundle's city files; 1 with the reason on stderr where a load would refuse them.

    Its model is not asked, and need not be there: the ticket is read as if it answered every label alike.
    """
    try:
        bundle = Bundle(place, read_manifest(place))
        document = Document.of(SENTENCES[0])
        tasks = [task for task in bundle.manifest.tasks if task.kind != "spans"]
        answers = {t.name: Answer(t, np.full(len(t.labels), 1 / len(t.labels), dtype=np.float32)) for t in tasks}
        BundleReader.open(bundle).read(
            Ticket(document, received_at=datetime.now(CHINA)), Prediction(answers, (), truncated=False),
            turns={}, parts=parts_of(bundle, PARTS), top_k=1,
        )  # fmt: skip
    except ModelError as error:
        sys.stderr.write(f"{error.code}: {error}\n")
        return 1
    return 0


class _Refusals(logging.Filter):
    """Keeps uvicorn from calling a refused WebSocket an error: it was answered, and our own log has the line."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "without completing handshake" not in record.getMessage()


def serve(settings: Settings) -> Server:
    """Run a server to its end."""
    app = create_app(settings)
    notice_seconds = min(settings.drain_notice_seconds, settings.drain_seconds / 2)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        # A little more than we take, so that it is told as message_too_large before the session ends.
        ws_max_size=2 * settings.live_message_bytes,
        ws_max_queue=8,
        access_log=False,
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=math.ceil(settings.drain_seconds - notice_seconds),
    )
    logging.getLogger("uvicorn.error").addFilter(_Refusals())
    server = Server(config, app.state.house)
    where = f"http://{settings.host}:{settings.port}"
    sys.stderr.write(
        f"suqiu {app.state.house.version} listens on {where}/ — page for people {where}/ , API {where}/docs , "
        f"metrics {where}/metrics\n"
    )
    # Python hands the interpreter on every 5 ms by default; the loop asks for it several times per request.
    sys.setswitchinterval(_SWITCH_S)
    server.run()
    return server


if __name__ == "__main__":
    sys.exit(main())
