"""Replay: a file of tickets × the bundle's profile and changed ones → orders as JSONL, from one pass of the model.

python -m service.dispatch.replay TICKETS --bundle FOLDER [--profile changed.toml …] [--column OURS=THEIRS …] \
    --out orders.jsonl

What `suqiu-evaluate dispatch` starts, since evaluation knows nothing of the service. A line is `{number, id, flaw}` or
`{number, id, category, orders: [the bundle's own, one per --profile]}`; it holds units, scores and ids of rules, and no
word of a citizen's.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from models.encoding import Encoded
from models.errors import ModelError
from models.predictor import Predictor
from service.asks import encode_each
from service.dispatch.decide import Dispatcher
from service.dispatch.order import Dispatch
from service.form.fill import FormFiller
from service.reading import heads_of
from service.relabel.formats import open_source
from service.relabel.mapping import as_body, pairs_of, resolve_mapping, text_names
from service.relabel.record import Flaw, Record, RelabelError
from service.schemas import read_ticket
from service.signals import read_signals
from service.ticket import CHINA, Ticket

MAX_CHARACTERS: Final = 100_000
_SHOWN: Final = 5
_CHUNK: Final = 16
FAILED: Final = 2


class Replayer:
    """A bundle with its own dispatcher first, then one per changed profile."""

    def __init__(self, predictor: Predictor, *, filler: FormFiller, dispatchers: Sequence[Dispatcher]) -> None:
        self._predictor = predictor
        self._filler = filler
        self._dispatchers = dispatchers
        self._heads = heads_of(predictor.bundle, ("form", "dispatch"))

    @classmethod
    def open(cls, bundle: Path, *, profiles: Sequence[Path], threads: int = 1) -> Replayer:
        """Errors: ModelError; of a changed profile with table, key and line."""
        predictor = Predictor.open(bundle, threads=threads)
        opened = predictor.bundle
        dispatchers = [Dispatcher.open(opened), *(Dispatcher.open(opened, profile_file=file) for file in profiles)]
        return cls(predictor, filler=FormFiller.open(opened), dispatchers=dispatchers)

    def replay(self, tickets: Sequence[Ticket]) -> Iterator[list[Dispatch] | ModelError]:
        """The orders of each ticket, one per profile, or why it cannot be read."""
        documents = [ticket.document for ticket in tickets]
        for ticket, encoded in zip(tickets, encode_each(self._predictor, documents), strict=True):
            yield self._decide(ticket, encoded) if isinstance(encoded, Encoded) else encoded

    def _decide(self, ticket: Ticket, encoded: Encoded) -> list[Dispatch]:
        prediction = self._predictor.decode(encoded, self._predictor.run(encoded, self._heads))
        form = self._filler.fill(ticket, prediction)
        signals = read_signals(ticket, prediction, rules=self._dispatchers[0].alarms)
        return [dispatcher.decide(ticket, prediction, form, signals=signals) for dispatcher in self._dispatchers]


def replay_file(
    source: Path, replayer: Replayer, *, now: datetime, columns: Mapping[str, str] = MappingProxyType({})
) -> Iterator[dict[str, Any]]:
    """A line per row, in the order of the file. `columns` are ours → theirs, where they have no usual name.

    Errors: RelabelError for a file that cannot be read at all.
    """
    rows = open_source(source, named=text_names(columns))
    records = list(rows.records())
    mapping = resolve_mapping(columns, rows.columns())
    for first in range(0, len(records), _CHUNK):
        chunk = records[first : first + _CHUNK]
        tickets = [_read(record, mapping, now=now) for record in chunk]
        answers = replayer.replay([ticket for ticket in tickets if isinstance(ticket, Ticket)])
        for record, ticket in zip(chunk, tickets, strict=True):
            row: dict[str, Any] = {"number": record.number, "id": str(record.cells.get(mapping.get("id", "id")) or "")}
            answer = next(answers) if isinstance(ticket, Ticket) else ticket
            if isinstance(answer, list):
                yield {**row, "category": answer[0].issues[0].code, "orders": [describe(order) for order in answer]}
            else:
                yield {**row, "flaw": answer.code}


def describe(order: Dispatch) -> dict[str, Any]:
    """An order without the words that it rests on."""
    lead, territory = order.lead, order.territory
    return {
        "lead": lead.unit if lead else None,
        "lead_name": lead.name if lead else None,
        "ground": order.ground,
        "rules": list(order.rules),
        "decision": order.decision,
        "hosted": territory.hosted,
        "placed": bool(territory.district or territory.subdistrict),
        "assist": [unit.unit for unit in order.assist],
        "transfer": "+".join(transfer.to for transfer in order.transfers) or None,
        "function": [[one.unit, one.name, round(one.score, 4)] for one in order.function[:_SHOWN]],
        "candidates": [[one.unit, one.name, round(one.score, 4)] for one in order.candidates[:_SHOWN]],
        "return_risk": order.return_risk.score,
    }


def _read(record: Record, mapping: dict[str, str], *, now: datetime) -> Ticket | Flaw:
    from service.errors import ServiceError

    body = record.flaw or as_body(record.cells, mapping)
    if isinstance(body, Flaw):
        return body
    try:
        return read_ticket(body, max_characters=MAX_CHARACTERS).as_ticket(now=now)
    except ServiceError as error:
        return Flaw(error.code, error.detail)


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line; a dot of progress is a JSON line `{done, rows}` on standard output."""
    parser = argparse.ArgumentParser(prog="python -m service.dispatch.replay", description=__doc__)
    parser.add_argument("tickets", type=Path)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--profile", type=Path, action="append", default=[])
    parser.add_argument("--column", action="append", default=[])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args(arguments)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        columns = pairs_of("--column", given.column)
        replayer = Replayer.open(given.bundle, profiles=given.profile, threads=given.threads)
        with given.out.open("w", encoding="utf-8") as file:
            for row in replay_file(given.tickets, replayer, now=datetime.now(CHINA), columns=columns):
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                sys.stdout.write(f'{{"done": {row["number"]}}}\n')
                sys.stdout.flush()
    except (ModelError, RelabelError) as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(FAILED) from error


if __name__ == "__main__":
    main()
