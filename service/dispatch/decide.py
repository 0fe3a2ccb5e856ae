"""Decide: model's function × territory × the city's rules → an order that can be defended."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from models.bundle import Bundle
from models.errors import BundleError
from models.prediction import Prediction
from models.taxonomy import Taxonomy
from service.alarm import AlarmRules, open_default_rules
from service.city import DEFAULT_CITY
from service.dispatch.accused import find_accused, find_superior
from service.dispatch.case import (
    FUNCTION_HEAD,
    HOST_HEAD,
    HOSTED_FROM,
    Case,
    Choice,
    accuses_lead,
    choose_lead,
    list_assists,
    rank_units,
)
from service.dispatch.departments import check_departments
from service.dispatch.divisions import Divisions, PlaceNames
from service.dispatch.order import Candidate, Dispatch, Issue, ReturnRisk, Territory
from service.dispatch.priors import find_precedent
from service.dispatch.profile import Profile
from service.dispatch.reasons import list_reasons
from service.dispatch.returns import RETURNS, Returns
from service.dispatch.rules import Facts, Match, gather_facts, match_rules
from service.dispatch.territory import find_host, locate
from service.dispatch.transfers import list_transfers
from service.form.field import MISSING, Field, Form
from service.signals import Signals, read_signals
from service.ticket import CHINA, TOO_FEW, Ticket, says

__all__ = ["Dispatch", "Dispatcher"]

DEPARTMENTS: Final = "departments.json"
PROFILE: Final = "profile.toml"
SIGNALS: Final = "signals.toml"

_NO_RETURNS: Final = f"无退单历史：城市档案中没有 {RETURNS}"


class Dispatcher:
    """A city's profile and a bundle's units, ready to decide. Safe to use from several threads at once."""

    def __init__(
        self,
        profile: Profile,
        *,
        taxonomy: Taxonomy,
        alarms: AlarmRules,
        returns: Returns | None = None,
        divisions: Divisions | None = None,
    ) -> None:
        self.profile = profile
        self.alarms = alarms
        self._divisions = divisions or Divisions()
        self._returns = returns
        self._taxonomy = taxonomy

    @classmethod
    def open(cls, bundle: Bundle, *, profile_file: Path | None = None) -> Dispatcher:
        """The bundle's `profile.toml`, `signals.toml` and `returns.toml`; of the first two those of any city where it
        has none. `profile_file` stands for the bundle's, as if it were in it.

        Errors: CityFileError; BundleError if the model answers with a unit that nobody defines.
        """
        own = profile_file is not None or bundle.holds(PROFILE)
        path = profile_file or (bundle.file(PROFILE) if own else DEFAULT_CITY / PROFILE)
        # The rules of any city speak of the standard's categories; a bundle with another tree just never meets them.
        taxonomy = bundle.taxonomy if own else None
        check_departments(bundle.file(DEPARTMENTS))
        kinds = {kind for task in bundle.manifest.tasks if task.kind == "spans" for kind in task.labels}
        profile = Profile.open(
            path,
            departments=bundle.departments,
            taxonomy=taxonomy,
            kinds=kinds,
            places=lambda: PlaceNames.open(bundle),
        )
        if bundle.manifest.has(FUNCTION_HEAD):
            _check_labels(bundle.manifest.task(FUNCTION_HEAD).labels, profile)
        alarms = AlarmRules.open(bundle.file(SIGNALS)) if bundle.holds(SIGNALS) else open_default_rules()
        returns = Returns.open(bundle.file(RETURNS), profile=profile) if bundle.holds(RETURNS) else None
        divisions = Divisions.open(bundle, codes={row.code for row in profile.table.territory if row.code})
        return cls(profile, taxonomy=bundle.taxonomy, alarms=alarms, returns=returns, divisions=divisions)

    def decide(self, ticket: Ticket, prediction: Prediction, form: Form, *, signals: Signals | None = None) -> Dispatch:
        """The order for one ticket. `signals` saves reading them again where they are known."""
        signals = signals or read_signals(ticket, prediction, rules=self.alarms)
        facts = self._gather(ticket, prediction, form, signals)
        case = self._open_case(ticket, prediction, facts, form.fields.get("target_entity", MISSING))
        choice = choose_lead(case)
        transfers = list_transfers(signals, case.matches)
        urgent = signals.urgency == 2 or bool(transfers)
        doubted = prediction.truncated or accuses_lead(case, choice) or not says(ticket, letters=TOO_FEW)
        held = choice.decision == "auto" and (urgent or doubted)
        return Dispatch(
            territory=_describe_territory(case),
            lead=choice.lead,
            assist=list_assists(case, choice),
            function=case.function,
            candidates=self._rate_candidates(case, choice, facts),
            grounds=list_reasons(
                case, choice, signals=signals, transfers=transfers, urgent=urgent, rules=self.alarms.finders
            ),
            decision="suggest" if held else choice.decision,
            ground=choice.ground,
            return_risk=self._rate_return(choice, facts),
            issues=(self._name_issue(choice, facts),),
            rules=_list_rules(case, choice),
            transfers=transfers,
        )

    def _gather(self, ticket: Ticket, prediction: Prediction, form: Form, signals: Signals) -> Facts:
        function = prediction.answers.get(FUNCTION_HEAD)
        return gather_facts(
            ticket,
            prediction,
            taxonomy=self._taxonomy,
            place=locate(ticket, form, self._divisions),
            signals=signals,
            function=function.best.label if function else None,
            hosted=_read_share(prediction) >= HOSTED_FROM,
        )

    def _name_issue(self, choice: Choice, facts: Facts) -> Issue:
        if not facts.leaves:
            return Issue(None, (), 0.0, choice.lead)
        best = facts.leaves[0]
        known = self._taxonomy.by_code.get(best.code)
        return Issue(best.code, known.path if known else (), best.score, choice.lead)

    def _rate_return(self, choice: Choice, facts: Facts) -> ReturnRisk:
        if self._returns is None:
            return ReturnRisk(None, _NO_RETURNS)
        if choice.lead is None:
            return ReturnRisk(None, "尚无主办单位")
        return self._returns.rate(choice.lead.unit, name=choice.lead.name, facts=facts)

    def _rate_candidates(self, case: Case, choice: Choice, facts: Facts) -> tuple[Candidate, ...]:
        ranked = rank_units(case, choice)
        rates = [
            self._returns.rate(one.unit, name=one.name, facts=facts).score if self._returns else None for one in ranked
        ]
        return tuple(Candidate(one.unit, one.name, one.score, rate) for one, rate in zip(ranked, rates, strict=True))

    def _open_case(self, ticket: Ticket, prediction: Prediction, facts: Facts, target: Field) -> Case:
        matches = tuple(match_rules(self.profile, facts))
        ruled = _find_host_rule(matches)
        today = ticket.received_at.astimezone(CHINA).date()
        host = find_host(facts.place, self.profile, on=today)
        accused = None
        if host:
            words = self.alarms.accusation
            accused = find_accused(host, facts.place, self.profile, target=target, said=facts.said, words=words)
        return Case(
            profile=self.profile,
            prediction=prediction,
            place=facts.place,
            host=host,
            share=_read_share(prediction) if ruled is None else float(ruled.rule.then.host is True),
            matches=matches,
            precedent=find_precedent(self.profile, facts),
            today=today,
            contrasted=self.alarms.contrast.is_in(ticket.document),
            accused=accused,
            superior=find_superior(host, facts.place, self.profile, on=today) if host and accused else None,
        )


def _check_labels(labels: tuple[str, ...], profile: Profile) -> None:
    for label in labels:
        if label not in profile.units:
            raise BundleError(
                f"head '{FUNCTION_HEAD}' answers '{label}', which neither departments.json nor {PROFILE} defines; "
                "add it to [[units]]"
            )


def _read_share(prediction: Prediction) -> float:
    """P(yes) of the head; 0 where there is none, so that the function leads."""
    answer = prediction.answers.get(HOST_HEAD)
    return answer.of("yes") if answer else 0.0


def _list_rules(case: Case, choice: Choice) -> tuple[str, ...]:
    leading = next((match for match in case.matches if match.rule.then.lead and choice.ground == "rule"), None)
    return tuple(match.rule.id for match in sorted(case.matches, key=lambda match: match is not leading))


def _find_host_rule(matches: tuple[Match, ...]) -> Match | None:
    return next((match for match in matches if match.rule.then.host is not None), None)


def _describe_territory(case: Case) -> Territory:
    known = case.prediction.answers.get(HOST_HEAD) or _find_host_rule(case.matches)
    confidence = max(case.share, 1 - case.share) if known else 0.0
    return Territory(case.place.district, case.place.subdistrict, case.hosted, confidence)
