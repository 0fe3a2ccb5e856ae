"""Reasons: a case and the choice made of it → all that is told for the order, with rules and places of the words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from service.dispatch.case import Case, Choice, accuses_lead
from service.dispatch.order import Reason
from service.dispatch.transfers import tell_lines, tell_urgency
from service.signals import Signals, Transfer


def list_reasons(
    case: Case,
    choice: Choice,
    *,
    signals: Signals,
    transfers: Collection[Transfer],
    urgent: bool,
    rules: Collection[str],
) -> tuple[Reason, ...]:
    """Why this lead, what the rules add, what the model thinks, and why a person should look; each text once.

    `rules` are the ids that the signals may name.
    """
    told = [choice.reason, *(match.reason for match in case.matches), *_tell_precedent(case, choice)]
    told += [*_tell_function(case), *_tell_lapses(case, choice)]
    told += _tell_place(case)
    if case.contrasted and choice.ground == "function":
        told.append(Reason("来电人先说不是什么、再说是什么，模型可能取了前者，须人工核对", source="derived"))
    if case.accused and accuses_lead(case, choice):
        text = f"被反映方即主办单位（「{case.accused.text}」），不自动派发，须人工核对"
        told.append(Reason(text, place=case.accused.place))
    if urgent:
        told += [*tell_urgency(signals, transfers, rules=rules), *tell_lines(case.matches)]
        told.append(Reason("紧急事项：先电话后派单，不自动派发", source="derived"))
    if case.prediction.truncated:
        told.append(Reason("文本过长，未读完，不自动派发", source="derived"))
    return _once(told)


def _tell_place(case: Case) -> Iterator[Reason]:
    """What is unsure about the place."""
    place = case.place
    if case.host and place.lent:
        yield Reason("区县、街道只据来电区域，来电人未说，须人工核对", place=place.heard, source="given")
    elif case.host and not place.settled:
        text = f"地点有歧义或未经确认（{place.confidence:.2f}），须人工核对"
        yield Reason(text, place=place.heard, source="derived")
    if place.stray and not (case.host and place.lent):
        yield Reason("来电区域不是地名库中的地名或代码，未采用", source="given")


def _tell_precedent(case: Case, choice: Choice) -> Iterator[Reason]:
    if case.precedent and choice.ground != "prior":
        unit = case.serve(case.precedent.prior.units[0].unit)
        name = case.name(unit).name if unit else "无单位承接"
        yield Reason(f"{case.precedent.reason}（{name}）", source="derived")


def _tell_function(case: Case) -> Iterator[Reason]:
    if not case.answer:
        return
    best, profile = case.answer.best, case.profile
    name = profile.name_of(best.label)
    yield Reason(f"职能分布：模型首选 {best.label} {name}（{best.score:.2f}）", source="model")
    now = case.find_unit(best.label)
    if now and now != best.label:
        yield Reason(f"{name}的事项在此时此地由{profile.name_of(now)}承接")


def _tell_lapses(case: Case, choice: Choice) -> Iterator[Reason]:
    """Units that were meant and are not at work on that day, unless the choice has told it."""
    assists = [help_.unit for match in case.matches for help_ in match.rule.then.assist]
    lapsed = dict.fromkeys(unit for unit in (*case.lapses, *assists) if case.find_unit(unit) is None)
    told = [case.profile.tell_lapse(unit, on=case.today) for unit in lapsed]
    yield from (Reason(text) for text in told if text not in choice.reason.text)


def _once(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    first: dict[str, Reason] = {}
    for reason in reasons:
        first.setdefault(reason.text, reason)
    return tuple(first.values())
