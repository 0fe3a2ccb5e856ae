"""Report and page: every figure with its count, and not a word of any document."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from evaluation.errors import EvaluationError
from evaluation.figures import measure_all, take_single
from evaluation.judge import judge
from evaluation.labelled import LabelledDocument
from evaluation.page import render_page
from evaluation.report import Report, report_alternatives, report_heads, report_spans, report_untouched
from evaluation.resample import draw_weights
from evaluation.run import build_report, headline, predict_all, write_report
from models.bundle import Bundle
from models.document import Document
from models.predictor import Predictor
from tests.evaluation.toy import SECRET, TASKS, TAXONOMY, label_some, predict_well


@pytest.fixture(scope="module")
def report() -> Report:
    documents = label_some(120)
    judged = judge(predict_well(documents, share=0.8), documents, tasks=TASKS, taxonomy=TAXONOMY)
    rival = measure_all(take_single(judged.single["type"], calibrated=False), draw_weights(120))
    return Report(
        bundle="toy@0.0.1",
        data="rows.jsonl",
        data_sha256="0" * 64,
        documents=120,
        truncated=0,
        created_at="2025-01-01T00:00:00+00:00",
        heads=report_heads(judged),
        spans=report_spans(judged.spans),
        alternatives=report_alternatives(judged),
        untouched=report_untouched(judged),
        baseline={"type": rival},
        names={"010101": "<路灯>", "cgw": "城管"},
    )


def test_every_head_and_kind_is_reported(report: Report) -> None:
    assert [head.head for head in report.heads] == [
        "category_l1", "category_l2", "category_l3", "departments", "type", "risks",
    ]  # fmt: skip
    assert [span.kind for span in report.spans] == ["all", "time"]
    figures = report.head("category_l3").figures
    assert {"accuracy", "macro_f1", "weighted_f1", "calibration_error", "coverage95", "auto_share"} <= set(figures)
    assert all(figure.low <= figure.value <= figure.high for figure in [figures["accuracy"], figures["auto_share"]])
    assert figures["accuracy"].count == 120
    assert sum(one.gold for one in report.head("type").classes) == 120


def test_untouched_counts_tickets_that_both_heads_would_answer(report: Report) -> None:
    assert report.untouched["auto_share"].value == 1.0
    both = report.untouched["auto_precision"].value
    assert both < min(report.head(head).figures["accuracy"].value for head in ("category_l3", "departments"))


def test_json_and_page_hold_no_word_of_a_document(report: Report) -> None:
    for text in (report.to_json(), render_page(report)):
        assert "type" in text
        assert SECRET not in text
        assert "昨天晚上" not in text


def test_the_page_stands_by_itself_and_escapes_names(report: Report) -> None:
    page = render_page(report)
    assert "&lt;路灯&gt;" in page
    assert not re.search(r"<script|<link|<img|src=|url\(|https?:", page)
    for title in ("Heads", "Untouched", "Spans", "Reliability", "Coverage", "Confusions", "Ways down", "Labels"):
        assert f"<h2>{title}" in page


def test_the_json_can_be_read_back_with_intervals(report: Report) -> None:
    stored = json.loads(report.to_json())
    accuracy = stored["heads"][0]["figures"]["accuracy"]
    assert set(accuracy) == {"value", "low", "high", "count"}
    assert stored["baseline"]["type"]["accuracy"]["count"] == 120


def test_a_bundle_is_measured_and_its_report_written(predictor: Predictor, tmp_path: Path) -> None:
    labels = {"type": "投诉", "urgency": "1", "category": predictor.bundle.manifest.task("category").labels[0]}
    documents = [LabelledDocument(str(n), Document.of("小区楼下烧烤店" + "油烟" * n), labels) for n in range(70)]
    data = tmp_path / "rows.jsonl"
    data.write_text("{}", encoding="utf-8")
    done: list[int] = []
    predictions = predict_all(predictor, documents, advance=done.append)
    report = build_report(predictor.bundle, documents, predictions, data=data)
    write_report(report, tmp_path / "out")
    assert sum(done) == 70
    assert json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))["documents"] == 70
    assert "烧烤店" not in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert headline(report)["type.accuracy"].count == 70


def test_a_file_without_labels_is_refused(tiny_bundle: Path, tmp_path: Path) -> None:
    data = tmp_path / "rows.jsonl"
    data.write_text("{}", encoding="utf-8")
    with pytest.raises(EvaluationError, match="no label"):
        build_report(Bundle.open(tiny_bundle), [], [], data=data)
