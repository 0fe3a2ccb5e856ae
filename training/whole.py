"""Whole: write beside, then rename. Who reads a file sees all of it or the one before, whatever is killed when."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_whole(target: Path) -> Iterator[Path]:
    """A draft beside `target`, for the block to write, which takes its place at the end and goes if the block fails.

    It ends in the same suffix: some writers name formats, and whole files, by it.
    """
    draft = target.with_name(f".{target.stem}.draft{target.suffix}")
    try:
        yield draft
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)
