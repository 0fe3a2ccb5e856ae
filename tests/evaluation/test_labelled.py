"""Labelled documents: what is read, what may be missing, and what is refused."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from evaluation.errors import LabelError
from evaluation.labelled import GoldSpan, label_call, label_ticket, read_labelled

TICKET = {
    "id": "a1",
    "title": "路灯不亮",
    "text": "昨天晚上路灯不亮，请维修。",
    "category": "030401",
    "category_second": "030402",
    "type": "投诉",
    "departments": ["cgw", "zj"],
    "territorial": True,
    "polarity": "负",
    "emotion": "不满",
    "intensity": 2,
    "urgency": 0,
    "risks": ["重复反映"],
    "spans": [{"kind": "time", "start": 0, "end": 4}, {"kind": "demand", "start": 9, "end": 12}],
    "ticket_title": "路灯不亮",
}

CALL = {
    "id": "c1",
    "turns": [
        {"role": "agent", "text": "您好，请讲"},
        {"role": "caller", "text": "我姓王 昨天路灯不亮"},
    ],
    "gold": {
        "cat": "030401",
        "cat2": None,
        "dept": ["cgw"],
        "terr": False,
        "int": 1,
        "risk": [],
        "fields": [
            {"f": "caller_name", "v": "王", "m": [[1, "我姓王"]]},
            {"f": "caller_gender", "v": "男", "m": []},
        ],
    },
}


def test_a_ticket_carries_every_label() -> None:
    labelled = label_ticket(TICKET)
    assert labelled.labels == {
        "category": "030401",
        "type": "投诉",
        "departments": "cgw",
        "territorial": "yes",
        "polarity": "负",
        "emotion": "不满",
        "intensity": "2",
        "urgency": "0",
    }
    assert labelled.departments == ("cgw", "zj")
    assert labelled.second_category == "030402"
    assert labelled.risks == frozenset({"重复反映"})
    assert labelled.spans == (GoldSpan(0, 0, 4, "time"), GoldSpan(0, 9, 12, "demand"))
    assert labelled.document.title == "路灯不亮"


def test_missing_null_and_empty_labels_are_unlabelled() -> None:
    labelled = label_ticket({"text": "路灯不亮", "category": None, "type": "", "departments": []})
    assert labelled.labels == {}
    assert labelled.departments == ()
    assert labelled.risks is None
    assert labelled.spans is None


def test_no_risk_and_no_span_are_labels_too() -> None:
    labelled = label_ticket({"text": "路灯不亮", "risks": [], "spans": []})
    assert labelled.risks == frozenset()
    assert labelled.spans == ()


def test_a_call_has_a_segment_per_turn_and_the_same_labels() -> None:
    labelled = label_call(CALL)
    assert [segment.role for segment in labelled.document.segments] == ["agent", "citizen"]
    assert labelled.labels == {
        "category": "030401", "departments": "cgw", "territorial": "no", "intensity": "1",
    }  # fmt: skip
    assert labelled.risks == frozenset()
    assert labelled.spans is None


def test_mentions_of_a_call_become_spans_when_asked_for() -> None:
    assert label_call(CALL, mentions=True).spans == (GoldSpan(1, 0, 3, "caller_name"),)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("category", 30401),
        ("intensity", "高"),
        ("intensity", 1.5),
        ("urgency", True),
        ("territorial", 1),
        ("departments", {"id": "cgw"}),
        ("risks", [1]),
        ("spans", [{"kind": "time", "start": 0}]),
        ("spans", [{"kind": "time", "start": 5, "end": 99}]),
        ("text", "\ud800"),
    ],
)
def test_a_label_of_the_wrong_shape_is_refused_without_its_value(tmp_path: Path, key: str, value: object) -> None:
    path = tmp_path / "rows.jsonl"
    rows = [TICKET, {**TICKET, key: value}]
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    with pytest.raises(LabelError, match=r"rows.jsonl, line 2: ") as caught:
        read_labelled(path)
    assert str(TICKET["title"]) not in str(caught.value)


def test_tickets_and_calls_are_read_from_one_file_even_gzipped(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as stream:
        stream.write(json.dumps(TICKET) + "\n\n" + json.dumps(CALL) + "\n")
    assert [one.id for one in read_labelled(path)] == ["a1", "c1"]


@pytest.mark.parametrize("line", ["{", "[1]"])
def test_a_line_that_is_no_object_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(line, encoding="utf-8")
    with pytest.raises(LabelError, match="line 1"):
        read_labelled(path)
