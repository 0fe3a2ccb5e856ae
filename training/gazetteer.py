"""Gazetteer: a list of divisions (ours or a city's own) → `divisions.tsv.gz`, as a bundle carries it.

    python -m training.gazetteer --source divisions.jsonl.gz --out models/store/city/divisions.tsv.gz [--add own.tsv]

The source has one division a line: {"id": code, "pid": parent's code, "level": 0–3, "full": name}. A city adds its
own rows (streets, communities, points of interest) as tab-separated `code name level parent aliases longitude
latitude`, the last three optional.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

HEADER = "code\tname\tlevel\tparent\taliases\tlongitude\tlatitude"
_COLUMNS = HEADER.count("\t") + 1
_ABROAD = "91"


def read_divisions(source: Path) -> Iterator[list[str]]:
    """Rows of the national list, without foreign countries and without a city's copy of itself one level down."""
    packed = source.read_bytes()
    text = (gzip.decompress(packed) if source.suffix == ".gz" else packed).decode("utf-8")
    for line in text.splitlines():
        row = json.loads(line)
        if not str(row["id"]).startswith(_ABROAD):
            yield [str(row["id"]), str(row["full"]).strip(), str(row["level"]), str(row.get("pid") or "")]


def read_own(path: Path) -> Iterator[list[str]]:
    """Rows of a city's own file. Errors: ValueError naming the line."""
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        if not line.strip() or line.startswith("code\t"):
            continue
        row = line.split("\t")
        if not 4 <= len(row) <= _COLUMNS or not row[2].isdecimal():
            raise ValueError(f"{path.name}, line {number}: expected 4 to {_COLUMNS} columns with a number as level")
        yield row


def write_divisions(rows: Iterable[list[str]], out: Path) -> int:
    """Write the file, sorted by code, the same bytes for the same rows; later rows replace earlier ones of a code."""
    by_code = {row[0]: row for row in rows}
    lines = [HEADER, *("\t".join(row).rstrip("\t") for _, row in sorted(by_code.items()))]
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0, filename="") as stream:
        stream.write(("\n".join(lines) + "\n").encode("utf-8"))
    draft = out.with_name(f".{out.name}.draft")
    draft.write_bytes(buffer.getvalue())
    os.replace(draft, out)
    return len(by_code)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m training.gazetteer", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--add", type=Path, action="append", default=[])
    given = parser.parse_args()
    rows = [*read_divisions(given.source), *(row for path in given.add for row in read_own(path))]
    count = write_divisions(rows, given.out)
    print(f"{count} divisions written to {given.out}")  # noqa: T201


if __name__ == "__main__":
    main()
