"""Signals: model and city rules → urgency, risks and transfer, each with the words that it rests on.

What the caller feels is read in service.sentiment; nothing here looks at it. A rule may raise, never lower. Words that
nothing places in time (he holds a knife) are an emergency where the model takes the whole for one, else to be verified,
and no more than worth a look where the model is sure that nothing is urgent. Words that mostly are of now (the roof
burns) are an emergency unless the model is sure of that: then they are to be verified. Of a few words it never is.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from models.prediction import Answer, Choice, Prediction
from service.alarm import (
    AlarmRules,
    EmergencyRule,
    Hit,
    Line,
    RiskRule,
    find_alarms,
    list_said,
    open_default_rules,
)
from service.denials import is_denied
from service.form.field import Place, Source
from service.ticket import Ticket

# A head of several labels answers with calibrated shares: likelier than not is shown.
_RISK_FROM: Final = 0.5
_MAX_SHOWN: Final = 24
_URGENT: Final = "2"
# So sure the model has to be that the whole is about nothing urgent, before words that nothing places in time wait.
_CALM: Final = "0"
_CALM_FROM: Final = 0.7
_ENOUGH_SAID: Final = 20  # characters of the caller; of 我家着火了 alone a model makes what it likes
# From here on the model alone is reason enough to ask, where no rule speaks.
_VERIFY_FROM: Final = 0.5

_VERIFY: Final = "，疑似紧急，立即核实"
_REMARKS: Final = MappingProxyType(
    {"now": "", "assumed": "", "told": "，文中所述", "unplaced": _VERIFY, "unclear": "，未必是眼前的事"}
)
_MIXED_UP: Final = "坐席与来电人的话可能标反了：紧急的话在坐席名下"
# How far an emergency's words stand for the risk that the rule names.
_EMERGENCY_RISK: Final = MappingProxyType({"now": 0.8, "assumed": 0.8, "told": 0.7, "unplaced": 0.5, "unclear": 0.5})


@dataclass(frozen=True, slots=True)
class Risk:
    """A risk, how sure we are, why, and the place of the words (None: the model, or words of the title)."""

    name: str
    score: float
    reason: str
    source: Source
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """The emergency line that the call belongs to, and why."""

    to: Line
    reason: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Signals:
    """Urgency 0–2 with reasons, risks best first, and the transfer if there is one.

    `verify` is why to ask at once whether it is an emergency, where no line is sure and it may be one.
    """

    urgency: int
    reasons: tuple[str, ...]
    risks: tuple[Risk, ...]
    transfer: Transfer | None
    verify: str | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """A rule that spoke, and its words."""

    rule: EmergencyRule | RiskRule
    hit: Hit

    @property
    def reason(self) -> str:
        """Rule and words, as a call-taker reads them."""
        remark = _REMARKS[self.hit.verdict]
        return f"规则 {self.rule.id}（{self.rule.name}）：「{self.hit.raw[:_MAX_SHOWN]}」{remark}"

    @property
    def urgency(self) -> int:
        """What the rule raises to; an emergency that may be past or feared is still worth a look."""
        return 1 if self.hit.verdict in ("unplaced", "unclear") else self.rule.urgency


def read_signals(ticket: Ticket, prediction: Prediction, *, rules: AlarmRules | None = None) -> Signals:
    """The higher urgency of model and rules; a risk that both see keeps the better score. Works without any head."""
    rules = rules or open_default_rules()
    alarms = find_alarms(ticket, rules)
    answer = prediction.answers.get("urgency")
    urgent = answer is not None and answer.best.label == _URGENT
    calm = _is_calm(answer, ticket)
    emergencies = [_decide(_Found(rule, hit), urgent=urgent, calm=calm) for rule, hit in alarms.emergencies]
    denied = {name for name in _name_risks(prediction, alarms.risks) if is_denied(name, list_said(ticket), rules)}
    risks = [_Found(rule, hit) for rule, hit in alarms.risks if rule.name not in denied]
    transfer = _choose_transfer(emergencies)
    urgency, reasons = 0, []
    if answer:
        urgency = int(answer.best.label)
        doubt = _VERIFY if urgent and answer.best.score >= _VERIFY_FROM and not alarms.spoke else ""
        reasons.append(f"模型：紧急程度 {urgency}（{answer.best.score:.2f}）{doubt}")
    for found in sorted((*emergencies, *risks), key=lambda found: -found.urgency):
        if found.urgency:
            urgency = max(urgency, found.urgency)
            reasons.append(found.reason)
    verify = None if transfer else next((reason for reason in reasons if reason.endswith(_VERIFY)), None)
    if alarms.mixed_up:
        reasons.append(_MIXED_UP)
    merged = _merge_risks(prediction, emergencies, risks, denied=denied)
    return Signals(urgency, tuple(reasons), merged, transfer, verify)


def _is_calm(answer: Answer | None, ticket: Ticket) -> bool:
    """Whether the model has heard enough, and is sure that nothing of it is urgent."""
    if answer is None or answer.best.label != _CALM or answer.best.score < _CALM_FROM:
        return False
    return sum(len(text) for text, _ in list_said(ticket)) >= _ENOUGH_SAID


def _decide(found: _Found, *, urgent: bool, calm: bool) -> _Found:
    """What the words leave open, the model's view of the whole decides; what is never urgent is not verified."""
    rule, verdict = found.rule, found.hit.verdict
    if verdict == "assumed":
        waits = calm and isinstance(rule, EmergencyRule) and rule.transfer and not rule.firm
        verdict = "unplaced" if waits else "now"
    elif verdict == "unplaced" and urgent:
        verdict = "now"
    elif verdict == "unplaced" and (calm or rule.urgency == 1):
        verdict = "unclear"
    return replace(found, hit=replace(found.hit, verdict=verdict))


def _list_likely(prediction: Prediction) -> list[Choice]:
    answer = prediction.answers.get("risks")
    return answer.above(_RISK_FROM) if answer else []


def _name_risks(prediction: Prediction, risks: Iterable[tuple[RiskRule, Hit]]) -> Iterator[str]:
    """What model and rules see, before anybody has asked whether the caller denies it."""
    yield from (choice.label for choice in _list_likely(prediction))
    yield from (rule.name for rule, _ in risks)


def _merge_risks(
    prediction: Prediction, emergencies: list[_Found], risks: list[_Found], *, denied: Container[str]
) -> tuple[Risk, ...]:
    seen = [
        Risk(choice.label, choice.score, f"模型（{choice.score:.2f}）", "model")
        for choice in _list_likely(prediction)
        if choice.label not in denied
    ]
    for found in (*risks, *emergencies):
        if isinstance(found.rule, RiskRule):
            seen.append(Risk(found.rule.name, found.rule.score, found.reason, "rule", found.hit.place))
        elif found.rule.risk:
            score = _EMERGENCY_RISK[found.hit.verdict]
            seen.append(Risk(found.rule.risk, score, found.reason, "rule", found.hit.place))
    best: dict[str, Risk] = {}
    for risk in sorted(seen, key=lambda risk: -risk.score):
        best.setdefault(risk.name, risk)
    return tuple(best.values())


def _choose_transfer(emergencies: list[_Found]) -> Transfer | None:
    for found in emergencies:
        rule = found.rule
        if isinstance(rule, EmergencyRule) and rule.transfer and rule.urgency == 2 and found.hit.verdict == "now":
            return Transfer(rule.transfer, found.reason, found.hit.place)
    return None
