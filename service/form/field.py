"""Field: a value of the form, the words that it rests on, and how sure we are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

NO_PARTS: Mapping[str, str] = MappingProxyType({})

Source = Literal["model", "rule", "given", "derived"]
Status = Literal["filled", "suggested", "conflict", "missing"]


@dataclass(frozen=True, slots=True)
class Place:
    """`segments[segment].text[start:end]` of the document, in code points of the original text."""

    segment: int
    start: int
    end: int

    @property
    def order(self) -> tuple[int, int]:
        """What to sort places by: the order in which they were said."""
        return self.segment, self.start

    def overlaps(self, other: Place) -> bool:
        """Whether both hold some of the same words."""
        return self.segment == other.segment and self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `value` is normalised, `raw` are the words heard; a value that was not said is `missing`."""

    value: Any = None
    raw: str | None = None
    places: tuple[Place, ...] = ()
    confidence: float = 0.0
    source: Source = "rule"
    status: Status = "missing"
    alternatives: tuple[Any, ...] = ()
    # Of an address: road, number, building, unit, floor and room, as far as they were said.
    parts: Mapping[str, str] = field(default_factory=lambda: NO_PARTS)
    coordinates: tuple[float, float] | None = None  # longitude and latitude, where a city's gazetteer has them

    def holds(self, place: Place) -> bool:
        """Whether the words at a place are among those that the field rests on."""
        return any(p.segment == place.segment and p.start <= place.start and place.end <= p.end for p in self.places)


MISSING = Field()


@dataclass(frozen=True, slots=True)
class Question:
    """What the call-taker should ask next, and the field that it fills."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Area:
    """Where telephony says the caller is, in the gazetteer's names; of a city both are None."""

    district: str | None = None
    subdistrict: str | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """The filled ticket. `fields` holds every field of the form, missing ones included, in the form's order.

    `area` is None where telephony sent none, or one that the gazetteer does not know.
    """

    fields: dict[str, Field]
    title: str
    content: str
    missing: tuple[str, ...] = ()
    ask: tuple[Question, ...] = field(default=())
    area: Area | None = None
