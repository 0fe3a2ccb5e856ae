"""Alarm: words that may mean an emergency or a risk → hits, judged by the words around them. The rules are a city's."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from service.city import DEFAULT_CITY, CityFile, Table
from service.form.field import Place
from service.needles import Scan, Sieve
from service.ticket import Ticket

Line = Literal["110", "119", "120"]
RiskName = Literal["人身安全", "群体", "欠薪", "上访", "未成年人", "弱势群体", "舆情", "违法犯罪", "重复反映"]
# It happens; it is told of in a long letter, perhaps of today; it is feared, over or long ago; it is denied.
Verdict = Literal["now", "told", "unclear", "denied"]

Said = tuple[str, int | None]  # words, and the segment that they stand in; None is the title

_STOPS: Final = re.compile(r"[。！？!?；;\n]")

_ONGOING: Final = (
    "(?:还|正|仍|一直)在",
    "又在?(?:着|烧|漏|冒|炸|塌|掉|打)",
    "越来越",
    "[着呢]呢",
    "快(?:点|来|派|救)",
    "救命|救人|急救",
)


def _check_pattern(text: str) -> str:
    try:
        matches_nothing = re.compile(text).match("") is not None
    except re.error as error:
        raise ValueError(f"pattern {text!r} is no regular expression: {error}") from error
    if matches_nothing:
        raise ValueError(f"pattern {text!r} matches the empty text, and so every ticket")
    return text


Pattern = Annotated[str, AfterValidator(_check_pattern)]
Patterns = Annotated[tuple[Pattern, ...], Field(min_length=1)]


class Context(Table):
    """Words around a hit, within its sentence and `reach` characters; `pleas` count anywhere in the text.

    A written message of more than `long_text` characters is a story: its emergencies are told, not called in.
    Of what a sentence says to be past, only words before the hit that are `present` make it one of now, or those after
    it that are `ongoing`: 去年起火，现在还没赔 is over.
    """

    reach: Annotated[int, Field(ge=1, le=60)]
    long_text: Annotated[int, Field(ge=0)]
    pleas: Patterns
    denied: Patterns
    supposed: Patterns
    supposed_after: Patterns
    past: Patterns
    settled_after: Patterns
    present: Patterns
    ongoing: Patterns = _ONGOING


class EmergencyRule(Table):
    """Words of one kind of emergency.

    Where `present` is required, only words such as 正在, or a plea, make it one. What is `recurring` (a lift that keeps
    falling, a town without water) is a danger of today, though a letter tells of yesterday. Of the other emergencies
    that long letters tell of without a word of the present, one in seventeen was one on the training tickets.
    """

    id: str
    name: str
    urgency: Literal[1, 2] = 2
    transfer: Line | None = None
    risk: RiskName | None = None
    present: Literal["assumed", "required"] = "assumed"
    recurring: bool = False
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


class AlarmRules(Table):
    """`signals.toml`. Emergencies stand in the order in which they win the transfer."""

    version: str
    context: Context
    emergencies: tuple[EmergencyRule, ...]
    risks: tuple[RiskRule, ...]

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
            Scan({str(place): pattern for place, pattern in enumerate(patterns)}), _join(unwanted) if unwanted else None
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
class Frame:
    """Judges a hit by the words around it."""

    reach: int
    pleas: re.Pattern[str]
    denied: re.Pattern[str]
    denial: re.Pattern[str]
    supposed: re.Pattern[str]
    supposed_after: re.Pattern[str]
    past: re.Pattern[str]
    settled_after: re.Pattern[str]
    present: re.Pattern[str]
    ongoing: re.Pattern[str]

    @classmethod
    def of(cls, context: Context) -> Frame:
        """Context words → frame; what denies stands right before the hit, or in that of an emergency."""
        return cls(
            reach=context.reach,
            pleas=_join(context.pleas),
            denied=re.compile(f"(?:{'|'.join(context.denied)})$"),
            denial=_join(context.denied),
            supposed=_join(context.supposed),
            supposed_after=_join(context.supposed_after),
            past=_join(context.past),
            settled_after=_join(context.settled_after),
            present=_join(context.present),
            ongoing=_join(context.ongoing),
        )

    def judge(self, text: str, match: re.Match[str], *, rule: EmergencyRule, story: bool, pleaded: bool) -> Verdict:
        """What the hit means in a text that is a story or not, and that pleads for help or not."""
        before = _STOPS.split(text[max(0, match.start() - self.reach) : match.start()])[-1]
        after = _STOPS.split(text[match.end() : match.end() + self.reach])[0]
        if self.denied.search(before) or self._denied_within(match):
            return "denied"
        if self.supposed.search(before) or self.supposed_after.match(after) or self.settled_after.search(after):
            return "unclear"
        past = not rule.recurring and self.past.search(before + match[0])
        if self.present.search(before + match[0]) or (self.ongoing if past else self.present).search(after):
            return "now"
        if past:
            return "unclear"
        if story:
            return "told" if rule.recurring else "unclear"
        return "now" if rule.present == "assumed" or pleaded else "unclear"

    def denies(self, text: str, match: re.Match[str]) -> bool:
        """Whether the words right before the hit deny it. A risk's hit may span other denials (多次反映没有结果)."""
        return bool(self.denied.search(text[max(0, match.start() - self.reach) : match.start()]))

    def _denied_within(self, match: re.Match[str]) -> bool:
        """Whether a hit spans its own denial: 燃气没有泄漏, but neither 燃气没关 nor 燃气没有停止泄漏.

        Without the denial it must be a hit still, and not one without more of what follows the denial.
        """
        for denial in self.denial.finditer(match[0]):
            said, rest = match[0][: denial.start()], match[0][denial.end() :]
            hits = [at for at in range(len(rest)) if match.re.fullmatch(said + rest[at:])]
            if hits == [0]:
                return True
        return False


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
    """The rules that found words which are not denied, each with its hit, in the order of the rules."""

    emergencies: tuple[tuple[EmergencyRule, Hit], ...]
    risks: tuple[tuple[RiskRule, Hit], ...]


def find_alarms(ticket: Ticket, rules: AlarmRules) -> Alarms:
    """What the citizen said that may mean an emergency or a risk: of an emergency the hit that weighs most."""
    said = list_said(ticket)
    story = not ticket.is_dialogue and ticket.document.characters > rules.context.long_text
    near: dict[str, set[str]] = {}
    for rule_id, place in rules.sieve.pick(text for text, _ in said):
        near.setdefault(rule_id, set()).add(place)
    emergencies = (
        (rule, _find_emergency(said, rule, rules, story=story, near=near[rule.id]))
        for rule in rules.emergencies
        if rule.id in near
    )
    risks = ((rule, _find_risk(said, rule, rules, near=near[rule.id])) for rule in rules.risks if rule.id in near)
    return Alarms(
        tuple((rule, hit) for rule, hit in emergencies if hit), tuple((rule, hit) for rule, hit in risks if hit)
    )


def _find_emergency(
    said: list[Said], rule: EmergencyRule, rules: AlarmRules, *, story: bool, near: Container[str]
) -> Hit | None:
    frame = rules.frame
    found: dict[Verdict, Hit] = {}
    for text, segment in said:
        for match in rules.finders[rule.id].find(text, near=near):
            pleaded = any(frame.pleas.search(other) for other, _ in said)
            verdict = frame.judge(text, match, rule=rule, story=story, pleaded=pleaded)
            found.setdefault(verdict, Hit(rule.id, rule.name, match[0], _place_of(match, segment), verdict))
    return found.get("now") or found.get("told") or found.get("unclear")


def _find_risk(said: list[Said], rule: RiskRule, rules: AlarmRules, *, near: Container[str]) -> Hit | None:
    for text, segment in said:
        for match in rules.finders[rule.id].find(text, near=near):
            if not rules.frame.denies(text, match):
                return Hit(rule.id, rule.name, match[0], _place_of(match, segment), "now")
    return None


def list_said(ticket: Ticket) -> list[Said]:
    """Title (segment None) and what the citizen said; the agent's questions (有没有人受伤) are nobody's facts."""
    said: list[Said] = [(ticket.document.title, None)] if ticket.document.title else []
    for number, segment in enumerate(ticket.document.segments):
        if segment.role == "citizen":
            said.append((segment.text, number))
    return said


def _place_of(match: re.Match[str], segment: int | None) -> Place | None:
    return None if segment is None else Place(segment, match.start(), match.end())


def _join(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
