"""Choice: of several values that were heard, the one that the field is about; by weights learnt from labelled calls.

Recognisers find every sum and every time that was said. Which of them the matter is about shows in small signs: how it
was asked for, what stands before it, whether it is said again. Each sign is a feature with a weight, learnt by
`python -m service.form.learn` and kept in a city file (`choice.json`), so that a city can learn its own.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from models.errors import BundleError
from models.prediction import Prediction, Span
from service.form.field import MISSING, Field, Place
from service.form.mention import Mention, field_of, withdrawn_values
from service.form.talk import Talk

CHOICE = "choice.json"
FORM = "form_"  # kinds of spans that a field rests on: form_amount
_CLOSE = 0.15  # two values whose shares differ by less contradict each other

Features = Mapping[str, float]


def only_present(signs: Mapping[str, float]) -> Features:
    """Signs without those that are absent; a sign that is merely there counts 1."""
    return {name: float(sign) for name, sign in signs.items() if sign}


def place_among(number: int, value: Hashable, counts: Counter[Any]) -> Features:
    """Signs of the `number`th of all that were heard: first, last, without a rival, said more than once."""
    signs = {
        "first": number == 0,
        "last": number == counts.total() - 1,
        "only": len(counts) == 1,
        "repeated": counts[value] > 1,
    }
    return only_present(signs)


def overlap(place: Place, spans: Iterable[Span]) -> float:
    """How sure the model is of the surest span that holds some of the words at a place."""
    at, start, end = place.segment, place.start, place.end
    return max((s.confidence for s in spans if s.segment == at and s.start < end and start < s.end), default=0.0)


def meant_at(place: Place, field: str, prediction: Prediction) -> Features:
    """How sure the model is that a field rests on the words at a place, or that it rests on others.

    A head that learnt from the forms of calls marks such words (`form_amount`); without it nothing is known.
    """
    spans = prediction.spans_of(f"{FORM}{field}")
    here = overlap(place, spans)
    elsewhere = 0.0 if here else max((span.confidence for span in spans), default=0.0)
    return only_present({"meant": here, "meant_elsewhere": elsewhere})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that was heard, and what speaks for and against it."""

    mention: Mention
    features: Features


@dataclass(frozen=True, slots=True)
class Choice:
    """Weights of features, by field. That nothing of what was heard is meant has the score 0."""

    weights: Mapping[str, Mapping[str, float]]

    @classmethod
    def open(cls, path: Path) -> Choice:
        """Read a file that `save` wrote. Errors: BundleError."""
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            weights = {field: {k: float(v) for k, v in own.items()} for field, own in stored.items()}
            if not all(math.isfinite(weight) for own in weights.values() for weight in own.values()):
                raise ValueError("a weight is no finite number")
            return cls(weights)
        except (OSError, ValueError, AttributeError, TypeError) as error:
            raise BundleError(
                f"{path.name}: weights of a choice cannot be read ({error}); write it with service.form.learn"
            ) from error

    def knows(self, *fields: str) -> bool:
        """Whether there are weights for all of the fields."""
        return all(field in self.weights for field in fields)

    def save(self, path: Path) -> None:
        """Write, then rename."""
        draft = path.with_suffix(".draft")
        rounded = {field: {k: round(v, 3) for k, v in own.items()} for field, own in self.weights.items()}
        draft.write_text(json.dumps(rounded, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        draft.rename(path)

    def score(self, field: str, features: Features) -> float:
        """What speaks for a candidate, in log odds against nothing."""
        own = self.weights.get(field, {})
        return sum(own.get(name, 0.0) * value for name, value in features.items())

    def shares(self, field: str, candidates: Sequence[Features]) -> list[float]:
        """How likely each candidate is the one; what is missing to 1 is for none of them."""
        scores = [self.score(field, features) for features in candidates]
        highest = max((0.0, *scores))
        odds = [math.exp(score - highest) for score in scores]
        total = sum(odds) + math.exp(-highest)
        return [odd / total for odd in odds]

    def by_value(self, field: str, candidates: Sequence[Features], values: Sequence[str]) -> dict[str, float]:
        """The shares of each value, however often it was said."""
        shares: dict[str, float] = {}
        for value, share in zip(values, self.shares(field, candidates), strict=True):
            shares[value] = shares.get(value, 0.0) + share
        return shares

    def best(self, field: str, candidates: Sequence[Features], values: Sequence[str]) -> str | None:
        """The likeliest value, the first of equals; None where none of them is likelier."""
        return _likeliest(self.by_value(field, candidates, values))

    def choose(self, field: str, candidates: Sequence[Candidate], talk: Talk, *, within: int | None = None) -> Field:
        """The most likely value; what was taken back gives way, what is repeated gains, what contradicts is shown.

        `within`: how near to the next value a value must have been taken back.
        """
        ordered = sorted(candidates, key=lambda c: c.mention.places[0].order)
        gone = withdrawn_values([c.mention for c in ordered], talk, within=within)
        standing = [c for c in ordered if c.mention.value not in gone]
        shares = self.by_value(field, [c.features for c in standing], [c.mention.value for c in standing])
        best = _likeliest(shares)
        if best is None:
            return MISSING
        chosen = field_of([c.mention for c in standing if c.mention.value == best], confidence=min(0.97, shares[best]))
        others = sorted((v for v in shares if v != best), key=lambda value: -shares[value])
        rivals = [value for value in others if shares[best] - shares[value] < _CLOSE]
        alternatives = tuple(dict.fromkeys((*others, *(c.mention.value for c in ordered if c.mention.value in gone))))
        return replace(chosen, alternatives=alternatives, status="conflict" if rivals else chosen.status)


def _likeliest(shares: Mapping[str, float]) -> str | None:
    if not shares or max(shares.values()) < 1.0 - sum(shares.values()):
        return None
    return max(shares, key=lambda value: shares[value])
