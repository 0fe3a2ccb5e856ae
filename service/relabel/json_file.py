"""JSONL: one object a line, plain, .gz or .xz."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from service.relabel.record import Column, Flaw, Record
from service.relabel.text_file import create_text, encoding_of, open_text


class JsonSource:
    """Objects of a JSONL file. Rows may differ in their columns."""

    def __init__(self, path: Path, *, encoding: str | None = None) -> None:
        self._path = path
        self._encoding = encoding or encoding_of(path)
        self._names: dict[str, None] = {}

    def count(self) -> int:
        return sum(1 for _ in self._lines())

    def columns(self) -> list[str]:
        return list(self._names)

    def records(self) -> Iterator[Record]:
        for number, line in enumerate(self._lines(), start=1):
            record = read_object(number, line)
            if record.flaw is None:
                self._names.update(dict.fromkeys(record.cells))
            yield record

    def _lines(self) -> Iterator[str]:
        with open_text(self._path, self._encoding) as file:
            yield from (line for line in file if not line.isspace())


class JsonSink:
    """Rows as JSONL."""

    def __init__(self, path: Path, columns: Sequence[Column], *, compressed: bool) -> None:
        self._file: IO[str] = create_text(path, compressed=compressed)
        self._names = [column.name for column in columns]

    def write(self, row: Sequence[Any]) -> None:
        self._file.write(as_json(dict(zip(self._names, row, strict=True))) + "\n")

    def finish(self) -> None:
        self._file.close()


def read_object(number: int, line: str) -> Record:
    """The record of one line."""
    try:
        cells = json.loads(line)
    except (ValueError, RecursionError) as error:
        where = f" at character {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
        return Record(number, {"": line.rstrip("\r\n")}, Flaw("json", f"the line is no JSON{where}"))
    if not isinstance(cells, dict):
        return Record(number, {"": cells}, Flaw("json", "the line is no JSON object"))
    return Record(number, cells)


def as_json(value: Any) -> str:
    """JSON with every character readable; times as RFC 3339, what JSON does not know as text."""
    return json.dumps(value, ensure_ascii=False, default=_plain, separators=(",", ":"))


def printable(cells: object) -> object:
    """Cells without lone surrogates, which stand for bytes that are no character: they are spelt out as \\udcXX."""
    if isinstance(cells, str):
        return cells.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(cells, dict):
        return {printable(key): printable(value) for key, value in cells.items()}
    return [printable(value) for value in cells] if isinstance(cells, list) else cells


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime | date) else str(value)
