"""Markdown: a report.json → the table of figures that README and closing notes show.

python -m evaluation.markdown runs/evaluate/report.json
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluation.agreement import HEADS, SPANS

_NAMES = {
    "category_l1": "category, level 1",
    "category_l2": "category, level 2",
    "category_l3": "category, level 3",
    "departments": "lead unit",
    "territorial": "hosted by territory",
}
_EXTRA = {"category_l3": ("top5",), "departments": ("top3",)}


def render(report: Mapping[str, Any]) -> str:
    """Heads with accuracy, macro-F1, calibration and coverage, then spans by kind."""
    lines = [
        f"`{report['bundle']}` on `{report['data']}`, {report['documents']} documents.",
        "",
        "| head | accuracy | 95 % | macro-F1 | SVM accuracy | SVM macro-F1 | annotators | "
        "calibration error (by chance) | coverage at 95 % precision | n |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *(line for head in report["heads"] for line in _head(head, report["baseline"].get(head["head"], {}))),
        "",
        "| span | exact F1 | 95 % | overlapping F1 | annotators | in gold |",
        "|---|---|---|---|---|---|",
        *(_span(span) for span in report["spans"]),
    ]
    return "\n".join(lines)


def _head(head: Mapping[str, Any], rival: Mapping[str, Any]) -> Iterator[str]:
    name, figures = head["head"], head["figures"]
    if name == "risks":
        yield (
            f"| risks, micro-F1 | {_value(figures, 'micro_f1')} | {_interval(figures, 'micro_f1')} | "
            f"{_value(figures, 'macro_f1')} | {_value(rival, 'micro_f1')} | {_value(rival, 'macro_f1')} | – | "
            f"{_value(figures, 'calibration_error')} | – | {head['count']} |"
        )
        return
    agreement = HEADS.get(name)
    yield (
        f"| {_NAMES.get(name, name)} | {_value(figures, 'accuracy')} | {_interval(figures, 'accuracy')} | "
        f"{_value(figures, 'macro_f1')} | {_value(rival, 'accuracy')} | {_value(rival, 'macro_f1')} | "
        f"{f'{agreement.accuracy:.2f}' if agreement else '–'} | "
        f"{_value(figures, 'calibration_error')} ({head['chance_error']:.3f}) | {_value(figures, 'coverage95')} | "
        f"{head['count']} |"
    )
    for extra in _EXTRA.get(name, ()):
        yield (
            f"| … {extra} | {_value(figures, extra)} | {_interval(figures, extra)} | | {_value(rival, extra)} | | | | "
            f"| {head['count']} |"
        )


def _span(span: Mapping[str, Any]) -> str:
    agreement = SPANS.get(span["kind"])
    return (
        f"| {span['kind']} | {_value(span['figures'], 'exact_f1')} | {_interval(span['figures'], 'exact_f1')} | "
        f"{_value(span['figures'], 'overlap_f1')} | {f'{agreement.exact:.2f}' if agreement else '–'} | {span['gold']} |"
    )


def _value(figures: Mapping[str, Any], name: str) -> str:
    return f"{figures[name]['value']:.3f}" if name in figures else "–"


def _interval(figures: Mapping[str, Any], name: str) -> str:
    return f"{figures[name]['low']:.3f}–{figures[name]['high']:.3f}" if name in figures else "–"


def main(arguments: Sequence[str]) -> None:
    """Print the table of the report that is named."""
    sys.stdout.write(render(json.loads(Path(arguments[0]).read_text(encoding="utf-8"))) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
