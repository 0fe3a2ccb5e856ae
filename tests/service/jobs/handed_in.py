"""Handed in: files for jobs, how a test watches a job that is at work on one, and what must come out."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
HEADER = "编号,诉求内容,来电时间\n"


def rows(number: int) -> str:
    """A file that does not depend on when it is read; one row in fifty is bad."""
    line = "{0},{1},2026-01-0{2} 08:00:00\n"
    texts = ("" if place % 50 == 7 else f"小区楼下烧烤店{place}号油烟，希望城管部门处理" for place in range(number))
    return HEADER + "".join(line.format(place, text, 1 + place % 9) for place, text in enumerate(texts))


SMALL, LARGE = rows(3), rows(2_000)


def create(client: Any, content: str) -> str:
    """Hand in a file; returns the job's path."""
    form = {"options": '{"tasks": ["sentiment"]}'}
    return str(client.post("/v1/jobs", files={"file": ("a.csv", content)}, data=form).headers["location"])


def wait(client: Any, path: str, enough: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Poll a job; a test that hangs here is ended by its timeout."""
    while not enough(job := client.get(path).json()):
        assert job["state"] not in ("failed", "cancelled"), job
        time.sleep(0.1)
    return dict(job)


def is_done(job: dict[str, Any]) -> bool:
    return bool(job["state"] == "done")


def wait_begun(folder: Path) -> None:
    """Wait until some rows of the only job are answered, and not all."""
    while not list(folder.glob("files/*/result.csv.suqiu/parts/*/*.jsonl")):
        time.sleep(0.01)
    assert not list(folder.glob("files/*/result.csv"))


def processes_of(folder: Path) -> list[int]:
    """Relabellers at work in a folder of jobs."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(folder).encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def check_same(client: Any, path: str, reference: dict[str, bytes]) -> None:
    """The files of a job are those of an uninterrupted run."""
    for name, content in reference.items():
        assert client.get(f"{path}/{name}").content == content, name
