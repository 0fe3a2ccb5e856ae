"""Order: what a dispatch says — territory, lead, assists, candidates, reasons — as the reply carries it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models.prediction import Decision
from service.alarm import Line
from service.form.field import Place, Source
from service.signals import Transfer

# What put the lead where it is.
Ground = Literal["rule", "prior", "territory", "function", "fallback"]


@dataclass(frozen=True, slots=True)
class UnitScore:
    """A unit and its score, 0–1."""

    unit: str
    name: str
    score: float


@dataclass(frozen=True, slots=True)
class Candidate(UnitScore):
    """A unit that may lead, and how likely it sends the order back; None where nobody can know."""

    return_risk: float | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for the order: as it is told, the rule that said so, and the place of the words.

    `rule` is an id of the profile or of `signals.toml`; `place` is None for words of the title, or without words.
    """

    text: str
    rule: str | None = None
    place: Place | None = None
    source: Source = "rule"


@dataclass(frozen=True, slots=True)
class Lead:
    """The unit that answers for the ticket."""

    unit: str
    name: str


@dataclass(frozen=True, slots=True)
class Assist:
    """A unit that helps, and why."""

    unit: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Territory:
    """Where it happened, and whether the territory hosts the ticket; `confidence` is that of `hosted`."""

    district: str | None
    subdistrict: str | None
    hosted: bool
    confidence: float


@dataclass(frozen=True, slots=True)
class Issue:
    """One matter of the ticket: its category (None without that head) and the unit that leads it."""

    code: str | None
    path: tuple[str, ...]
    score: float
    lead: Lead | None


@dataclass(frozen=True, slots=True)
class ReturnRisk:
    """How likely the lead sends the order back, from `returned` of `sent` like it; `score` None: nobody can know."""

    score: float | None
    reason: str
    sent: int = 0
    returned: int = 0


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Who should answer.

    `function` is the model alone, ids as it was trained on; `candidates` are what territory and profile made of it,
    best first. Each of `grounds` names its rule, or the evidence; `reasons` are their texts. `transfers` are the
    emergency lines that should take over, `transfer` the first of them: what the caller's words call for goes before
    what the profile adds.
    `issues` holds the main one alone: no cheap way to a second was right often enough (docs/decisions/0005).
    `ground` is what put the lead there, `rules` are the ids of those that spoke, the
    leading one first.
    """

    territory: Territory
    lead: Lead | None
    assist: tuple[Assist, ...]
    function: tuple[UnitScore, ...]
    candidates: tuple[Candidate, ...]
    grounds: tuple[Reason, ...]
    decision: Decision
    ground: Ground
    return_risk: ReturnRisk
    issues: tuple[Issue, ...] = ()
    rules: tuple[str, ...] = ()
    transfers: tuple[Transfer, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """The grounds in words, each once."""
        return tuple(reason.text for reason in self.grounds)

    @property
    def transfer(self) -> Line | None:
        """The line that should take over first."""
        return self.transfers[0].to if self.transfers else None
