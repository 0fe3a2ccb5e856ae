"""Asks: tickets and what is wanted of them → token rows, each caller's turn a short document beside the whole call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from models.document import Document
from models.encoding import Encoded
from models.errors import ModelError, TextError
from models.predictor import Predictor
from service.ticket import Ticket, is_blank

_BLANK: Final = "text holds no readable character; send what the citizen said"


@dataclass(frozen=True, slots=True)
class Ask:
    """A ticket, how many category candidates it wants, and whether to say which words decided."""

    ticket: Ticket
    top_k: int = 5
    explain: bool = False


@dataclass(frozen=True, slots=True)
class EncodedAsk:
    """A ticket's document, and each of its caller's turns as a short document of its own."""

    ask: Ask
    whole: Encoded
    turns: Mapping[int, Encoded]


def encode_asks(predictor: Predictor, asks: Sequence[Ask], *, turns: bool) -> list[EncodedAsk | ModelError]:
    """Rows of every ticket, or why it cannot be read. All texts go through one call of the tokenizer if all can."""
    documents = [document for ask in asks for document in (ask.ticket.document, *_turns_of(ask.ticket, turns).values())]
    rows = iter(encode_each(predictor, documents))
    encoded: list[EncodedAsk | ModelError] = []
    for ask in asks:
        whole = next(rows)
        spoken = {turn: next(rows) for turn in _turns_of(ask.ticket, turns)}
        if isinstance(whole, Encoded):
            readable = {turn: one for turn, one in spoken.items() if isinstance(one, Encoded)}
            encoded.append(EncodedAsk(ask, whole, readable))
        else:
            encoded.append(whole)
    return encoded


def _turns_of(ticket: Ticket, wanted: bool) -> dict[int, Document]:
    if not (wanted and ticket.is_dialogue):
        return {}
    segments = enumerate(ticket.document.segments)
    return {turn: Document.of(segment.text) for turn, segment in segments if segment.role == "citizen"}


def encode_each(predictor: Predictor, documents: Sequence[Document]) -> list[Encoded | ModelError]:
    """Rows of every document, or why it cannot be read. White space alone has rows, but says nothing."""
    readable = [document for document in documents if not _says_nothing(document)]
    if len(readable) < len(documents):
        rows = iter(encode_each(predictor, readable) if readable else [])
        return [TextError(_BLANK) if _says_nothing(document) else next(rows) for document in documents]
    try:
        return [*predictor.encode(documents)]
    except TextError as error:
        if len(documents) == 1:
            return [error]
    half = len(documents) // 2
    return encode_each(predictor, documents[:half]) + encode_each(predictor, documents[half:])


def _says_nothing(document: Document) -> bool:
    return is_blank(document.title) and all(is_blank(segment.text) for segment in document.segments)
