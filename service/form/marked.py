"""Marked: the words that the model would rest a field on, beside the value that the rules read, as candidates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from models.prediction import Prediction
from service.form.choice import FORM, Candidate, Choice, Features, only_present, place_among
from service.form.field import MISSING, Field
from service.form.mention import Mention, mention_at
from service.form.numerals import digits_of
from service.form.talk import Talk, Turn

NEAR = 16  # characters within which a name is taken back before the next one
_LEAST = 0.3  # spans of which the model is less sure are not looked at
_MOST = 32  # candidates of one ticket
_WORDY = 40  # characters beyond which a span is no name
_LONG = 9  # characters beyond which a name is a description
_NUMBER = 7  # digits of a telephone, an account or an identity: of persons, and nobody's name

Read = Callable[[Turn, int, int], tuple[int, str]]  # the words of a span → where they really end, and what they name
Signs = Callable[[Mention], Features]


@dataclass(frozen=True, slots=True)
class Marks:
    """What it takes to settle a name by what the model marks: weights, and what is the caller's own and no answer."""

    choice: Choice
    own: tuple[Field, ...] = ()

    def settle(self, field: str, candidates: Sequence[Candidate], ruled: Field, talk: Talk) -> Field:
        """The likeliest candidate; what the rules knew of it, and what else they read, is kept."""
        chosen = self.choice.choose(field, candidates, talk, within=NEAR)
        if chosen.value is None:
            return MISSING
        others = (*chosen.alternatives, *ruled.alternatives)
        chosen = replace(chosen, alternatives=tuple(dict.fromkeys(one for one in others if one != chosen.value)))
        if chosen.value != ruled.value:
            return chosen
        status = ruled.status if chosen.status == "filled" else chosen.status
        return replace(chosen, status=status, parts=ruled.parts, coordinates=ruled.coordinates)


def marked_candidates(
    field: str,
    talk: Talk,
    prediction: Prediction,
    ruled: Field,
    *,
    own: Sequence[Field],
    read: Read,
    signs: Signs,
) -> list[Candidate]:
    """What the model marks in words that were said, or read back and not denied, and what the rules read."""
    found = [one for one in _marked(field, talk, prediction, read) if not _is_own(one[0], own)][:_MOST]
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
                **given,
                **_beside(mention.value, counts, by_rule),
                **_where(mention, talk),
                **place_among(number, mention.value, counts),
                **signs(mention),
            },
        )
        for number, (mention, given) in enumerate(found)
    ]


def _marked(field: str, talk: Talk, prediction: Prediction, read: Read) -> Iterator[tuple[Mention, Features]]:
    for span in prediction.spans_of(f"{FORM}{field}"):
        turn = talk.turns[span.segment]
        denied = turn.role == "agent" and talk.denies(turn)
        if span.confidence < _LEAST or span.end - span.start > _WORDY or denied:
            continue
        end, value = read(turn, span.start, span.end)
        if len(value) >= 2:
            mention = mention_at(turn, span.start, end, value=value, confidence=span.confidence, source="model")
            yield mention, only_present({"span": span.confidence, "agent": turn.role == "agent"})


def _is_own(mention: Mention, own: Sequence[Field]) -> bool:
    """Whether a mention is of the caller himself, or holds a number of a person: other fields mask those."""
    if len(digits_of(mention.value)) >= _NUMBER:
        return True
    if any(place.overlaps(mention.places[0]) for field in own for place in field.places):
        return True
    said = [str(value) for field in own for value in (field.value, *field.alternatives) if value]
    return any(len(one) > 1 and (one in mention.value or mention.value in one) for one in said)


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
