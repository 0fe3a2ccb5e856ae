"""Page: a report → one HTML page that stands by itself, for a browser in a network without a way out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape

from evaluation import agreement
from evaluation.metrics import Confusion
from evaluation.plots import draw_coverage, draw_interval, draw_reliability
from evaluation.report import HeadReport, Matrix, Report
from evaluation.style import STYLE
from models.manifest import Figure

# What stands in the headline table of each head: (figure, how the page calls it).
_HEADLINES = (
    ("accuracy", "accuracy"),
    ("top3", "top 3"),
    ("top5", "top 5"),
    ("accepted", "accepted"),
    ("micro_f1", "micro F1"),
)
_TITLES = {
    "category_l1": "Category, level 1",
    "category_l2": "Category, level 2",
    "category_l3": "Category, level 3",
    "type": "Demand type",
    "departments": "Lead department",
    "territorial": "Territorial",
    "polarity": "Polarity",
    "emotion": "Emotion",
    "intensity": "Intensity",
    "urgency": "Urgency",
    "risks": "Risks",
}
# Ranks beside the first answer are told where choosing among several is how the head is used.
_RANKED = ("category_l3", "departments")


def render_page(report: Report) -> str:
    """The whole page. Only labels, names of labels and numbers of the report are in it, all escaped."""
    sections = [
        _top(report),
        _headline(report),
        _untouched(report),
        _spans(report),
        _section("Reliability", _RELIABILITY_NOTE, _gallery(report, lambda head: draw_reliability(head.bins))),
        _section("Coverage", _COVERAGE_NOTE, _gallery(report, _draw_curve)),
        _confusions(report),
        _alternatives(report),
        _classes(report),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(report.bundle)}</title><style>{STYLE}</style></head><body><main>"
        f"{''.join(sections)}</main></body></html>\n"
    )


_RELIABILITY_NOTE = (
    "Answers in 15 bins of equal size: the share that was right against the mean confidence. Dots on the diagonal mean "
    "what they say. <b>by chance</b> is the error that a perfectly calibrated head would show on this many documents."
)
_COVERAGE_NOTE = (
    "Precision of the most confident answers against the share of documents that they cover. The dashed line is 95 %; "
    "the figure is the largest share that can be answered at that precision (threshold chosen on these documents)."
)


def _top(report: Report) -> str:
    facts = [
        ("bundle", report.bundle),
        ("data", f"{report.data} · {report.data_sha256[:12]}"),
        ("documents", f"{report.documents:,}" + (f" ({report.truncated} truncated)" if report.truncated else "")),
        ("measured", report.created_at),
    ]
    items = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in facts)
    return f"<header><h1>Is it good?</h1><dl>{items}</dl></header>"


def _headline(report: Report) -> str:
    rows = []
    for head in report.heads:
        for name, title in _HEADLINES:
            shown = name in ("accuracy", "micro_f1") or head.head in _RANKED
            if name in head.figures and shown and not (name == "accuracy" and "micro_f1" in head.figures):
                rows.append(_headline_row(report, head, figure=name, title=title))
    note = (
        '<span class="key dot">●</span> figure and 95 % bootstrap interval &nbsp; '
        '<span class="key svm">▏</span> TF-IDF + linear SVM &nbsp; '
        '<span class="key people">▏</span> agreement of two annotators (240 other messages). '
        "<b>accepted</b>: the answer was among all labels that a person gave (units; first and second category)."
    )
    columns = (
        "head",
        "",
        "figure",
        "interval",
        "0.3 … 1",
        "n",
        "SVM",
        "annotators",
        "macro-F1",
        "SVM",
        "calibration error",
    )
    return _section("Heads", note, _table(columns, rows))


def _headline_row(report: Report, head: HeadReport, *, figure: str, title: str) -> list[str]:
    value, first = head.figures[figure], figure in ("accuracy", "micro_f1")
    rival = report.baseline.get(head.head, {})
    people = agreement.HEADS.get(head.head) if figure == "accuracy" else None
    strip = draw_interval(
        value,
        baseline=rival[figure].value if figure in rival else None,
        ceiling=people.accuracy if people else None,
    )
    error = head.figures.get("calibration_error")
    return [
        f"<b>{_title(head.head)}</b>" if first else "",
        title,
        f'<b class="{_standing(value, rival.get(figure))}">{value.value:.3f}</b>',
        f"{value.low:.3f}–{value.high:.3f}",
        strip,
        str(value.count),
        _number(rival.get(figure)),
        f"{people.accuracy:.2f} (κ {people.kappa:.2f})" if people else "",
        _number(head.figures.get("macro_f1")) if first else "",
        _number(rival.get("macro_f1")) if first else "",
        f"{error.value:.3f} <small>by chance {head.chance_error:.3f}</small>" if error and first else "",
    ]


def _standing(value: Figure, rival: Figure | None) -> str:
    return "" if rival is None else "good" if value.value >= rival.value else "bad"


def _untouched(report: Report) -> str:
    rows = []
    for head in report.heads:
        if "coverage95" in head.figures:
            names = ("coverage95", "auto_share", "auto_precision", "abstain_share", "abstain_accuracy")
            rows.append([_title(head.head), *(_with_interval(head.figures.get(name)) for name in names)])
    if report.untouched:
        both = [_with_interval(report.untouched.get(name)) for name in ("auto_share", "auto_precision")]
        rows.append(["<b>Classified and dispatched</b>", "", *both, "", ""])
    note = "What could be answered untouched: at best at 95 % precision, and by the thresholds of the manifest."
    columns = ("head", "coverage at 95 %", "auto", "auto, right", "abstain", "abstain, right")
    return _section("Untouched", note, _table(columns, rows))


def _spans(report: Report) -> str:
    rows = []
    for span in report.spans:
        people = agreement.SPANS.get(span.kind)
        exact = span.figures.get("exact_f1")
        rows.append(
            [
                f"<b>{escape(span.kind)}</b>",
                _with_interval(exact),
                draw_interval(exact, baseline=None, ceiling=people.exact if people else None) if exact else "",
                f"{people.exact:.2f}" if people else "",
                _with_interval(span.figures.get("overlap_f1")),
                f"{people.overlap:.2f}" if people and people.overlap is not None else "",
                *(str(count) for count in (span.gold, span.predicted, span.exact, span.overlapping)),
            ]
        )
    note = "Exact: the very start and end. Overlapping: pairs that share a character, each span in one pair at most."
    columns = (
        *("kind", "exact F1", "0.3 … 1", "annotators", "overlap F1", "annotators"),
        *("marked", "found", "exact", "overlapping"),
    )
    return _section("Spans", note, _table(columns, rows)) if rows else ""


def _draw_curve(head: HeadReport) -> str:
    return draw_coverage(head.curve) if head.curve else ""


def _gallery(report: Report, draw: Callable[[HeadReport], str]) -> str:
    cards = []
    for head in report.heads:
        drawing = draw(head)
        if not drawing:
            continue
        name = "coverage95" if draw is _draw_curve else "calibration_error"
        caption = _with_interval(head.figures.get(name))
        chance = "" if draw is _draw_curve else f"<small>by chance {head.chance_error:.3f}</small>"
        cards.append(
            f"<figure><figcaption><b>{_title(head.head)}</b><br>{caption} {chance}</figcaption>{drawing}</figure>"
        )
    return f'<div class="gallery">{"".join(cards)}</div>'


def _confusions(report: Report) -> str:
    parts = []
    for head in report.heads:
        if head.matrix is not None:
            parts.append(_matrix(report, head.head, head.matrix))
    for head in report.heads:
        if head.matrix is None and head.confusions:
            parts.append(_pairs(report, head.head, head.confusions))
    return _section("Confusions", "Rows are gold, columns are answers.", f'<div class="flow">{"".join(parts)}</div>')


def _matrix(report: Report, head: str, matrix: Matrix) -> str:
    names = [_name(report, label) for label in matrix.labels]
    top = "".join(f'<th class="up"><span>{name}</span></th>' for name in names)
    body = ""
    for row, (name, counts) in enumerate(zip(names, matrix.counts, strict=True)):
        total = sum(counts) or 1
        cells = "".join(
            f'<td class="{"hit" if row == column else "miss"}" style="--share:{count / total:.3f}">{count or ""}</td>'
            for column, count in enumerate(counts)
        )
        body += f"<tr><th>{name}</th>{cells}<td class='sum'>{sum(counts)}</td></tr>"
    return (
        f'<figure><figcaption><b>{_title(head)}</b></figcaption><table class="matrix">'
        f"<tr><th></th>{top}<th></th></tr>{body}</table></figure>"
    )


def _pairs(report: Report, head: str, pairs: Sequence[Confusion]) -> str:
    rows = [[_name(report, pair.gold), _name(report, pair.predicted), str(pair.count)] for pair in pairs]
    title = f"<figcaption><b>{_title(head)}</b>, most confused pairs</figcaption>"
    return f"<figure>{title}{_table(('gold', 'answered', 'documents'), rows)}</figure>"


def _alternatives(report: Report) -> str:
    rows = []
    for name, figures in report.alternatives.items():
        level, way = name.split(".")
        rows.append([_title(level), escape(way), _with_interval(figures.get("accuracy"))])
    rows += [
        [_title(head.head), "best_leaf (served)", _with_interval(head.figures.get("accuracy"))]
        for head in report.heads
        if f"{head.head}.marginal" in report.alternatives
    ]
    note = "Accuracy by the way down the tree. Only the best leaf and top-down keep parents and children consistent."
    return _section("Ways down the tree", note, _table(("level", "way", "accuracy"), sorted(rows))) if rows else ""


def _classes(report: Report) -> str:
    tables = []
    for head in report.heads:
        rows = [
            [_name(report, one.label), f"{one.precision:.2f}", f"{one.recall:.2f}", f"{one.f1:.2f}"]
            + [str(count) for count in (one.gold, one.predicted, one.correct)]
            for one in head.classes
        ]
        columns = ("label", "precision", "recall", "F1", "gold", "answered", "right")
        opened = " open" if len(rows) <= 15 else ""
        title = f"<summary><b>{_title(head.head)}</b> {len(rows)} labels</summary>"
        tables.append(f"<details{opened}>{title}{_table(columns, rows)}</details>")
    return _section("Labels", "Labels that were gold or answered, most frequent first.", "".join(tables))


def _section(title: str, note: str, body: str) -> str:
    return f"<section><h2>{title}</h2><p>{note}</p>{body}</section>"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f"<th>{column}</th>" for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _title(head: str) -> str:
    return escape(_TITLES.get(head, head))


def _name(report: Report, label: str) -> str:
    name = report.names.get(label)
    return f"{escape(name)} <small>{escape(label)}</small>" if name else escape(label)


def _number(figure: Figure | None) -> str:
    return "" if figure is None else f"{figure.value:.3f}"


def _with_interval(figure: Figure | None) -> str:
    return "" if figure is None else f"{figure.value:.3f} <small>{figure.low:.3f}–{figure.high:.3f}</small>"
