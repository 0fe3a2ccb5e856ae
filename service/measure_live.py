"""Measure live: how long an update of a running call takes, turn by turn, through the engine.

python -m service.measure_live --calls calls_dev.jsonl --bundle PATH [--turns 40] [--repeat 5]

Calls are joined until they have so many turns. One worker; pinned to one core where the system can. `cpu` is what the
update costs, `wall` what a caller waits, which on a busy machine is more.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from service.engine import Engine
from service.live import LiveBody, LiveCall
from service.settings import Settings
from service.telemetry import Log, Metrics


def joined(calls: Sequence[dict[str, Any]], *, turns: int, skip: int) -> list[dict[str, str]]:
    """So many turns of calls joined, from the call number `skip` on."""
    spoken: list[dict[str, str]] = []
    for number in range(len(calls)):
        spoken += calls[(skip + number) % len(calls)]["turns"]
        if len(spoken) >= turns:
            break
    return spoken[:turns]


async def follow(engine: Engine, turns: Sequence[dict[str, str]], received_at: datetime) -> list[tuple[float, float]]:
    """Milliseconds (cpu, wall) of each update."""
    call = LiveCall(received_at)
    taken = []
    for turn in turns:
        cpu, wall = process_time(), perf_counter()
        call.hear(LiveBody.model_validate({"turns": [turn]}), max_characters=100_000)
        answer = await engine.follow(call, deadline_ms=60_000)
        call.changes(answer.form, answer.sentiment)
        taken.append(((process_time() - cpu) * 1000, (perf_counter() - wall) * 1000))
    return taken


def share(values: Sequence[float], part: float) -> float:
    """The value below which that part of them lies."""
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


async def measure(calls: Sequence[dict[str, Any]], *, bundle: Path, turns: int, repeat: int) -> str:
    """The figures as text."""
    engine = Engine(Settings(bundle=bundle, workers=1), log=Log(stream=sys.stderr), metrics=Metrics())
    await engine.load()
    taken: list[tuple[float, float]] = []
    for number in range(repeat):
        spoken = joined(calls, turns=turns, skip=3 * number)
        taken += await follow(engine, spoken, datetime.fromisoformat(calls[0]["received_at"]))
    lines = []
    for name, column in (("cpu", 0), ("wall", 1)):
        values = [one[column] for one in taken]
        figures = ", ".join(f"p{part * 100:g} {share(values, part):.1f}" for part in (0.5, 0.95, 0.99))
        lines.append(f"{name} ms, {len(values)} updates in calls of {turns} turns: {figures}, max {max(values):.1f}")
    return "\n".join(lines)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m service.measure_live")
    parser.add_argument("--calls", type=Path, required=True)
    parser.add_argument("--bundle", type=Path, default=Settings().bundle)
    parser.add_argument("--turns", type=int, default=40)
    parser.add_argument("--repeat", type=int, default=5)
    given = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    calls = [json.loads(line) for line in given.calls.read_text(encoding="utf-8").splitlines() if line.strip()]
    told = asyncio.run(measure(calls, bundle=given.bundle, turns=given.turns, repeat=given.repeat))
    sys.stdout.write(told + "\n")


if __name__ == "__main__":
    main()
