"""Formats: a file's name → what reads it and what writes it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from service.relabel.csv_file import CsvSink, CsvSource
from service.relabel.excel_file import ExcelSink, ExcelSource
from service.relabel.json_file import JsonSink, JsonSource
from service.relabel.parquet_file import ParquetSink, ParquetSource
from service.relabel.record import Column, RelabelError, Sink, Source
from service.relabel.text_file import check_encoding

_KNOWN = ".csv, .tsv, .jsonl (each also .gz; .xz to read), .xlsx or .parquet"


@dataclass(frozen=True, slots=True)
class Format:
    """What a name ends in, and whether it is packed."""

    suffix: str
    packed: str

    @classmethod
    def of(cls, path: Path) -> Format:
        """Errors: RelabelError for a name that tells of no known format."""
        packed = path.suffix.lower() if path.suffix.lower() in (".gz", ".xz") else ""
        suffix = path.with_suffix("").suffix.lower() if packed else path.suffix.lower()
        if suffix not in (".csv", ".tsv", ".jsonl", ".json", ".xlsx", ".parquet") or (
            packed and suffix in (".xlsx", ".parquet")
        ):
            raise RelabelError(f"{path.name} is of no known format; use {_KNOWN}")
        return cls(suffix, packed)


def check_target(path: Path) -> Format:
    """The format to write. Errors: RelabelError for a name that cannot be written."""
    found = Format.of(path)
    if found.packed == ".xz":
        raise RelabelError(f"{path.name}: .xz is only read; write .gz")
    if path.is_dir():
        raise RelabelError(f"{path} is a folder; name a file in it")
    return found


def open_source(path: Path, *, encoding: str | None = None, named: Collection[str] = ()) -> Source:
    """Rows of a file; `named`: what the text's column may be called, else as usual. Errors: RelabelError."""
    suffix = Format.of(path).suffix
    encoding = check_encoding(encoding) if encoding is not None else None
    if not path.is_file():
        raise RelabelError(f"{path} is no file; name an existing one")
    if suffix in (".csv", ".tsv"):
        return CsvSource(path, encoding=encoding, named=named)
    if suffix in (".jsonl", ".json"):
        return JsonSource(path, encoding=encoding)
    return ExcelSource(path, named=named) if suffix == ".xlsx" else ParquetSource(path)


def open_sink(
    path: Path, format_: Format, columns: Sequence[Column], *, source: Source, created: datetime, plain: bool
) -> Sink:
    """What writes a file of a format."""
    packed = bool(format_.packed)
    if format_.suffix in (".csv", ".tsv"):
        delimiter = "\t" if format_.suffix == ".tsv" else ","
        return CsvSink(path, columns, compressed=packed, plain=plain, delimiter=delimiter)
    if format_.suffix in (".jsonl", ".json"):
        return JsonSink(path, columns, compressed=packed)
    if format_.suffix == ".xlsx":
        return ExcelSink(path, columns, created=created)
    return ParquetSink(path, columns, source=source.schema if isinstance(source, ParquetSource) else None)
