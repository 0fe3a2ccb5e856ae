"""Dispatch page: a dispatch report → one small HTML page that stands by itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from evaluation.dispatch import DispatchReport
from evaluation.moves import WhatIf
from evaluation.style import STYLE
from models.manifest import Figure

_NOTES = {
    "figures": "Shares with their 95 % bootstrap interval and the number of tickets they rest on. function: the "
    "model's first unit against the one that people named first (accepted: among all they named). lead: after "
    "territory and rules, on tickets that people left to a function; candidates: the ranking behind it on the same "
    "tickets. calibration_error: how far the first score is from the share that was right. auto: orders that would go "
    "out unseen.",
    "moves": "Tickets whose leading unit changes when this profile is activated. right: of those whose unit is known, "
    "how many go where people sent them, before → after.",
    "rules": "right: led tickets that went to a unit that people named; without: the same tickets by the model alone.",
}


def render_dispatch(report: DispatchReport) -> str:
    """The whole page; ids, names of units and numbers only, all escaped."""
    told = f"{report.data}: {report.documents} tickets" + (f", {report.flawed} unreadable" if report.flawed else "")
    sections = [f"<header><h1>Dispatch · {escape(report.bundle)}</h1><dl><dd>{escape(told)}</dd></dl></header>"]
    if report.what_if is not None:
        sections += _what_if(report.what_if)
    if report.figures:
        sections.append(_section("Figures", _NOTES["figures"], _figures(report)))
    if report.confusions:
        rows = [(one.gold, one.predicted, one.count) for one in report.confusions]
        sections.append(_section("Confusions", "", _table(("people named", "model's first", "tickets"), rows)))
    if report.rules:
        worth = [(one.rule, one.matched, one.led, one.right, one.right_without) for one in report.rules]
        table = _table(("rule", "spoke on", "led", "right", "without"), worth)
        sections.append(_section("Rules", _NOTES["rules"], table))
    if report.unknown_units:
        names = escape("、".join(report.unknown_units))
        sections.append(_section("Units that no name or alias of ours answers to", "", f"<p>{names}</p>"))
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Dispatch</title><style>{STYLE}</style></head><body><main>{''.join(sections)}</main></body></html>\n"
    )


def _what_if(what_if: WhatIf) -> Iterable[str]:
    share = what_if.moved / what_if.tickets if what_if.tickets else 0.0
    moves = [
        (one.before, one.after, one.count, ", ".join(one.rules), _judge(one.judged, one.right_before, one.right_after),
         ", ".join(one.samples))
        for one in what_if.moves
    ]  # fmt: skip
    still = "<p>No lead moves; what else changes stands below.</p>" if what_if.changes else "<p>Nothing moves.</p>"
    table = _table(("from", "to", "tickets", "rules", "right", "ids"), moves) if moves else still
    title = f"What if {what_if.profile}: {what_if.moved} of {what_if.tickets} tickets move ({share:.1%})"
    yield _section(title, _NOTES["moves"], table)
    if what_if.changes:
        changes = [(one.what, one.before, one.after, one.count, ", ".join(one.samples)) for one in what_if.changes]
        yield _section("What else changes", "", _table(("what", "from", "to", "tickets", "ids"), changes))


def _judge(judged: int, before: int, after: int) -> str:
    return f"{before} → {after} of {judged}" if judged else ""


def _figures(report: DispatchReport) -> str:
    rows = []
    for part, figures in report.figures.items():
        for name, figure in figures.items():
            rival = report.svm.get(part, {}).get(name)
            rows.append((part, name, *tell_figure(figure), f"{rival.value:.3f}" if rival else ""))
    return _table(("part", "figure", "value", "95 %", "n", "SVM"), rows)


def tell_figure(figure: Figure) -> tuple[str, str, str]:
    """Value, interval and count as tables show them."""
    return f"{figure.value:.3f}", f"{figure.low:.3f}–{figure.high:.3f}", str(figure.count)


def _section(title: str, note: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2><p>{escape(note)}</p><div class='scroll'>{body}</div></section>"


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    top = "".join(f"<th>{escape(head)}</th>" for head in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
