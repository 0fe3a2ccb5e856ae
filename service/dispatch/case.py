"""Case: all that is known of one ticket's dispatch → the choice of a lead, its assists, and the ranking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from models.prediction import Answer, Decision, Prediction
from service.dispatch.order import Assist, Ground, Lead, Reason, UnitScore
from service.dispatch.priors import Precedent
from service.dispatch.profile import Profile
from service.dispatch.rules import Match, Sign
from service.dispatch.territory import Host, Locality, is_same_place
from service.form.field import Source

FUNCTION_HEAD: Final = "departments"
HOST_HEAD: Final = "territorial"

HOSTED_FROM: Final = 0.5
# A precedent leads only where it is likelier right than wrong.
_PRECEDENT_LEADS_FROM: Final = 0.5
# From these shares on, a unit that does not lead is worth naming beside the one that does.
_TERRITORY_ASSISTS_FROM: Final = 0.3
_FUNCTION_ASSISTS_FROM: Final = 0.25
# Units that the model holds this unlikely are named only to fill up the list.
_NEGLIGIBLE: Final = 0.004
_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Choice:
    """The lead, how much speaks for it, why, and whether it may go out unseen."""

    lead: Lead | None
    share: float
    reason: Reason
    decision: Decision
    ground: Ground


@dataclass(frozen=True)
class Case:
    """One ticket before the profile. `share` is how far the territory hosts it, 0–1; `matches` those of the rules.

    `contrasted`: the caller says what the matter is not, too. `accused`: the words by which the host itself is
    complained of; `superior` stands above it then.
    """

    profile: Profile
    prediction: Prediction
    place: Locality
    host: Host | None
    share: float
    matches: tuple[Match, ...]
    precedent: Precedent | None
    today: date
    contrasted: bool = False
    accused: Sign | None = None
    superior: Lead | None = None

    @property
    def hosted(self) -> bool:
        """Whether the territory should host, known or not."""
        return self.share >= HOSTED_FROM

    @property
    def answer(self) -> Answer | None:
        """The model's view of the function, if it has one."""
        return self.prediction.answers.get(FUNCTION_HEAD)

    @cached_property
    def function(self) -> tuple[UnitScore, ...]:
        """The model alone, best first."""
        return list_function(self.prediction, self.profile)

    @cached_property
    def local(self) -> tuple[UnitScore, ...]:
        """The model's units as they are called here and today, best first."""
        scores: dict[str, float] = {}
        for scored in self.function:
            if unit := self.serve(scored.unit):
                scores[unit] = scores.get(unit, 0.0) + scored.score
        return self.sort(scores)

    @cached_property
    def lapses(self) -> tuple[str, ...]:
        """Units worth naming that the model answers with, and whose work nobody does today."""
        likely = (one for one in self.function if one.score >= _FUNCTION_ASSISTS_FROM)
        return tuple(one.unit for one in likely if self.find_unit(one.unit) is None)

    def sort(self, scores: Mapping[str, float]) -> tuple[UnitScore, ...]:
        """Units best first; the host goes by the name that it has at this place."""
        ordered = sorted(scores.items(), key=lambda item: -item[1])
        host, name_of = self.host, self.profile.name_of
        return tuple(
            UnitScore(unit, host.name if host and unit == host.unit else name_of(unit), score)
            for unit, score in ordered
        )

    def serve(self, unit: str) -> str | None:
        """Who does the unit's work at this place today, or stands in for it; None where there is no fallback either."""
        return self.find_unit(unit) or self.profile.stand_in(on=self.today)

    def find_unit(self, named: str) -> str | None:
        """Who does the unit's work at this place today: its successor, and of an enterprise the one of the area.

        None where nobody does.
        """
        unit = self.profile.resolve(named, on=self.today)
        for enterprise in self.profile.enterprises.get(unit or "", ()):
            for area in enterprise.areas:
                in_district = any(is_same_place(name, self.place.district) for name in area.districts)
                streets = area.subdistricts or ()
                if in_district and (not streets or any(is_same_place(s, self.place.subdistrict) for s in streets)):
                    return self.profile.resolve(area.unit, on=self.today)
        return unit

    def is_split(self, unit: str) -> bool:
        """Whether another enterprise than the unit itself does its work at this place."""
        return self.find_unit(unit) != self.profile.resolve(unit, on=self.today)

    def name(self, unit: str) -> Lead:
        """The unit with its name at this place."""
        if self.host and unit == self.host.unit:
            return Lead(unit, self.host.name)
        return Lead(unit, self.profile.name_of(unit))


def list_function(prediction: Prediction, profile: Profile) -> tuple[UnitScore, ...]:
    """The model alone, best first: ten units, and more as long as they are not negligible; empty without the head."""
    answer = prediction.answers.get(FUNCTION_HEAD)
    choices = answer.top(max(_SHOWN, len(answer.above(_NEGLIGIBLE)))) if answer else []
    return tuple(UnitScore(choice.label, profile.name_of(choice.label), choice.score) for choice in choices)


def choose_lead(case: Case) -> Choice:
    """Rule before territory before function before fallback; before the last three a precedent that is likelier."""
    for match in case.matches:
        if match.rule.then.lead:
            unit = case.find_unit(match.rule.then.lead)
            if unit is None:
                return _fall_back(case, f"{match.reason.text}；{_tell_lapse(case, match.rule.then.lead)}", match=match)
            lead = case.name(unit)
            # The lead stands first among the candidates, however little the model thinks of its category.
            return Choice(lead, max(match.strength, 0.5), match.reason, _decide_rule(case, match), "rule")
    choice = _choose_host(case) or _choose_function(case)
    precedent = case.precedent
    if precedent is None or precedent.share < max(choice.share, _PRECEDENT_LEADS_FROM):
        return choice
    # A unit that is no more, or not yet, is no precedent for today.
    first = case.find_unit(precedent.prior.units[0].unit)
    reason = Reason(precedent.reason, source="derived")
    return Choice(case.name(first), precedent.share, reason, "suggest", "prior") if first else choice


def _choose_host(case: Case) -> Choice | None:
    if not (case.hosted and case.host):
        return None
    if case.host.lapsed:
        return _fall_back(case, case.host.reason, source=case.host.source)
    lead = Lead(case.host.unit, case.host.name)
    text = f"{case.host.reason}，由属地主办（{case.share:.2f}）"
    reason = Reason(text, place=case.place.heard, source=case.host.source)
    return Choice(lead, case.share, reason, _decide_host(case), "territory")


def _choose_function(case: Case) -> Choice:
    answer = case.answer
    if answer and answer.decision != "abstain":
        named = answer.best.label
        if case.find_unit(named) is None:
            told = f"职能：模型判为{case.profile.name_of(named)}（{answer.best.score:.2f}）"
            return _fall_back(case, f"{told}；{_tell_lapse(case, named)}")
        best = case.local[0]
        lead = case.name(best.unit)
        text = f"职能：模型判为{lead.name}（{best.score:.2f}）"
        if case.hosted:
            text += "；应由属地主办，但地点不明，请追问区县和街道"
        return Choice(lead, best.score, Reason(text, source="model"), _decide_function(case, answer), "function")
    doubt = f"模型把握不足（最高 {answer.best.score:.2f}）" if answer else "模型没有职能判断"
    return _fall_back(case, doubt)


def _fall_back(case: Case, doubt: str, *, match: Match | None = None, source: Source = "model") -> Choice:
    """The fallback, and why it has to decide; `match` is the rule whose unit is not at work."""
    unit = case.profile.stand_in(on=case.today)
    told = doubt + ("，由兜底单位裁定" if unit else "，且未设兜底单位")
    reason = Reason(told, match.rule.id, match.place) if match else Reason(told, source=source)
    return Choice(case.name(unit) if unit else None, 0.0, reason, "abstain", "fallback")


def _tell_lapse(case: Case, unit: str) -> str:
    return case.profile.tell_lapse(unit, on=case.today)


def _decide_rule(case: Case, match: Match) -> Decision:
    """As the rule says, but for one that speaks of a place which nobody named."""
    placed = match.rule.when.districts or match.rule.when.subdistricts
    return "suggest" if placed and case.place.lent else match.rule.then.decision


def _decide_host(case: Case) -> Decision:
    ruled = next((match for match in case.matches if match.rule.then.host), None)
    head = case.prediction.answers.get(HOST_HEAD)
    sure = ruled.rule.then.decision == "auto" if ruled else head is not None and head.decision == "auto"
    return "auto" if sure and case.place.settled else "suggest"


def _decide_function(case: Case, answer: Answer) -> Decision:
    head = case.prediction.answers.get(HOST_HEAD)
    ruled = any(match.rule.then.host is False for match in case.matches)
    alone = ruled or head is None or (not case.hosted and head.decision == "auto")
    # The enterprise of an area that nobody named may be the wrong one.
    alone = alone and not (case.place.lent and case.is_split(answer.best.label))
    return "auto" if answer.decision == "auto" and alone and not case.contrasted else "suggest"


def accuses_lead(case: Case, choice: Choice) -> bool:
    """Whether the order would go to the very unit that the caller complains of."""
    return bool(case.accused and case.host and choice.lead and choice.lead.unit == case.host.unit)


def list_assists(case: Case, choice: Choice) -> tuple[Assist, ...]:
    """Who helps: those the rules name, the function beside a hosting territory, the territory beside a function."""
    found: list[Assist] = []
    if case.superior and accuses_lead(case, choice):
        found.append(Assist(case.superior.unit, case.superior.name, "被反映方即主办单位，由上级督办"))
    for match in case.matches:
        for help_ in match.rule.then.assist:
            if helper := case.find_unit(help_.unit):
                unit = case.name(helper)
                found.append(Assist(unit.unit, unit.name, f"{help_.reason}；{match.reason.text}"))
    if case.host and not case.host.lapsed and case.share >= _TERRITORY_ASSISTS_FROM:
        found.append(Assist(case.host.unit, case.host.name, f"{case.host.reason}，属地配合（{case.share:.2f}）"))
    for scored in case.local:
        stands_in = bool(case.lapses) and scored.unit == case.profile.stand_in(on=case.today)
        if scored.score >= _FUNCTION_ASSISTS_FROM and not stands_in:
            unit = case.name(scored.unit)
            found.append(Assist(unit.unit, unit.name, f"职能相关：模型（{scored.score:.2f}）"))
    once: dict[str, Assist] = {}
    for assist in found:
        if not choice.lead or assist.unit != choice.lead.unit:
            once.setdefault(assist.unit, assist)
    return tuple(once.values())


def rank_units(case: Case, choice: Choice) -> tuple[UnitScore, ...]:
    """Candidates: a rule's lead takes its share, then the territory its own of what is left; the function has the rest.

    A function may lead and stand second: the territory at 0.45, which does not host, outweighs each of many functions.
    Where there is a precedent, it and the model's view of territory and function count half each.
    """
    shares: dict[str, float] = {}
    scores: dict[str, float] = {}
    rest = 1.0
    if choice.lead and choice.ground == "rule":
        shares[choice.lead.unit] = choice.share
    elif case.precedent:
        rest = 0.5
        for unit, share in _list_precedents(case, case.precedent):
            scores[unit] = scores.get(unit, 0.0) + 0.5 * share
    if case.host:
        shares.setdefault(case.host.unit, case.share)
    for unit, share in shares.items():
        scores[unit] = scores.get(unit, 0.0) + rest * share
        rest *= 1 - share
    for scored in case.local:
        scores[scored.unit] = scores.get(scored.unit, 0.0) + rest * scored.score
    return case.sort({unit: score for unit, score in scores.items() if score > 0})


def _list_precedents(case: Case, precedent: Precedent) -> list[tuple[str, float]]:
    served = [(case.serve(one.unit), one.share * precedent.strength) for one in precedent.prior.units]
    return [(unit, share) for unit, share in served if unit]
