"""Labelled documents: rows that people labelled → documents with gold labels. Where evaluation and training begin.

A ticket row is `{id, title, text, category, category_second, type, departments, territorial, polarity, emotion,
intensity, urgency, risks, spans}`; a call row is `{id, turns, gold}`. A label that is missing or null is unlabelled,
and unknown keys are ignored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeVar

from evaluation.cells import check_columns, list_names, mean, names_of_header, rename
from evaluation.errors import LabelError
from evaluation.rows import Tell, read_rows
from models.document import Document, Segment
from models.errors import TextError

Row = Mapping[str, object]
Item = TypeVar("Item")

# Heads with one label per document; the label of `departments` is the most responsible unit.
SINGLE_HEADS: Final = (
    "category", "type", "departments", "territorial", "polarity", "emotion", "intensity", "urgency",
)  # fmt: skip

# The short names that a call's gold labels carry.
_CALL_KEYS: Final = MappingProxyType(
    {
        "cat": "category",
        "cat2": "category_second",
        "type": "type",
        "dept": "departments",
        "terr": "territorial",
        "pol": "polarity",
        "emo": "emotion",
        "int": "intensity",
        "urg": "urgency",
        "risk": "risks",
    }
)
# Fields of a call whose mentions are spans of a kind that the model knows.
_FIELD_KINDS: Final = MappingProxyType(
    {
        "caller_name": "caller_name",
        "contact_phone": "phone",
        "id_no": "id_no",
        "plate_no": "plate_no",
        "email": "email",
        "ref_no": "ref_no",
        "event_address": "location",
        "event_time": "time",
        "target_entity": "target_entity",
        "amount": "amount",
        "co_callers": "people_count",
        "demand": "demand",
    }
)


@dataclass(frozen=True, slots=True, order=True)
class GoldSpan:
    """`segments[segment].text[start:end]`, in code points, was marked as this kind."""

    segment: int
    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class LabelledDocument:
    """A document and what people said of it.

    `place` is where it stands in its file. `labels` holds one label per labelled head of SINGLE_HEADS; `departments`
    all units, most responsible first, or none if unlabelled; `risks` and `spans` are None where unlabelled, and empty
    where there are none.
    """

    id: str
    document: Document
    labels: Mapping[str, str]
    departments: tuple[str, ...] = ()
    second_category: str | None = None
    risks: frozenset[str] | None = None
    spans: tuple[GoldSpan, ...] | None = None
    place: str = ""

    @property
    def says_something(self) -> bool:
        """Whether there is a character that can be read, in the title or the text."""
        texts = (self.document.title, *(segment.text for segment in self.document.segments))
        return any(character.isprintable() and not character.isspace() for text in texts for character in text)


def read_labelled(
    path: Path,
    *,
    mentions: bool = False,
    columns: Mapping[str, str] = MappingProxyType({}),
    tell: Tell = lambda line: None,
) -> list[LabelledDocument]:
    """All rows of a file (JSONL, CSV, Excel, Parquet), tickets and calls alike, in the order of the file.

    `columns` maps our names to those of the file; `tell` hears what was left out above the header. `mentions` makes
    spans of the mentions of a call's fields; they follow the rules of form filling (every mention counts), not those of
    the tickets' spans, so calls are without spans otherwise.
    Errors: LabelError naming file, place and key; of a file in which no row has a text.
    """
    documents = []
    seen: dict[str, None] = {}
    for row in read_rows(path, named=names_of_header(columns), tell=tell):
        seen |= dict.fromkeys(row.cells)
        try:
            documents.append(replace(label(row.cells, mentions=mentions, columns=columns), place=row.place))
        except LabelError as error:
            raise LabelError(f"{path.name}, {row.place}: {error}") from error
    check_columns(columns, seen, place=path.name)
    if documents and not any(one.says_something for one in documents):
        fact = f"no row has anything under '{columns.get('text', 'text')}'; its columns are {list_names(seen)}"
        remedy = "name the one that holds the text: --column text=NAME (a title above the header is left out then)"
        raise LabelError(f"{path.name}: {fact}; {remedy}")
    return documents


def label(cells: Row, *, mentions: bool = False, columns: Mapping[str, str]) -> LabelledDocument:
    """One row as a file holds it, a ticket's or a call's. Errors: LabelError naming the key."""
    return label_call(cells, mentions=mentions) if "turns" in cells else label_ticket(mean(rename(cells, columns)))


def label_ticket(row: Row) -> LabelledDocument:
    """One ticket row → a labelled document. Errors: LabelError naming the key."""
    segments = (Segment(_string(row, "text") or ""),)
    marks = _items(row, "spans", dict)
    spans = None if marks is None else _inside(segments, [_mark(mark) for mark in marks])
    return _label(row, _document(segments, title=_string(row, "title") or ""), identifier=row.get("id"), spans=spans)


def label_call(row: Row, *, mentions: bool = False) -> LabelledDocument:
    """One call row → a labelled document with a segment per turn. Errors: LabelError naming the key."""
    turns = _items(row, "turns", dict) or []
    segments = tuple(
        Segment(_string(turn, "text") or "", role="agent" if turn.get("role") == "agent" else "citizen")
        for turn in turns
    )
    gold = row.get("gold")
    if not isinstance(gold, Mapping):
        raise LabelError("'gold' is no object; a call needs {turns, gold}")
    labels = {name: gold.get(key) for key, name in _CALL_KEYS.items()}
    spans = _inside(segments, _mentions_of(gold, segments)) if mentions else None
    return _label(labels, _document(segments, spoken=True), identifier=row.get("id"), spans=spans)


def _label(row: Row, document: Document, *, identifier: object, spans: tuple[GoldSpan, ...] | None) -> LabelledDocument:
    departments = tuple(_items(row, "departments", str) or ())
    risks = _items(row, "risks", str)
    labels = {
        "category": _string(row, "category"),
        "type": _string(row, "type"),
        "departments": departments[0] if departments else None,
        "territorial": _yes_or_no(row),
        "polarity": _string(row, "polarity"),
        "emotion": _string(row, "emotion"),
        "intensity": _grade(row, "intensity"),
        "urgency": _grade(row, "urgency"),
    }
    return LabelledDocument(
        id=str(identifier) if identifier is not None else "",
        document=document,
        labels={head: label for head, label in labels.items() if label is not None},
        departments=departments,
        second_category=_string(row, "category_second") or None,
        risks=None if risks is None else frozenset(risks),
        spans=spans,
    )


def _document(segments: tuple[Segment, ...], *, title: str = "", spoken: bool = False) -> Document:
    try:
        return Document(segments=segments, title=title, spoken=spoken)
    except TextError as error:
        raise LabelError(str(error)) from error


def _mark(mark: Row) -> GoldSpan:
    kind, start, end = mark.get("kind"), mark.get("start"), mark.get("end")
    if not (isinstance(kind, str) and isinstance(start, int) and isinstance(end, int)):
        raise LabelError("'spans' has an entry without kind, start and end; write {kind, start, end}")
    return GoldSpan(0, start, end, kind)


def _mentions_of(gold: Row, segments: Sequence[Segment]) -> list[GoldSpan]:
    spans = []
    for field in _items(gold, "fields", dict) or []:
        kind = _FIELD_KINDS.get(str(field.get("f")))
        for mention in (_items(field, "m", list) or []) if kind else []:
            turn, words = int(mention[0]), str(mention[1])
            start = segments[turn].text.find(words) if 0 <= turn < len(segments) else -1
            if start < 0:
                raise LabelError(f"'fields' mentions a {kind} that turn {turn} does not hold; copy it from the turn")
            spans.append(GoldSpan(turn, start, start + len(words), str(kind)))
    return spans


def _inside(segments: Sequence[Segment], spans: Sequence[GoldSpan]) -> tuple[GoldSpan, ...]:
    for span in spans:
        if not 0 <= span.start < span.end <= len(segments[span.segment].text):
            raise LabelError(f"'spans' has a {span.kind} outside the text; count code points of 'text'")
    return tuple(sorted(set(spans)))


def _string(row: Row, key: str) -> str | None:
    value = row.get(key)
    if value is not None and not isinstance(value, str):
        raise LabelError(f"'{key}' is a {type(value).__name__}; write a string (codes keep their leading zeros)")
    # An empty cell is how a spreadsheet says "unlabelled".
    return value or None


def _items(row: Row, key: str, kind: type[Item]) -> list[Item] | None:
    value = row.get(key)
    if value is None:
        return None
    if not isinstance(value, list | tuple) or not all(isinstance(item, kind) for item in value):
        raise LabelError(f"'{key}' is no list of {kind.__name__.lower()}; write one, or leave the key out")
    return list(value)


def _grade(row: Row, key: str) -> str | None:
    value = row.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or int(value) != value:
        raise LabelError(f"'{key}' is no whole number; write 0, 1, 2, …")
    return str(int(value))


def _yes_or_no(row: Row) -> str | None:
    value = row.get("territorial")
    if value is not None and not isinstance(value, bool):
        raise LabelError("'territorial' is neither true nor false; write one of them")
    return None if value is None else "yes" if value else "no"
