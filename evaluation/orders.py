"""Orders: a file of tickets → who would get each one, from the service's own dispatcher, started as a command.

Evaluation and service never import each other; `python -m service.dispatch.replay` writes what is read here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from evaluation.errors import EvaluationError

_COMMAND: Final = (sys.executable, "-m", "service.dispatch.replay")
_NEEDS: Final = "install 'suqiu[relabel]', which reads files and dispatches"


@dataclass(frozen=True, slots=True)
class UnitShare:
    """A unit and what model or dispatcher gives it."""

    unit: str
    name: str
    score: float


@dataclass(frozen=True, slots=True)
class Order:
    """Who gets a ticket under one profile. `ground` is what decided: rule, prior, territory, function or fallback.

    `function` is the model alone, `candidates` are after territory, history and rules; both the first ones only.
    """

    lead: str | None
    lead_name: str | None
    ground: str
    rules: tuple[str, ...]
    decision: str
    hosted: bool
    placed: bool
    transfer: str | None
    function: tuple[UnitShare, ...]
    candidates: tuple[UnitShare, ...] = ()
    assist: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Replayed:
    """A row of the file: its orders, the bundle's own profile first, or why it could not be read."""

    number: int
    id: str
    orders: tuple[Order, ...]
    flaw: str | None = None


def replay(
    tickets: Path,
    bundle: Path,
    *,
    profiles: Sequence[Path] = (),
    columns: Sequence[str] = (),
    threads: int = 1,
    advance: Callable[[int], None] = lambda done: None,
) -> list[Replayed]:
    """Orders of every row, in the order of the file; `columns` as OURS=THEIRS, where they have no usual name.

    Errors: EvaluationError with what the command said.
    """
    with TemporaryDirectory() as folder:
        out = Path(folder) / "orders.jsonl"
        call = [*_COMMAND, str(tickets), "--bundle", str(bundle), "--out", str(out), "--threads", str(threads)]
        for profile in profiles:
            call += ["--profile", str(profile)]
        for column in columns:
            call += ["--column", column]
        _watch(call, advance)
        return [_read(json.loads(line)) for line in out.read_text(encoding="utf-8").splitlines()]


def _watch(call: Sequence[str], advance: Callable[[int], None]) -> None:
    # What it complains of goes to a file of its own: a full pipe that nobody reads would stop it.
    with (
        TemporaryDirectory() as folder,
        (Path(folder) / "said").open("w+", encoding="utf-8") as said,
        subprocess.Popen(call, stdout=subprocess.PIPE, stderr=said, text=True) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            advance(json.loads(line)["done"])
        process.wait()
        said.seek(0)
        told = said.read().strip().splitlines()[-1:]
        if process.returncode:
            hint = f"; {_NEEDS}" if told and "ModuleNotFoundError" in told[0] else ""
            raise EvaluationError(f"the dispatcher ended with {process.returncode}: {' '.join(told)}{hint}")


def _read(row: Mapping[str, Any]) -> Replayed:
    orders = tuple(
        Order(
            lead=order["lead"],
            lead_name=order["lead_name"],
            ground=order["ground"],
            rules=tuple(order["rules"]),
            decision=order["decision"],
            hosted=order["hosted"],
            placed=order["placed"],
            transfer=order["transfer"],
            function=tuple(UnitShare(*unit) for unit in order["function"]),
            candidates=tuple(UnitShare(*unit) for unit in order["candidates"]),
            assist=tuple(order["assist"]),
        )
        for order in row.get("orders", ())
    )
    return Replayed(row["number"], row["id"], orders, row.get("flaw"))
