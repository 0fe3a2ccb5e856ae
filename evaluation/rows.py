"""Rows: a file of any format that exports come in → its rows, each with its place, so that an error can name it.

Cells of CSV and Excel stay strings, so that codes keep their leading zeros; UTF-8, UTF-16 with its mark, or GB18030.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import lzma
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from evaluation.errors import LabelError

Cells = dict[str, Any]

_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_LARGEST_CELL: Final = 16 * 1024 * 1024  # characters; csv stops at 131,072 by itself


@dataclass(frozen=True, slots=True)
class Row:
    """A row and where it stands: `line 12` of a text file, `row 12` of a table, the header not counted."""

    place: str
    cells: Cells


def read_rows(path: Path) -> Iterator[Row]:
    """Rows in the order of the file; CSV, JSONL (also .gz, .xz), JSON (a list), Excel or Parquet, by the file's name.

    Errors: LabelError naming file, place, fact and remedy.
    """
    if not path.is_file():
        raise LabelError(f"{path} is no file; name an existing CSV, JSONL, Excel or Parquet file")
    name = path.name.lower().removesuffix(".gz").removesuffix(".xz")
    reader = next((read for endings, read in _READERS if name.endswith(endings)), None)
    if reader is None:
        raise LabelError(f"{path.name} is of no known format; use .csv, .jsonl, .xlsx or .parquet")
    return _guard(path, reader)


def _guard(path: Path, reader: Callable[[Path], Iterator[Row]]) -> Iterator[Row]:
    try:
        yield from reader(path)
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        raise LabelError(f"{path.name} cannot be read ({error}); copy or export it again") from error


def _read_csv(path: Path) -> Iterator[Row]:
    csv.field_size_limit(_LARGEST_CELL)
    text = _decode(path)
    # Strict, so that a quotation mark that is never closed is told, and does not swallow the rows behind it.
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter_of(text), strict=True)
    try:
        header = [name.strip() for name in next(lines, [])]
        _check_header(header, path)
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(header) and any(cells[len(header) :]):
                raise LabelError(
                    f"{path.name}, line {lines.line_num}: {len(cells)} cells under {len(header)} columns; "
                    "put cells that hold a comma into quotation marks"
                )
            filled = [*cells, *[""] * (len(header) - len(cells))]
            yield Row(f"line {lines.line_num}", dict(zip(header, filled, strict=False)))
    except csv.Error as error:
        raise LabelError(
            f"{path.name}, line {lines.line_num}: {error}; look for a quotation mark that is not closed or not doubled"
        ) from error


def _check_header(header: Sequence[str], path: Path) -> None:
    if not any(header):
        raise LabelError(f"{path.name} is empty; its first line must name the columns")
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise LabelError(f"{path.name} names the column '{twice[0]}' twice; rename one of them")


def _delimiter_of(text: str) -> str:
    header = text.partition("\n")[0]
    return max(",\t;", key=header.count)


def _decode(path: Path) -> str:
    with _open(path) as stream:
        data = stream.read()
    mark = next((encoding for start, encoding in _MARKS if data.startswith(start)), None)
    for encoding in (mark,) if mark else ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise LabelError(f"{path.name} is neither UTF-8 nor GB18030; save it as UTF-8")


def _read_lines(path: Path) -> Iterator[Row]:
    # Line by line: labelled rows are ragged (lists of spans, some absent), and files may be larger than memory.
    with _open(path) as stream:
        for number, line in enumerate(stream, start=1):
            text = _text_of(line, path, number).strip()
            if text:
                yield Row(f"line {number}", _object(text, f"{path.name}, line {number}"))


def _text_of(line: bytes, path: Path, number: int) -> str:
    try:
        return line.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError:
        try:
            return line.decode("gb18030")
        except UnicodeDecodeError:
            raise LabelError(f"{path.name}, line {number} is neither UTF-8 nor GB18030; save it as UTF-8") from None


def _object(text: str, place: str) -> Cells:
    try:
        row = json.loads(text)
    except ValueError as error:
        raise LabelError(f"{place} is no JSON; write one object per line") from error
    if not isinstance(row, dict):
        raise LabelError(f"{place} is no JSON object; write one object per line")
    return row


def _read_json(path: Path) -> Iterator[Row]:
    text = _decode(path).lstrip()
    if not text.startswith("["):
        yield from _read_lines(path)
        return
    try:
        rows = json.loads(text)
    except ValueError as error:
        raise LabelError(
            f"{path.name} is no JSON ({error}); write a list of objects, or one object per line"
        ) from error
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise LabelError(f"{path.name}, row {number} is no JSON object; write a list of objects")
        yield Row(f"row {number}", row)


def _read_excel(path: Path) -> Iterator[Row]:
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, OSError) as error:
        raise LabelError(f"{path.name} is no workbook that can be read; save it as .xlsx or CSV") from error
    try:
        rows = book.worksheets[0].iter_rows(values_only=True)
        header = ["" if name is None else str(name).strip() for name in next(rows, ())]
        _check_header(header, path)
        for number, cells in enumerate(rows, start=1):
            told = [_tell(cell) for cell in cells[: len(header)]]
            if any(told):
                yield Row(f"row {number}", {name: cell for name, cell in zip(header, told, strict=False) if name})
    finally:
        book.close()


def _tell(cell: object) -> str:
    """A cell as a person sees it."""
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _read_parquet(path: Path) -> Iterator[Row]:
    import pyarrow
    import pyarrow.parquet as parquet

    try:
        file = parquet.ParquetFile(path)
    except (pyarrow.ArrowInvalid, OSError) as error:
        raise LabelError(f"{path.name} is no Parquet file; export it again") from error
    number = 0
    with file:
        for batch in file.iter_batches(batch_size=1_000):
            for cells in batch.to_pylist():
                number += 1
                yield Row(f"row {number}", {name: None if cell != cell else cell for name, cell in cells.items()})


def _open(path: Path) -> BinaryIO:
    openers: dict[str, Callable[[Path], Any]] = {".gz": gzip.open, ".xz": lzma.open}
    opener = openers.get(path.suffix.lower())
    return path.open("rb") if opener is None else cast(BinaryIO, opener(path))


_READERS: Final[tuple[tuple[tuple[str, ...], Callable[[Path], Iterator[Row]]], ...]] = (
    ((".csv", ".tsv"), _read_csv),
    ((".jsonl", ".ndjson"), _read_lines),
    ((".json",), _read_json),
    ((".xlsx", ".xlsm"), _read_excel),
    ((".parquet",), _read_parquet),
)
