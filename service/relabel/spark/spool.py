"""Spool: a partition's text laid down as a file for a moment, so that the local engine's readers and writers serve it.

This is what makes both engines agree on quotes, encodings and formulas: there is only one reader and one writer.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pyarrow as pa

from service.relabel.csv_file import CsvSource
from service.relabel.json_file import JsonSource
from service.relabel.record import Sink, Source

CSV_SUFFIXES: Final = (".csv", ".tsv")
LINE, FILE = "value", "file"
_PACKED: Final = re.compile(r"\.gz\Z", re.IGNORECASE)
# Without a mark at the beginning, and with a line feed that is part of no other character.
_LINEWISE: Final = ("utf-8", "gb18030", "gbk", "gb2312", "ascii")
_ROWS: Final = 500

Batches = Iterator[pa.RecordBatch]
"""What Spark hands to a step, and takes from it."""


@dataclass(frozen=True, slots=True)
class TextFormat:
    """Files of text: the suffix that tells their format, the encoding, if it was given, and `named`, what the column of
    the text may be called."""

    suffix: str
    encoding: str | None
    named: tuple[str, ...] = ()

    @property
    def can_be_cut(self) -> bool:
        """Whether lines can be read without those before them, or after those of another file.

        A quoted cell of a CSV may hold a line's end. Without a given encoding a file is read by its own mark or bytes.
        """
        return self.suffix not in CSV_SUFFIXES and self.encoding in _LINEWISE


@contextmanager
def open_lines(batches: Batches, format_: TextFormat) -> Iterator[Source | None]:
    """The rows of a partition of lines (bytes), or None where it has none. Errors: RelabelError."""
    first = next((batch for batch in batches if batch.num_rows), None)
    if first is None:
        yield None
        return
    with TemporaryDirectory(dir=_place()) as folder:
        # The name of the first file, so that a message of the reader names it; what was packed is unpacked by now.
        path = Path(folder) / _PACKED.sub("", first.column(FILE)[0].as_py())
        with path.open("wb") as file:
            ends = b""
            for batch in chain([first], batches):
                for line in batch.column(LINE).to_pylist():
                    file.write(ends + line)
                    ends = b"\n"
        if format_.suffix in CSV_SUFFIXES:
            yield CsvSource(path, encoding=format_.encoding, named=format_.named)
        else:
            yield JsonSource(path, encoding=format_.encoding)


def write_lines(rows: Iterator[Sequence[Any]], create: Callable[[Path], Sink], *, ends: str) -> Batches:
    """The lines of the file that a sink makes of the rows; none without rows. `ends` is how the sink ends a row."""
    first = next(rows, None)
    if first is None:
        return
    with TemporaryDirectory(dir=_place()) as folder:
        path = Path(folder) / "rows"
        sink = create(path)
        for row in chain([first], rows):
            sink.write(row)
        sink.finish()
        with path.open(encoding="utf-8", newline=ends) as file:
            yield from in_batches((line.removesuffix(ends) for line in file), LINE)


def in_batches(texts: Iterator[str], name: str) -> Batches:
    """Texts as batches of one column."""
    while chunk := list(islice(texts, _ROWS)):
        yield pa.record_batch([pa.array(chunk, pa.string())], names=[name])


def _place() -> str | None:
    # Where Spark itself spills; a container's /tmp may be small.
    return os.environ.get("SPARK_LOCAL_DIRS", "").split(",")[0] or None
