"""Choice: of several values that were heard, the one that the field is about; by weights learnt from labelled calls.

Recognisers find every sum and every time that was said. Which of them the matter is about shows in small signs: how it
was asked for, what stands before it, whether it is said again. Each sign is a feature with a weight, learnt by
`python -m service.form.learn` and kept in a city file (`choice.json`), so that a city can learn its own.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from models.errors import BundleError
from service.form.field import MISSING, Field
from service.form.mention import Mention, field_of, withdrawn_values
from service.form.talk import Talk

CHOICE = "choice.json"
_CLOSE = 0.15  # two values whose shares differ by less contradict each other

Features = Mapping[str, float]


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
            return cls({field: {k: float(v) for k, v in own.items()} for field, own in stored.items()})
        except (OSError, ValueError, AttributeError, TypeError) as error:
            raise BundleError(
                f"{path.name}: weights of a choice cannot be read ({error}); write it with service.form.learn"
            ) from error

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

    def choose(self, field: str, candidates: Sequence[Candidate], talk: Talk) -> Field:
        """The most likely value; what was taken back gives way, what is repeated gains, what contradicts is shown."""
        ordered = sorted(candidates, key=lambda c: (c.mention.places[0].segment, c.mention.places[0].start))
        gone = withdrawn_values([c.mention for c in ordered], talk)
        standing = [c for c in ordered if c.mention.value not in gone]
        shares: dict[str, float] = {}
        for candidate, share in zip(standing, self.shares(field, [c.features for c in standing]), strict=True):
            shares[candidate.mention.value] = shares.get(candidate.mention.value, 0.0) + share
        none = 1.0 - sum(shares.values())
        if not shares or max(shares.values()) < none:
            return MISSING
        # The last of equals stands: people correct themselves without saying so.
        best = max(reversed(list(shares)), key=lambda value: shares[value])
        chosen = field_of([c.mention for c in standing if c.mention.value == best], confidence=min(0.97, shares[best]))
        others = sorted((v for v in shares if v != best), key=lambda value: -shares[value])
        rivals = [value for value in others if shares[best] - shares[value] < _CLOSE]
        alternatives = tuple(dict.fromkeys((*others, *(c.mention.value for c in ordered if c.mention.value in gone))))
        return replace(chosen, alternatives=alternatives, status="conflict" if rivals else chosen.status)
