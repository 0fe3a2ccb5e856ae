"""The table of a report shows the figure, its interval, the rival and the annotators."""

from __future__ import annotations

from typing import Any

from evaluation.markdown import render


def figure(value: float) -> dict[str, Any]:
    return {"value": value, "low": value - 0.01, "high": value + 0.01, "count": 9}


def test_a_head_stands_beside_baseline_and_annotators() -> None:
    figures = {name: figure(0.8) for name in ("accuracy", "macro_f1", "calibration_error", "coverage95")}
    report = {
        "bundle": "b@1.0.0",
        "data": "dev.jsonl",
        "documents": 9,
        "heads": [{"head": "type", "count": 9, "figures": figures, "chance_error": 0.1}],
        "spans": [{"kind": "time", "gold": 4, "figures": {"exact_f1": figure(0.7), "overlap_f1": figure(0.9)}}],
        "baseline": {"type": {"accuracy": figure(0.6)}},
    }
    table = render(report)
    assert "| type | 0.800 | 0.790–0.810 | 0.800 | 0.600 | – | 0.91 | 0.800 (0.100) | 0.800 | 9 |" in table
    assert "| time | 0.700 | 0.690–0.710 | 0.900 | 0.77 | 4 |" in table
