"""Signals: model and city rules → urgency, risks and transfer, each with the words that it rests on.

What the caller feels is read in service.sentiment; nothing here looks at it. A rule may raise, never lower.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from models.prediction import Prediction
from service.alarm import (
    AlarmRules,
    EmergencyRule,
    Hit,
    Line,
    RiskRule,
    find_alarms,
    open_default_rules,
)
from service.form.field import Place, Source
from service.ticket import Ticket

# A head of several labels answers with calibrated shares: likelier than not is shown.
_RISK_FROM: Final = 0.5
_MAX_SHOWN: Final = 24

_REMARKS: Final = MappingProxyType({"now": "", "told": "，文中所述", "unclear": "，未必是眼前的事"})
# How far an emergency's words stand for the risk that the rule names.
_EMERGENCY_RISK: Final = MappingProxyType({"now": 0.8, "told": 0.7, "unclear": 0.5})


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
    """Urgency 0–2 with reasons, risks best first, and the transfer if there is one."""

    urgency: int
    reasons: tuple[str, ...]
    risks: tuple[Risk, ...]
    transfer: Transfer | None


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
        return 1 if self.hit.verdict == "unclear" else self.rule.urgency


def read_signals(ticket: Ticket, prediction: Prediction, *, rules: AlarmRules | None = None) -> Signals:
    """The higher urgency of model and rules; a risk that both see keeps the better score. Works without any head."""
    rules = rules or open_default_rules()
    alarms = find_alarms(ticket, rules)
    emergencies = [_Found(rule, hit) for rule, hit in alarms.emergencies]
    risks = [_Found(rule, hit) for rule, hit in alarms.risks]
    urgency, reasons = 0, []
    if answer := prediction.answers.get("urgency"):
        urgency = int(answer.best.label)
        reasons.append(f"模型：紧急程度 {urgency}（{answer.best.score:.2f}）")
    for found in sorted((*emergencies, *risks), key=lambda found: -found.urgency):
        if found.urgency:
            urgency = max(urgency, found.urgency)
            reasons.append(found.reason)
    return Signals(urgency, tuple(reasons), _merge_risks(prediction, emergencies, risks), _choose_transfer(emergencies))


def _merge_risks(prediction: Prediction, emergencies: list[_Found], risks: list[_Found]) -> tuple[Risk, ...]:
    answer = prediction.answers.get("risks")
    seen = [
        Risk(choice.label, choice.score, f"模型（{choice.score:.2f}）", "model")
        for choice in (answer.above(_RISK_FROM) if answer else [])
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
