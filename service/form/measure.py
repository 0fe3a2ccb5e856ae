"""Measure: filled forms against calls whose fields people wrote down — values, mentions, false fills, title, questions.

python -m service.form.measure --calls calls_dev.jsonl [--bundle PATH | --oracle | --values PEER.jsonl] [--errors FIELD]

--oracle takes the model's spans from the gold mentions: the ceiling that a perfect model would leave to the rules.
Urgency and transfer (110, 119, 120) are counted by python -m service.measure_signals calls.jsonl.
--values scores what another tool found: a line {"id": …, "fields": {name: value}} per call (evaluation/peers).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from models.bundle import Bundle
from models.document import Document, Segment
from models.prediction import Prediction, Span
from models.predictor import Predictor
from service.form.definition import FormDefinition
from service.form.field import Field, Form
from service.form.fill import FormFiller
from service.form.questions import missing_fields
from service.form.scores import AskTally, ConfirmTally, Stretch, Tally, rouge_l, same
from service.ticket import Ticket

Call = dict[str, Any]
_SPANS = {
    **{"caller_name": "caller_name", "contact_phone": "phone", "plate_no": "plate_no", "ref_no": "ref_no"},
    **{"event_address": "location", "caller_address": "location", "event_time": "time", "demand": "demand"},
    **{"target_entity": "target_entity", "amount": "amount", "co_callers": "people_count"},
}
_ROUGH = ("event_address", "caller_address", "poi", "target_entity", "demand")  # scored by characters too


@dataclass
class Figures:
    """What was counted. `titles` and `contents` are ROUGE-L, one per call."""

    fields: dict[str, Tally] = field(default_factory=dict)
    titles: list[float] = field(default_factory=list)
    contents: list[float] = field(default_factory=list)
    title_lines: list[str] = field(default_factory=list)
    halfway: AskTally = field(default_factory=AskTally)
    whole: AskTally = field(default_factory=AskTally)
    confirms: ConfirmTally = field(default_factory=ConfirmTally)


def ticket_of(call: Call, *, turns: int | None = None) -> Ticket:
    """The ticket of a call, or of its first turns."""
    roles: dict[str, Any] = {"caller": "citizen", "agent": "agent"}
    segments = tuple(Segment(turn["text"], roles[turn["role"]]) for turn in call["turns"][:turns])
    return Ticket(
        document=Document(segments, spoken=True),
        received_at=datetime.fromisoformat(call["received_at"]),
        is_dialogue=True,
        caller_phone=call["caller_phone"],
    )


def oracle_of(call: Call) -> Prediction:
    """The spans that a perfect model would find."""
    spans = [
        Span(_SPANS[gold["f"]], *stretch, 0.9)
        for gold in call["gold"]["fields"]
        if gold["f"] in _SPANS
        for stretch in _stretches(call, gold)
    ]
    return Prediction(answers={}, spans=tuple(spans), truncated=False)


def predictions_of(
    calls: Sequence[Call], tickets: Sequence[Ticket], *, bundle: Path | None, oracle: bool
) -> Iterable[Prediction]:
    """What the model says of each ticket; nothing without a model."""
    if bundle is not None:
        return Predictor.open(bundle).predict([ticket.document for ticket in tickets])
    if oracle:
        return [_cut(oracle_of(call), ticket) for call, ticket in zip(calls, tickets, strict=True)]
    return [Prediction(answers={}, spans=(), truncated=False)] * len(tickets)


def measure(filler: FormFiller, calls: Sequence[Call], *, bundle: Path | None = None, oracle: bool = False) -> Figures:
    """Figures over whole calls; questions also at the middle of each call."""
    figures = Figures()
    for share in (1.0, 0.5):
        counts = [max(1, round(len(call["turns"]) * share)) for call in calls]
        tickets = [ticket_of(call, turns=count) for call, count in zip(calls, counts, strict=True)]
        predictions = predictions_of(calls, tickets, bundle=bundle, oracle=oracle)
        for call, ticket, prediction in zip(calls, tickets, predictions, strict=True):
            form = filler.fill(ticket, prediction)
            asks = figures.whole if share == 1.0 else figures.halfway
            asked = [question.field for question in form.ask]
            asks.add([name for name in asked if name in form.missing], _lacking(filler.definition, call, ticket))
            if share == 1.0:
                _count_confirms(figures.confirms, call, form)
                _count(figures, call, form.fields)
                figures.titles.append(rouge_l(form.title, call["gold"]["title"]))
                figures.contents.append(rouge_l(form.content, call["gold"]["content"]))
                figures.title_lines.append(f"{call['id']}: {form.title} | {call['gold']['title']}")
    return figures


def measure_values(calls: Sequence[Call], lines: Iterable[str]) -> Figures:
    """Figures of what another tool found in the calls; only of fields that it names at least once."""
    found = {row["id"]: row["fields"] for row in map(json.loads, lines)}
    names = dict.fromkeys(name for fields in found.values() for name in fields)
    figures = Figures()
    for call in calls:
        values = found.get(call["id"], {})
        _count(figures, call, {name: Field(values.get(name), status="filled") for name in names})
    return figures


def _count(figures: Figures, call: Call, fields: dict[str, Field]) -> None:
    gold: dict[str, list[Call]] = {}
    for entry in call["gold"]["fields"]:
        gold.setdefault(entry["f"], []).append(entry)
    for name, filled in fields.items():
        entries = gold.get(name, [])
        values = [entry["v"] for entry in entries]
        counts = figures.fields.setdefault(name, Tally())
        right = counts.add(name, filled.value, values, sure=filled.status == "filled")
        counts.add_mentions(filled.places, [s for entry in entries for s in _stretches(call, entry)])
        if not right and (filled.value is not None or values):
            counts.errors.append(f"{call['id']}: {filled.value} | {', '.join(map(str, values))}")


def _count_confirms(counts: ConfirmTally, call: Call, form: Form) -> None:
    for name in (question.field for question in form.ask if question.field not in form.missing):
        if name not in form.fields:
            counts.story += 1
            continue
        values = [entry["v"] for entry in call["gold"]["fields"] if entry["f"] == name]
        counts.confirmed += 1
        counts.wrong += not any(same(name, form.fields[name].value, value) for value in values)


def _lacking(definition: FormDefinition, call: Call, ticket: Ticket) -> tuple[str, ...]:
    """Required fields that the gold form has no words for yet."""
    turns = len(ticket.document.segments)
    done = turns == len(call["turns"])
    said = {
        entry["f"]: Field(entry["v"], status="filled")
        for entry in call["gold"]["fields"]
        if any(turn < turns for turn, _ in entry["m"]) or (done and not entry["m"])
    }
    return missing_fields(definition, said, kind=call["gold"]["type"])


def _stretches(call: Call, gold: Call) -> list[Stretch]:
    found = [(turn, call["turns"][turn]["text"].find(words), len(words)) for turn, words in gold["m"]]
    return [(turn, at, at + length) for turn, at, length in found if at >= 0]


def _cut(prediction: Prediction, ticket: Ticket) -> Prediction:
    spans = tuple(span for span in prediction.spans if span.segment < len(ticket.document.segments))
    return replace(prediction, spans=spans)


def table(figures: Figures) -> Iterator[str]:
    """The figures as lines. `false`: shown though nobody said it; `sure`: of these, not as a suggestion.

    `char F1` is over calls in which both sides have a value, `whole` over those in which either has one.
    """
    shares = "".join(f"{title:>7}" for title in ("P", "R", "F1", "words", "false", "sure"))
    yield f"{'field':16}{'gold':>6}{'filled':>8}{shares}{'char F1':>9}{'whole':>8}"
    for name, counts in figures.fields.items():
        rough = f"{counts.character_f1:9.3f}{counts.whole_character_f1:8.3f}" if name in _ROUGH else ""
        shares = f"{counts.precision:7.3f}{counts.recall:7.3f}{counts.f1:7.3f}{counts.mention_f1:7.3f}"
        false = f"{counts.false_rate:7.3f}{counts.sure_false_rate:7.3f}"
        yield f"{name:16}{counts.gold:6}{counts.filled:8}{shares}{false}{rough}"
    if figures.titles:
        count = len(figures.titles)
        yield f"title ROUGE-L {sum(figures.titles) / count:.3f} over {count} calls"
        yield f"content ROUGE-L {sum(figures.contents) / count:.3f}"
        yield figures.halfway.line("halfway")
        yield figures.whole.line("at the end")
        yield figures.confirms.line("at the end")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m service.form.measure")
    parser.add_argument("--calls", type=Path, required=True)
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--oracle", action="store_true")
    parser.add_argument("--values", type=Path)
    parser.add_argument("--errors", default="", help="a field, or title")
    given = parser.parse_args()
    calls = [json.loads(line) for line in given.calls.read_text(encoding="utf-8").splitlines() if line.strip()]
    if given.values:
        figures = measure_values(calls, given.values.read_text(encoding="utf-8").splitlines())
    else:
        filler = FormFiller.open(Bundle.open(given.bundle) if given.bundle else None)
        figures = measure(filler, calls, bundle=given.bundle, oracle=given.oracle)
    lines: Iterable[str] = table(figures)
    if given.errors:
        lines = figures.title_lines if given.errors == "title" else figures.fields[given.errors].errors
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
