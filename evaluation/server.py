"""Server: the service as a process of its own on a loopback port, for as long as a measurement lasts."""

from __future__ import annotations

import contextlib
import http.client
import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evaluation.errors import EvaluationError

_READY_S = 60.0
_STOP_S = 40.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running service: where it listens, which process it is, and how long it took to be ready."""

    url: str
    pid: int | None = None
    ready_s: float | None = None

    def cpu_seconds(self) -> float | None:
        """Processor time of the process and its children so far; None where it is not ours or /proc is missing."""
        if self.pid is None or not Path("/proc").is_dir():
            return None
        ticks = sum(_ticks_of(pid) for pid in _family(self.pid))
        return ticks / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def serve(command: str, *, bundle: Path) -> Iterator[Server]:
    """Start the command with SUQIU_HOST, SUQIU_PORT and SUQIU_BUNDLE set, wait for /readyz, and end it at last.

    Errors: EvaluationError where it ends or is not ready within a minute.
    """
    port = _free_port()
    first, *rest = shlex.split(command)
    beside = Path(sys.executable).parent / first
    program = str(beside) if beside.exists() else shutil.which(first)
    if program is None:
        raise EvaluationError(f"there is no command '{first}'; install the serve extra, or name one by --command")
    # Only what the service needs, and nothing of what the caller's shell sets for it.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SUQIU_")}
    environment = inherited | {"SUQIU_HOST": "127.0.0.1", "SUQIU_PORT": str(port), "SUQIU_BUNDLE": str(bundle)}
    quiet = subprocess.DEVNULL
    begun = time.perf_counter()
    process = subprocess.Popen([program, *rest], env=environment, stdin=quiet, stdout=quiet, stderr=quiet)
    try:
        _wait_until_ready(process, port)
        yield Server(f"http://127.0.0.1:{port}", process.pid, time.perf_counter() - begun)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.perf_counter() + _READY_S
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            raise EvaluationError(
                f"the service ended with status {process.returncode} before it was ready; run it alone"
            )
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.05)
    raise EvaluationError(f"the service was not ready within {_READY_S:g} s; run it alone and look at its log")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _family(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in children.read_text().split():
                yield from _family(int(child))


def _ticks_of(pid: int) -> int:
    try:
        # The command's name stands in brackets and may hold spaces; user and system time are fields 14 and 15.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])
