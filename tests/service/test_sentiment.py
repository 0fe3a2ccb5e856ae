"""Sentiment: the feeling of a call, its curve, and nothing of it in urgency."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from models.document import Document, Segment
from models.manifest import TaskSpec, Thresholds
from models.prediction import Answer, Prediction
from service.sentiment import read_sentiment
from service.ticket import Ticket

NOON = datetime.fromisoformat("2025-06-03T12:00:00+08:00")
POLARITY = ("负", "中", "正")
EMOTION = ("平静", "不满", "愤怒", "焦虑", "无助", "满意")


def predict(**heads: tuple[tuple[str, ...], tuple[float, ...]]) -> Prediction:
    """A prediction of these heads: labels and scores."""
    answers = {
        name: Answer(TaskSpec(name=name, kind="single", labels=labels), np.array(scores, dtype=np.float32))
        for name, (labels, scores) in heads.items()
    }
    return Prediction(answers, (), truncated=False)


def polar(bad: float, flat: float, good: float) -> Prediction:
    """A prediction of polarity alone."""
    return predict(polarity=(POLARITY, (bad, flat, good)))


CALL = Ticket(
    Document((Segment("您好", "agent"), Segment("公交又没来"), Segment("给您记下了", "agent"), Segment("好的谢谢"))),
    NOON,
    is_dialogue=True,
)


def test_the_score_is_good_minus_bad() -> None:
    reading = read_sentiment(CALL, polar(0.7, 0.2, 0.1), turn_predictions={})
    assert reading.score == pytest.approx(-0.6)
    assert reading.label == "负"


def test_a_neutral_call_scores_near_zero_whatever_it_weighs() -> None:
    reading = read_sentiment(CALL, polar(0.05, 0.9, 0.05), turn_predictions={})
    assert reading.score == pytest.approx(0.0)
    assert reading.label == "中"


def test_every_emotion_comes_with_its_probability() -> None:
    reading = read_sentiment(CALL, predict(emotion=(EMOTION, (0.1, 0.2, 0.5, 0.1, 0.05, 0.05))), turn_predictions={})
    assert reading.emotion == "愤怒"
    assert list(reading.probabilities) == list(EMOTION)
    assert sum(reading.probabilities.values()) == pytest.approx(1.0)


def test_intensity_is_a_number() -> None:
    reading = read_sentiment(CALL, predict(intensity=(("0", "1", "2", "3"), (0.1, 0.2, 0.6, 0.1))), turn_predictions={})
    assert reading.intensity == 2


def test_the_curve_holds_the_callers_turns_in_order_and_leaves_the_agent_out() -> None:
    turns = {3: polar(0.1, 0.2, 0.7), 1: polar(0.8, 0.2, 0.0), 0: polar(0.0, 0.0, 1.0)}
    curve = read_sentiment(CALL, polar(0.5, 0.5, 0.0), turn_predictions=turns).curve
    assert [(point.turn, point.label) for point in curve] == [(1, "负"), (3, "正")]
    assert curve[1].score == pytest.approx(0.6)


def test_a_bundle_without_these_heads_still_hears_an_emergency() -> None:
    ticket = Ticket(Document.of("楼下着火了"), NOON)
    reading = read_sentiment(ticket, Prediction({}, (), truncated=False), turn_predictions={0: predict()})
    assert (reading.score, reading.label, reading.emotion, reading.intensity) == (0.0, None, None, None)
    assert (reading.probabilities, reading.curve) == ({}, ())
    assert reading.urgency == 2


def test_anger_alone_is_not_urgent() -> None:
    furious = predict(polarity=(POLARITY, (1.0, 0.0, 0.0)), emotion=(EMOTION, (0.0, 0.0, 1.0, 0.0, 0.0, 0.0)))
    assert read_sentiment(CALL, furious, turn_predictions={}).urgency == 0


def test_a_calm_voice_does_not_lower_an_emergency() -> None:
    calm = predict(polarity=(POLARITY, (0.0, 1.0, 0.0)), urgency=(("0", "1", "2"), (1.0, 0.0, 0.0)))
    ticket = Ticket(Document.of("我家燃气泄漏了"), NOON)
    reading = read_sentiment(ticket, calm, turn_predictions={})
    assert reading.urgency == 2
    assert reading.score == 0.0


@pytest.mark.parametrize("words", [None, "喂。", "嗯"])
def test_who_says_nothing_feels_nothing(words: str | None) -> None:
    said = [Segment("您好，请讲，您有什么要反映的吗", "agent"), *([Segment(words)] if words else [])]
    ticket = Ticket(Document(tuple(said)), NOON, is_dialogue=True)
    heads = predict(polarity=(POLARITY, (0.9, 0.1, 0.0)), emotion=(EMOTION, (0.0, 0.9, 0.1, 0.0, 0.0, 0.0)))
    reading = read_sentiment(ticket, heads, turn_predictions={})
    assert (reading.label, reading.score, reading.emotion, dict(reading.probabilities)) == (None, 0.0, None, {})
    assert reading.decision == "abstain"


@pytest.mark.parametrize(
    ("text", "truncated", "decision"),
    [
        ("楼下烧烤店天天吵到半夜没人管", False, "auto"),
        ("楼下烧烤店天天吵到半夜没人管", True, "suggest"),
        ("不好意思拨错号", False, "suggest"),  # a few words
        ("感谢热线，报修的井盖隔天就换好了", False, "suggest"),  # thanks, which the model takes for anger
    ],
)
def test_a_feeling_that_may_be_the_usual_one_is_looked_at(text: str, truncated: bool, decision: str) -> None:
    task = TaskSpec(name="polarity", kind="single", labels=POLARITY, thresholds=Thresholds(auto={"负": 0.5}))
    answers = {"polarity": Answer(task, np.array((0.9, 0.1, 0.0), dtype=np.float32))}
    prediction = Prediction(answers, (), truncated=truncated)
    assert read_sentiment(Ticket(Document.of(text), NOON), prediction, turn_predictions={}).decision == decision


@pytest.mark.parametrize(
    ("good", "pleased", "decision"), [(0.0, 0.0, "auto"), (0.03, 0.0, "suggest"), (0.0, 0.06, "suggest")]
)
def test_where_thanks_may_be_meant_a_bad_feeling_is_looked_at(good: float, pleased: float, decision: str) -> None:
    thresholds = Thresholds(auto_default=0.8)
    polarity = TaskSpec(name="polarity", kind="single", labels=("负", "中", "正"), thresholds=thresholds)
    emotion = TaskSpec(name="emotion", kind="single", labels=("不满", "满意"))
    answers = {
        "polarity": Answer(polarity, np.array([0.97 - good, 0.03, good], dtype=np.float32)),
        "emotion": Answer(emotion, np.array([1 - pleased, pleased], dtype=np.float32)),
    }
    ticket = Ticket(Document.of("环卫大姐下雨天把校门口的积水一瓢一瓢舀干净"), NOON)
    reading = read_sentiment(ticket, Prediction(answers, (), truncated=False), turn_predictions={})
    assert (reading.label, reading.decision) == ("负", decision)
