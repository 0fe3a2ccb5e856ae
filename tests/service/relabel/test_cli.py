"""The command: every format gives the same answers, and what cannot be done is said in a line."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from tests.service.relabel.conftest import read_rows, relabel


def test_every_format_carries_the_same_answers(tiny_bundle: Path, tickets: Path, tmp_path: Path) -> None:
    for suffix in ("jsonl", "csv", "xlsx", "parquet"):
        assert relabel(tiny_bundle, tickets, tmp_path / f"out.{suffix}", "--tasks", "category,sentiment") == 0
    wanted = [row["suqiu_category"] for row in read_rows(tmp_path / "out.jsonl")]
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["suqiu_category"].strip() for row in csv.DictReader(file)] == wanted
    table = pq.read_table(tmp_path / "out.parquet")
    assert table["suqiu_category"].to_pylist() == wanted
    assert str(table.schema.field("suqiu_urgency").type) == "int64"
    header, *rows = load_workbook(tmp_path / "out.xlsx").worksheets[0].iter_rows(values_only=True)
    assert [row[header.index("suqiu_category")] for row in rows] == wanted
    assert {row[header.index("phone")] for row in rows} == {"13800000000"}


def test_an_output_can_be_read_and_relabelled_again(tiny_bundle: Path, tickets: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "a.parquet", tmp_path / "b.parquet"
    assert relabel(tiny_bundle, tickets, first, "--tasks", "category") == 0
    assert relabel(tiny_bundle, first, second, "--tasks", "category", "--label", "category=suqiu_category") == 0
    assert pq.read_table(first).equals(pq.read_table(second))
    assert json.loads(Path(f"{second}.summary.json").read_text(encoding="utf-8"))["compared"]["category"]["share"] == 1


def test_progress_is_told_as_lines_of_json(
    tiny_bundle: Path, tickets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert relabel(tiny_bundle, tickets, tmp_path / "out.jsonl", "--tasks", "category") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [lines[0]["event"], lines[-1]["event"]] == ["begin", "end"]
    assert {"event": "progress", "done": 46, "total": 46} in lines
    assert (lines[-1]["rows"], lines[-1]["answered"]) == (46, 40)


@pytest.mark.parametrize(
    ("source", "target", "more", "told"),
    [
        ("in.jsonl", "in.jsonl", (), "is the source"),
        ("in.jsonl", "out.doc", (), "no known format"),
        ("in.jsonl", "there/out.csv", (), "create it first"),
        ("in.jsonl", "out.jsonl.xz", (), ".xz is only read"),
        ("missing.csv", "out.csv", (), "does not exist"),
        ("in.jsonl", "out.csv", ("--tasks", "kategorie"), "the tasks are form, category, dispatch, sentiment"),
        ("in.jsonl", "out.csv", ("--encoding", "utf9"), "no such encoding"),
        ("in.jsonl", "out.csv", ("--prefix", "", "--tasks", "form", "--column", "title=title"), "no such column"),
        ("in.jsonl", "out.csv", ("--column", "text"), "write --column OURS=THEIRS"),
        ("in.jsonl", "out.csv", ("--column", "text=text", "--column", "dialogue=id"), "give only that one"),
        ("in.jsonl", "out.csv", ("--label", "category=type+nowhere"), "no such column"),
        ("in.jsonl", "out.csv", ("--label", "type=nowhere"), "no such column"),
        ("in.jsonl", "out.csv", ("--label", "content=text"), "nothing to compare with"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    tiny_bundle: Path,
    tickets: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    source: str,
    target: str,
    more: tuple[str, ...],
    told: str,
) -> None:
    assert relabel(tiny_bundle, tmp_path / source, tmp_path / target, *more) == 1
    captured = capsys.readouterr()
    (line,) = captured.err.splitlines()
    assert told in line
    event = json.loads(captured.out.splitlines()[-1])
    assert (event["event"], event["code"]) == ("fail", "relabel_failed")


def test_new_columns_never_replace_the_tickets_own(
    tiny_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "in.csv"
    source.write_text("id,content\n1,路灯不亮\n", encoding="utf-8")
    assert relabel(tiny_bundle, source, tmp_path / "out.csv", "--prefix", "") == 1
    assert "content would replace" in capsys.readouterr().err


def test_columns_of_the_source_are_never_lost_without_a_word(
    tiny_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "in.csv"
    source.write_text("text,category,suqiu_category\n路灯不亮,080201,手工改过\n", encoding="utf-8")
    for prefix, lost in (("", "category"), ("suqiu_", "suqiu_category")):
        assert relabel(tiny_bundle, source, tmp_path / "out.csv", "--prefix", prefix, "--tasks", "category") == 1
        assert f"columns of its own called {lost}, which the new ones would replace" in capsys.readouterr().err
    assert relabel(tiny_bundle, source, tmp_path / "a.csv", "--prefix", "new_", "--tasks", "category") == 0
    assert relabel(tiny_bundle, tmp_path / "a.csv", tmp_path / "b.csv", "--prefix", "new_", "--tasks", "category") == 0
    summary = json.loads((tmp_path / "b.csv.summary.json").read_text(encoding="utf-8"))
    assert "new_category" in summary["replaced"]
    assert "category" not in summary["replaced"]
    assert "new_category" in (tmp_path / "b.csv.summary.html").read_text(encoding="utf-8")


def test_what_is_not_read_of_a_source_is_told(
    tiny_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "in.csv"
    turns = '"[{""role"": ""caller"", ""text"": ""路灯不亮""}]"'
    source.write_text(f"热线工单五月导出\n内容,通话\n路灯坏了,{turns}\n", encoding="utf-8")
    assert relabel(tiny_bundle, source, tmp_path / "out.csv", "--tasks", "category", "--column", "dialogue=通话") == 0
    told = capsys.readouterr().err
    assert "row 2 names the columns" in told
    assert "the dialogue is read; --column text=NAME reads the other" in told
    assert len(json.loads((tmp_path / "out.csv.summary.json").read_text(encoding="utf-8"))["notes"]) == 2


def test_a_broken_line_is_set_aside_as_it_stands(tiny_bundle: Path, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text('id,text\n1,"路灯不亮\n2,烧烤店油烟\n', encoding="utf-8")
    assert relabel(tiny_bundle, source, tmp_path / "out.jsonl", "--tasks", "category") == 0
    assert [row["id"] for row in read_rows(tmp_path / "out.jsonl")] == ["2"]
    (refused,) = read_rows(tmp_path / "out.jsonl.quarantine.jsonl")
    assert (refused["row"], refused["code"], refused["cells"]) == (1, "csv", {"": '1,"路灯不亮'})
    assert refused["reason"].startswith("line 2: ")


def test_old_labels_by_name_are_compared_with_codes(tiny_bundle: Path, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(
        "text,一级,三级,单位\n路灯不亮,城市管理,路灯照明,城市管理委\n油烟,别的,没有的,飞船局\n", encoding="utf-8"
    )
    given = ("--label", "category=一级+三级", "--label", "lead=单位", "--tasks", "category,dispatch")
    assert relabel(tiny_bundle, source, tmp_path / "out.jsonl", *given) == 0
    compared = json.loads((tmp_path / "out.jsonl.summary.json").read_text(encoding="utf-8"))["compared"]
    assert compared["lead"]["unknown_labels"] == {"飞船局": 1}
    assert "没有的" in str(compared["category"]["unknown_labels"])


def test_a_target_that_exists_is_replaced_only_when_asked(
    tiny_bundle: Path, tickets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out.csv"
    target.write_text("mine")
    assert relabel(tiny_bundle, tickets, target) == 1
    assert "--overwrite" in capsys.readouterr().err
    assert target.read_text() == "mine"
    assert relabel(tiny_bundle, tickets, target, "--overwrite") == 0
    assert target.read_text() != "mine"
