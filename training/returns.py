"""Returns: first and final units of a history → how often which unit sends what back, and how well that foretells it.

The risk is computed as the service computes it from `returns.toml`, so that what is checked is what will be told.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from evaluation.figures import Figures, measure_all
from evaluation.metrics import Booleans
from evaluation.reliability import Array, Bin, bin_reliability, expected_error
from evaluation.resample import Floats, Statistic, divide, draw_weights
from evaluation.units import UnitNames
from models.taxonomy import Department
from training.categories import name_category
from training.history import Outcome

# Orders of a kind before its returns stand on a line of their own.
_MIN_SENT: Final = 20
# Orders of its own that a kind needs to weigh as much as the wider kind that it belongs to.
_SMOOTHING: Final = 20.0

ReturnKey = tuple[str, tuple[str, ...], str | None]  # unit, category from the top down, type


@dataclass(frozen=True, slots=True)
class Sending:
    """One unit that had one order, and whether it sent it back."""

    unit: str
    outcome: Outcome
    came_back: bool


@dataclass(frozen=True)
class Sendings:
    """All of a history. `unknown` orders came back from units that are no final unit, and none that we know by name:
    nobody could be sent there again."""

    sendings: tuple[Sending, ...]
    unknown: int

    @property
    def returned(self) -> int:
        """How many came back."""
        return sum(one.came_back for one in self.sendings)


def list_sendings(outcomes: Sequence[Outcome], ids: Mapping[str, str], *, names: UnitNames) -> Sendings:
    """Who had which order. One that came back counts twice: for the unit that returned it, and for the final one.

    A unit may go by several names: ids are compared, never names.
    """
    found: list[Sending] = []
    unknown = 0
    known = _Firsts.of(outcomes, ids, names=names)
    for outcome in outcomes:
        if outcome.first is None:
            continue
        final = ids[outcome.unit]
        first = known.find(outcome.first, final=final)
        if first is None:
            unknown += 1
        elif first != final:
            found.append(Sending(first, outcome, came_back=True))
        found.append(Sending(final, outcome, came_back=False))
    return Sendings(tuple(found), unknown)


@dataclass(frozen=True)
class _Firsts:
    """Ids by every name or id that the export has for a final unit, then by the names of our list."""

    seen: Mapping[str, frozenset[str]]
    names: UnitNames

    @classmethod
    def of(cls, outcomes: Sequence[Outcome], ids: Mapping[str, str], *, names: UnitNames) -> _Firsts:
        seen: dict[str, set[str]] = defaultdict(set)
        for outcome in outcomes:
            for name in (outcome.unit_name, outcome.unit):
                seen[name].add(ids[outcome.unit])
        called = {unit: tuple(name for name, units in seen.items() if unit in units) for unit in ids.values()}
        own = {unit: Department(unit, of_unit[0], "", of_unit[1:]) for unit, of_unit in called.items()}
        listed = {
            unit: Department(unit, known.name, "", (*known.aliases, *called.get(unit, ())))
            for unit, known in names.departments.items()
        }
        return cls({name: frozenset(units) for name, units in seen.items()}, UnitNames({**own, **listed}))

    def find(self, first: str, *, final: str) -> str | None:
        """The unit of that name; of two that bear it the final one, and if neither is, nobody knows which."""
        units = self.seen.get(first)
        if units is None:
            return self.names.find_exact(first)
        return final if final in units else next(iter(units)) if len(units) == 1 else None


@dataclass(frozen=True)
class ReturnCounts:
    """Orders sent and returned by kind: per unit, per type, and per level of the category."""

    sent: Counter[ReturnKey]
    returned: Counter[ReturnKey]

    @classmethod
    def of(cls, sendings: Sequence[Sending]) -> ReturnCounts:
        """Count every kind that a sending belongs to."""
        sent: Counter[ReturnKey] = Counter()
        returned: Counter[ReturnKey] = Counter()
        for sending in sendings:
            for key in _list_kinds(sending.unit, sending.outcome):
                sent[key] += 1
                returned[key] += sending.came_back
        return cls(sent, returned)

    @property
    def whole(self) -> tuple[int, int]:
        """All orders sent, and those returned."""
        units = {key for key in self.sent if not key[1] and key[2] is None}
        return sum(self.sent[key] for key in units), sum(self.returned[key] for key in units)

    def has_line(self, key: ReturnKey) -> bool:
        """Whether the kind stands on a line of its own: a unit always, a part of its orders if there are enough."""
        _, category, kind = key
        return self.sent[key] >= _MIN_SENT or (self.sent[key] > 0 and not category and kind is None)

    def rate(self, unit: str, outcome: Outcome) -> float | None:
        """The risk that the unit sends such an order back; None without a history of the unit."""
        keys = [key for key in _list_kinds(unit, outcome) if self.has_line(key)]
        if not keys:
            return None
        sent, returned = self.whole
        score = returned / sent
        for key in keys:
            score = (self.returned[key] + _SMOOTHING * score) / (self.sent[key] + _SMOOTHING)
        return score

    def write(self, *, version: str) -> str:
        """`returns.toml`, narrower kinds behind wider ones."""
        sent, returned = self.whole
        lines = ["# Written by suqiu-train profile.", f"version = {_quote(version)}"]
        lines += [f"sent = {sent}", f"returned = {returned}", f"smoothing = {_SMOOTHING}"]
        for key in sorted(self.sent, key=lambda key: (key[0], len(key[1]), key[2] is not None, key[1])):
            unit, category, kind = key
            if not self.has_line(key):
                continue
            lines += ["", "[[returns]]", f"unit = {_quote(unit)}"]
            lines += [f"category = [{_quote(name_category(category))}]"] if category else []
            lines += [f"type = {_quote(kind)}"] if kind else []
            lines += [f"sent = {self.sent[key]}", f"returned = {self.returned[key]}"]
        return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Foretold:
    """How well the risk, learnt from the other orders, separates held-back sendings that came back from those that
    stayed. `unrated`: to units without history. `bins` set the risk beside the share that came back, least first."""

    sendings: int
    returned: int
    unrated: int
    figures: Figures
    bins: tuple[Bin, ...]


def foretell_returns(learnt: Sequence[Sending], held_back: Sequence[Sending]) -> Foretold:
    """AUC (0.5: chance) and calibration error of the risk, with intervals; without returns there is no AUC."""
    counts = ReturnCounts.of(learnt)
    rated = [(risk, one) for one in held_back if (risk := counts.rate(one.unit, one.outcome)) is not None]
    risks = np.array([risk for risk, _ in rated], dtype=np.float64)
    came_back = np.array([one.came_back for _, one in rated], dtype=bool)
    statistics = {"auc": separation(risks, came_back), "calibration_error": expected_error(risks, came_back)}
    return Foretold(
        sendings=len(held_back),
        returned=sum(one.came_back for one in held_back),
        unrated=len(held_back) - len(rated),
        figures=measure_all(statistics, draw_weights(len(rated))) if rated else {},
        bins=bin_reliability(risks, came_back) if rated else (),
    )


def separation(scores: Array, hits: Booleans) -> Statistic:
    """How often a hit has a higher score than a miss, equal scores half (area under the ROC curve)."""
    order = np.argsort(scores, kind="stable")
    ranked, is_hit = scores[order], hits[order].astype(np.float64)
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])

    def statistic(weights: Floats) -> Floats:
        drawn = weights[:, order]
        of_hits = np.add.reduceat(drawn * is_hit, starts, axis=1)
        of_misses = np.add.reduceat(drawn * (1 - is_hit), starts, axis=1)
        below = np.cumsum(of_misses, axis=1) - of_misses / 2
        return divide((of_hits * below).sum(axis=1), of_hits.sum(axis=1) * of_misses.sum(axis=1))

    return statistic


def _list_kinds(unit: str, outcome: Outcome) -> Iterator[ReturnKey]:
    """From all orders of the unit to the narrowest kind, as the file lists them."""
    yield unit, (), None
    if outcome.type:
        yield unit, (), outcome.type
    for depth in range(1, len(outcome.category) + 1):
        yield unit, outcome.category[:depth], None


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
