"""Rules: facts of a ticket × the profile's rules → who leads, assists and hosts, each with the rule that said so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from models.prediction import Prediction
from models.taxonomy import Taxonomy
from service.alarm import list_said
from service.dispatch.order import Reason
from service.dispatch.profile import Condition, Profile, Rule
from service.dispatch.territory import Locality, is_same_place
from service.form.field import Place
from service.signals import Signals
from service.ticket import CHINA, Ticket

# A category condition holds if the model's best leaf lies under it, or at least this share of its belief.
_SHARE: Final = 0.5
_NEGLIGIBLE: Final = 0.01


@dataclass(frozen=True, slots=True)
class Leaf:
    """A category that the model holds possible."""

    code: str
    path: str
    score: float

    def lies_under(self, starts: tuple[str, ...]) -> bool:
        """Whether code or path begins with one of these."""
        return self.code.startswith(starts) or self.path.startswith(starts)


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a rule may ask about. `leaves` best first; `function` is the model's first unit.

    `said` are title (segment None) and turns of the citizen; `spans` and `risks` know where each was first said.
    """

    leaves: tuple[Leaf, ...]
    function: str | None
    type: str | None
    place: Locality
    received_at: datetime
    said: tuple[tuple[str, int | None], ...]
    spans: Mapping[str, Place]
    risks: Mapping[str, Place | None]
    urgency: int
    hosted: bool

    def hear(self, words: Iterable[str]) -> Sign | None:
        """The first of the words that the citizen said, and where."""
        for word in words:
            for text, segment in self.said:
                if (at := text.find(word)) >= 0:
                    return Sign(f"「{word}」", None if segment is None else Place(segment, at, at + len(word)))
        return None


@dataclass(frozen=True, slots=True)
class Sign:
    """What a condition found: as it is told, and where it was said, if it was."""

    text: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that spoke: what it rests on, and how strongly the model agrees with its category (1 without one)."""

    rule: Rule
    grounds: tuple[Sign, ...]
    strength: float

    @property
    def reason(self) -> Reason:
        """Rule, its note and its grounds, as an administrator and a call-taker read them."""
        note = f"（{self.rule.note}）" if self.rule.note else ""
        return Reason(f"规则 {self.rule.id}{note}：{'，'.join(s.text for s in self.grounds)}", self.rule.id, self.place)

    @property
    def place(self) -> Place | None:
        """Where the first of its grounds was said that was said at all."""
        return next((sign.place for sign in self.grounds if sign.place), None)


def gather_facts(
    ticket: Ticket,
    prediction: Prediction,
    *,
    taxonomy: Taxonomy,
    place: Locality,
    signals: Signals,
    function: str | None,
    hosted: bool,
) -> Facts:
    """The facts of one ticket."""
    category = prediction.answers.get("category")
    kind = prediction.answers.get("type")
    leaves = []
    for choice in category.above(_NEGLIGIBLE) if category else []:
        known = taxonomy.by_code.get(choice.label)
        leaves.append(Leaf(choice.label, "/".join(known.path) if known else "", choice.score))
    return Facts(
        leaves=tuple(leaves),
        function=function,
        type=kind.best.label if kind else None,
        place=place,
        received_at=ticket.received_at.astimezone(CHINA),
        said=tuple(list_said(ticket)),
        spans={span.kind: Place(span.segment, span.start, span.end) for span in reversed(prediction.spans)},
        risks={risk.name: risk.place for risk in signals.risks},
        urgency=signals.urgency,
        hosted=hosted,
    )


def match_rules(profile: Profile, facts: Facts) -> list[Match]:
    """Rules that speak, those that count first at the front."""
    today = facts.received_at.date()
    found = []
    for rule in profile.rules:
        if (rule.valid_from and today < rule.valid_from) or (rule.valid_to and today > rule.valid_to):
            continue
        match = match_rule(rule, facts)
        if match:
            found.append(match)
    return found


def match_rule(rule: Rule, facts: Facts) -> Match | None:
    """The match, if every condition of the rule holds."""
    strength, grounds = 1.0, list[Sign]()
    when = rule.when
    if when.category:
        share = sum(leaf.score for leaf in facts.leaves if leaf.lies_under(when.category))
        if not facts.leaves or (share < _SHARE and not facts.leaves[0].lies_under(when.category)):
            return None
        strength = min(1.0, share)
        best = next(leaf for leaf in facts.leaves if leaf.lies_under(when.category))
        grounds.append(Sign(f"分类 {best.path or best.code}（{share:.2f}）"))
    for ground in (_match_words(when, facts), _match_place(when, facts), _match_state(when, facts)):
        if ground is None:
            return None
        grounds += ground
    return Match(rule, tuple(grounds), strength)


def _match_words(when: Condition, facts: Facts) -> list[Sign] | None:
    grounds = []
    for words in filter(None, (when.words, when.also)):
        heard = facts.hear(words)
        if heard is None:
            return None
        grounds.append(heard)
    if facts.hear(when.without or ()):
        return None
    if when.spans:
        kinds = sorted(facts.spans.keys() & set(when.spans))
        if not kinds:
            return None
        grounds.append(Sign("含" + "、".join(kinds), facts.spans[kinds[0]]))
    return grounds


def _match_place(when: Condition, facts: Facts) -> list[Sign] | None:
    grounds = []
    place = facts.place
    if when.districts:
        if not any(is_same_place(name, place.district) for name in when.districts):
            return None
        grounds.append(Sign(f"{place.district}", place.heard))
    if when.subdistricts:
        if not any(is_same_place(name, place.subdistrict) for name in when.subdistricts):
            return None
        grounds.append(Sign(f"{place.subdistrict}", place.heard))
    if when.places:
        word = next((word for word in when.places if word in place.address), None)
        if word is None:
            return None
        grounds.append(Sign(f"地址含「{word}」", place.heard))
    return grounds


def _match_state(when: Condition, facts: Facts) -> list[Sign] | None:
    grounds = []
    if when.function is not None:
        if facts.function not in when.function:
            return None
        grounds.append(Sign(f"模型职能 {facts.function}"))
    if when.type is not None:
        if facts.type not in when.type:
            return None
        grounds.append(Sign(f"类型 {facts.type}"))
    if when.risks is not None:
        risks = [name for name in sorted(facts.risks) if name in when.risks]
        if not risks:
            return None
        said = next((place for name in risks if (place := facts.risks[name])), None)
        grounds.append(Sign("风险 " + "、".join(risks), said))
    if when.urgency is not None:
        if facts.urgency < when.urgency:
            return None
        grounds.append(Sign(f"紧急程度 {facts.urgency}"))
    if when.hours is not None:
        if not is_within(facts.received_at, when.hours):
            return None
        grounds.append(Sign(f"来电时间 {when.hours}"))
    if when.hosted is not None:
        if facts.hosted != when.hosted:
            return None
        grounds.append(Sign("属地主办" if facts.hosted else "职能主办"))
    return grounds


def is_within(moment: datetime, hours: str) -> bool:
    """Whether the time of day lies in `22:00-06:00`, the start included and the end not."""
    start, end = hours.split("-")
    now = f"{moment:%H:%M}"
    return start <= now < end if start <= end else now >= start or now < end
