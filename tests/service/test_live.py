"""A running call: what the model reads of it and when, and what counts as news."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np

from models.manifest import TaskSpec
from models.prediction import Answer, Prediction, Span
from service.form.field import MISSING, Field, Form, Place
from service.live import WHOLE_CHARACTERS, WINDOW_CHARACTERS, LiveBody, LiveCall
from service.sentiment import read_sentiment
from service.ticket import CHINA

NOW = datetime(2025, 10, 15, 10, 30, tzinfo=CHINA)


def heard(*texts: str, amend: bool = False) -> LiveBody:
    turns: list[Any] = [{"role": "caller", "text": text} for text in texts]
    return LiveBody.model_validate({"turns": turns, "amend": amend})


def predicted(*spans: Span) -> Prediction:
    return Prediction({}, spans, truncated=False)


def test_a_short_call_is_read_whole_each_time() -> None:
    call = LiveCall(NOW)
    call.hear(heard("一", "二"), max_characters=100)
    passage = call.passage()
    assert passage is not None
    assert (passage.first, passage.whole, len(passage.document.segments)) == (0, True, 2)
    call.learn(passage, predicted())
    assert call.passage() is None
    call.hear(heard("三"), max_characters=100)
    again = call.passage()
    assert again is not None
    assert again.whole


def test_of_a_long_call_only_the_new_turn_is_read_after_what_led_to_it() -> None:
    call = LiveCall(NOW)
    long = "字" * WHOLE_CHARACTERS
    call.hear(heard(long, "甲" * 10, "乙" * 10), max_characters=10_000)
    first = call.passage()
    assert first is not None
    assert not first.whole
    call.learn(first, predicted(Span("time", 1, 0, 2, 0.9)))
    call.hear(heard("丙" * 10), max_characters=10_000)
    passage = call.passage()
    assert passage is not None
    assert (passage.first, passage.fresh, passage.whole) == (1, 3, False)
    assert passage.document.characters <= WINDOW_CHARACTERS
    # Of the turns that led to it, what was read before stands.
    call.learn(passage, predicted(Span("amount", 0, 0, 2, 0.9), Span("amount", 2, 1, 3, 0.9)))
    assert [(span.kind, span.segment) for span in call.prediction().spans] == [("time", 1), ("amount", 3)]


def test_an_amended_turn_is_forgotten_and_read_again() -> None:
    call = LiveCall(NOW)
    call.hear(heard("一", "二"), max_characters=100)
    passage = call.passage()
    assert passage is not None
    call.learn(passage, predicted(Span("time", 1, 0, 1, 0.9)))
    call.hear(heard("两", amend=True), max_characters=100)
    assert [turn.text for turn in call.turns] == ["一", "两"]
    assert call.prediction().spans == ()
    assert call.passage() is not None


def test_news_are_what_changed() -> None:
    call = LiveCall(NOW)
    filled = Field("覃", "覃", (Place(0, 0, 1),), 0.9, "rule", "filled")
    form = Form({"caller_name": filled, "amount": MISSING}, "题", "文", ("amount",))
    assert call.changes(form).keys() == {"fields", "title", "content", "missing", "ask"}
    assert call.changes(form) == {"fields": {}}
    surer = Form(
        {**form.fields, "caller_name": Field("覃", "覃", (Place(0, 0, 1),), 0.92, "rule", "filled")}, "题", "文"
    )
    assert call.changes(surer) == {"fields": {}, "missing": []}
    taken_back = Form({"caller_name": MISSING, "amount": MISSING}, "题", "文")
    assert call.changes(taken_back)["fields"]["caller_name"]["status"] == "missing"


def test_urgency_is_news_only_when_it_changes() -> None:
    call = LiveCall(NOW)
    form = Form({"amount": MISSING}, "题", "文")

    def news() -> dict[str, Any]:
        sentiment = read_sentiment(call.ticket(), call.prediction(), turn_predictions={})
        told = call.changes(form, sentiment)
        return {name: told[name] for name in ("urgency", "transfer", "verify") if name in told}

    call.hear(heard("您好"), max_characters=100)
    assert news() == {"urgency": 0, "transfer": None, "verify": None}
    assert news() == {}
    call.hear(heard("二楼着火了"), max_characters=100)
    first = news()
    assert (first["urgency"], first["transfer"]["to"]) == (2, "119")
    assert "verify" not in first
    call.hear(heard("灭了灭了，没事了"), max_characters=100)
    assert news() == {"urgency": 1, "transfer": None}


def test_of_a_long_call_the_most_urgent_passage_counts_until_all_of_it_is_read_again() -> None:
    task = TaskSpec(name="urgency", kind="single", labels=("0", "1", "2"))

    def urgency(*scores: float) -> Prediction:
        return Prediction({"urgency": Answer(task, np.array(scores, dtype=np.float32))}, (), truncated=False)

    def seen() -> str:
        label: str = call.prediction().answers["urgency"].best.label
        return label

    call = LiveCall(NOW)
    call.hear(heard("字" * WHOLE_CHARACTERS, "甲"), max_characters=10_000)
    for scores, label in (((0.1, 0.2, 0.7), "2"), ((0.9, 0.1, 0.0), "2")):
        passage = call.passage()
        assert passage is not None
        assert not passage.whole
        call.learn(passage, urgency(*scores))
        assert seen() == label
        call.hear(heard("乙"), max_characters=10_000)
    whole = call.passage(whole=True)
    assert whole is not None
    call.learn(whole, urgency(0.2, 0.7, 0.1))
    assert seen() == "1"


def test_what_the_model_said_of_a_turn_that_is_taken_back_does_not_stand() -> None:
    """Of a long call too, where its urgency otherwise only rises."""
    call = LiveCall(NOW)
    call.hear(heard("一" * WHOLE_CHARACTERS, "二"), max_characters=1000)
    learn(call, urgency="0")
    call.hear(heard("火"), max_characters=1000)
    learn(call, urgency="2")
    assert call.prediction().answers["urgency"].best.label == "2"
    call.hear(LiveBody(amend=True), max_characters=1000)
    learn(call, urgency="0")
    assert call.prediction().answers["urgency"].best.label == "0"


def learn(call: LiveCall, *, urgency: str) -> None:
    task = TaskSpec(name="urgency", kind="single", labels=("0", "1", "2"))
    scores = np.array([float(label == urgency) for label in task.labels], dtype=np.float32)
    passage = call.passage()
    assert passage is not None
    call.learn(passage, Prediction({"urgency": Answer(task, scores)}, (), truncated=False))
