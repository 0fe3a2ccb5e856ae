"""Encoded documents of one-character tokens, and logits for them."""

from __future__ import annotations

import numpy as np

from models.encoding import Encoded, Window
from models.spans import Floats


def encoded(
    tokens: int, *, room: int, starts: tuple[int, ...], separators: tuple[int, ...] = (), marks: tuple[int, ...] = ()
) -> Encoded:
    """A body of `tokens` one-character tokens behind one [CLS], in windows that begin at `starts`."""
    windows = tuple(
        Window(
            np.zeros(min(room, tokens - first) + 1, dtype=np.int64),
            np.zeros(min(room, tokens - first) + 1, dtype=np.int64),
            body_at=1,
            first=first,
            body_tokens=min(room, tokens - first),
        )
        for first in starts
    )
    start = np.arange(tokens, dtype=np.int64)
    end = start + 1
    end[list(separators)] = start[list(separators)]
    marked = np.isin(np.arange(tokens), marks)
    return Encoded(windows, np.zeros(tokens, dtype=np.int64), start, end, marked, truncated=False)


def as_logits(tags: list[list[int]]) -> Floats:
    """Sure logits for the tags.  Shape: (1, tokens + 1, kinds, 3)."""
    rows = np.full((1, len(tags[0]) + 1, len(tags), 3), -9.0, dtype=np.float32)
    for kind, row in enumerate(tags):
        for token, tag in enumerate(row):
            rows[0, token + 1, kind, tag] = 9
    return rows
