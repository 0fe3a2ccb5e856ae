"""Sentiment: prediction → how the caller feels, over the whole ticket and turn by turn; beside it urgency and risks.

The two are read apart: an angry caller is not urgent for being angry, nor a calm one safe for being calm.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from models.prediction import Answer, Decision, Prediction
from service.signals import Risk, Signals, Transfer, read_signals
from service.ticket import TOO_FEW, Ticket, says

POLARITY: Final = "polarity"
_GOOD: Final = "正"
_BAD: Final = "负"
# What most callers feel is what a model says of a few words, and of thanks for what was done (打错了; 感谢，灯修好了).
_FEW: Final = 12  # letters
# Thanks without a word of thanks a model rarely takes for it, since one message in 150 is thanks. But its shares tell:
# from these on polarity is shown, never taken unseen (3 % of messages).
_GOOD_FROM: Final = 0.02
_PLEASED: Final = "满意"
_PLEASED_FROM: Final = 0.05
_THANKS: Final = re.compile(r"^.{0,8}?(?:感谢|谢谢|多谢|表扬|点个?赞|夸)")


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What the caller felt in one turn; `score` runs from −1 to 1."""

    turn: int
    score: float
    label: str


@dataclass(frozen=True, slots=True)
class Sentiment:
    """`score` −1…1 and `label` 负 中 正; `emotion` with the probability of each; `intensity` 0–3.

    What the bundle has no head for, or the caller says too little to tell, is None, or 0.0 for the score. `decision` is
    about the label: `auto` may stand unseen, `suggest` wants a look, `abstain` is no answer. Urgency 0–2, risks,
    transfer, and what to verify at once stand beside it.
    """

    score: float
    label: str | None
    emotion: str | None
    probabilities: Mapping[str, float]
    intensity: int | None
    curve: tuple[CurvePoint, ...]
    urgency: int
    urgency_reasons: tuple[str, ...]
    risks: tuple[Risk, ...]
    transfer: Transfer | None
    decision: Decision = "abstain"
    verify: str | None = None


def read_sentiment(
    ticket: Ticket,
    prediction: Prediction,
    *,
    turn_predictions: Mapping[int, Prediction],
    signals: Signals | None = None,
) -> Sentiment:
    """The reading of the ticket. `turn_predictions` are those of single turns, by segment; the agent's are left out.

    `signals` saves reading them again where they are known.
    """
    answers = prediction.answers if says(ticket, letters=TOO_FEW) else {}
    polarity, emotion, intensity = (answers.get(head) for head in (POLARITY, "emotion", "intensity"))
    signals = signals or read_signals(ticket, prediction)
    return Sentiment(
        score=_balance(polarity) if polarity else 0.0,
        label=polarity.best.label if polarity else None,
        emotion=emotion.best.label if emotion else None,
        probabilities=_list_probabilities(emotion) if emotion else {},
        intensity=int(intensity.best.label) if intensity else None,
        curve=draw_curve(ticket, turn_predictions),
        urgency=signals.urgency,
        urgency_reasons=signals.reasons,
        risks=signals.risks,
        transfer=signals.transfer,
        decision=_decide(ticket, prediction, polarity),
        verify=signals.verify,
    )


def _decide(ticket: Ticket, prediction: Prediction, polarity: Answer | None) -> Decision:
    if polarity is None:
        return "abstain"
    document = ticket.document
    first = document.title or next((one.text for one in document.segments if one.role == "citizen"), "")
    thanked = polarity.best.label == _BAD and _THANKS.search(first)
    pleased = polarity.best.label != _GOOD and _may_be_pleased(prediction)
    doubted = prediction.truncated or thanked or pleased or not says(ticket, letters=_FEW)
    return "suggest" if polarity.decision == "auto" and doubted else polarity.decision


def _may_be_pleased(prediction: Prediction) -> bool:
    told = ((POLARITY, _GOOD, _GOOD_FROM), ("emotion", _PLEASED, _PLEASED_FROM))
    answers = ((prediction.answers.get(head), label, least) for head, label, least in told)
    return any(_list_probabilities(answer).get(label, 0.0) >= least for answer, label, least in answers if answer)


def draw_curve(ticket: Ticket, turn_predictions: Mapping[int, Prediction]) -> tuple[CurvePoint, ...]:
    """One point per caller turn that has a prediction, in the order of the call."""
    points = []
    for turn, segment in enumerate(ticket.document.segments):
        prediction = turn_predictions.get(turn)
        polarity = prediction.answers.get(POLARITY) if prediction else None
        if polarity and segment.role == "citizen":
            points.append(CurvePoint(turn, _balance(polarity), polarity.best.label))
    return tuple(points)


def _balance(polarity: Answer) -> float:
    """P(正) − P(负); a label that the head does not know weighs nothing."""
    shares = _list_probabilities(polarity)
    return shares.get(_GOOD, 0.0) - shares.get(_BAD, 0.0)


def _list_probabilities(answer: Answer) -> dict[str, float]:
    return {label: float(score) for label, score in zip(answer.task.labels, answer.scores, strict=True)}
