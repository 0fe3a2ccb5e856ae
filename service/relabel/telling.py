"""Telling: how a job says what it does — to a person on a screen, or to a program as lines of JSON."""

from __future__ import annotations

import json
import sys
from time import monotonic
from typing import Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from service.relabel.database import shown
from service.relabel.plan import Plan, work_folder
from service.relabel.summary import Summary

_EVERY_SECONDS = 1.0


class Telling(Protocol):
    """What a job tells, in this order."""

    def __enter__(self) -> Telling: ...

    def __exit__(self, *raised: object) -> None: ...

    def begin(self, plan: Plan) -> None:
        """What will be done."""

    def advance(self, done: int, total: int) -> None:
        """Rows that are done, of so many."""

    def end(self, summary: Summary) -> None:
        """What came of it."""


class ScreenTelling:
    """A progress bar with rate and remaining time on stderr."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        columns = (TextColumn("rows"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"))
        self._bar = Progress(*columns, TimeRemainingColumn(), console=self._console)
        self._task = self._bar.add_task("rows", total=None, rate="")
        self._target = self._beside = ""

    def __enter__(self) -> ScreenTelling:
        self._bar.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._bar.stop()

    def begin(self, plan: Plan) -> None:
        self._target = shown(plan.target)
        self._beside = str(work_folder(plan.target, table=plan.table).with_suffix(""))
        columns = ", ".join(f"{ours} from {theirs}" for ours, theirs in plan.columns.items())
        self._console.print(f"{plan.model}: {', '.join(plan.parts)}; {columns}")

    def advance(self, done: int, total: int) -> None:
        speed = self._bar.tasks[0].speed
        self._bar.update(self._task, completed=done, total=total, rate=f"{speed:,.0f} rows/s" if speed else "")

    def end(self, summary: Summary) -> None:
        self._bar.stop()
        self._console.print(f"{self._target}: {summary.answered:,} of {summary.rows:,} rows answered")
        if summary.refused:
            reasons = ", ".join(f"{code} {number:,}" for code, number in summary.refused.most_common())
            refused = sum(summary.refused.values())
            self._console.print(f"{refused:,} rows set aside in {self._beside}.quarantine.jsonl ({reasons})")
        if summary.shortened:
            self._console.print(f"{summary.shortened:,} cells were longer than Excel takes and were cut")
        for line in list_findings(summary):
            self._console.print(line, markup=False)
        self._console.print(f"summary: {self._beside}.summary.html")


def list_findings(summary: Summary) -> list[str]:
    """What the source's own rows and columns came to."""
    found = []
    if summary.mended:
        found.append(f"{summary.mended:,} rows hold quotation marks that are not doubled: read as they were typed")
    if names := summary.replaced:
        more = ", …" if len(names) > 5 else ""
        some = f"{', '.join(names[:5])}{more}"
        found.append(f"replaced, as columns of an earlier relabelling: {some}; --prefix keeps both")
    return [*found, *summary.tell_unknown()]


class JsonTelling:
    """Lines of JSON on stdout: begin, progress (each second at most), end."""

    def __init__(self) -> None:
        self._last = 0.0

    def __enter__(self) -> JsonTelling:
        return self

    def __exit__(self, *raised: object) -> None:
        pass

    def begin(self, plan: Plan) -> None:
        _say(event="begin", model=plan.model, parts=plan.parts, columns=plan.columns)

    def advance(self, done: int, total: int) -> None:
        if done == total or monotonic() - self._last >= _EVERY_SECONDS:
            self._last = monotonic()
            _say(event="progress", done=done, total=total)

    def end(self, summary: Summary) -> None:
        _say(event="end", rows=summary.rows, answered=summary.answered, quarantined=dict(summary.refused))


def tell_failure(reason: str, *, passing: bool) -> None:
    """The last line of a job that ends without a target; nothing in it is a citizen's."""
    _say(event="fail", code="temporary" if passing else "relabel_failed", reason=reason)


def _say(**members: Any) -> None:
    sys.stdout.write(json.dumps(members, ensure_ascii=True) + "\n")
    sys.stdout.flush()
