"""Marks: spans of auxiliary heads — entities of public sets, the words of a ticket that its title is made of, and the
words of a call that the fields of its form rest on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from evaluation.labelled import GoldSpan
from models.document import Document
from training.config import HeadConfig

FORM_FIELDS = "form_fields"  # the column of a call's gold form
FORM = "form_"  # kinds of a head that is taught by the forms of calls: form_poi, form_event_time
_SHORTEST = 2  # of a title's single characters most stand in the text by chance


def marks_of(
    row: Mapping[str, Any], document: Document, heads: Sequence[HeadConfig]
) -> dict[str, tuple[GoldSpan, ...]]:
    """Spans of every auxiliary head of spans that the row is labelled for."""
    marks = {}
    for head in heads:
        value = row.get(head.column) if head.kind == "spans" and head.column is not None else None
        if isinstance(value, str) and value.strip():
            marks[head.name] = tuple(find_words(document, value, kind=head.name))
        elif isinstance(value, list) and head.column == FORM_FIELDS:
            marks[head.name] = tuple(_of_form(document, value, head))
        elif isinstance(value, list) and value and all(_is_known(entity, head) for entity in value):
            marks[head.name] = tuple(GoldSpan(0, one["start"], one["end"], one["label"]) for one in value)
    return marks


def _of_form(document: Document, fields: Sequence[Mapping[str, Any]], head: HeadConfig) -> Iterator[GoldSpan]:
    """Where a call says the values of its form that the head is taught; a call that has none of them teaches that."""
    for field in fields:
        kind = f"{FORM}{field['f']}"
        if kind not in (head.labels or ()):
            continue
        for turn, words in field.get("m") or ():
            start = document.segments[turn].text.find(words) if turn < len(document.segments) else -1
            if start >= 0:
                yield GoldSpan(turn, start, start + len(words), kind)


def find_words(document: Document, title: str, *, kind: str) -> Iterator[GoldSpan]:
    """The longest stretches of what the citizen said that stand in the title, in the title's order."""
    said = [(number, segment.text) for number, segment in enumerate(document.segments) if segment.role == "citizen"]
    # One text, with a sign between the segments that no title holds.
    text = "\0".join(words for _, words in said)
    starts, at = [], 0
    for number, words in said:
        starts.append((at, number))
        at += len(words) + 1
    for block in SequenceMatcher(None, title, text, autojunk=False).get_matching_blocks():
        if block.size >= _SHORTEST:
            first, segment = max(pair for pair in starts if pair[0] <= block.b)
            yield GoldSpan(segment, block.b - first, block.b - first + block.size, kind)


def _is_known(entity: object, head: HeadConfig) -> bool:
    return isinstance(entity, dict) and entity.get("label") in (head.labels or ())
