"""Rows: a file of any format that exports come in → its rows, each with its place, so that an error can name it.

Cells of CSV and Excel stay strings, so that codes keep their leading zeros; UTF-8, UTF-16 with its mark, or GB18030.
"""

from __future__ import annotations

import gzip
import io
import json
import lzma
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from evaluation.errors import LabelError
from models.table import QUOTES, SEARCHED, BrokenRow, CsvRow, delimiter_of, find_header, find_header_line, read_csv

Cells = dict[str, Any]
Tell = Callable[[str], None]
"""Called with a line for whoever gave the file."""

_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True, slots=True)
class Row:
    """A row and where it stands: `line 12` of a text file, `row 12` of a table, the header not counted."""

    place: str
    cells: Cells


def read_rows(path: Path, *, named: Collection[str] = (), tell: Tell = lambda line: None) -> Iterator[Row]:
    """Rows in the order of the file; CSV, JSONL (also .gz, .xz), JSON (a list), Excel or Parquet, by the file's name.

    `named` are names of columns, one of which the header of a CSV or Excel file has: what stands above that, as titles
    of offices do, is left out and told. Errors: LabelError naming file, place, fact and remedy.
    """
    if not path.is_file():
        raise LabelError(f"{path} is no file; name an existing CSV, JSONL, Excel or Parquet file")
    name = path.name.lower().removesuffix(".gz").removesuffix(".xz")
    reader = next((read for endings, read in _READERS if name.endswith(endings)), None)
    if reader is None:
        raise LabelError(f"{path.name} is of no known format; use .csv, .jsonl, .xlsx or .parquet")
    if reader in (_read_csv, _read_excel):
        reader = partial(reader, named=named, tell=tell)
    return _guard(path, reader)


def _guard(path: Path, reader: Callable[[Path], Iterator[Row]]) -> Iterator[Row]:
    try:
        yield from reader(path)
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        raise LabelError(f"{path.name} cannot be read ({error}); copy or export it again") from error


def _read_csv(path: Path, *, named: Collection[str], tell: Tell) -> Iterator[Row]:
    stream = io.StringIO(_decode(path), newline="")
    first = list(islice(stream, SEARCHED))
    above = find_header_line(first, named)
    _tell_above(above, path, tell)
    stream.seek(0)
    rows = read_csv(stream, delimiter=delimiter_of(first[above] if first else ""), above=above)
    header = [name.strip() for name in _whole(next(rows, CsvRow([], 0)), path).cells]
    _check_header(header, path)
    mended = []
    for row in rows:
        row = _whole(row, path)
        place = f"line {row.line}"
        mended += [place] if row.mended else []
        if len(row.cells) > len(header) and any(row.cells[len(header) :]):
            remedy = "put cells that hold a comma into quotation marks"
            if len(header) == 1:
                remedy = f"if line {above + 1} is a title, name the text's column below it (--column text=NAME)"
            fact = f"{len(row.cells)} cells under {len(header)} columns"
            raise LabelError(f"{path.name}, {place}: {fact}; {remedy}")
        filled = [*row.cells, *[""] * (len(header) - len(row.cells))]
        yield Row(place, dict(zip(header, filled, strict=False)))
    if mended:
        some = ", ".join(mended[:5]) + (" …" if len(mended) > 5 else "")
        fact = f"{len(mended)} rows hold quotation marks that are not doubled, and are read as they were typed"
        tell(f"{path.name}: {fact}: {some}")


def _whole(row: CsvRow | BrokenRow, path: Path) -> CsvRow:
    if isinstance(row, BrokenRow):
        raise LabelError(f"{path.name}, line {row.end}: {row.fact}; {QUOTES}, from line {row.line} on")
    return row


def _tell_above(above: int, path: Path, tell: Tell) -> None:
    if above:
        tell(f"{path.name}: row {above + 1} names the columns; what stands above it, a title as it seems, is left out")


def _check_header(header: Sequence[str], path: Path) -> None:
    if not any(header):
        raise LabelError(f"{path.name} is empty; its first line must name the columns")
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise LabelError(f"{path.name} names the column '{twice[0][:24]}' twice; rename one of them")


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


def _read_excel(path: Path, *, named: Collection[str], tell: Tell) -> Iterator[Row]:
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, OSError) as error:
        raise LabelError(f"{path.name} is no workbook that can be read; save it as .xlsx or CSV") from error
    try:
        rows = book.worksheets[0].iter_rows(values_only=True)
        first = list(islice(rows, SEARCHED))
        names = [["" if name is None else str(name).strip() for name in cells] for cells in first]
        above = find_header(names, named)
        _tell_above(above, path, tell)
        header = names[above] if names else []
        _check_header(header, path)
        for number, cells in enumerate(chain(first[above + 1 :], rows), start=1):
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


_READERS: Final[tuple[tuple[tuple[str, ...], Callable[..., Iterator[Row]]], ...]] = (
    ((".csv", ".tsv"), _read_csv),
    ((".jsonl", ".ndjson"), _read_lines),
    ((".json",), _read_json),
    ((".xlsx", ".xlsm"), _read_excel),
    ((".parquet",), _read_parquet),
)
