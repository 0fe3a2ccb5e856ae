"""Measure: filled forms against calls whose fields people wrote down — per field precision, recall, F1, false fills.

python -m service.form.measure --calls calls_dev.jsonl [--bundle PATH | --oracle] [--errors FIELD]

--oracle takes the model's spans from the gold mentions: the ceiling that a perfect model would leave to the rules.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from models.bundle import Bundle
from models.document import Document, Segment
from models.prediction import Prediction, Span
from models.predictor import Predictor
from service.form.fill import FormFiller
from service.ticket import Ticket

_SPANS = {
    **{"caller_name": "caller_name", "contact_phone": "phone", "plate_no": "plate_no", "ref_no": "ref_no"},
    **{"event_address": "location", "caller_address": "location", "event_time": "time", "demand": "demand"},
    **{"target_entity": "target_entity", "amount": "amount", "co_callers": "people_count"},
}
_ROUGH = ("event_address", "caller_address", "poi", "target_entity", "demand")  # scored by characters too


@dataclass
class Tally:
    """Counts of one field. `rough` sums the F1 of characters over calls in which both sides have a value."""

    right: int = 0
    filled: int = 0
    gold: int = 0
    false: int = 0
    absent: int = 0
    rough: float = 0.0
    both: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.right / (self.filled + self.gold) if self.filled + self.gold else 0.0


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


def _start(value: str) -> str:
    if value.startswith("recurring"):
        return value.split("（")[0]
    return value.split("/")[0]


def ticket_of(call: dict[str, Any]) -> Ticket:
    """The ticket of a call."""
    roles: dict[str, Any] = {"caller": "citizen", "agent": "agent"}
    segments = tuple(Segment(turn["text"], roles[turn["role"]]) for turn in call["turns"])
    return Ticket(
        document=Document(segments),
        received_at=datetime.fromisoformat(call["received_at"]),
        is_dialogue=True,
        caller_phone=call["caller_phone"],
    )


def oracle_of(call: dict[str, Any]) -> Prediction:
    """The spans that a perfect model would find."""
    spans = []
    for gold in call["gold"]["fields"]:
        for turn, words in gold["m"]:
            at = call["turns"][turn]["text"].find(words)
            if gold["f"] in _SPANS and at >= 0:
                spans.append(Span(_SPANS[gold["f"]], turn, at, at + len(words), 0.9))
    return Prediction(answers={}, spans=tuple(spans), truncated=False)


def predictions_of(calls: Sequence[dict[str, Any]], *, bundle: Path | None, oracle: bool) -> Iterator[Prediction]:
    """What the model says of each call; nothing without a model."""
    if bundle is not None:
        yield from Predictor.open(bundle).predict([ticket_of(call).document for call in calls])
    elif oracle:
        yield from map(oracle_of, calls)
    else:
        yield from (Prediction(answers={}, spans=(), truncated=False) for _ in calls)


def tally(filler: FormFiller, calls: Sequence[dict[str, Any]], predictions: Iterator[Prediction]) -> dict[str, Tally]:
    """Counts by field; titles under `title`, as a sum of ROUGE-L in `rough`."""
    tallies: dict[str, Tally] = {}
    for call, prediction in zip(calls, predictions, strict=True):
        form = filler.fill(ticket_of(call), prediction)
        gold: dict[str, list[Any]] = {}
        for entry in call["gold"]["fields"]:
            gold.setdefault(entry["f"], []).append(entry["v"])
        for name, filled in form.fields.items():
            _count(tallies.setdefault(name, Tally()), name, filled.value, gold.get(name, []), call["id"])
        titles = tallies.setdefault("title", Tally())
        titles.both += 1
        titles.rough += rouge_l(form.title, call["gold"]["title"])
        titles.errors.append(f"{call['id']}: {form.title} | {call['gold']['title']}")
    return tallies


def _count(counts: Tally, name: str, value: Any, gold: list[Any], call: str) -> None:
    """Gold may hold several values of which the form shows one."""
    counts.filled += value is not None
    counts.gold += bool(gold)
    counts.absent += not gold
    counts.false += value is not None and not gold
    if value is not None and gold:
        counts.both += 1
        counts.rough += max(rouge_l(str(value), str(expected)) for expected in gold)
    if any(same(name, value, expected) for expected in gold):
        counts.right += 1
    elif value is not None or gold:
        counts.errors.append(f"{call}: {value} | {', '.join(map(str, gold))}")


def table(tallies: dict[str, Tally]) -> Iterator[str]:
    """The figures as lines."""
    yield f"{'field':16}{'gold':>6}{'filled':>8}{'P':>7}{'R':>7}{'F1':>7}{'false':>7}{'char F1':>9}"
    for name, counts in tallies.items():
        if name == "title":
            yield f"title ROUGE-L {counts.rough / max(counts.both, 1):.3f} over {counts.both} calls"
            continue
        precision, recall = counts.right / max(counts.filled, 1), counts.right / max(counts.gold, 1)
        rough = f"{counts.rough / max(counts.both, 1):9.3f}" if name in _ROUGH else ""
        rate = counts.false / max(counts.absent, 1)
        shares = f"{precision:7.3f}{recall:7.3f}{counts.f1:7.3f}{rate:7.3f}{rough}"
        yield f"{name:16}{counts.gold:6}{counts.filled:8}{shares}"


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m service.form.measure")
    parser.add_argument("--calls", type=Path, required=True)
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--oracle", action="store_true")
    parser.add_argument("--errors", default="")
    given = parser.parse_args()
    calls = [json.loads(line) for line in given.calls.read_text(encoding="utf-8").splitlines() if line.strip()]
    filler = FormFiller.open(Bundle.open(given.bundle) if given.bundle else None)
    tallies = tally(filler, calls, predictions_of(calls, bundle=given.bundle, oracle=given.oracle))
    lines = tallies[given.errors].errors if given.errors else table(tallies)
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
