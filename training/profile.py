"""Profile: a history of decisions → a proposed city profile, and how much of other decisions it explains.

`suqiu-train profile` writes `profile.toml` (units, territory, priors) and, where the export tells of returns,
`returns.toml`; both are read by the service. Nothing here looks at a text.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from evaluation.figures import Figures, measure_all
from evaluation.metrics import accuracy
from evaluation.reliability import coverage
from evaluation.resample import draw_weights
from evaluation.units import UnitNames
from training.history import Outcome

# Orders of its own that a kind needs to weigh as much as the wider kind that it belongs to.
_SMOOTHING: Final = 3.0
# A unit is a street's own if at least this share of its orders lies there.
_LOCAL: Final = 0.9
# A narrower prior is worth a line if it names another unit first, or is this much surer or less sure.
_NEWS: Final = 0.2
_UNITS: Final = 4
# Fewer orders than these are no precedent. This and _NEWS were chosen within the older 80 % of Pingshan's decisions.
MIN_SUPPORT: Final = 3

Place = tuple[str | None, str | None]  # district, street
Key = tuple[tuple[str, ...], Place]  # category from the top down, place; both empty: every order
Shares = Mapping[str, float]
ANYWHERE: Final[Place] = (None, None)


@dataclass(frozen=True, slots=True)
class LearntUnit:
    """A unit of the export: the id that the profile gives it, its names, and its street if it has one."""

    id: str
    name: str
    aliases: tuple[str, ...]
    orders: int
    known: bool
    home: Place | None


@dataclass(frozen=True, slots=True)
class LearntHost:
    """The unit that hosts a street: of `orders` there, `local` went to units of the street, `own` to this one."""

    place: Place
    unit: str
    orders: int
    local: int
    own: int


@dataclass(frozen=True, slots=True)
class LearntPrior:
    """Who settled the orders of a category and place: support, and units with their shares, best first."""

    key: Key
    support: int
    units: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Proposal:
    """What was learnt. `priors` stand narrowest first, and the first that fits a ticket counts."""

    units: tuple[LearntUnit, ...]
    hosts: tuple[LearntHost, ...]
    priors: tuple[LearntPrior, ...]
    orders: int
    fallback: str

    def rank(self, outcome: Outcome, *, count: int = 3) -> list[tuple[str, float]]:
        """Units for an order by what the profile would hold: its priors, wider ones behind narrower ones."""
        keys = set(_list_keys(outcome))
        found: dict[str, float] = {}
        for prior in self.priors:
            if prior.key in keys:
                for unit, share in prior.units:
                    found.setdefault(unit, share)
        for other in self.units:
            found.setdefault(other.id, 0.0)
        return list(found.items())[:count]


def learn_profile(outcomes: Sequence[Outcome], *, names: UnitNames, min_support: int = MIN_SUPPORT) -> Proposal:
    """Units, territory and priors of a history."""
    ids = name_units(outcomes, names)
    counts: dict[Key, Counter[str]] = defaultdict(Counter)
    for outcome in outcomes:
        for key in _list_keys(outcome):
            counts[key][ids[outcome.unit]] += 1
    units = _describe_units(outcomes, ids, names)
    return Proposal(
        units=units,
        hosts=tuple(_find_hosts(units, counts)),
        priors=tuple(_learn_priors(counts, min_support=min_support)),
        orders=len(outcomes),
        fallback="zwb" if "zwb" in names.departments else units[0].id,
    )


def name_units(outcomes: Sequence[Outcome], names: UnitNames) -> dict[str, str]:
    """Ids for the profile by the export's ids: those of our list where a name or alias is the same, else new ones."""
    orders = Counter(outcome.unit for outcome in outcomes)
    called: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in outcomes:
        called[outcome.unit][outcome.unit_name] += 1
    ids: dict[str, str] = {}
    for rank, (unit, _) in enumerate(orders.most_common(), start=1):
        known = next((found for name, _ in called[unit].most_common() if (found := names.find_exact(name))), None)
        ids[unit] = known or _new_id(unit, rank, taken={*ids.values(), *names.departments})
    return ids


def _new_id(unit: str, rank: int, *, taken: Collection[str]) -> str:
    """An id that no other unit has: made of the export's where that can be one, else of its rank."""
    plain = unit.lower() if unit.isascii() and unit.replace("-", "").replace("_", "").isalnum() else f"{rank:03}"
    wanted = f"u-{plain}"[:32]
    others = (f"{wanted[:27]}-{number}" for number in range(2, len(taken) + 3))
    return next(one for one in (wanted, *others) if one not in taken)


def _list_keys(outcome: Outcome) -> list[Key]:
    """From every order to the narrowest kind: each level of the category, anywhere and at the place."""
    place = (outcome.district, outcome.subdistrict)
    places = [ANYWHERE] if outcome.subdistrict is None else [ANYWHERE, place]
    return [(outcome.category[:depth], at) for depth in range(len(outcome.category) + 1) for at in places]


def _describe_units(outcomes: Sequence[Outcome], ids: Mapping[str, str], names: UnitNames) -> tuple[LearntUnit, ...]:
    called: dict[str, Counter[str]] = defaultdict(Counter)
    homes: dict[str, Counter[Place]] = defaultdict(Counter)
    for outcome in outcomes:
        called[ids[outcome.unit]][outcome.unit_name] += 1
        homes[ids[outcome.unit]][(outcome.district, outcome.subdistrict)] += 1
    units = []
    for unit, by_name in called.items():
        (first, *others), orders = [name for name, _ in by_name.most_common()], by_name.total()
        home, at_home = homes[unit].most_common(1)[0]
        is_local = home[1] is not None and at_home >= _LOCAL * orders
        known = unit in names.departments
        units.append(LearntUnit(unit, first, tuple(others), orders, known, home if is_local else None))
    return tuple(sorted(units, key=lambda unit: -unit.orders))


def _find_hosts(units: Iterable[LearntUnit], counts: Mapping[Key, Counter[str]]) -> Iterable[LearntHost]:
    for (category, place), of_place in sorted(counts.items(), key=lambda item: -item[1].total()):
        if category or place == ANYWHERE:
            continue
        local = {unit.id: of_place[unit.id] for unit in units if unit.home == place}
        if local:
            unit = max(local, key=lambda one: local[one])
            yield LearntHost(place, unit, of_place.total(), sum(local.values()), local[unit])


def _learn_priors(counts: Mapping[Key, Counter[str]], *, min_support: int) -> list[LearntPrior]:
    """From wide to narrow, each kind drawn towards the wider one; a line only where it says something new."""
    shares: dict[Key, Shares] = {}
    kept: dict[Key, LearntPrior] = {}
    for key in sorted(counts, key=lambda key: (len(key[0]), key[1] != ANYWHERE)):
        of_key, wider = counts[key], _widen(key)
        above = shares.get(wider, {}) if wider else {}
        shares[key] = _smooth(of_key, above)
        best = sorted(shares[key].items(), key=lambda item: -item[1])[:_UNITS]
        if key == ((), ANYWHERE) or of_key.total() < min_support:
            continue
        said = _find_said(key, kept)
        if said is None or said.units[0][0] != best[0][0] or abs(said.units[0][1] - best[0][1]) >= _NEWS:
            kept[key] = LearntPrior(key, of_key.total(), tuple(best))
    return sorted(kept.values(), key=lambda prior: (-len(prior.key[0]), prior.key[1] == ANYWHERE, -prior.support))


def _smooth(counts: Counter[str], wider: Shares) -> dict[str, float]:
    total = counts.total()
    if not wider:
        return {unit: count / total for unit, count in counts.items()}
    drawn = {unit: _SMOOTHING * share for unit, share in wider.items()}
    for unit, count in counts.items():
        drawn[unit] = drawn.get(unit, 0.0) + count
    return {unit: value / (total + _SMOOTHING) for unit, value in drawn.items()}


def _widen(key: Key) -> Key | None:
    """The next wider kind: the same category anywhere, then the category above at any place that was left."""
    category, place = key
    if place != ANYWHERE:
        return category, ANYWHERE
    return (category[:-1], ANYWHERE) if category else None


def _find_said(key: Key, kept: Mapping[Key, LearntPrior]) -> LearntPrior | None:
    """What the profile would say without this line: the narrowest kept prior of a wider kind."""
    category, place = key
    for depth in range(len(category), -1, -1):
        for at in (place, ANYWHERE) if place != ANYWHERE else (ANYWHERE,):
            if (category[:depth], at) != key and (category[:depth], at) in kept:
                return kept[category[:depth], at]
    return None


@dataclass(frozen=True, slots=True)
class Explained:
    """How much of held-back decisions each way explains, learnt from the others. `unseen`: of units not seen before."""

    learnt: int
    held_back: int
    unseen: int
    figures: Mapping[str, Figures]


def split_history(
    outcomes: Sequence[Outcome], *, share: float, by_time: bool, seed: int = 0
) -> tuple[list[Outcome], list[Outcome]]:
    """Decisions to learn from, and those held back: the latest, or a random draw."""
    ordered = sorted(outcomes, key=lambda outcome: outcome.time) if by_time else list(outcomes)
    if not by_time:
        random.Random(seed).shuffle(ordered)
    cut = round(len(ordered) * (1 - share))
    return ordered[:cut], ordered[cut:]


def explain_history(
    learnt: Sequence[Outcome], held_back: Sequence[Outcome], *, names: UnitNames, min_support: int = MIN_SUPPORT
) -> Explained:
    """The proposal's top-1, top-3 and coverage at 95 % precision, beside the most frequent unit, the most frequent one
    of the street, and of the category."""
    ids = name_units([*learnt, *held_back], names)
    proposal = learn_profile(learnt, names=names, min_support=min_support)
    # The same names give the same ids on the whole history and on a part of it, but numbers may differ.
    again = name_units(learnt, names)
    ways = {"profile": [proposal.rank(outcome) for outcome in held_back]}
    for way in ("most frequent", "street", "category"):
        ways[way] = _rank_simply(way, learnt, held_back, again)
    gold = [again.get(outcome.unit, f"unseen {ids[outcome.unit]}") for outcome in held_back]
    unseen = sum(one.startswith("unseen ") for one in gold)
    return Explained(len(learnt), len(held_back), unseen, {way: _measure(ranks, gold) for way, ranks in ways.items()})


def _rank_simply(
    way: str, learnt: Sequence[Outcome], held_back: Sequence[Outcome], ids: Mapping[str, str]
) -> list[list[tuple[str, float]]]:
    def read_key(outcome: Outcome) -> Key:
        if way == "street":
            return (), (outcome.district, outcome.subdistrict)
        return (outcome.category, ANYWHERE) if way == "category" else ((), ANYWHERE)

    counts: dict[Key, Counter[str]] = defaultdict(Counter)
    for outcome in learnt:
        counts[read_key(outcome)][ids[outcome.unit]] += 1
        counts[(), ANYWHERE][ids[outcome.unit]] += way != "most frequent"
    ranked = []
    for outcome in held_back:
        of_key = counts.get(read_key(outcome)) or counts[(), ANYWHERE]
        ranked.append([(unit, count / of_key.total()) for unit, count in of_key.most_common(3)])
    return ranked


def _measure(ranks: Sequence[Sequence[tuple[str, float]]], gold: Sequence[str]) -> Figures:
    first = np.array([rank[0][0] == unit for rank, unit in zip(ranks, gold, strict=True)])
    top3 = np.array([unit in [one for one, _ in rank[:3]] for rank, unit in zip(ranks, gold, strict=True)])
    confidence = np.array([rank[0][1] for rank in ranks], dtype=np.float32)
    statistics = {"top1": accuracy(first), "top3": accuracy(top3), "coverage95": coverage(confidence, first)}
    return measure_all(statistics, draw_weights(len(gold)))
