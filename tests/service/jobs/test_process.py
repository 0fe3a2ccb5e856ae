"""A job's process: gentle to the others, heard line by line, and ended with everything that it started."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service.jobs.process import Process

STUBBORN = """
import json, os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen(["sleep", "60"])
print("a library says hello", flush=True)
time.sleep(0.3)
print(json.dumps({"child": child.pid, "nice": os.nice(0)}), flush=True)
time.sleep(60)
"""
ORPHANING = """
import json, os, subprocess
child = subprocess.Popen(["sleep", "60"])
print(json.dumps({"child": child.pid}), flush=True)
os.kill(os.getpid(), 9)
"""
LAST_WORDS = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    time.sleep(0.3)
    print('{"event": "fail"}', flush=True)
"""


async def start(code: str, folder: Path, events: list[Mapping[str, Any]]) -> Process:
    arguments = [sys.executable, "-c", code]
    return await Process.start(arguments, environment=os.environ, stderr=folder / "stderr", on_event=events.append)


async def until_gone(pid: int) -> None:
    """Wait until a process has ended; a zombie that nobody here can bury counts."""
    while Path(f"/proc/{pid}/stat").exists() and ") Z" not in Path(f"/proc/{pid}/stat").read_text():
        await asyncio.sleep(0.02)


def test_a_group_that_will_not_end_is_ended(tmp_path: Path) -> None:
    events: list[Mapping[str, Any]] = []

    async def story() -> int:
        process = await start(STUBBORN, tmp_path, events)
        while not events:
            await asyncio.sleep(0.02)
        await process.stop()
        await until_gone(events[0]["child"])
        return process.ended.result()

    assert asyncio.run(asyncio.wait_for(story(), 20)) == -9
    assert events[0]["nice"] == min(os.nice(0) + 10, 19)


def test_the_end_of_a_killed_parent_is_noticed_while_its_child_holds_the_pipe(tmp_path: Path) -> None:
    events: list[Mapping[str, Any]] = []

    async def story() -> int:
        process = await start(ORPHANING, tmp_path, events)
        code = await process.ended
        await process.stop()
        await until_gone(events[0]["child"])
        return code

    assert asyncio.run(asyncio.wait_for(story(), 20)) == -9


def test_what_is_said_last_is_heard_although_the_process_has_ended(tmp_path: Path) -> None:
    events: list[Mapping[str, Any]] = []

    async def story() -> None:
        process = await start(LAST_WORDS, tmp_path, events)
        await process.ended
        assert not events
        await process.stop()

    asyncio.run(asyncio.wait_for(story(), 20))
    assert events == [{"event": "fail"}]
