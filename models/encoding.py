"""Encoding: document → token rows. Long documents become several overlapping windows; nothing is cut in silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding, Tokenizer

from models.document import Document
from models.errors import TextError

Integers = npt.NDArray[np.int64]

TITLE, CITIZEN, AGENT = 0, 1, 2
_MAX_TITLE_TOKENS = 64
_OVERLAP = 64
_MARKS = " ,.;:!?，。；：、！？…—·~"


@dataclass(frozen=True, slots=True)
class Window:
    """One row for the encoder. Shapes: ids, types (width,). `first` is the body token that the row's body starts at."""

    ids: Integers
    types: Integers
    body_at: int
    first: int
    body_tokens: int

    @property
    def width(self) -> int:
        """Tokens in the row."""
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A document as rows, and where each body token stands in it.

    Shapes: segment, start, end, marks (body tokens,). Separators have start == end; marks are punctuation that no field
    begins or ends with.
    """

    windows: tuple[Window, ...]
    segment: Integers
    start: Integers
    end: Integers
    marks: npt.NDArray[np.bool_]
    truncated: bool
    spoken: bool = False

    @property
    def padded_tokens(self) -> int:
        """Cost of the document, in tokens of its own rows."""
        return sum(window.width for window in self.windows)


class Encoder:
    """A tokenizer and the width of the rows that the model reads."""

    def __init__(self, tokenizer: Tokenizer, *, window: int, max_characters: int) -> None:
        tokenizer.encode_special_tokens = True
        tokenizer.no_padding()
        tokenizer.no_truncation()
        _keep_nothing(tokenizer)
        self._tokenizer = tokenizer
        self._window = window
        self._max_characters = max_characters
        self._cls, self._sep = (self._special(token) for token in ("[CLS]", "[SEP]"))
        self._marks = frozenset(index for mark in _MARKS if (index := tokenizer.token_to_id(mark)) is not None)

    @classmethod
    def open(cls, tokenizer_json: Path, *, window: int, max_characters: int) -> Encoder:
        """Read a tokenizer.json."""
        return cls(Tokenizer.from_file(str(tokenizer_json)), window=window, max_characters=max_characters)

    @property
    def vocabulary(self) -> int:
        """Number of token ids."""
        return int(self._tokenizer.get_vocab_size())

    def _special(self, token: str) -> int:
        index = self._tokenizer.token_to_id(token)
        if index is None:
            raise TextError(f"tokenizer.json has no {token}; use the file that was published with the model")
        return int(index)

    def encode(self, documents: Sequence[Document]) -> list[Encoded]:
        """Rows of every document.

        Characters are capped before anything else runs, and all texts go through one `encode_batch` call, which
        leaves the interpreter lock to others (one `encode` call of a long text holds it).
        Errors: TextError where a document has no readable character.
        """
        texts: list[str] = []
        cut: list[bool] = []
        for document in documents:
            room = self._max_characters
            cut.append(document.characters > room)
            for text in (document.title, *(segment.text for segment in document.segments)):
                texts.append(text[: max(room, 0)])
                room -= len(text)
        encodings = iter(self._tokenizer.encode_batch(texts, add_special_tokens=False))
        encoded = []
        for document, truncated in zip(documents, cut, strict=True):
            title = next(encodings)
            body = [next(encodings) for _ in document.segments]
            encoded.append(self._rows(document, title, body, truncated=truncated))
        return encoded

    def _rows(self, document: Document, title: Encoding, body: list[Encoding], *, truncated: bool) -> Encoded:
        ids: list[int] = []
        types: list[int] = []
        segment: list[int] = []
        start: list[int] = []
        end: list[int] = []
        for index, (part, encoding) in enumerate(zip(document.segments, body, strict=True)):
            if not encoding.ids:
                continue
            offsets = encoding.offsets
            ids += [*encoding.ids, self._sep]
            types += [AGENT if part.role == "agent" else CITIZEN] * (len(encoding.ids) + 1)
            segment += [index] * (len(encoding.ids) + 1)
            start += [*(offset[0] for offset in offsets), offsets[-1][1]]
            end += [*(offset[1] for offset in offsets), offsets[-1][1]]
        head = [self._cls]
        if title.ids:
            head += [*title.ids[: min(_MAX_TITLE_TOKENS, self._window // 4)], self._sep]
        if not ids and not title.ids:
            raise TextError("text holds no readable character after folding; send what the citizen said")
        room = self._window - len(head)
        windows = tuple(
            Window(
                ids=np.array(head + ids[first : first + room], dtype=np.int64),
                types=np.array([TITLE] * len(head) + types[first : first + room], dtype=np.int64),
                body_at=len(head),
                first=first,
                body_tokens=min(room, len(ids) - first),
            )
            for first in window_starts(len(ids), room)
        )
        return Encoded(
            windows,
            segment=np.array(segment, dtype=np.int64),
            start=np.array(start, dtype=np.int64),
            end=np.array(end, dtype=np.int64),
            marks=np.array([index in self._marks for index in ids], dtype=bool),
            truncated=truncated,
            spoken=document.spoken,
        )


def _keep_nothing(tokenizer: Tokenizer) -> None:
    """Switch off the tokenizer's memory of words: ours has no words, so it would keep whole texts of citizens."""
    resize = getattr(tokenizer.model, "_resize_cache", None)
    if resize is not None:
        resize(0)


def window_starts(tokens: int, room: int) -> list[int]:
    """First body token of each window: one if all fit, else evenly spread with 64 tokens or more in common.

    Windows of less than 128 tokens have half of themselves in common.
    """
    if tokens <= room:
        return [0]
    overlap = min(_OVERLAP, room // 2)
    count = -(-(tokens - overlap) // (room - overlap))
    return [round(index * (tokens - room) / (count - 1)) for index in range(count)]
