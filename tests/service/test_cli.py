"""The real server in a process of its own: it starts, drains, and refuses what it cannot serve."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets import Origin
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from service.cli import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def server(tiny_bundle: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    settings = {
        "SUQIU_BUNDLE": str(tiny_bundle),
        "SUQIU_PORT": str(port),
        "SUQIU_WORKERS": "1",
        "SUQIU_DRAIN_NOTICE_SECONDS": "0.5",
        "SUQIU_DRAIN_SECONDS": "10",
    }
    command = [sys.executable, "-m", "service.cli"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings}, text=True, **pipes)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_ready(url: str, process: subprocess.Popen[str]) -> None:
    while process.poll() is None:
        try:
            if httpx.get(f"{url}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    pytest.fail("the server ended before it was ready")


def test_it_serves_reloads_and_drains_on_sigterm(server: subprocess.Popen[str], port: int) -> None:
    url = f"http://127.0.0.1:{port}"
    wait_ready(url, server)
    with httpx.Client(base_url=url) as client:
        assert client.post("/v1/intake", json={"text": "小区楼下烧烤店油烟"}).status_code == 200
        server.send_signal(signal.SIGHUP)
        server.send_signal(signal.SIGTERM)
        while (state := client.get("/readyz").json()["state"]) == "ready":
            time.sleep(0.005)
        assert state == "draining"
        assert client.post("/v1/intake", json={"text": "小区"}).status_code == 200
    out, err = server.communicate(timeout=20)
    assert server.returncode == 0
    events = [json.loads(line)["event"] for line in out.splitlines()]
    assert events.count("bundle_loaded") == 2
    assert "draining" in events
    assert f"{url}/docs" in err
    assert "Traceback" not in err


def test_it_drops_the_work_of_a_caller_who_hangs_up(server: subprocess.Popen[str], port: int) -> None:
    url = f"http://127.0.0.1:{port}"
    wait_ready(url, server)
    body = json.dumps({"tickets": [{"text": "小区楼下烧烤店" * 2_000}] * 256}, ensure_ascii=False).encode()
    head = (
        f"POST /v1/category/batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    )
    with httpx.Client(base_url=url) as probe:
        with socket.create_connection(("127.0.0.1", port)) as caller:
            caller.sendall(head.encode() + b"\r\n\r\n" + body)
            while "suqiu_tickets_in_flight 256.0" not in probe.get("/metrics").text:
                time.sleep(0.005)
        while "suqiu_tickets_in_flight 0.0" not in probe.get("/metrics").text:
            time.sleep(0.005)
    server.send_signal(signal.SIGTERM)
    out, err = server.communicate(timeout=20)
    (line,) = [event for event in map(json.loads, out.splitlines()) if event["event"] == "request"]
    assert (line["status"], line["code"], line["tickets"]) == (499, "client_gone", 256)
    assert "Traceback" not in err


def test_without_a_bundle_it_ends_with_the_reason(
    tmp_path: Path, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--bundle", str(tmp_path / "nowhere"), "--port", str(port)]) == 1
    assert "bundle_invalid" in capsys.readouterr().err


def test_the_city_files_of_a_bundle_are_looked_at_without_its_model(
    tiny_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "bundle"
    shutil.copytree(tiny_bundle, place)
    (place / "model.onnx").unlink()
    assert main(["--check-city", str(place)]) == 0
    manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"]["form.toml"] = "0" * 64
    (place / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (place / "form.toml").write_text("version = \n", encoding="utf-8")
    assert main(["--check-city", str(place)]) == 1
    assert capsys.readouterr().err.startswith("city_file_invalid: form.toml is no TOML")


def test_a_setting_that_makes_no_sense_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SUQIU_DEADLINE_MS", "soon")
    assert main([]) == 1
    assert "SUQIU_DEADLINE_MS" in capsys.readouterr().err


def test_a_misspelt_setting_is_told(
    tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SUQIU_API_KEYS_SHA256", "0" * 64)
    assert main(["--bundle", str(tmp_path / "nowhere"), "--port", str(port)]) == 1
    told = capsys.readouterr().err
    assert "SUQIU_API_KEYS_SHA256 is no setting and changes nothing" in told
    assert "0000" not in told


def test_a_live_session_that_is_refused_is_no_error_and_a_message_too_large_is_told(
    server: subprocess.Popen[str], port: int
) -> None:
    wait_ready(f"http://127.0.0.1:{port}", server)
    address = f"ws://127.0.0.1:{port}/v1/live"
    with pytest.raises(InvalidStatus):
        connect(address, origin=Origin("https://elsewhere.example"))
    with connect(address, proxy=None) as session:
        session.send(json.dumps({"turns": [{"role": "caller", "text": "字" * 100_000}]}, ensure_ascii=False))
        assert json.loads(session.recv())["error"]["code"] == "message_too_large"
    server.send_signal(signal.SIGTERM)
    told = server.communicate(timeout=10)[1]
    assert "ASGI" not in told
