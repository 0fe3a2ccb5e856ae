"""Alarm: words that may mean an emergency or a risk → hits, judged by the words around them. The rules are a city's.

Found (which rules speak), framed (denied, feared, told of by others, past, over: by the words around the hit and by
what is said after it), and then decided in service.signals, where the model has a say in what stays open.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from service.accusation import Accusation
from service.city import DEFAULT_CITY, CityFile, Table
from service.contrast import Contrast
from service.form.field import Place
from service.framing import Context, Frame, Verdict, join
from service.hearing import Heard, Said, hear
from service.needles import Scan, Sieve
from service.pattern import Pattern, Patterns
from service.ticket import Ticket

Line = Literal["110", "119", "120"]
RiskName = Literal["人身安全", "群体", "欠薪", "上访", "未成年人", "弱势群体", "舆情", "违法犯罪", "重复反映"]
Spot = tuple[Said, set[str]]  # words, and the places of a rule's patterns that may match them

_WEIGHT: Final[tuple[Verdict, ...]] = ("now", "assumed", "told", "unplaced", "unclear", "denied")  # what counts first


class EmergencyRule(Table):
    """Words of one kind of emergency.

    Where `present` is required, only words such as 正在, a plea, or the model make it one. `speaker`: whose words they
    are; the call-taker's count unless the caller refuses what they offer, and as `refuted` those of his questions that
    the caller answers with no. What is `firm` stands whatever is said next, and however calm
    the model is: who wants to die says 别管了.
    What is `recurring` (a lift that keeps
    falling, a town without water) is a danger of today, though a letter tells of yesterday. Of the other emergencies
    that long letters tell of without a word of the present, one in seventeen was one on the training tickets.
    """

    id: str
    name: str
    urgency: Literal[1, 2] = 2
    transfer: Line | None = None
    risk: RiskName | None = None
    present: Literal["assumed", "required"] = "assumed"
    speaker: Literal["caller", "agent", "refuted"] = "caller"
    recurring: bool = False
    firm: bool = False
    patterns: Patterns
    unless: tuple[Pattern, ...] = ()


class RiskRule(Table):
    """Words of one risk; `score` is the share of hits that proved right on labelled tickets."""

    id: str
    name: RiskName
    score: Annotated[float, Field(gt=0, le=1)]
    urgency: Literal[0, 1] = 0
    patterns: Patterns
    unless: tuple[Pattern, ...] = ()


class Denial(Table):
    """Words by which a caller says that a risk is none; they do not count where a rule speaks on the rest."""

    name: RiskName
    patterns: Patterns


def _of_any_city(table: str) -> Any:
    return getattr(open_default_rules(), table)


class AlarmRules(Table):
    """`signals.toml`. Emergencies stand in the order in which they win the transfer.

    A file that lacks `denials`, `contrast` or `accusation`, as those from before 0.12.0 do, has those of any city.
    """

    version: str
    context: Context
    emergencies: tuple[EmergencyRule, ...]
    risks: tuple[RiskRule, ...]
    denials: tuple[Denial, ...] = Field(default_factory=partial(_of_any_city, "denials"))
    contrast: Contrast = Field(default_factory=partial(_of_any_city, "contrast"))
    accusation: Accusation = Field(default_factory=partial(_of_any_city, "accusation"))

    @classmethod
    def open(cls, path: Path) -> AlarmRules:
        """Read and check the file. Errors: CityFileError with table, key and line."""
        file = CityFile.open(path)
        rules = file.parse(cls)
        spots = [("emergencies", place, rule.id) for place, rule in enumerate(rules.emergencies)]
        spots += [("risks", place, rule.id) for place, rule in enumerate(rules.risks)]
        seen: set[str] = set()
        for table, place, name in spots:
            if name in seen:
                raise file.fault((table, place, "id"), f"'{name}' is the id of an earlier entry, too")
            seen.add(name)
        return rules

    @cached_property
    def finders(self) -> dict[str, Finder]:
        """Compiled patterns by rule id."""
        rules: list[EmergencyRule | RiskRule] = [*self.emergencies, *self.risks]
        return {rule.id: Finder.of(rule.patterns, rule.unless) for rule in rules}

    @cached_property
    def sieve(self) -> Sieve[tuple[str, str]]:
        """Which patterns of which rules may match a text: the rule's id and the place of the pattern."""
        rules: list[EmergencyRule | RiskRule] = [*self.emergencies, *self.risks]
        return Sieve({(rule.id, str(at)): (one,) for rule in rules for at, one in enumerate(rule.patterns)})

    @cached_property
    def denied(self) -> dict[str, re.Pattern[str]]:
        """Compiled denials by the name of the risk."""
        patterns: dict[str, list[str]] = {}
        for denial in self.denials:
            patterns.setdefault(denial.name, []).extend(denial.patterns)
        return {name: join(of_risk) for name, of_risk in patterns.items()}

    @cached_property
    def frame(self) -> Frame:
        """Compiled context words."""
        return Frame.of(self.context)


@cache
def open_default_rules() -> AlarmRules:
    """The rules that are shipped for any city."""
    return AlarmRules.open(DEFAULT_CITY / "signals.toml")


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds the words of one rule, without those that only look like them."""

    wanted: Scan
    unwanted: re.Pattern[str] | None

    @classmethod
    def of(cls, patterns: Iterable[str], unless: Iterable[str]) -> Finder:
        """Patterns → finder."""
        unwanted = tuple(unless)
        return cls(
            Scan({str(place): pattern for place, pattern in enumerate(patterns)}), join(unwanted) if unwanted else None
        )

    def find(self, text: str, *, near: Container[str] | None = None) -> Iterator[re.Match[str]]:
        """Hits that no unwanted phrase overlaps: 燃气费 beside a leak does not hide the leak.

        `near` are the places of the patterns that may match, where that is known.
        """
        hits = [match for _, match in self.wanted.finditer(text, near=near)]
        # Most texts have no hit of most rules: what would hide one is looked for only then.
        hidden = [match.span() for match in self.unwanted.finditer(text)] if hits and self.unwanted else []
        for match in hits:
            if not any(start < match.end() and match.start() < end for start, end in hidden):
                yield match


@dataclass(frozen=True, slots=True)
class Hit:
    """Words that a rule found: `raw` at `place` (None: in the title)."""

    rule: str
    name: str
    raw: str
    place: Place | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Alarms:
    """The rules that found words which are not denied, each with its hit, in the order of the rules.

    `spoke`: words of an urgent emergency were found, even if denied. `mixed_up`: one stands in the call-taker's words,
    which may be the caller's.
    """

    emergencies: tuple[tuple[EmergencyRule, Hit], ...]
    risks: tuple[tuple[RiskRule, Hit], ...]
    spoke: bool = False
    mixed_up: bool = False


def find_alarms(ticket: Ticket, rules: AlarmRules) -> Alarms:
    """What was said that may mean an emergency or a risk: of an emergency the hit that weighs most."""
    heard = hear(ticket)
    own = _sift(heard.own, rules)
    of_speaker = {
        "caller": _sift((*heard.own, *heard.agreed), rules) if heard.agreed else own,
        "agent": _sift(heard.offered, rules),
        "refuted": _sift(heard.refuted, rules),
    }
    story = not ticket.is_dialogue and ticket.document.characters > rules.context.long_text
    emergencies: list[tuple[EmergencyRule, Hit]] = []
    for rule in rules.emergencies:
        spots = of_speaker[rule.speaker].get(rule.id, [])
        if hit := _find_emergency(heard, spots, rule, rules, story=story):
            emergencies.append((rule, hit))
    risks = ((rule, _find_risk(own.get(rule.id, []), rule, rules)) for rule in rules.risks)
    found = tuple((rule, hit) for rule, hit in emergencies if hit.verdict != "denied")
    mixed_up = {said.segment for said in heard.agreed if not said.sure}
    return Alarms(
        found,
        tuple((rule, hit) for rule, hit in risks if hit),
        spoke=any(rule.urgency == 2 for rule, _ in emergencies),
        mixed_up=any(hit.place and hit.place.segment in mixed_up for _, hit in found),
    )


def _sift(said: Iterable[Said], rules: AlarmRules) -> dict[str, list[Spot]]:
    """By rule, the words that it may match, each with the places of those of its patterns that may."""
    spots: dict[str, list[Spot]] = {}
    for one in said:
        near: dict[str, set[str]] = {}
        for rule_id, place in rules.sieve.pick((one.text,)):
            near.setdefault(rule_id, set()).add(place)
        for rule_id, places in near.items():
            spots.setdefault(rule_id, []).append((one, places))
    return spots


def _find_emergency(
    heard: Heard, spots: Iterable[Spot], rule: EmergencyRule, rules: AlarmRules, *, story: bool
) -> Hit | None:
    found: dict[Verdict, Hit] = {}
    for said, near in spots:
        for match in rules.finders[rule.id].find(said.text, near=near):
            verdict = _judge(heard, said, match, rule=rule, frame=rules.frame, story=story)
            found.setdefault(verdict, Hit(rule.id, rule.name, said.raw(match), said.place(match), verdict))
    return next((found[verdict] for verdict in _WEIGHT if verdict in found), None)


def _judge(
    heard: Heard, said: Said, match: re.Match[str], *, rule: EmergencyRule, frame: Frame, story: bool
) -> Verdict:
    pleaded = any(frame.pleas.search(other.text) for other in heard.own)
    verdict = frame.judge(
        said.text,
        match,
        recurring=rule.recurring,
        assumed=rule.present == "assumed",
        story=story,
        pleaded=pleaded,
    )
    if verdict in ("unclear", "denied"):
        return verdict
    if rule.speaker == "caller" and not rule.firm and frame.takes_back(heard.after(said, match)):
        return "unclear"
    if not said.sure:
        return "unplaced"
    affirmed = any(said is one for one in heard.agreed)  # asked now, and answered
    return "now" if affirmed and verdict == "assumed" else verdict


def _find_risk(spots: Iterable[Spot], rule: RiskRule, rules: AlarmRules) -> Hit | None:
    for said, near in spots:
        for match in rules.finders[rule.id].find(said.text, near=near):
            if not rules.frame.denies(said.text, match):
                return Hit(rule.id, rule.name, said.raw(match), said.place(match), "now")
    return None


def list_said(ticket: Ticket) -> list[tuple[str, int | None]]:
    """Title (segment None) and what the citizen said, as sent; the agent's questions are nobody's facts."""
    said: list[tuple[str, int | None]] = [(ticket.document.title, None)] if ticket.document.title else []
    for number, segment in enumerate(ticket.document.segments):
        if segment.role == "citizen":
            said.append((segment.text, number))
    return said
