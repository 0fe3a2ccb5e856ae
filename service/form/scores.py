"""Scores: how near a filled form is to the one that a person wrote — counts of one field, and the words compared."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.form.field import Place

Stretch = tuple[int, int, int]  # segment, start, end


@dataclass
class Tally:
    """Counts of one field over calls. A call in which both sides have a value gives its best character F1 to `rough`.

    `heard` counts mentions: calls whose filled field rests on words that overlap the gold ones.
    """

    right: int = 0
    filled: int = 0
    gold: int = 0
    false: int = 0
    sure_false: int = 0
    absent: int = 0
    rough: float = 0.0
    both: int = 0
    heard: int = 0
    evidenced: int = 0
    marked: int = 0
    errors: list[str] = field(default_factory=list)

    def add(self, name: str, value: Any, gold: Sequence[Any], *, sure: bool = True) -> bool:
        """One call's value against its gold ones, of which the form shows one; whether it is right."""
        self.filled += value is not None
        self.gold += bool(gold)
        self.absent += not gold
        self.false += value is not None and not gold
        self.sure_false += value is not None and not gold and sure
        if value is not None and gold:
            self.both += 1
            self.rough += max(rouge_l(str(value), str(expected)) for expected in gold)
        right = value is not None and any(same(name, value, expected) for expected in gold)
        self.right += right
        return right

    def add_mentions(self, places: Sequence[Place], gold: Sequence[Stretch]) -> None:
        """One call's evidence against the words that the gold value rests on."""
        self.evidenced += bool(places)
        self.marked += bool(gold)
        self.heard += any(
            place.segment == segment and place.start < end and start < place.end
            for place in places
            for segment, start, end in gold
        )

    @property
    def precision(self) -> float:
        """Of the filled values, those that are right."""
        return self.right / max(self.filled, 1)

    @property
    def recall(self) -> float:
        """Of the gold values, those that were found."""
        return self.right / max(self.gold, 1)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall of the value."""
        return _f1(self.right, self.filled, self.gold)

    @property
    def mention_f1(self) -> float:
        """Harmonic mean of precision and recall of the words that the value rests on."""
        return _f1(self.heard, self.evidenced, self.marked)

    @property
    def character_f1(self) -> float:
        """Mean F1 of characters where both sides have a value."""
        return self.rough / max(self.both, 1)

    @property
    def whole_character_f1(self) -> float:
        """The same over all calls in which either side has a value; a miss and a false fill count 0."""
        return self.rough / max(self.filled + self.gold - self.both, 1)

    @property
    def false_rate(self) -> float:
        """Of the calls in which nobody said it, those in which the form shows a value."""
        return self.false / max(self.absent, 1)

    @property
    def sure_false_rate(self) -> float:
        """The same, suggestions and conflicts left out."""
        return self.sure_false / max(self.absent, 1)


@dataclass
class ConfirmTally:
    """Questions that confirm a doubtful value, against whether it is wrong; and those for 起因 and 经过."""

    confirmed: int = 0
    wrong: int = 0
    story: int = 0

    def line(self, moment: str) -> str:
        """The figures as a line."""
        share = self.wrong / max(self.confirmed, 1)
        return f"confirmations {moment}: {self.confirmed}, of a wrong value {share:.3f}; for the story {self.story}"


@dataclass
class AskTally:
    """Questions for missing fields against what the gold form lacks at that moment."""

    asked: int = 0
    lacking: int = 0
    both: int = 0
    first: int = 0
    first_right: int = 0

    def add(self, asked: Sequence[str], lacking: Collection[str]) -> None:
        """One moment: the fields that are asked for, best first, and those that the gold form lacks."""
        self.asked += len(asked)
        self.lacking += len(lacking)
        self.both += sum(name in lacking for name in asked)
        self.first += bool(asked)
        self.first_right += bool(asked) and asked[0] in lacking

    def line(self, moment: str) -> str:
        """The figures as a line."""
        precision, recall = self.both / max(self.asked, 1), self.both / max(self.lacking, 1)
        first = self.first_right / max(self.first, 1)
        return (
            f"questions {moment}: precision {precision:.3f} ({self.asked}), recall {recall:.3f} ({self.lacking}), "
            f"first question right {first:.3f} ({self.first})"
        )


def longest_common(first: str, second: str) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(second) + 1)
    for character in first:
        previous = 0
        for place, other in enumerate(second, 1):
            previous, row[place] = row[place], previous + 1 if character == other else max(row[place], row[place - 1])
    return row[-1]


def rouge_l(said: str, gold: str) -> float:
    """F1 of the longest common subsequence of characters."""
    return 2 * longest_common(said, gold) / (len(said) + len(gold)) if said or gold else 1.0


def same(name: str, value: Any, gold: Any) -> bool:
    """Whether a value is the gold one. A time counts if it starts in the same stretch as the gold one does."""
    if name != "event_time":
        return bool(str(value) == str(gold))
    return _start(str(value)).startswith(_start(str(gold)))


_HOUR = re.compile(r"(?<!\d)(\d:\d\d)")


def _start(value: str) -> str:
    """The start of a time; hours are noted in several ways: 2025-07-28 21:00, 每晚22:00至次日7:00."""
    if value.startswith("recurring"):
        value = value.split("（")[0].replace("至次日", "-").replace("每晚", "每天")
        return _HOUR.sub(r"0\1", value)
    return re.sub(r"(?<=\d) (?=\d)", "T", value.split("/")[0])


def _f1(right: int, filled: int, gold: int) -> float:
    return 2 * right / (filled + gold) if filled + gold else 0.0
