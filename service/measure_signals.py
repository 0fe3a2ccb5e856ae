"""Measure signals: recall and precision of the rules alone on labelled calls and tickets.

Run as `python -m service.measure_signals calls.jsonl tickets.jsonl`; the files are told apart by their rows.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from models.document import Document, Segment
from models.prediction import Prediction
from service.alarm import AlarmRules
from service.signals import Signals, read_signals
from service.ticket import Ticket

_SILENT: Final = Prediction(answers={}, spans=(), truncated=False)
_RECEIVED: Final = datetime.fromisoformat("2025-01-01T09:00:00+08:00")
# A call's standard content says which emergency line the agent brought in.
_TRANSFERRED: Final = re.compile(r"(?:转|通知)[^。]{0,12}")
_LINE: Final = re.compile(r"(?<!\d)(?:110|119|120)(?!\d)")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A ticket with what people said of it; `transfer` is empty where none was made, None where nobody noted it."""

    id: str
    ticket: Ticket
    urgency: int
    risks: frozenset[str]
    transfer: frozenset[str] | None


@dataclass
class Tally:
    """Counts of one signal."""

    found: int = 0
    right: int = 0
    wanted: int = 0

    def add(self, *, given: bool, gold: bool) -> None:
        """Count one ticket."""
        self.found += given
        self.right += given and gold
        self.wanted += gold

    def row(self, name: str) -> str:
        """The table's line."""
        recall = f"{self.right / self.wanted:.3f}" if self.wanted else "  –  "
        precision = f"{self.right / self.found:.3f}" if self.found else "  –  "
        counts = f"{self.right} right, {self.found} found, {self.wanted} wanted"
        return f"{name:<16}\trecall {recall}\tprecision {precision}\t{counts}"


def read_labelled(path: Path) -> Iterator[Labelled]:
    """Rows of a file of calls or of tickets."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield _call(row) if "turns" in row else _letter(row)


def measure(rows: Sequence[Labelled], *, rules: AlarmRules | None = None) -> dict[str, Tally]:
    """Tallies by signal."""
    tallies: dict[str, Tally] = {"urgency 2": Tally(), "urgency ≥ 1": Tally()}
    names = sorted({name for row in rows for name in row.risks})
    for row in rows:
        signals = read_signals(row.ticket, _SILENT, rules=rules)
        tallies["urgency 2"].add(given=signals.urgency == 2, gold=row.urgency == 2)
        tallies["urgency ≥ 1"].add(given=signals.urgency >= 1, gold=row.urgency >= 1)
        if row.transfer is not None:
            _add_transfer(tallies, signals, row.transfer)
        given = {risk.name for risk in signals.risks}
        for name in names:
            tallies.setdefault(name, Tally()).add(given=name in given, gold=name in row.risks)
    return tallies


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one table per file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--rules", type=Path, help="signals.toml to measure; default: the shipped one")
    options = parser.parse_args(arguments)
    rules = AlarmRules.open(options.rules) if options.rules else None
    for path in options.files:
        rows = list(read_labelled(path))
        sys.stdout.write(f"{path.name}: {len(rows)} rows\n")
        for name, tally in measure(rows, rules=rules).items():
            sys.stdout.write(tally.row(name) + "\n")


def _add_transfer(tallies: dict[str, Tally], signals: Signals, gold: frozenset[str]) -> None:
    given = signals.transfer.to if signals.transfer else None
    tallies.setdefault("transfer, any", Tally()).add(given=given is not None, gold=bool(gold))
    tallies.setdefault("transfer, line", Tally()).add(
        given=given is not None and (not gold or given in gold), gold=bool(gold)
    )


def _call(row: Mapping[str, Any]) -> Labelled:
    turns = tuple(Segment(turn["text"], "citizen" if turn["role"] == "caller" else "agent") for turn in row["turns"])
    gold = row["gold"]
    ticket = Ticket(
        Document(turns, spoken=True), datetime.fromisoformat(row["received_at"]), id=row["id"], is_dialogue=True
    )
    closing = gold["content"].partition("诉求：")[2]
    lines = frozenset(line for part in _TRANSFERRED.findall(closing) for line in _LINE.findall(part))
    return Labelled(row["id"], ticket, gold["urg"], frozenset(gold["risk"]), lines)


def _letter(row: Mapping[str, Any]) -> Labelled:
    ticket = Ticket(Document.of(row["text"], title=row["title"] or ""), _RECEIVED, id=row["id"])
    return Labelled(row["id"], ticket, row["urgency"], frozenset(row["risks"]), None)


if __name__ == "__main__":
    main()
