"""JSONL: one object a line, plain, .gz or .xz."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from service.relabel.record import Column, Flaw, Record
from service.relabel.text_file import create_text, encoding_of, open_text, reading

_MAX_DEPTH = 50  # tickets are flat; what walks cells must not run out of stack


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
                # What is no character names no column; its row is set aside.
                self._names.update(dict.fromkeys(filter(_is_name, record.cells)))
            yield record

    def _lines(self) -> Iterator[str]:
        with reading(self._path), open_text(self._path, self._encoding) as file:
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
    kept = {"": line.rstrip("\r\n")}
    try:
        cells = json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        where = f" at character {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
        return Record(number, kept, Flaw("json", f"the line is no JSON{where}"))
    if not isinstance(cells, dict):
        return Record(number, kept, Flaw("json", "the line is no JSON object"))
    if _depth_of(cells) > _MAX_DEPTH:
        return Record(number, kept, Flaw("json", f"the line is nested more than {_MAX_DEPTH} deep"))
    return Record(number, cells)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _is_name(name: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _depth_of(value: Any) -> int:
    depth, level = 0, [value]
    while level and depth <= _MAX_DEPTH:
        depth += 1
        inner = [one for one in level if isinstance(one, dict | list)]
        level = [part for one in inner for part in (one.values() if isinstance(one, dict) else one)]
    return depth


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
