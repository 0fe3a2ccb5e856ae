"""A text that nobody can read is told from one that says little."""

from __future__ import annotations

import pytest

from service.ticket import is_blank


@pytest.mark.parametrize(
    "text", ["", " ", "\u3000\r\n\t", "\u200b\u2060\ufeff", "\x00\x07", "\u3164", "\u2800", "\ufe0f", "\ufffd"]
)
def test_what_nobody_can_see_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["。", "?", "…", "😀", "0", "\u200b水", " a "])
def test_whatever_can_be_seen_is_not(text: str) -> None:
    assert not is_blank(text)
