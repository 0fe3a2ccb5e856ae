"""Decide: model's function × territory × the city's rules → an order that can be defended."""

from __future__ import annotations

from typing import Final

from models.bundle import Bundle
from models.errors import BundleError
from models.prediction import Prediction
from models.taxonomy import Taxonomy
from service.alarm import AlarmRules, Line, open_default_rules
from service.city import DEFAULT_CITY
from service.dispatch.case import (
    FUNCTION_HEAD,
    HOST_HEAD,
    HOSTED_FROM,
    Case,
    choose_lead,
    list_assists,
    list_function,
    list_reasons,
    rank_units,
)
from service.dispatch.order import Dispatch, Territory
from service.dispatch.profile import Profile
from service.dispatch.rules import Match, gather_facts, match_rules
from service.dispatch.territory import find_host, locate
from service.form.field import Form
from service.signals import Signals, read_signals
from service.ticket import CHINA, Ticket

__all__ = ["Dispatch", "Dispatcher"]

PROFILE: Final = "profile.toml"
SIGNALS: Final = "signals.toml"


class Dispatcher:
    """A city's profile and a bundle's units, ready to decide. Safe to use from several threads at once."""

    def __init__(self, profile: Profile, *, taxonomy: Taxonomy, alarms: AlarmRules) -> None:
        self.profile = profile
        self.alarms = alarms
        self._taxonomy = taxonomy

    @classmethod
    def open(cls, bundle: Bundle) -> Dispatcher:
        """The bundle's `profile.toml` and `signals.toml`, or those of any city where it has none.

        Errors: CityFileError; BundleError if the model answers with a unit that nobody defines.
        """
        own = bundle.holds(PROFILE)
        path = bundle.file(PROFILE) if own else DEFAULT_CITY / PROFILE
        # The rules of any city speak of the standard's categories; a bundle with another tree just never meets them.
        taxonomy = bundle.taxonomy if own else None
        profile = Profile.open(path, departments=bundle.departments, taxonomy=taxonomy)
        if bundle.manifest.has(FUNCTION_HEAD):
            _check_labels(bundle.manifest.task(FUNCTION_HEAD).labels, profile)
        alarms = AlarmRules.open(bundle.file(SIGNALS)) if bundle.holds(SIGNALS) else open_default_rules()
        return cls(profile, taxonomy=bundle.taxonomy, alarms=alarms)

    def decide(self, ticket: Ticket, prediction: Prediction, form: Form, *, signals: Signals | None = None) -> Dispatch:
        """The order for one ticket. `signals` saves reading them again where they are known."""
        signals = signals or read_signals(ticket, prediction, rules=self.alarms)
        case = self._open_case(ticket, prediction, form, signals)
        choice = choose_lead(case)
        urgent = signals.urgency == 2
        held = choice.decision == "auto" and (urgent or prediction.truncated)
        return Dispatch(
            territory=_describe_territory(case),
            lead=choice.lead,
            assist=list_assists(case, choice),
            function=list_function(prediction, self.profile),
            candidates=rank_units(case, choice),
            reasons=list_reasons(case, choice, urgent=urgent),
            decision="suggest" if held else choice.decision,
            transfer=_choose_transfer(case, signals),
        )

    def _open_case(self, ticket: Ticket, prediction: Prediction, form: Form, signals: Signals) -> Case:
        place = locate(ticket, form)
        share = _read_share(prediction)
        function = list_function(prediction, self.profile)
        facts = gather_facts(
            ticket,
            prediction,
            taxonomy=self._taxonomy,
            place=place,
            signals=signals,
            function=function[0].unit if function else None,
            hosted=share >= HOSTED_FROM,
        )
        matches = tuple(match_rules(self.profile, facts))
        ruled = _find_host_rule(matches)
        return Case(
            profile=self.profile,
            prediction=prediction,
            place=place,
            host=find_host(place, self.profile),
            share=share if ruled is None else float(ruled.rule.then.host is True),
            matches=matches,
            today=ticket.received_at.astimezone(CHINA).date(),
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


def _choose_transfer(case: Case, signals: Signals) -> Line | None:
    """The line that a rule of the profile names, else the one that the caller's words call for."""
    ruled = next((match.rule.then.transfer for match in case.matches if match.rule.then.transfer), None)
    return ruled or (signals.transfer.to if signals.transfer else None)


def _find_host_rule(matches: tuple[Match, ...]) -> Match | None:
    return next((match for match in matches if match.rule.then.host is not None), None)


def _describe_territory(case: Case) -> Territory:
    known = case.prediction.answers.get(HOST_HEAD) or _find_host_rule(case.matches)
    confidence = max(case.share, 1 - case.share) if known else 0.0
    return Territory(case.place.district, case.place.subdistrict, case.hosted, confidence)
