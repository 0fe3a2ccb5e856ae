"""Explain: which words decided category and unit — each clause is left out once; what the score loses is its weight.

Then shorter pieces of the heaviest clauses in the same way, so that an answer points at words, not at half a sentence.
"""

from __future__ import annotations

import math
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
# So many characters without a place where words surely meet are several words, and are cut anywhere.
_RUN: Final = 12
# A clause that moves the score by less than this decided nothing.
_MIN_WEIGHT: Final = 0.01
_CLAUSE: Final = re.compile(r"[^，。！？；：、,.!?;\s]+")
# Where a word surely ends or begins, without a list of words: after 的 and 了, before 没, 怎么 and 这, before digits.
_EDGE: Final = re.compile(
    r"(?<=[的了吗呢吧啊呀嘛们])(?![的吗呢吧啊呀嘛])|(?=[把被跟向就都也很没不又再将让我你她它这那怎什哪因但每已])"
    r"|(?<![现正存实自所内])(?=在)|(?<![就不还都也可但倒只于老总])(?=是)|(?<=[\u4e00-\u9fff])(?=[0-9A-Za-z])"
)
# Answered in no more letters than these, the call-taker's question holds what was said (是烧烤扰民吗—是的).
_SHORT: Final = 4


@dataclass(frozen=True, slots=True)
class Evidence:
    """A clause or a piece of one, and how much of the score of a category or unit rests on it."""

    place: Place
    weight: float


def cut_clauses(document: Document) -> list[Place]:
    """Clauses of title, citizen, and questions that he only said yes to, the longest first; of a long text, neighbours
    are taken together."""
    texts = [(TITLE, document.title)]
    texts += [(index, document.segments[index].text) for index in _list_telling(document.segments)]
    clauses = [
        part
        for index, text in texts
        for match in _CLAUSE.finditer(text)
        for part in _divide(Place(index, *match.span()), text, parts=-(-len(match[0]) // _LONG), always=True)
    ]
    size = -(-len(clauses) // MAX_CLAUSES)
    joined: list[Place] = []
    for number, clause in enumerate(clauses):
        if number % max(size, 1) and joined[-1].segment == clause.segment:
            joined[-1] = replace(joined[-1], end=clause.end)
        else:
            joined.append(clause)
    return sorted(joined, key=lambda place: place.start - place.end)[:MAX_CLAUSES]


def _list_telling(segments: Sequence[Segment]) -> Iterator[int]:
    """The citizen's turns, and the call-taker's before an answer of next to nothing."""
    for index, segment in enumerate(segments):
        reply = segments[index + 1] if index + 1 < len(segments) else None
        answered = reply and reply.role == "citizen" and 0 < sum(map(str.isalnum, reply.text)) <= _SHORT
        if segment.role == "citizen" or answered:
            yield index


def cut_pieces(found: Iterable[Sequence[Evidence]], document: Document) -> list[Place]:
    """Pieces of the heaviest clauses of each answer, each once; no more than MAX_PIECES, and none of a single word."""
    heaviest = dict.fromkeys(one.place for evidence in found for one in evidence[:_HEAVIEST])
    longer = [place for place in heaviest if place.end - place.start > _PIECE][: MAX_PIECES // 2]
    most = MAX_PIECES // max(len(longer), 1)
    pieces: list[Place] = []
    for place in longer:
        text = document.title if place.segment == TITLE else document.segments[place.segment].text
        number = min(most, -(-(place.end - place.start) // _PIECE))
        parts = list(_divide(place, text, parts=number))
        if max(part.end - part.start for part in parts) > _RUN:
            parts = list(_divide(place, text, parts=number, always=True))
        pieces += parts if len(parts) > 1 else []
    return pieces


def narrow(clauses: Sequence[Evidence], pieces: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Each clause by those of its pieces that spoke for the label, weightiest first.

    A clause stays whole where none of its pieces did so alone: it said the same twice.
    """
    finer = [[piece for piece in pieces if _holds(clause.place, piece.place)] or [clause] for clause in clauses]
    return tuple(sorted((one for part in finer for one in part), key=lambda evidence: -evidence.weight))


def _divide(place: Place, text: str, *, parts: int, always: bool = False) -> Iterator[Place]:
    """The place in parts of nearly like length, cut where words meet; elsewhere only if it must be cut (`always`)."""
    edges = [match.start() for match in _EDGE.finditer(text, place.start + 1, place.end)]
    start = place.start
    for left in range(parts - 1, 0, -1):
        size = (place.end - start) / (left + 1)
        wanted = start + round(size)
        most = max(_LONG, math.ceil(size)) if always else place.end
        near = [
            edge
            for edge in edges
            if start < edge <= start + most and abs(edge - wanted) <= size / 2 and place.end - edge <= most * left
        ]
        end = min(near, key=lambda edge: abs(edge - wanted), default=wanted if always else start)
        if start < end < place.end:
            yield Place(place.segment, start, end)
            start = end
    yield Place(place.segment, start, place.end)


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
