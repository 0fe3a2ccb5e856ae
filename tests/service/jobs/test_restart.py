"""Jobs of a real server that is killed, or told to stop."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.service.jobs.handed_in import LARGE, ROOT, check_same, create, is_done, processes_of, wait, wait_begun

# Other work on the machine may slow a job's process, which is nice to it, many times.
pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class Server:
    """A real server, and what it says."""

    process: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> list[dict[str, Any]]:
        """Tell it to stop; returns its log, in which nothing has gone wrong."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=60) == 0
        said = self.log.read_text()
        assert "Traceback" not in said
        return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def serve(tiny_bundle: Path, tmp_path: Path, port: int) -> Iterator[Callable[[], Server]]:
    """Starts real servers, one after another."""
    settings = {
        "SUQIU_BUNDLE": str(tiny_bundle),
        "SUQIU_PORT": str(port),
        "SUQIU_WORKERS": "1",
        "SUQIU_JOBS_FOLDER": str(tmp_path / "jobs"),
        "SUQIU_JOBS_LEASE_SECONDS": "2",
        "SUQIU_DRAIN_NOTICE_SECONDS": "0.2",
    }
    started: list[subprocess.Popen[bytes]] = []

    def start() -> Server:
        log = tmp_path / f"log-{len(started)}"
        with log.open("w") as out:  # a pipe that nobody reads would fill up
            process = subprocess.Popen(
                [sys.executable, "-m", "service.cli"], cwd=ROOT, env={**os.environ, **settings}, stdout=out, stderr=out
            )
        started.append(process)
        while process.poll() is None:
            try:
                if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                    return Server(process, log)
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        pytest.fail("the server ended before it was ready")

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_a_service_that_is_killed_goes_on_with_its_jobs_after_its_next_start(
    serve: Callable[[], Server], port: int, tmp_path: Path, reference: dict[str, bytes]
) -> None:
    first = serve()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        path = create(client, LARGE)
        wait_begun(tmp_path / "jobs")
    first.process.kill()
    first.process.wait()
    second = serve()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        assert wait(client, path, is_done)["progress"] == {"done": 2_000, "total": 2_000}
        check_same(client, path, reference)
    log = second.stop()
    assert [line["event"] for line in log if line["event"].startswith("job_")] == ["job_begun", "job_done"]


def test_a_service_that_is_told_to_stop_ends_its_job_s_process(
    serve: Callable[[], Server], port: int, tmp_path: Path
) -> None:
    server = serve()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        create(client, LARGE)
        wait_begun(tmp_path / "jobs")
    log = server.stop()
    assert processes_of(tmp_path / "jobs") == []
    assert [line["event"] for line in log if line["event"].startswith("job_")][1:] == ["job_begun", "job_released"]
