"""One picture of runs that followed each other, the same from the same lines."""

from __future__ import annotations

import json
from pathlib import Path

from training.curve import draw_curve


def test_the_same_lines_give_the_same_picture(tmp_path: Path) -> None:
    logs = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for log in logs:
        log.write_text("".join(json.dumps({"step": step, "loss": 9 - step / 40}) + "\n" for step in (20, 40, 60)))
    for name in ("one.svg", "two.svg"):
        draw_curve(logs, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
