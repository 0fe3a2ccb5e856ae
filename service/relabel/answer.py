"""Answer: rows → predictions or flaws, one after another; what every engine does with its share of the rows."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from models.encoding import Encoded
from models.errors import ModelError
from models.predictor import Predictor
from service.asks import encode_each
from service.city import DEFAULT_CITY
from service.errors import ServiceError, error_of
from service.form.definition import FormDefinition
from service.form.fill import DEFINITION
from service.reading import BundleReader, Part, heads_of, parts_of
from service.relabel.labels import Labels
from service.relabel.mapping import as_body
from service.relabel.predictions import flatten
from service.relabel.record import Flaw, Record
from service.schemas import read_ticket
from service.ticket import Ticket

MAX_CHARACTERS = 100_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a row: cells by column, without prefix, or why there are none."""

    number: int
    cells: Mapping[str, Any] | None
    flaw: Flaw | None = None


class Answerer:
    """An opened bundle that answers rows. An answer never depends on the rows beside it."""

    def __init__(self, predictor: Predictor, reader: BundleReader, parts: tuple[Part, ...]) -> None:
        self.predictor = predictor
        self.parts = parts_of(predictor.bundle, parts)
        self._reader = reader
        self._heads = heads_of(predictor.bundle, self.parts)

    @classmethod
    def open(cls, bundle: Path, parts: tuple[Part, ...]) -> Answerer:
        """Errors: ModelError; ServiceError where the bundle can answer none of the parts."""
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        predictor = Predictor.open(bundle, threads=1)
        return cls(predictor, BundleReader.open(predictor.bundle), parts)

    @property
    def model(self) -> str:
        """Label of the bundle."""
        return self.predictor.bundle.manifest.label

    @property
    def fields(self) -> list[str]:
        """Names of the fields of the bundle's form."""
        bundle = self.predictor.bundle
        path = bundle.file(DEFINITION) if bundle.holds(DEFINITION) else DEFAULT_CITY / DEFINITION
        return [field.name for field in FormDefinition.open(path).fields]

    @property
    def labels(self) -> Labels:
        """The bundle's labels by all their names."""
        return Labels(self.predictor.bundle)

    def answer(self, records: Sequence[Record], mapping: Mapping[str, str], *, now: datetime) -> list[Answer]:
        """One answer per record, in order. `now` is when a row was received that does not say so."""
        tickets = [_ticket_of(record, mapping, now=now) for record in records]
        readable = [ticket for ticket in tickets if isinstance(ticket, Ticket)]
        rows = iter(encode_each(self.predictor, [ticket.document for ticket in readable]) if readable else [])
        return [
            Answer(record.number, None, ticket)
            if isinstance(ticket, Flaw)
            else self._answer(record.number, ticket, next(rows))
            for record, ticket in zip(records, tickets, strict=True)
        ]

    def _answer(self, number: int, ticket: Ticket, encoded: Encoded | ModelError) -> Answer:
        try:
            if isinstance(encoded, ModelError):
                raise encoded
            prediction = self.predictor.decode(encoded, self.predictor.run(encoded, self._heads))
            reading = self._reader.read(ticket, prediction, turns={}, parts=self.parts, top_k=1)
        except ModelError as error:
            told = error_of(error)
            return Answer(number, None, Flaw(told.code, told.detail))
        except (MemoryError, OSError):
            raise  # of the machine, not of the row
        except Exception as error:
            # A row that breaks a rule must not stop a million others; its number and the kind of fault are told.
            return Answer(number, None, Flaw("internal_error", f"the row broke the reader ({type(error).__name__})"))
        return Answer(number, flatten(reading, model=self.model))


def flaw_of(record: Record, mapping: Mapping[str, str]) -> Flaw | None:
    """What the row itself makes plain, without the model: no row, no character, or no ticket."""
    body = _body_of(record, mapping)
    return body if isinstance(body, Flaw) else None


def _body_of(record: Record, mapping: Mapping[str, str]) -> dict[str, Any] | Flaw:
    return record.flaw or _flaw_of_cells(record.cells) or as_body(record.cells, mapping)


def _flaw_of_cells(cells: Mapping[str, Any]) -> Flaw | None:
    # In any column: no file could hold what is no character, and no database a NUL.
    waiting: list[Any] = [cells]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list | tuple):
            waiting += value
        elif isinstance(value, str):
            if "\0" in value:
                return Flaw("nul_character", "a cell holds a NUL character")
            if any("\ud800" <= character <= "\udfff" for character in value):
                return Flaw("encoding", "a cell holds bytes that are no character")
    return None


def _ticket_of(record: Record, mapping: Mapping[str, str], *, now: datetime) -> Ticket | Flaw:
    body = _body_of(record, mapping)
    if isinstance(body, Flaw):
        return body
    try:
        return read_ticket(body, max_characters=MAX_CHARACTERS).as_ticket(now=now)
    except ServiceError as error:
        return Flaw(error.code, error.detail.removesuffix("; see /docs for the schema"))
