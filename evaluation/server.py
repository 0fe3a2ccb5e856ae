"""Server: the service as a process of its own on a loopback port, for as long as a measurement lasts."""

from __future__ import annotations

import contextlib
import http.client
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
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

    def memory_mib(self) -> float | None:
        """Resident memory of the process and its children, pages that they share counted once; None as above."""
        if self.pid is None or not Path("/proc").is_dir():
            return None
        return sum(_kib_of(pid) for pid in _family(self.pid)) / 1024


@contextlib.contextmanager
def serve(command: str, *, bundle: Path) -> Iterator[Server]:
    """Start the command with SUQIU_HOST, SUQIU_PORT and SUQIU_BUNDLE set, wait for /readyz, and end it at last.

    Errors: EvaluationError where it ends or is not ready within a minute.
    """
    call = find_command(command)
    port = free_port()
    # Only what the service needs, and nothing of what the caller's shell sets for it.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SUQIU_")}
    environment = inherited | {"SUQIU_HOST": "127.0.0.1", "SUQIU_PORT": str(port), "SUQIU_BUNDLE": str(bundle)}
    with listen(call, port=port, environment=environment) as server:
        yield server


def find_command(command: str) -> list[str]:
    """The words of a command, its program looked for beside this interpreter first and then where the shell would.

    Errors: EvaluationError where there is none.
    """
    first, *rest = shlex.split(command)
    beside = Path(sys.executable).parent / first
    program = str(beside) if beside.exists() else shutil.which(first)
    if program is None:
        raise EvaluationError(f"there is no command '{first}'; install its extra (README), or name one by --command")
    return [program, *rest]


@contextlib.contextmanager
def listen(
    command: Sequence[str],
    *,
    port: int,
    environment: Mapping[str, str],
    ready: str = "/readyz",
    ready_s: float = _READY_S,
    folder: Path | None = None,
    log: Path | None = None,
) -> Iterator[Server]:
    """Start the command, which must listen on the port, wait until `ready` answers 200, and end it at last.

    It runs in `folder`, and `log` gets what it prints. It is told to stop, and after a while ended with every process
    that it started.
    Errors: EvaluationError where it ends or is not ready in time.
    """
    with contextlib.ExitStack() as stack:
        output = stack.enter_context(log.open("ab")) if log else subprocess.DEVNULL
        begun = time.perf_counter()
        process = subprocess.Popen(
            list(command),
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        stack.callback(_end, process)
        _wait_until_ready(process, port, path=ready, limit_s=ready_s)
        yield Server(f"http://127.0.0.1:{port}", process.pid, time.perf_counter() - begun)


def free_port() -> int:
    """A port on which nothing listens now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_S)
    # The session is its own, so this reaches nobody else; children that it left behind would go on using the cores.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, *, path: str, limit_s: float) -> None:
    deadline = time.perf_counter() + limit_s
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            raise EvaluationError(
                f"the service ended with status {process.returncode} before it was ready; run it alone"
            )
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        time.sleep(0.05)
    raise EvaluationError(f"the service was not ready within {limit_s:g} s; run it alone and look at its log")


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


def _kib_of(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
