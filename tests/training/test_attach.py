"""Labels whose texts are kept elsewhere: none of a text in the label file, the same rows where it is at hand."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from evaluation.errors import LabelError
from training.attach import attach, detach, key_of
from training.config import DataConfig
from training.dataset import read_examples

WHOLE = "小区门口的路灯坏了半个月，晚上看不见路。请尽快修好。此前打过两次电话。"
READ = WHOLE[:27]
ROW = {
    "id": "x1",
    "title": "路灯坏了",
    "text": READ,
    "category": "030303",
    "departments": ["cgw"],
    "spans": [{"kind": "location", "start": 0, "end": 4}],
}


def test_a_label_line_holds_no_word_of_the_text() -> None:
    line = detach(ROW, text=WHOLE)
    assert line == {
        "key": key_of("路灯坏了", WHOLE),
        "characters": 27,
        "category": "030303",
        "departments": ["cgw"],
        "spans": [{"kind": "location", "start": 0, "end": 4}],
    }
    assert not any(piece in json.dumps(line, ensure_ascii=False) for piece in ("路灯", "小区", "修好"))


def test_what_was_detached_is_attached_again() -> None:
    line = detach(ROW, text=WHOLE)
    others = {"title": "别的", "text": "别的事情。"}
    (row,) = attach([line], [others, {"title": " 路灯坏了 ", "text": f"\n{WHOLE}\n"}])
    assert row == {**ROW, "id": f"read-{line['key']}", "train_only": True}


def test_labels_may_be_left_out() -> None:
    (row,) = attach([detach(ROW, text=WHOLE)], [{"title": "路灯坏了", "text": WHOLE}], without=["category", "spans"])
    assert row.keys() == {*ROW.keys(), "train_only"} - {"category", "spans"}


def test_labels_may_be_set_apart() -> None:
    line = detach({**ROW, "urgency": 1}, text=WHOLE)
    (row,) = attach([line], [{"title": "路灯坏了", "text": WHOLE}], apart=["urgency"])
    assert (row["urgency_read"], row["category"]) == (1, "030303")
    assert "urgency" not in row


def test_a_text_that_stands_twice_gives_one_row() -> None:
    source = {"title": "路灯坏了", "text": WHOLE}
    assert len(list(attach([detach(ROW, text=WHOLE)], [source, source]))) == 1


def test_a_changed_text_or_title_is_another_one() -> None:
    line = detach(ROW, text=WHOLE)
    assert not list(attach([line], [{"title": "路灯坏了", "text": WHOLE + "谢谢"}, {"title": "路灯", "text": WHOLE}]))


def test_only_beginnings_can_be_detached() -> None:
    with pytest.raises(LabelError, match="row x1: its text is not the beginning"):
        detach({**ROW, "text": WHOLE[3:]}, text=WHOLE)


@pytest.mark.parametrize(
    ("line", "told"),
    [({"characters": 3}, "no 'key'"), ({"key": key_of("", "好"), "characters": 3}, "3 characters were read of a text")],
)
def test_a_broken_line_is_named(line: dict[str, object], told: str) -> None:
    with pytest.raises(LabelError, match=told):
        list(attach([line], [{"title": "", "text": "好"}]))


def _run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "training.attach", *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_the_command_writes_rows_that_training_reads_and_counts_what_is_missing(tmp_path: Path) -> None:
    labels, texts, out = (tmp_path / name for name in ("labels.jsonl", "texts.jsonl", "rows.jsonl"))
    lines = [detach(ROW, text=WHOLE), detach({**ROW, "title": "另一个"}, text=WHOLE)]
    labels.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    texts.write_text(json.dumps({"title": "路灯坏了", "text": WHOLE, "kind": "message"}) + "\n", encoding="utf-8")
    misspelt = _run("--labels", labels, "--texts", texts, "--out", out, "--apart", "categroy")
    assert misspelt.returncode == 1
    assert "no line has a label 'categroy'" in misspelt.stderr
    done = _run("--labels", labels, "--texts", texts, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "1 of 2 labels have their text; 1 have no text" in " ".join(done.stderr.split())
    (example,) = read_examples([out], DataConfig(), [])
    assert example.labelled.labels["category"] == "030303"
    assert example.train_only
    assert example.labelled.document.segments[0].text == READ


def test_the_command_leaves_no_file_where_no_text_was_found(tmp_path: Path) -> None:
    labels, texts, out = (tmp_path / name for name in ("labels.jsonl", "texts.jsonl", "rows.jsonl"))
    labels.write_text(json.dumps(detach(ROW, text=WHOLE)) + "\n", encoding="utf-8")
    texts.write_text(json.dumps({"title": "别的", "text": "别的事情。"}) + "\n", encoding="utf-8")
    done = _run("--labels", labels, "--texts", texts, "--out", out)
    assert done.returncode == 1
    assert "none of the labels" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["labels.jsonl", "texts.jsonl"]
