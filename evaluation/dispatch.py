"""Dispatch: orders beside the units that people named → figures, confusions and what each rule was worth."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Final

import numpy as np

from evaluation.errors import EvaluationError
from evaluation.figures import Figures, measure_all
from evaluation.metrics import Confusion, accuracy
from evaluation.moves import WhatIf, compare_profiles
from evaluation.orders import Order, Replayed
from evaluation.reliability import coverage, expected_error
from evaluation.resample import Statistic, draw_weights
from evaluation.units import Gold

_PAIRS: Final = 20
# One unit that answers more than this share would drown the others: figures are given without it, too.
_DOMINANT: Final = 0.5

Pair = tuple[Order, Gold]


@dataclass(frozen=True, slots=True)
class RuleWorth:
    """A rule: tickets that it spoke on, those in which it took the lead, how many of these went to a unit that people
    named, and how many the model's own first unit would have."""

    rule: str
    matched: int
    led: int
    right: int
    right_without: int


@dataclass(frozen=True)
class DispatchReport:
    """All that `suqiu-evaluate dispatch` tells. Ids, units and numbers only: no document is in it.

    `function`: the model alone; `lead`: after territory and rules, on tickets that people left to a function (the
    places of other tickets may be masked or unknown), and `model_alone` on the same ones; `candidates`: the ranking of
    territory, history, rules and model on the same ones; `hosted`: whether the territory hosts, after the rules;
    `auto`: orders that would go out unseen. `svm` has the names of `function` and `hosted`.
    """

    bundle: str
    data: str
    documents: int
    flawed: int
    figures: Mapping[str, Figures]
    svm: Mapping[str, Figures] = field(default_factory=dict)
    grounds: Mapping[str, int] = field(default_factory=dict)
    confusions: tuple[Confusion, ...] = ()
    rules: tuple[RuleWorth, ...] = ()
    unknown_units: tuple[str, ...] = ()
    what_if: WhatIf | None = None

    def to_json(self) -> str:
        """As `dispatch.json` holds it."""
        plain = asdict(self)
        for part in ("figures", "svm"):
            plain[part] = {
                name: {key: figure.model_dump() for key, figure in figures.items()}
                for name, figures in getattr(self, part).items()
            }
        return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"


def build_dispatch(
    rows: Sequence[Replayed],
    gold: Sequence[Gold],
    *,
    bundle: str,
    data: str,
    profile: str | None = None,
    rival: Mapping[str, Figures] = MappingProxyType({}),
    unknown_units: Sequence[str] = (),
) -> DispatchReport:
    """Figures where `gold` is known, and what moves where a changed `profile` was replayed, too.

    Errors: EvaluationError where labels and rows are not equally many.
    """
    if gold and len(gold) != len(rows):
        raise EvaluationError(f"{data} has {len(gold)} labels for {len(rows)} rows; save it again, one row a line")
    pairs = pair_up(rows, gold) if gold else []
    return DispatchReport(
        bundle=bundle,
        data=data,
        documents=len(rows),
        flawed=sum(row.flaw is not None for row in rows),
        figures=measure_orders(pairs),
        svm=_line_up(rival),
        grounds=dict(Counter(row.orders[0].ground for row in rows if row.orders)),
        confusions=confuse_units(pairs),
        rules=weigh_rules(pairs),
        unknown_units=tuple(unknown_units),
        what_if=compare_profiles(rows, gold, profile=profile, is_right=is_right) if profile else None,
    )


def measure_orders(pairs: Sequence[Pair]) -> dict[str, Figures]:
    """Figures by part, each with its interval and the number of rows that have such a label."""
    named = [pair for pair in pairs if pair[1].units and pair[0].function]
    figures = {"function": measure_function(named)}
    if dominant := find_dominant(named):
        others = [pair for pair in named if pair[1].units[0] != dominant]
        figures[f"function without {dominant}"] = measure_function(others)
    left = [pair for pair in named if pair[1].hosted is not True]
    figures["lead"] = _measure({
        "top1": [order.lead == gold.units[0] for order, gold in left],
        "accepted": [order.lead in gold.units for order, gold in left],
        "model_alone": [order.function[0].unit == gold.units[0] for order, gold in left],
    })  # fmt: skip
    figures["candidates"] = measure_candidates([pair for pair in left if pair[0].candidates])
    marked = [pair for pair in pairs if pair[1].hosted is not None]
    figures["hosted"] = _measure({"accuracy": [order.hosted is gold.hosted for order, gold in marked]})
    figures["auto"] = _measure_auto([pair for pair in marked if pair[1].units])
    return {name: of_part for name, of_part in figures.items() if of_part}


def measure_function(pairs: Sequence[Pair]) -> Figures:
    """The model alone: first unit, first three, first among all named, coverage at 95 % precision, and the calibration
    error of the first one's score."""
    if not pairs:
        return {}
    first = np.array([order.function[0].unit == gold.units[0] for order, gold in pairs])
    top3 = [gold.units[0] in [one.unit for one in order.function[:3]] for order, gold in pairs]
    accepted = [order.function[0].unit in gold.units for order, gold in pairs]
    confidence = np.array([order.function[0].score for order, _ in pairs], dtype=np.float32)
    statistics: dict[str, Statistic] = {
        "top1": accuracy(first),
        "top3": accuracy(np.array(top3)),
        "accepted": accuracy(np.array(accepted)),
        "coverage95": coverage(confidence, first),
        "calibration_error": expected_error(confidence, first),
    }
    return measure_all(statistics, draw_weights(len(pairs)))


def measure_candidates(pairs: Sequence[Pair]) -> Figures:
    """The mixture of territory, history, rules and model: first unit, first three, first among all named, and the
    calibration error of the first one's score."""
    if not pairs:
        return {}
    first = np.array([order.candidates[0].unit == gold.units[0] for order, gold in pairs])
    top3 = [gold.units[0] in [one.unit for one in order.candidates[:3]] for order, gold in pairs]
    accepted = [order.candidates[0].unit in gold.units for order, gold in pairs]
    confidence = np.array([order.candidates[0].score for order, _ in pairs], dtype=np.float32)
    statistics: dict[str, Statistic] = {
        "top1": accuracy(first),
        "top3": accuracy(np.array(top3)),
        "accepted": accuracy(np.array(accepted)),
        "calibration_error": expected_error(confidence, first),
    }
    return measure_all(statistics, draw_weights(len(pairs)))


def find_dominant(pairs: Sequence[Pair]) -> str | None:
    """The unit that answers most of the rows, if one does."""
    counts = Counter(gold.units[0] for _, gold in pairs)
    return next((unit for unit, count in counts.most_common(1) if count > _DOMINANT * len(pairs)), None)


def pair_up(replayed: Sequence[Replayed], gold: Sequence[Gold]) -> list[Pair]:
    """The bundle's own order of each row beside its gold; rows that could not be read are left out."""
    return [(row.orders[0], one) for row, one in zip(replayed, gold, strict=True) if row.orders]


def confuse_units(pairs: Iterable[Pair]) -> tuple[Confusion, ...]:
    """First units that people named and first units of the model, where they differ, most frequent first."""
    wrong = Counter(
        (gold.units[0], order.function[0].unit)
        for order, gold in pairs
        if gold.units and order.function and order.function[0].unit != gold.units[0]
    )
    return tuple(Confusion(said, found, count) for (said, found), count in wrong.most_common(_PAIRS))


def weigh_rules(pairs: Sequence[Pair]) -> tuple[RuleWorth, ...]:
    """What each rule did, the busiest first. A rule's lead is right if people named it, wherever in their list."""
    rules = Counter(rule for order, _ in pairs for rule in order.rules)
    worth = []
    for rule, matched in rules.most_common():
        led = [(o, g) for o, g in pairs if o.ground == "rule" and leading_rule(o) == rule and g.units]
        right = sum(order.lead in gold.units for order, gold in led)
        alone = sum(bool(order.function) and order.function[0].unit in gold.units for order, gold in led)
        worth.append(RuleWorth(rule, matched, len(led), right, alone))
    return tuple(worth)


def leading_rule(order: Order) -> str | None:
    """The rule that took the lead, where one did; it stands first."""
    return order.rules[0] if order.ground == "rule" and order.rules else None


def _line_up(rival: Mapping[str, Figures]) -> dict[str, Figures]:
    """The SVM's figures under the names that this report has for them."""
    renamed = {"departments": ("function", {"accuracy": "top1", "top3": "top3", "accepted": "accepted"}),
               "territorial": ("hosted", {"accuracy": "accuracy"})}  # fmt: skip
    return {
        part: {ours: rival[head][theirs] for theirs, ours in names.items() if theirs in rival[head]}
        for head, (part, names) in renamed.items()
        if head in rival
    }


def _measure(parts: Mapping[str, Sequence[bool]]) -> Figures:
    statistics = {name: accuracy(np.array(hits, dtype=bool)) for name, hits in parts.items()}
    return measure_all(statistics, draw_weights(max(map(len, parts.values()))))


def _measure_auto(pairs: Sequence[Pair]) -> Figures:
    share = _measure({"share": [order.decision == "auto" for order, _ in pairs]}) if pairs else {}
    sent = [pair for pair in pairs if pair[0].decision == "auto"]
    return {**share, **_measure({"precision": [is_right(order, gold) for order, gold in sent]})}


def is_right(order: Order, gold: Gold) -> bool:
    """Whether an order went where people would send it: to the territory if it hosts, else to a unit they named."""
    return order.ground == "territory" if gold.hosted else order.lead in gold.units
