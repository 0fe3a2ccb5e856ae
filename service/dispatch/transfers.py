"""Transfers: the caller's words and the profile's rules → the emergency lines that should take over.

A rule of the profile can add a line; it can neither silence nor replace the one that the words call for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from service.dispatch.order import Reason
from service.dispatch.rules import Match
from service.form.field import Place
from service.signals import Signals, Transfer


def list_transfers(signals: Signals, matches: Iterable[Match]) -> tuple[Transfer, ...]:
    """Each line once, with what calls for it; the signal's first."""
    found = {signals.transfer.to: signals.transfer} if signals.transfer else {}
    for match in matches:
        if line := match.rule.then.transfer:
            found.setdefault(line, Transfer(line, match.reason.text, match.place))
    return tuple(found.values())


def tell_urgency(signals: Signals, transfers: Iterable[Transfer], *, rules: Collection[str]) -> Iterator[Reason]:
    """Lines with what calls for them, then what else makes it urgent; `rules` are the ids that signals may name."""
    lines = {transfer.reason: transfer for transfer in transfers}
    places: dict[str, Place | None] = {risk.reason: risk.place for risk in signals.risks}
    for text, transfer in lines.items():
        if transfer is signals.transfer:
            yield Reason(f"转 {transfer.to}：{text}", _name_rule(text, rules), transfer.place)
    for text in signals.reasons:
        if text not in lines:
            rule = _name_rule(text, rules)
            yield Reason(text, rule, places.get(text), "rule" if rule else "model")


def tell_lines(matches: Iterable[Match]) -> Iterator[Reason]:
    """Lines that rules of the profile name."""
    for match in matches:
        if line := match.rule.then.transfer:
            yield Reason(f"转 {line}：{match.reason.text}", match.rule.id, match.place)


def _name_rule(text: str, rules: Collection[str]) -> str | None:
    # Signals tell a rule by its id first; the model's own view names none.
    return next((rule for rule in rules if text.startswith(f"规则 {rule}（")), None)
