"""Explain: which words decided category and unit — each clause is left out once; what the score loses is its weight.

Then shorter pieces of the heaviest clauses in the same way, so that an answer points at words, not at half a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from models.document import Document, Segment
from models.prediction import Prediction
from service.form.field import Place

MAX_CLAUSES: Final = 24
MAX_PIECES: Final = 24
# In a place, this stands for the title instead of a segment.
TITLE: Final = -1
# A clause of more characters is cut: speech that was written down has no punctuation.
_LONG: Final = 24
# The heaviest clauses of each answer are cut once more, into pieces of about so many characters.
_HEAVIEST: Final = 2
_PIECE: Final = 4
# A clause that moves the score by less than this decided nothing.
_MIN_WEIGHT: Final = 0.01
_CLAUSE = re.compile(r"[^，。！？；：、,.!?;\s]+")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A clause or a piece of one, and how much of the score of a category or unit rests on it."""

    place: Place
    weight: float


def cut_clauses(document: Document) -> list[Place]:
    """Clauses of the title and of the citizen, the longest first; of a long text, neighbours are taken together."""
    texts = [(TITLE, document.title)]
    texts += [(index, one.text) for index, one in enumerate(document.segments) if one.role == "citizen"]
    clauses = [
        part
        for index, text in texts
        for match in _CLAUSE.finditer(text)
        for part in _divide(Place(index, *match.span()), parts=-(-len(match[0]) // _LONG))
    ]
    size = -(-len(clauses) // MAX_CLAUSES)
    joined: list[Place] = []
    for number, clause in enumerate(clauses):
        if number % max(size, 1) and joined[-1].segment == clause.segment:
            joined[-1] = replace(joined[-1], end=clause.end)
        else:
            joined.append(clause)
    return sorted(joined, key=lambda place: place.start - place.end)[:MAX_CLAUSES]


def cut_pieces(found: Iterable[Sequence[Evidence]]) -> list[Place]:
    """Pieces of the heaviest clauses of each answer, each once; no more than MAX_PIECES."""
    heaviest = dict.fromkeys(one.place for evidence in found for one in evidence[:_HEAVIEST])
    longer = [place for place in heaviest if place.end - place.start > _PIECE][: MAX_PIECES // 2]
    most = MAX_PIECES // max(len(longer), 1)
    return [
        part for place in longer for part in _divide(place, parts=min(most, -(-(place.end - place.start) // _PIECE)))
    ]


def narrow(clauses: Sequence[Evidence], pieces: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Each clause by those of its pieces that spoke for the label, weightiest first.

    A clause stays whole where none of its pieces did so alone: it said the same twice.
    """
    finer = [[piece for piece in pieces if _holds(clause.place, piece.place)] or [clause] for clause in clauses]
    return tuple(sorted((one for part in finer for one in part), key=lambda evidence: -evidence.weight))


def _divide(place: Place, *, parts: int) -> Iterator[Place]:
    """The place in parts of like length."""
    size, rest = divmod(place.end - place.start, parts)
    start = place.start
    for number in range(parts):
        end = start + size + (number < rest)
        yield Place(place.segment, start, end)
        start = end


def _holds(whole: Place, part: Place) -> bool:
    return whole.segment == part.segment and whole.start <= part.start and part.end <= whole.end


def leave_out(document: Document, place: Place) -> Document:
    """The document without one clause, of its text or of its title."""
    if place.segment == TITLE:
        return replace(document, title=document.title[: place.start] + document.title[place.end :])
    segments = list(document.segments)
    whole = segments[place.segment]
    segments[place.segment] = Segment(whole.text[: place.start] + whole.text[place.end :], whole.role)
    return replace(document, segments=tuple(segments))


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
