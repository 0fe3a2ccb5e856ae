"""Heading: which of a table's first rows names the columns; offices like to put a title above it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from service.relabel.mapping import TEXT_NAMES

SEARCHED: Final = 10  # rows; a title, who made the table, and when, take two or three


def find_heading(rows: Sequence[Sequence[str]], named: Collection[str] = ()) -> int:
    """Place of the first row that holds the name of the text's column; 0 where none does, as if there were no title.

    `named`: what the column of the text may be called; without it the usual names.
    """
    wanted = {*(named or TEXT_NAMES)}
    return next((place for place, cells in enumerate(rows[:SEARCHED]) if wanted.intersection(cells)), 0)
