"""The whole story: forty labelled calls become a bundle, and the service that opens it answers a call."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pandas
import pytest
from fastapi.testclient import TestClient

from models.bundle import Bundle
from service.app import create_app
from service.settings import Settings
from tests.smoke import call_rows
from training.config import read_config
from training.pipeline import Outcome, run_pipeline

CONFIG = Path(__file__).parent.parent / "training" / "configs" / "smoke.toml"


def write_csv(path: Path) -> None:
    """An export as a city has it: one row per call, its own column names, lists in cells."""
    rows = []
    for row in call_rows():
        gold, turns = row["gold"], row["turns"]
        assert isinstance(gold, dict)
        assert isinstance(turns, list)
        rows.append(
            {
                "工单编号": row["id"],
                "诉求内容": "\n".join(turn["text"] for turn in turns if turn["role"] == "caller"),
                "分类": gold["cat"],
                "类型": gold["type"],
                "承办单位": ";".join(gold["dept"]),
                "情绪": gold["emo"],
                "紧急": gold["urg"],
            }
        )
    pandas.DataFrame(rows).to_csv(path, index=False, encoding="gb18030")


@pytest.fixture(scope="module")
def outcome(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("story")
    write_csv(folder / "calls.csv")
    config = read_config(CONFIG)
    columns = {"id": "工单编号", "text": "诉求内容", "category": "分类", "type": "类型", "departments": "承办单位"}
    columns |= {"emotion": "情绪", "urgency": "紧急"}
    config = config.model_copy(update={"base": str(base), "data": config.data.model_copy(update={"columns": columns})})
    return run_pipeline(config, train=[folder / "calls.csv"], evaluate=None, out=folder / "run", current=None)


def test_heads_without_labels_are_left_out_of_the_bundle(outcome: Outcome) -> None:
    manifest = Bundle.open(outcome.bundle).manifest
    assert {task.name for task in manifest.tasks} == {"category", "type", "departments", "emotion", "urgency"}
    assert manifest.training is not None
    assert manifest.training.rows > 20


def test_no_words_of_a_caller_leave_the_machine_in_the_bundle(outcome: Outcome) -> None:
    said = [turn["text"] for row in call_rows() for turn in row["turns"] if len(turn["text"]) > 20]  # type: ignore[attr-defined]
    for name in ("report.html", "MODEL_CARD.md", "manifest.json", "canary.json"):
        text = (outcome.bundle / name).read_text(encoding="utf-8")
        assert not any(words[:20] in text for words in said)


def test_a_run_that_has_ended_is_not_done_again(outcome: Outcome) -> None:
    steps = sorted(folder.name for folder in outcome.bundle.parent.parent.iterdir() if folder.is_dir())
    assert steps == ["1-data", "2-finetune", "3-export", "4-quantise", "5-calibrate", "6-evaluate", "7-bundle"]


def test_the_service_answers_a_call_with_what_was_trained(outcome: Outcome) -> None:
    call = call_rows()[1]
    turns = [{"role": turn["role"], "text": turn["text"]} for turn in call["turns"]]  # type: ignore[attr-defined]
    ticket = {"id": "t-1", "dialogue": turns, "received_at": call["received_at"], "caller_phone": call["caller_phone"]}
    with TestClient(create_app(Settings(bundle=outcome.bundle, workers=1))) as client:
        deadline = time.monotonic() + 30
        while client.get("/readyz").status_code != 200 and time.monotonic() < deadline:
            time.sleep(0.05)
        reply = client.post("/v1/intake", json=ticket)
    assert reply.status_code == 200, reply.text
    body = json.loads(reply.text)
    assert body["id"] == "t-1"
    assert {"form", "category", "dispatch", "sentiment", "model", "request_id"} <= set(body)
    assert body["form"]["fields"]["contact_phone"]["value"] == call["caller_phone"]
    assert body["category"]["candidates"][0]["path"]
    assert body["model"] == "suqiu-smoke@0.0.1"
