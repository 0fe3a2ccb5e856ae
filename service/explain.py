"""Explain: which words decided category and unit — each clause is left out once; what the score loses is its weight."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from models.document import Document, Segment
from models.prediction import Prediction
from service.form.field import Place

MAX_CLAUSES: Final = 24
# A clause that moves the score by less than this decided nothing.
_MIN_WEIGHT: Final = 0.01
_CLAUSE = re.compile(r"[^，。！？；：、,.!?;\s]+")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A clause, and how much of the score of a category or unit rests on it."""

    place: Place
    weight: float


def cut_clauses(document: Document) -> list[Place]:
    """The citizen's clauses in reading order; of a long text, neighbours are taken together."""
    clauses = [
        Place(index, match.start(), match.end())
        for index, segment in enumerate(document.segments)
        if segment.role == "citizen"
        for match in _CLAUSE.finditer(segment.text)
    ]
    size = -(-len(clauses) // MAX_CLAUSES)
    joined: list[Place] = []
    for number, clause in enumerate(clauses):
        if number % max(size, 1) and joined[-1].segment == clause.segment:
            joined[-1] = replace(joined[-1], end=clause.end)
        else:
            joined.append(clause)
    return sorted(joined, key=lambda place: place.start - place.end)[:MAX_CLAUSES]


def leave_out(document: Document, place: Place) -> Document:
    """The document without one clause."""
    segments = list(document.segments)
    whole = segments[place.segment]
    segments[place.segment] = Segment(whole.text[: place.start] + whole.text[place.end :], whole.role)
    return Document(tuple(segments), title=document.title)


@dataclass(frozen=True, slots=True)
class Claim:
    """What is to be explained: a label of a head, and its score with nothing left out."""

    head: str
    label: str
    score: float


def weigh_clauses(
    claim: Claim, places: Sequence[Place], predictions: Sequence[Prediction | None]
) -> tuple[Evidence, ...]:
    """Clauses that spoke for the label, weightiest first. None stands for a document of which nothing was left."""
    weights = [claim.score - (one.answers[claim.head].of(claim.label) if one else 0.0) for one in predictions]
    found = [Evidence(place, weight) for place, weight in zip(places, weights, strict=True) if weight >= _MIN_WEIGHT]
    return tuple(sorted(found, key=lambda evidence: -evidence.weight))
