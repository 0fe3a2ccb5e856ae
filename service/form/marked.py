"""Marked: the words that the model would rest a field on, beside the value that the rules read, as candidates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator

from models.prediction import Prediction, Span
from service.form.choice import FORM, Candidate, Features, only_present, place_among
from service.form.field import Field, Place
from service.form.mention import Mention, mention_at
from service.form.talk import Talk, Turn

_LEAST = 0.3  # spans of which the model is less sure are not looked at
_MOST = 32  # candidates of one ticket
_LONG = 9  # characters beyond which a name is a description

Read = Callable[[Turn, int, int], tuple[int, str]]  # the words of a span → where they really end, and what they name
Signs = Callable[[Mention], Features]


def marked_candidates(
    field: str, talk: Talk, prediction: Prediction, ruled: Field, *, read: Read, signs: Signs
) -> list[Candidate]:
    """What the model marks in words that were said, or read back and not denied, and what the rules read."""
    found = [*_marked(field, talk, prediction, read)][:_MOST]
    by_rule = str(ruled.value) if ruled.value and ruled.places else ""
    if by_rule:
        mention = Mention(by_rule, ruled.places, ruled.raw or by_rule, ruled.confidence, ruled.source)
        found.append((mention, {"rule": 1.0, "rule_sure": ruled.confidence}))
    found.sort(key=lambda one: one[0].places[0].order)
    counts = Counter(mention.value for mention, _ in found)
    return [
        Candidate(
            mention,
            {
                **own,
                **_beside(mention.value, counts, by_rule),
                **_where(mention, talk),
                **place_among(number, mention.value, counts),
                **signs(mention),
            },
        )
        for number, (mention, own) in enumerate(found)
    ]


def overlap(place: Place, spans: Collection[Span]) -> float:
    """How sure the model is of the surest span that holds some of the words at a place."""
    return max((s.confidence for s in spans if Place(s.segment, s.start, s.end).overlaps(place)), default=0.0)


def _marked(field: str, talk: Talk, prediction: Prediction, read: Read) -> Iterator[tuple[Mention, Features]]:
    for span in prediction.spans_of(f"{FORM}{field}"):
        turn = talk.turns[span.segment]
        if span.confidence < _LEAST or (turn.role == "agent" and talk.denies(turn)):
            continue
        end, value = read(turn, span.start, span.end)
        if len(value) >= 2:
            mention = mention_at(turn, span.start, end, value=value, confidence=span.confidence, source="model")
            yield mention, only_present({"span": span.confidence, "agent": turn.role == "agent"})


def _beside(value: str, counts: Counter[str], by_rule: str) -> Features:
    others = counts.keys() - {value}
    signs = {
        "agreed": value == by_rule,
        "beside_rule": bool(by_rule) and value != by_rule and (value in by_rule or by_rule in value),
        "part": any(value in other for other in others),
        "whole": any(other in value for other in others),
        "short": len(value) < 3,
        "long": len(value) > _LONG,
    }
    return only_present(signs)


def _where(mention: Mention, talk: Talk) -> Features:
    turn = talk.turns[mention.places[0].segment]
    return only_present({"none": 1.0, "letter": not talk.agent, "turn": min(turn.index, 20) / 10})
