"""Learn: labelled calls → the weights by which the form chooses between several values that were heard.

    python -m service.form.learn --calls calls.jsonl --bundle runs/without-them --out models/store/city/choice.json

A conditional logit over the candidates of a call, "none of them" among them; weights are pulled towards those that
were set by hand (`choice_prior.json`, or `--from`), so that a few dozen calls move only what they speak for. Annotators
of different files note a value more or less readily, and take other things for it (a village for a point): each file
after the first has deviations of its own, pulled towards none, which are not kept. Prints how often the choice is
right, on calls left out, beside what the weights to stay near give; where these are as good, they stand.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.bundle import Bundle
from models.prediction import Prediction
from service.form.choice import Choice, Features
from service.form.demands import fill_demand
from service.form.fill import FormFiller, kind_of
from service.form.marked import NEAR
from service.form.mention import withdrawn_values
from service.form.scores import same
from service.form.talk import Talk
from service.form.time.times import Times
from service.ticket import CHINA, Ticket

NAMES = ("poi", "target_entity")  # the party is chosen after the point, and heeds it
FIELDS = ("amount", "co_callers", "event_time", *NAMES)
# Set by hand, but for sums and head counts, whose weights were learnt from 670 calls for bundle 0.6.0. What is learnt
# stays near it, however often it is learnt.
PRIOR = Path(__file__).with_name("choice_prior.json")
_PULL = 4.0  # how strongly weights are held where they stand
_FOLDS = 5
_ROUNDS = 600
_FILE = "file "

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """One call: its candidates, which of them are right, and whether the field was said at all."""

    candidates: Sequence[Features]
    values: Sequence[str]
    right: Sequence[bool]
    said: bool

    @property
    def can_teach(self) -> bool:
        """Whether the right answer is among the choices."""
        return any(self.right) or not self.said


def case_of(
    field: str, ticket: Ticket, prediction: Prediction, values: Sequence[Any], filler: FormFiller, choice: Choice
) -> Case:
    """The choice that a call asks for, points settled by `choice`; `values` are the gold ones."""
    talk = Talk.of(ticket)
    if field != "event_time":
        heard = sorted(
            filler.candidates(field, ticket, prediction, choice), key=lambda one: one.mention.places[0].order
        )
        near = NEAR if field in NAMES else None
        gone = withdrawn_values([one.mention for one in heard], talk, within=near)
        standing = [one for one in heard if one.mention.value not in gone]
        features, found = [one.features for one in standing], [one.mention.value for one in standing]
        values_of = found
    else:
        kind = kind_of(talk, prediction, fill_demand(talk, prediction))
        times = Times.of(talk, prediction, ticket.received_at.astimezone(CHINA), kind=kind)
        features = [h.signs for h in times.standing]
        found = [times.completed(h).value for h in times.standing]
        values_of = [h.when.value for h in times.standing]
    right = [any(_is_meant(field, value, gold) for gold in values) for value in found]
    return Case(features, values_of, right, said=bool(values))


_CLOCK = re.compile(r"\d\d?:\d\d")


def _is_meant(field: str, value: str, gold: Any) -> bool:
    """Whether a value is the gold one, or tells of the same recurrence in other words."""
    if field == "event_time" and str(gold).startswith("recurring") and value.startswith("recurring"):
        clocks = [_CLOCK.findall(one)[:1] for one in (value, str(gold))]
        return bool(clocks[0]) and clocks[0][0].zfill(5) == (clocks[1] or [""])[0].zfill(5)
    return same(field, value, gold)


def fit(field: str, cases: Sequence[Case], start: Choice) -> Choice:
    """Weights for a field, near those of `start`."""
    old = dict(start.weights.get(field, {}))
    names = sorted({name for case in cases for features in case.candidates for name in features} | set(old))
    base = np.array([old.get(name, 0.0) for name in names])
    teaching = [case for case in cases if case.can_teach and case.candidates]
    table, wanted = _tables(teaching, names)
    weights, first, second = base.copy(), np.zeros(len(names)), np.zeros(len(names))
    for step in range(1, _ROUNDS + 1):
        slope = 2 * _PULL * (weights - base) + _slope(table, wanted, weights)
        # Adam: no step length to choose for features of such different frequency.
        first, second = 0.9 * first + 0.1 * slope, 0.999 * second + 0.001 * slope**2
        weights -= 0.02 * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return Choice({**start.weights, field: dict(zip(names, map(float, weights), strict=True))})


def _tables(cases: Sequence[Case], names: Sequence[str]) -> tuple[Array, Array]:
    """Features (cases, choices, names) and right answers (cases, choices), padded; the last choice is none."""
    most = max((len(case.candidates) for case in cases), default=0) + 1
    table, wanted = np.zeros((len(cases), most, len(names))), np.full((len(cases), most), np.nan)
    for n, case in enumerate(cases):
        for m, features in enumerate(case.candidates):
            table[n, m] = [features.get(name, 0.0) for name in names]
            wanted[n, m] = case.right[m]
        wanted[n, -1] = not any(case.right)
    return table, wanted


def _slope(table: Array, wanted: Array, weights: Array) -> Array:
    scores = np.where(np.isnan(wanted), -np.inf, table @ weights)
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    aims = shares * np.nan_to_num(wanted)
    aims /= np.maximum(aims.sum(axis=1, keepdims=True), 1e-12)
    slope: Array = np.einsum("nm,nmk->k", shares - aims, table)
    return slope


def is_right(field: str, case: Case, choice: Choice) -> bool:
    """Whether the likeliest value is right, or rightly none is taken."""
    best = choice.best(field, case.candidates, case.values)
    if best is None:
        return not case.said
    return any(right for value, right in zip(case.values, case.right, strict=True) if value == best)


def held_out(field: str, cases: Sequence[Case], start: Choice) -> float:
    """Share of calls right, each under weights learnt from the other folds."""
    right = 0
    for fold in range(_FOLDS):
        taught = _without_files(fit(field, [case for n, case in enumerate(cases) if n % _FOLDS != fold], start), field)
        right += sum(is_right(field, case, taught) for case in cases[fold::_FOLDS])
    return right / max(len(cases), 1)


def _gold(call: Any, field: str) -> list[Any]:
    return [entry["v"] for entry in call["gold"]["fields"] if entry["f"] == field]


def _of_file(number: int, case: Case) -> Case:
    if not number:
        return case
    deviating = [{f"{_FILE}{number} {name}": sign for name, sign in one.items()} for one in case.candidates]
    return replace(case, candidates=[{**one, **own} for one, own in zip(case.candidates, deviating, strict=True)])


def _without_files(choice: Choice, field: str) -> Choice:
    kept = {name: weight for name, weight in choice.weights[field].items() if not name.startswith(_FILE)}
    return Choice({**choice.weights, field: kept})


def main() -> None:
    """Command line."""
    from service.form.measure import predictions_of, ticket_of

    parser = argparse.ArgumentParser(prog="python -m service.form.learn")
    parser.add_argument("--calls", type=Path, required=True, action="append", help="labelled calls; repeatable")
    parser.add_argument(
        "--bundle",
        type=Path,
        action="append",
        help="what the model says of them: one for all files, or one for each; none that learnt from them",
    )
    parser.add_argument("--from", dest="start", type=Path, default=PRIOR, help="weights to stay near")
    parser.add_argument("--field", action="append", choices=FIELDS, help="what to learn; repeatable; default: all")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    files = [
        [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        for path in given.calls
    ]
    bundles: list[Path | None] = [*(given.bundle or [None])]
    bundles *= len(files) if len(bundles) == 1 else 1
    if len(bundles) != len(files):
        parser.error(f"{len(bundles)} bundles for {len(files)} files; name one, or one for each file")
    calls = [call for file in files for call in file]
    tickets = [ticket_of(call, turns=len(call["turns"])) for call in calls]
    numbers = [number for number, file in enumerate(files) for _ in file]
    predictions: list[Prediction] = []
    for number, (file, bundle) in enumerate(zip(files, bundles, strict=True)):
        own = [ticket for place, ticket in zip(numbers, tickets, strict=True) if place == number]
        predictions += predictions_of(file, own, bundle=bundle, oracle=False)
    choice = Choice.open(given.start)
    fillers = [FormFiller.open(Bundle.open(bundle) if bundle else None) for bundle in bundles]
    for field in given.field or FIELDS:
        cases = [
            _of_file(number, case_of(field, ticket, prediction, _gold(call, field), fillers[number], choice))
            for number, call, ticket, prediction in zip(numbers, calls, tickets, predictions, strict=True)
        ]
        before = sum(is_right(field, case, choice) for case in cases) / max(len(cases), 1)
        among = sum(case.can_teach for case in cases) / max(len(cases), 1)
        after = held_out(field, cases, choice)
        if after > before:
            choice = _without_files(fit(field, cases, choice), field)
        sys.stdout.write(
            f"{field}: {len(cases)} calls, the right one among what was heard in {among:.3f}; chosen rightly"
            f" {before:.3f} with the weights to stay near, {after:.3f} with weights learnt from the other calls:"
            f" {'learnt' if after > before else 'left as they are'}\n"
        )
    choice.save(given.out)


if __name__ == "__main__":
    main()
