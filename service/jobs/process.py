"""Process: a job's process group — started with low priority, listened to line by line, and ended as a whole."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, cast

_NICE: Final = 10
_GRACE_SECONDS: Final = 2.0
_MAX_LINE_BYTES: Final = 1 << 20

OnEvent = Callable[[Mapping[str, Any]], None]


class Process(asyncio.SubprocessProtocol):
    """A running command whose stdout is lines of JSON.

    `ended` is set as soon as the process itself has ended; asyncio's own `wait` would also wait for every worker that
    holds its stdout, and a worker outlives a parent that was killed.
    """

    def __init__(self, on_event: OnEvent) -> None:
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._silent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._on_event = on_event
        self._line = bytearray()
        self._transport: asyncio.SubprocessTransport | None = None
        self._group = 0

    @classmethod
    async def start(
        cls, arguments: Sequence[str], *, environment: Mapping[str, str], stderr: Path, on_event: OnEvent
    ) -> Process:
        """Errors: OSError where nothing can be started."""
        loop = asyncio.get_running_loop()
        with stderr.open("wb") as complaints:
            transport, protocol = await loop.subprocess_exec(
                lambda: cls(on_event),
                *arguments,
                env=dict(environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=complaints,
                start_new_session=True,
            )
        protocol._transport = transport
        protocol._group = transport.get_pid()
        with suppress(ProcessLookupError):
            own = os.getpriority(os.PRIO_PROCESS, 0)
            os.setpriority(os.PRIO_PGRP, protocol._group, min(own + _NICE, 19))
        return protocol

    async def stop(self) -> None:
        """End the whole group: politely, and after two seconds without asking. What it said last is heard."""
        self._signal(signal.SIGTERM)
        await asyncio.wait({self.ended}, timeout=_GRACE_SECONDS)
        # Workers of a process that was killed are still there; multiprocessing's tracker ends by itself, and tidies up.
        self._signal(signal.SIGTERM if self.ended.done() else signal.SIGKILL)
        await self.ended
        # The end of a process is often noticed before its last line.
        await asyncio.wait({self._silent}, timeout=_GRACE_SECONDS)
        assert self._transport is not None
        self._transport.close()

    def pipe_data_received(self, fd: int, data: bytes | str) -> None:
        """A piece of stdout."""
        self._line += cast("bytes", data)
        *lines, rest = self._line.split(b"\n")
        self._line = rest if len(rest) <= _MAX_LINE_BYTES else bytearray()
        for line in lines:
            self._tell(bytes(line))

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """Nobody is left who could say anything."""
        if not self._silent.done():
            self._silent.set_result(None)

    def process_exited(self) -> None:
        """The process has ended."""
        assert self._transport is not None
        if not self.ended.done():
            self.ended.set_result(cast("int", self._transport.get_returncode()))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The process runs."""
        self._transport = cast("asyncio.SubprocessTransport", transport)

    def _tell(self, line: bytes) -> None:
        try:
            event = json.loads(line)
        except ValueError:
            return  # something else that a library printed
        if isinstance(event, dict):
            self._on_event(event)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._group, number)
