"""Rows of tickets, written for this project, in files of every format."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from service.relabel.cli import main

CALLS = Path(__file__).parents[2] / "examples" / "calls.jsonl"


def spoken_texts() -> list[str]:
    """What the callers of the example calls say, a text per call."""
    calls = [json.loads(line) for line in CALLS.read_text(encoding="utf-8").splitlines()]
    return ["，".join(turn["text"] for turn in call["turns"] if turn["role"] == "caller") for call in calls]


def write_rows(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """Rows as JSONL."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def tickets(tmp_path: Path) -> Path:
    """Forty tickets and five rows that cannot be answered, among them one with a lone surrogate."""
    rows: list[dict[str, Any]] = [
        {"id": f"t{number}", "text": text, "type": "投诉", "phone": "13800000000"}
        for number, text in enumerate(spoken_texts())
    ]
    rows.insert(3, {"id": "t0", "text": "重复的编号"})
    rows.insert(9, {"id": "nul", "text": "a\0b"})
    rows.insert(17, {"id": "long", "text": "长" * 100_001})
    rows.append({"id": "empty", "text": ""})
    path = write_rows(tmp_path / "in.jsonl", rows)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"id":"torn","text":"半行\n{"id":"surrogate","text":"\\ud800"}\n')
    return path


def relabel(bundle: Path, source: str | Path, target: str | Path, *more: str) -> int:
    """The command, in this process."""
    return main([str(source), str(target), "--bundle", str(bundle), "--workers", "1", "--progress", "json", *more])


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Rows of JSONL."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
