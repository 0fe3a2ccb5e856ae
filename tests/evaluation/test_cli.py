"""Command line: the commands end as they should, and errors are one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evaluation.cli import FAILED, REFUSED, app
from models.document import Document
from models.predictor import Predictor
from tests.tiny import write_tiny

RUNNER = CliRunner()


@pytest.fixture
def data(tmp_path: Path, predictor: Predictor) -> Path:
    """Forty rows whose labels are what the tiny bundle answers."""
    path = tmp_path / "rows.jsonl"
    lines = []
    for number in range(40):
        text = "小区楼下烧烤店油烟"[number % 5 :] + "路灯水电公司工资"[: number % 7]
        answers = predictor.predict([Document.of(text)])[0].answers
        lines.append(json.dumps({"text": text, "type": answers["type"].best.label, "risks": []}))
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_run_writes_the_report_with_its_baseline(tiny_bundle: Path, data: Path, tmp_path: Path) -> None:
    files = ["--data", str(data), "--train", str(data)]
    folders = ["--cache", str(tmp_path / "kept"), "--out", str(tmp_path / "out")]
    result = RUNNER.invoke(app, ["run", "--bundle", str(tiny_bundle), *files, *folders])
    assert result.exit_code == 0, result.output
    stored = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert stored["heads"][0]["figures"]["accuracy"]["value"] == 1.0
    assert "type" in stored["baseline"]
    assert (tmp_path / "out" / "report.html").exists()


def test_gate_accepts_the_same_bundle_and_refuses_a_worse_one(tiny_bundle: Path, data: Path, tmp_path: Path) -> None:
    worse = write_tiny(tmp_path / "worse", seed=7).path
    for candidate, status in ((tiny_bundle, 0), (worse, REFUSED)):
        options = ["--candidate", str(candidate), "--current", str(tiny_bundle), "--data", str(data)]
        result = RUNNER.invoke(app, ["gate", *options, "--out", str(tmp_path / "gate.json")])
        assert result.exit_code == status, result.output
        assert json.loads((tmp_path / "gate.json").read_text(encoding="utf-8"))["accepted"] is (status == 0)


def test_run_and_gate_read_a_citys_own_export(tiny_bundle: Path, data: Path, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in data.read_text(encoding="utf-8").splitlines()]
    export = tmp_path / "export.csv"
    lines = ["诉求内容,类型", *(f"{row['text']},{row['type']}" for row in rows)]
    export.write_text("\n".join(lines), encoding="gb18030")
    columns = ["--data", str(export), "--column", "text=诉求内容", "--column", "type=类型"]
    measured = RUNNER.invoke(app, ["run", "--bundle", str(tiny_bundle), *columns, "--out", str(tmp_path / "out")])
    assert measured.exit_code == 0, measured.output
    stored = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert [(head["head"], head["figures"]["accuracy"]["value"]) for head in stored["heads"]] == [("type", 1.0)]
    gated = RUNNER.invoke(app, ["gate", "--candidate", str(tiny_bundle), "--current", str(tiny_bundle), *columns])
    assert gated.exit_code == 0, gated.output
    assert "not judged, for want of labelled rows: " in gated.output


def test_labels_that_the_bundle_has_not_are_no_measure_of_it(tiny_bundle: Path, data: Path, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in data.read_text(encoding="utf-8").splitlines()]
    odd = tmp_path / "odd.jsonl"
    options = ["--candidate", str(tiny_bundle), "--current", str(tiny_bundle), "--data", str(odd)]
    for wrong, status in ((10, 0), (30, FAILED)):
        told = [{**row, "type": "吐槽"} if number < wrong else row for number, row in enumerate(rows)]
        odd.write_text("\n".join(json.dumps(row) for row in told), encoding="utf-8")
        result = RUNNER.invoke(app, ["gate", *options], env={"COLUMNS": "300"})
        assert result.exit_code == status, result.output
        assert f"type: {wrong} of 40 labels are none of the bundle's: 吐槽 ({wrong})" in result.output


def test_bench_measures_without_a_service(tiny_bundle: Path, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    options = ["--data", str(data), "--rounds", "1", "--seconds", "0.5", "--threads", "1", "--out", str(out)]
    result = RUNNER.invoke(app, ["bench", "--bundle", str(tiny_bundle), *options])
    assert result.exit_code == 0, result.output
    assert {one["name"] for one in json.loads(out.read_text())} == {"onnxruntime", "predictor"}


def test_a_bad_row_is_one_line_and_its_own_status(tiny_bundle: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"text": "路灯不亮", "urgency": "often"}', encoding="utf-8")
    result = RUNNER.invoke(app, ["run", "--bundle", str(tiny_bundle), "--data", str(bad), "--out", str(tmp_path)])
    assert result.exit_code == FAILED
    assert "bad.jsonl, line 1" in result.output
    assert "路灯" not in result.output


def test_without_a_column_of_texts_its_name_is_asked_for(tiny_bundle: Path, tmp_path: Path) -> None:
    export = tmp_path / "export.csv"
    export.write_text("诉求描述,type\n路灯不亮,投诉\n", encoding="utf-8")
    options = ["--data", str(export), "--out", str(tmp_path / "out")]
    result = RUNNER.invoke(app, ["run", "--bundle", str(tiny_bundle), *options], env={"COLUMNS": "300"})
    assert result.exit_code == FAILED
    assert "no row has anything under 'text'; its columns are 诉求描述, type; name the one" in result.output
    assert "路灯" not in result.output


def test_a_row_without_text_is_left_out_and_told(tiny_bundle: Path, data: Path, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in data.read_text(encoding="utf-8").splitlines()]
    export = tmp_path / "export.csv"
    lines = [
        "五月工单导出",
        "诉求描述,类型",
        *(f"{row['text']},{row['type']}" for row in rows),
        "　,投诉",
        "\u200b,咨询",
    ]
    export.write_text("\n".join(lines), encoding="utf-8")
    options = [
        "--data",
        str(export),
        "--column",
        "text=诉求描述",
        "--column",
        "type=类型",
        "--out",
        str(tmp_path / "out"),
    ]
    result = RUNNER.invoke(app, ["run", "--bundle", str(tiny_bundle), *options], env={"COLUMNS": "300"})
    assert result.exit_code == 0, result.output
    assert "row 2 names the columns" in result.output
    # Line 43 is white space to a spreadsheet, too; only what looks like a row is counted as one.
    assert "of 4" in result.output
    assert "hold no text, and are left out: " in result.output
    assert json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))["documents"] == 40


def test_a_file_without_rows_is_told(tiny_bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").write_text("\n", encoding="utf-8")
    options = ["--data", str(tmp_path / "none.jsonl"), "--out", str(tmp_path / "out")]
    result = RUNNER.invoke(app, ["run", "--bundle", str(tiny_bundle), *options])
    assert result.exit_code == FAILED
    assert "none.jsonl has no rows" in result.output.replace("\n", " ")
