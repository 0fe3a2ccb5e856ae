"""Plots: figures, bins and curves → inline SVG. No script, no font and no file from elsewhere."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from evaluation.reliability import PRECISION, Bin, CoveragePoint
from models.manifest import Figure

_SIDE, _LEFT, _TOP = 190, 34, 10
_COLOURS = ("#2a6f97", "#e07a1f", "#b23a48")
_DECADES = ((min, math.floor), (max, math.ceil))


def draw_interval(figure: Figure, *, baseline: float | None, ceiling: float | None) -> str:
    """A strip from 0.3 to 1: the interval as a bar, the figure as a dot, SVM and annotators as ticks."""
    width, low = 220, 0.3

    def at(value: float) -> float:
        return round(4 + (max(value, low) - low) / (1 - low) * (width - 8), 1)

    grid = "".join(f'<line class="grid" x1="{at(v / 10)}" x2="{at(v / 10)}" y1="3" y2="19"/>' for v in range(3, 11))
    ticks = "".join(
        f'<line class="{name}" x1="{at(value)}" x2="{at(value)}" y1="3" y2="19"/>'
        for name, value in (("svm", baseline), ("people", ceiling))
        if value is not None
    )
    bar = f'<line class="bar" x1="{at(figure.low)}" x2="{at(figure.high)}" y1="11" y2="11"/>'
    dot = f'<circle class="dot" cx="{at(figure.value)}" cy="11" r="4"/>'
    return f'<svg class="strip" width="{width}" height="22" role="img">{grid}{ticks}{bar}{dot}</svg>'


def draw_reliability(bins: Sequence[Bin]) -> str:
    """Share of right answers against mean confidence; on the diagonal a confidence means what it says."""
    most = max((one.count for one in bins), default=1)
    line = f'<line class="ideal" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"/>'
    gaps = "".join(
        f'<line class="gap" x1="{_x(one.confidence)}" x2="{_x(one.confidence)}" '
        f'y1="{_y(one.confidence)}" y2="{_y(one.accuracy)}"/>'
        for one in bins
    )
    dots = "".join(
        f'<circle class="dot" cx="{_x(one.confidence)}" cy="{_y(one.accuracy)}" r="{2 + 2 * one.count / most:.1f}">'
        f"<title>confidence {one.confidence:.3f}, right {one.accuracy:.3f}, n {one.count}</title></circle>"
        for one in bins
    )
    return _frame(line + gaps + dots, across="confidence", up="right", low=0.0)


def draw_coverage(curve: Sequence[CoveragePoint]) -> str:
    """Precision against the share of documents that are answered, most confident first; precision from 0.5 up."""
    points = " ".join(f"{_x(one.coverage)},{_y(max(one.precision, 0.5), low=0.5)}" for one in curve)
    level = _y(PRECISION, low=0.5)
    line = f'<line class="ideal" x1="{_x(0)}" y1="{level}" x2="{_x(1)}" y2="{level}"/>'
    return _frame(f'{line}<polyline class="curve" points="{points}"/>', across="coverage", up="precision", low=0.5)


def draw_waits(lines: Mapping[str, Sequence[tuple[float, float]]], *, across: str, up: str) -> str:
    """Lines of (x, y) on a logarithmic height, as a picture that stands alone."""
    width, height, left, top = 460, 260, 52, 12
    points = [point for line in lines.values() for point in line]
    low, high = (round_(math.log10(max(pick(y for _, y in points), 0.1))) for pick, round_ in _DECADES)
    most = max(x for x, _ in points)

    def at(x: float, y: float) -> str:
        share = (math.log10(max(y, 0.1)) - low) / max(high - low, 1)
        return f"{left + x / most * width:.1f},{top + (1 - share) * height:.1f}"

    grid = []
    for decade in range(low, high + 1):
        x, y = at(0, 10.0**decade).split(",")
        grid.append(f'<line x1="{x}" x2="{left + width}" y1="{y}" y2="{y}" stroke="#ddd"/>')
        grid.append(f'<text x="{left - 6}" y="{float(y) + 4}" text-anchor="end">{10.0**decade:g}</text>')
    marks = sorted({x for x, _ in points})
    grid += [
        f'<text x="{at(x, 1).split(",")[0]}" y="{top + height + 16}" text-anchor="middle">{x:g}</text>' for x in marks
    ]
    curves = []
    for (name, line), colour in zip(lines.items(), _COLOURS, strict=False):
        path = " ".join(at(*point) for point in line)
        x, y = at(*line[-1]).split(",")
        curves.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        curves.append(f'<text x="{float(x) + 6}" y="{float(y) + 4}" fill="{colour}">{name}</text>')
    names = (
        f'<text x="{left + width / 2}" y="{top + height + 34}" text-anchor="middle">{across}</text>'
        f'<text transform="translate(14 {top + height / 2}) rotate(-90)" text-anchor="middle">{up}</text>'
    )
    size = f'width="{left + width + 60}" height="{top + height + 44}"'
    style = 'font-family="sans-serif" font-size="12" fill="#333"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>{"".join(grid)}{names}{"".join(curves)}</svg>'


def _frame(content: str, *, across: str, up: str, low: float) -> str:
    middle = (low + 1) / 2
    marks = "".join(
        f'<line class="grid" x1="{_x(0)}" x2="{_x(1)}" y1="{_y(v, low=low)}" y2="{_y(v, low=low)}"/>'
        f'<text x="{_LEFT - 5}" y="{_y(v, low=low) + 3}" text-anchor="end">{v:g}</text>'
        for v in (low, middle, 1.0)
    ) + "".join(
        f'<line class="grid" x1="{_x(v)}" x2="{_x(v)}" y1="{_y(0)}" y2="{_y(1)}"/>'
        f'<text x="{_x(v)}" y="{_TOP + _SIDE + 14}" text-anchor="middle">{v:g}</text>'
        for v in (0.0, 0.5, 1.0)
    )
    names = (
        f'<text class="axis" x="{_x(0.25)}" y="{_TOP + _SIDE + 14}" text-anchor="middle">{across} →</text>'
        f'<text class="axis" transform="translate(11 {_y(0.25)}) rotate(-90)" text-anchor="middle">{up} →</text>'
    )
    size = f'width="{_LEFT + _SIDE + 12}" height="{_TOP + _SIDE + 20}"'
    return f'<svg class="plot" {size} role="img">{marks}{names}{content}</svg>'


def _x(value: float) -> float:
    return round(_LEFT + value * _SIDE, 1)


def _y(value: float, *, low: float = 0.0) -> float:
    return round(_TOP + (1 - (value - low) / (1 - low)) * _SIDE, 1)
