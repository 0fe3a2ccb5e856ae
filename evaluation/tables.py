"""Tables: results as a terminal shows them, and the bar that moves while they are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from evaluation.dispatch import DispatchReport
from evaluation.dispatch_page import tell_figure
from evaluation.figures import Figures
from evaluation.gate import GateResult
from evaluation.load import Result
from evaluation.moves import WhatIf
from evaluation.report import Report
from evaluation.stress import StressReport
from models.manifest import Figure

_COLOURS = {"better": "green", "worse": "red", "too_few": "dim", "same": ""}


def show_progress() -> Progress:
    """A bar with counts and the time that is left."""
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    )


def tabulate_report(report: Report) -> Table:
    """Main figure, macro-F1 and SVM of each head, exact F1 of each kind of span."""
    table = _table("head", "figure", "interval", "n", "SVM", "macro-F1", "calib.", "cover95", title=report.bundle)
    for head in report.heads:
        name = "micro_f1" if "micro_f1" in head.figures else "accuracy"
        rival = report.baseline.get(head.head, {}).get(name)
        others = (head.figures.get(other) for other in ("macro_f1", "calibration_error", "coverage95"))
        table.add_row(head.head, *_with_interval(head.figures[name]), _tell(rival), *(_tell(one) for one in others))
    for span in report.spans:
        if "exact_f1" in span.figures:
            table.add_row(f"spans.{span.kind}", *_with_interval(span.figures["exact_f1"]))
    return table


def tabulate_baseline(figures: Mapping[str, Figures]) -> Table:
    """Figures of the SVM by head."""
    table = _table("head", "accuracy / micro F1", "macro-F1", "top 3", "top 5", title="TF-IDF + linear SVM")
    for head, of_head in figures.items():
        main = of_head.get("micro_f1") or of_head.get("accuracy")
        table.add_row(head, _tell(main), *(_tell(of_head.get(name)) for name in ("macro_f1", "top3", "top5")))
    return table


def tabulate_gate(result: GateResult) -> Table:
    """Every compared figure."""
    table = _table("head", "figure", "current", "candidate", "difference", "interval", "n", "verdict")
    for one in result.comparisons:
        gap = one.difference
        told = (f"{one.current:.3f}", f"{one.candidate:.3f}", f"{gap.value:+.3f}", f"{gap.low:+.3f}…{gap.high:+.3f}")
        table.add_row(one.head, one.figure, *told, str(gap.count), one.verdict, style=_COLOURS[one.verdict])
    return table


def tabulate_load(results: Sequence[Result]) -> Table:
    """Rates, ratios, waits and processors of each contender."""
    columns = ("rate/s", "ratio", "cores", "CPU ms/ticket", "MiB", "p50 ms", "p95", "p99", "n", "errors")
    table = _table("route", "contender", *columns)
    for one in results:
        numbers = [f"{one.rate:.1f}", f"{one.ratio:.3f}", "" if one.cores is None else f"{one.cores:.2f}"]
        rest = (one.cpu_ms, one.memory_mib, one.p50_ms, one.p95_ms, one.p99_ms)
        told = ["" if value is None else f"{value:.1f}" for value in rest]
        table.add_row(one.route, one.name, *numbers, *told, str(one.tickets), str(one.errors))
    return table


def tabulate_waits(report: StressReport) -> Table:
    """What tickets waited that came whether the service was free or not."""
    title = f"open loop; capacity {report.capacity:.1f} tickets/s"
    table = _table("load", "offered/s", "answered/s", "p50 ms", "p95", "p99", "errors", title=title)
    for one in report.waits:
        numbers = (one.offered, one.answered, one.p50_ms, one.p95_ms, one.p99_ms)
        table.add_row(f"{one.load:g}", *(f"{number:.1f}" for number in numbers), str(one.errors))
    return table


def tabulate_answers(report: StressReport) -> Table:
    """The questions, what was measured, and the aim of each."""
    table = _table("question", "measured", "aim", "")
    for one in report.answers:
        table.add_row(one.question, one.measured, one.aim, {True: "met", False: "missed", None: ""}[one.met])
    return table


def tabulate_dispatch(report: DispatchReport) -> Table:
    """Figures of unit, host and lead, beside the SVM's."""
    table = _table("part", "figure", "value", "95 %", "n", "SVM", title=f"{report.bundle} on {report.data}")
    for part, figures in report.figures.items():
        for name, figure in figures.items():
            table.add_row(part, name, *tell_figure(figure), _tell(report.svm.get(part, {}).get(name)))
    return table


def tabulate_moves(what_if: WhatIf) -> Table:
    """What a changed profile moves, most first."""
    title = f"{what_if.profile}: {what_if.moved} of {what_if.tickets} tickets move"
    table = _table("n", "right", "from", "to", "rules", title=title)
    for one in what_if.moves:
        judged = f"{one.right_before}→{one.right_after}/{one.judged}" if one.judged else ""
        table.add_row(str(one.count), judged, one.before, one.after, ",".join(one.rules))
    return table


def _table(*columns: str, title: str | None = None) -> Table:
    # As narrow as it can be: a terminal of 80 characters shows every column whole.
    table = Table(title=title, box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for column in columns:
        table.add_column(column, no_wrap=True)
    return table


def _with_interval(figure: Figure) -> tuple[str, ...]:
    return f"{figure.value:.3f}", f"{figure.low:.3f}–{figure.high:.3f}", str(figure.count)


def _tell(figure: Figure | None) -> str:
    return "" if figure is None else f"{figure.value:.3f}"
