"""Baseline: it learns what is in the words, and is computed once per pair of files."""

from __future__ import annotations

import json
from pathlib import Path

from evaluation.baseline import measure_baseline, read_baseline
from evaluation.labelled import label_ticket
from tests.evaluation.toy import TAXONOMY

WORDS = {"010101": ("路灯不亮", "cgw"), "010201": ("工地施工吵", "sthj"), "020101": ("家里停水了", "sw")}


def rows(count: int) -> list[dict[str, object]]:
    made: list[dict[str, object]] = []
    for number in range(count):
        code, (words, unit) = list(WORDS.items())[number % 3]
        risks = ["群体"] if number % 2 else []
        text = f"{words}，{'大家都' if risks else '我'}希望解决{number % 7}"
        made.append({"text": text, "category": code, "departments": [unit], "urgency": number % 2, "risks": risks})
    return made


def test_heads_that_stand_in_the_words_are_learnt() -> None:
    figures = measure_baseline(
        [label_ticket(row) for row in rows(60)], [label_ticket(row) for row in rows(30)], taxonomy=TAXONOMY
    )
    assert set(figures) == {"category_l1", "category_l2", "category_l3", "departments", "urgency", "risks"}
    for head in ("category_l1", "category_l3", "departments", "urgency"):
        assert figures[head]["accuracy"].value == 1.0
    assert figures["risks"]["micro_f1"].value == 1.0


def test_figures_are_kept_by_the_hashes_of_the_files(tmp_path: Path) -> None:
    train, test = tmp_path / "train.jsonl", tmp_path / "test.jsonl"
    train.write_text("\n".join(json.dumps(row) for row in rows(30)), encoding="utf-8")
    test.write_text("\n".join(json.dumps(row) for row in rows(12)), encoding="utf-8")
    asked: list[str] = []
    first = read_baseline(train, test, taxonomy=TAXONOMY, cache=tmp_path / "kept", progress=asked.append)
    assert asked
    asked.clear()
    assert read_baseline(train, test, taxonomy=TAXONOMY, cache=tmp_path / "kept", progress=asked.append) == first
    assert not asked
    test.write_text(json.dumps(rows(1)[0]), encoding="utf-8")
    read_baseline(train, test, taxonomy=TAXONOMY, cache=tmp_path / "kept", progress=asked.append)
    assert asked
