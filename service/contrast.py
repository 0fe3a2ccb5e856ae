"""Contrast: wording by which a caller names what the matter is not, beside what it is (没有欠薪，我问的是年假).

A model that reads words hears both, and may be as sure of the wrong one. The words are a city's, in the table
`contrast` of `signals.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Annotated

from pydantic import Field

from models.document import Document
from service.city import Table
from service.pattern import Pattern


class Contrast(Table):
    """`said` counts anywhere; `turned` in messages of up to `short_text` characters, for a letter says it for emphasis.

    Both may be empty: then nothing is a contrast.
    """

    short_text: Annotated[int, Field(ge=0)]
    said: tuple[Pattern, ...]
    turned: tuple[Pattern, ...]

    def is_in(self, document: Document) -> bool:
        """Whether the citizen says what it is not, and then what it is."""
        texts = [document.title, *(segment.text for segment in document.segments if segment.role == "citizen")]
        if _match_any(self._said, texts):
            return True
        return sum(map(len, texts)) <= self.short_text and _match_any(self._turned, texts)

    @cached_property
    def _said(self) -> tuple[re.Pattern[str], ...]:
        return tuple(map(re.compile, self.said))

    @cached_property
    def _turned(self) -> tuple[re.Pattern[str], ...]:
        return tuple(map(re.compile, self.turned))


def _match_any(patterns: Iterable[re.Pattern[str]], texts: Sequence[str]) -> bool:
    return any(pattern.search(text) for pattern in patterns for text in texts)
