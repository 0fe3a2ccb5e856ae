"""The whole story: forty labelled calls become a bundle, and the service that opens it answers a call."""

from __future__ import annotations

import json
import time

from fastapi.testclient import TestClient

from models.bundle import Bundle
from service.app import create_app
from service.settings import Settings
from tests.smoke import call_rows
from training.pipeline import Outcome


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
