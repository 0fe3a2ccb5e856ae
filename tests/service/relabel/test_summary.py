"""A summary counts classes and changes, and its intervals are Wilson's."""

from __future__ import annotations

import pytest

from service.relabel.page import render_page
from service.relabel.record import Flaw
from service.relabel.summary import Summary


def _summary() -> Summary:
    summary = Summary({"type": "原类型"})
    for known, found in [("投诉", "投诉"), ("投诉", "求助"), ("咨询", "咨询"), ("", "咨询")]:
        summary.take({"原类型": known}, {"type": found, "type_score": 1.0, "risks": "群体;欠薪", "territorial": True})
    summary.refuse(Flaw("text_missing", "…"))
    return summary


def test_classes_and_changes_are_counted() -> None:
    figures = _summary().figures()
    assert (figures["rows"], figures["answered"], figures["quarantined"]) == (5, 4, {"text_missing": 1})
    assert figures["classes"]["type"] == {"咨询": 2, "投诉": 1, "求助": 1}
    assert figures["classes"]["risks"] == {"欠薪": 4, "群体": 4}
    assert figures["confidence"]["type_score"][-1] == 4
    compared = figures["compared"]["type"]
    assert (compared["rows"], compared["same"]) == (3, 2)
    assert compared["changes"] == [{"from": "投诉", "to": "求助", "rows": 1}]


def test_the_interval_is_wilsons() -> None:
    compared = _summary().figures()["compared"]["type"]
    # Wilson's interval of 2 of 3, as statsmodels.stats.proportion gives it.
    assert (compared["low"], compared["high"]) == pytest.approx((0.2077, 0.9385), abs=1e-4)


def test_the_page_holds_the_figures_and_no_markup_of_cells() -> None:
    summary = Summary({})
    summary.take({}, {"district": "<script>"})
    page = render_page({"model": "m@1", "source": "in.csv", **summary.figures()})
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
