"""Order: what a dispatch says — territory, lead, assists, candidates, reasons — as the reply carries it."""

from __future__ import annotations

from dataclasses import dataclass

from models.prediction import Decision
from service.alarm import Line


@dataclass(frozen=True, slots=True)
class UnitScore:
    """A unit and its score, 0–1."""

    unit: str
    name: str
    score: float


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
class Dispatch:
    """Who should answer.

    `function` is the model alone, ids as it was trained on; `candidates` are what territory and profile made of it,
    best first. Each reason names its rule, or the evidence. `transfer` is the emergency line that should take over.
    """

    territory: Territory
    lead: Lead | None
    assist: tuple[Assist, ...]
    function: tuple[UnitScore, ...]
    candidates: tuple[UnitScore, ...]
    reasons: tuple[str, ...]
    decision: Decision
    transfer: Line | None = None
