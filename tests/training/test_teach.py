"""Teachers' shares are averaged, and a student counts them for less than a person's label."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.predictor import Predictor
from training.batches import labels_of
from training.config import DataConfig, HeadConfig
from training.dataset import read_examples
from training.heads import HeadSpec
from training.teach import messages_of, teach


def test_a_row_is_answered_by_all_teachers(predictor: Predictor) -> None:
    rows = [{"id": "a", "title": "", "text": "小区楼下烧烤店油烟"}, {"id": "b", "title": "", "text": "公司拖欠工资"}]
    one, two = list(teach([predictor], rows)), list(teach([predictor, predictor], rows))
    assert [row["id"] for row in one] == ["a", "b"]
    assert one == two
    assert sum(one[0]["soft"]["type"].values()) == pytest.approx(1, abs=0.1)


def test_a_students_target_is_the_teachers_share_at_half_weight(tmp_path: Path) -> None:
    heads = (HeadConfig(name="type", kind="single"), HeadConfig(name="risks", kind="multi"))
    specs = (HeadSpec(heads[0], ("投诉", "咨询", "求助")), HeadSpec(heads[1], ("群体", "欠薪")))
    soft = {"type": {"投诉": 0.8, "咨询": 0.2}, "risks": {"群体": 0.1, "欠薪": 0.7}}
    (tmp_path / "soft.jsonl").write_text(json.dumps({"id": "1", "text": "拖欠工资", "soft": soft}), encoding="utf-8")
    (example,) = read_examples([tmp_path / "soft.jsonl"], DataConfig(), heads)
    targets = labels_of(example, specs)
    assert targets["type"].tolist() == pytest.approx([0.4, 0.1, 0])
    assert targets["risks"].tolist() == pytest.approx([0.1, 0.7])


def test_replies_teach_nothing(tmp_path: Path) -> None:
    rows = [
        {"text": "路灯坏了", "kind": "message"},
        {"text": "已转办", "kind": "reply"},
        {"text": " ", "kind": "message"},
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    assert [row["text"] for row in messages_of(tmp_path / "in.jsonl")] == ["路灯坏了"]
