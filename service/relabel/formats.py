"""Formats: a file's name → what reads it and what writes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from service.relabel.csv_file import CsvSink, CsvSource
from service.relabel.excel_file import ExcelSink, ExcelSource
from service.relabel.json_file import JsonSink, JsonSource
from service.relabel.parquet_file import ParquetSink, ParquetSource
from service.relabel.record import Column, RelabelError, Sink, Source

_KNOWN = ".csv, .tsv, .jsonl (each also .gz; .xz to read), .xlsx or .parquet"


@dataclass(frozen=True, slots=True)
class Format:
    """What a name ends in, and whether it is packed."""

    suffix: str
    packed: str

    @classmethod
    def of(cls, path: Path) -> Format:
        """Errors: RelabelError for a name that tells of no known format."""
        packed = path.suffix if path.suffix in (".gz", ".xz") else ""
        suffix = path.with_suffix("").suffix.lower() if packed else path.suffix.lower()
        if suffix not in (".csv", ".tsv", ".jsonl", ".json", ".xlsx", ".parquet") or (
            packed and suffix in (".xlsx", ".parquet")
        ):
            raise RelabelError(f"{path.name} is of no known format; use {_KNOWN}")
        return cls(suffix, packed)


def open_source(path: Path, *, encoding: str | None = None) -> Source:
    """Rows of a file. Errors: RelabelError."""
    suffix = Format.of(path).suffix
    if not path.is_file():
        raise RelabelError(f"{path} is no file; name an existing one")
    if suffix in (".csv", ".tsv"):
        return CsvSource(path, encoding=encoding)
    if suffix in (".jsonl", ".json"):
        return JsonSource(path, encoding=encoding)
    return ExcelSource(path) if suffix == ".xlsx" else ParquetSource(path)


def open_sink(
    path: Path, format_: Format, columns: Sequence[Column], *, source: Source, created: datetime, plain: bool
) -> Sink:
    """What writes a file of a format. Errors: RelabelError."""
    if format_.packed == ".xz":
        raise RelabelError(f"{path.name}: .xz is only read; write .gz")
    packed = bool(format_.packed)
    if format_.suffix in (".csv", ".tsv"):
        return CsvSink(path, columns, compressed=packed, plain=plain)
    if format_.suffix in (".jsonl", ".json"):
        return JsonSink(path, columns, compressed=packed)
    if format_.suffix == ".xlsx":
        return ExcelSink(path, columns, created=created)
    return ParquetSink(path, columns, source=source.schema if isinstance(source, ParquetSource) else None)
