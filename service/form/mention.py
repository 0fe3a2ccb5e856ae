"""Mention: one place where a field's value was heard; several of them are settled into one field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from service.form.field import MISSING, Field, Place, Source
from service.form.talk import Talk, Turn

FILL_AT = 0.8  # below it a value is suggested, not filled
UNSURE = 0.7  # what may be suggested and not filled
_CLOSE = 0.03  # two values whose confidence differs by less contradict each other
_REPEAT = 0.03  # what each repetition adds
_HIGHEST = 0.99


@dataclass(frozen=True, slots=True)
class Mention:
    """A value, where it was heard, and how sure the recogniser is."""

    value: str
    places: tuple[Place, ...]
    raw: str
    confidence: float
    source: Source = "rule"


def mention_at(turn: Turn, start: int, end: int, *, value: str, confidence: float, source: Source = "rule") -> Mention:
    """A mention of one stretch of one turn."""
    return Mention(value, (turn.place(start, end),), turn.raw(start, end), confidence, source)


def settle(mentions: Iterable[Mention], talk: Talk) -> Field:
    """One field of all mentions: what was corrected gives way, what is repeated gains, what contradicts is shown."""
    ordered = sorted(mentions, key=lambda mention: (mention.places[0].segment, mention.places[0].start))
    if not ordered:
        return MISSING
    withdrawn = withdrawn_values(ordered, talk)
    standing = [mention for mention in ordered if mention.value not in withdrawn]
    scores = {value: _score(value, standing) for value in dict.fromkeys(mention.value for mention in standing)}
    # The last of equals stands: people correct themselves without saying so.
    best = max(reversed(list(scores)), key=lambda value: scores[value])
    others = [value for value in dict.fromkeys(mention.value for mention in ordered) if value != best]
    rivals = [value for value in others if value in scores and scores[best] - scores[value] < _CLOSE]
    field = field_of([mention for mention in standing if mention.value == best], confidence=scores[best])
    return replace(field, alternatives=tuple(others), status="conflict" if rivals else field.status)


def field_of(mentions: Sequence[Mention], *, confidence: float) -> Field:
    """A field of mentions that all say the same."""
    best = max(mentions, key=lambda mention: mention.confidence)
    places = tuple(dict.fromkeys(place for mention in mentions for place in mention.places))
    status = "filled" if confidence >= FILL_AT else "suggested"
    return Field(best.value, best.raw, places, round(confidence, 3), best.source, status)  # type: ignore[arg-type]


def _score(value: str, mentions: Sequence[Mention]) -> float:
    own = [mention.confidence for mention in mentions if mention.value == value]
    return min(_HIGHEST, max(own) + _REPEAT * (len(own) - 1))


def withdrawn_values(ordered: Sequence[Mention], talk: Talk, *, within: int | None = None) -> set[str]:
    """Values that were taken back before the next one was said, `within` so many characters before it."""
    withdrawn: set[str] = set()
    for first, second in pairwise(ordered):
        if first.value != second.value and talk.corrected_between(first.places[-1], second.places[0], within=within):
            withdrawn.add(first.value)
            withdrawn.discard(second.value)
    return withdrawn
