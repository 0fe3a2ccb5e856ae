"""Gazetteer: a list of divisions (ours or a city's own) → `divisions.tsv.gz`, as a bundle carries it.

    python -m training.gazetteer --source divisions.jsonl.gz --out models/store/city/divisions.tsv.gz [--add own.tsv]

The source has one division a line: {"id": code, "pid": parent's code, "level": 0–3, "full": name}. What it lacks comes
from two tables beside this file: `divisions/zones.tsv`, the national zones that a city runs like a district, and
`divisions/names.tsv`, what divisions were called before (`year` of the change) or are called by everyone (no year). A
city adds its own rows (streets, communities, points of interest) as tab-separated `code name level parent aliases
longitude latitude`, the last three optional.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.whole import written_whole

HEADER = "code\tname\tlevel\tparent\taliases\tlongitude\tlatitude"
_COLUMNS = HEADER.count("\t") + 1
_ABROAD = "91"
_TABLES = Path(__file__).with_name("divisions")
_NAME, _LEVEL, _PARENT, _ALIASES = 1, 2, 3, 4  # columns of a row
_CITY, _DISTRICT = "1", "2"
# What the two kinds of zones are called beside their full name.
_KINDS = {
    "高新技术产业开发区": ("高新区", "高新技术产业开发区", "高新技术开发区", "高新开发区"),
    "经济技术开发区": ("经开区", "经济技术开发区", "经济开发区"),
    "经济开发区": ("经开区", "经济开发区"),
}


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


def read_zones(path: Path, rows: Sequence[list[str]]) -> Iterator[list[str]]:
    """The zones of a table as districts of their cities. Errors: ValueError naming the line."""
    cities = {row[_NAME]: row[0] for row in rows if row[_LEVEL] == _CITY}
    for line in _lines(path, columns=2):
        city, zones = line.cells
        if city not in cities:
            raise ValueError(f"{line.place}: there is no city {city}")
        for number, zone in enumerate(zones.split(","), 1):
            yield [f"{cities[city]}-{number}", zone, _DISTRICT, cities[city], ",".join(_zone_names(zone, city))]


def name_divisions(path: Path, rows: Sequence[list[str]]) -> list[list[str]]:
    """The rows with the aliases of a table. Errors: ValueError naming the line whose division is not there once."""
    by_code = {row[0]: row for row in rows}
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(_full_name(row, by_code), []).append(row[0])
    aliases: dict[str, list[str]] = {}
    for line in _lines(path, columns=3):
        parent, name, others = line.cells[:3]
        codes = found.get(parent + name, [])
        if len(codes) != 1:
            raise ValueError(f"{line.place}: {parent}{name} is there {len(codes)} times, expected once")
        aliases.setdefault(codes[0], []).extend(others.split(","))
    return [_with_aliases(row, aliases.get(row[0], [])) for row in rows]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a table, and how an error names it."""

    place: str
    cells: list[str]


def _lines(path: Path, *, columns: int) -> Iterator[_Line]:
    """Lines below the head. Errors: ValueError naming a line with fewer columns."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()[1:], 2):
        read = _Line(f"{path.name}, line {number}", line.split("\t"))
        if len(read.cells) < columns:
            raise ValueError(f"{read.place}: expected at least {columns} columns")
        yield read


def _zone_names(zone: str, city: str) -> list[str]:
    """合肥经济技术开发区 → 合肥市经济技术开发区, 合肥经开区, …, and 经开区, which every city has."""
    stem = city.removesuffix("市")
    kind = zone.removeprefix(stem)
    names = _KINDS.get(kind, ())
    full = [f"{head}{name}" for head in (stem, city) for name in (names or (kind,))]
    return [name for name in dict.fromkeys([*full, *names]) if name != zone]


def _full_name(row: list[str], by_code: dict[str, list[str]]) -> str:
    """Names from the province down, stand-ins (重庆城区) and a name that was just said left out."""
    names = [row[_NAME]]
    while (above := by_code.get(row[_PARENT])) is not None:
        row = above
        if row[_NAME] != names[0] and not re.search("城区$|郊县$", row[_NAME]):
            names.insert(0, row[_NAME])
    return "".join(names)


def _with_aliases(row: list[str], aliases: Sequence[str]) -> list[str]:
    if not aliases:
        return row
    row = [*row, *[""] * (_ALIASES + 1 - len(row))]
    said = [*filter(None, row[_ALIASES].split(",")), *aliases]
    return [*row[:_ALIASES], ",".join(dict.fromkeys(said)), *row[_ALIASES + 1 :]]


def write_divisions(rows: Iterable[list[str]], out: Path) -> int:
    """Write the file, sorted by code, the same bytes for the same rows; later rows replace earlier ones of a code."""
    by_code = {row[0]: row for row in rows}
    lines = [HEADER, *("\t".join(row).rstrip("\t") for _, row in sorted(by_code.items()))]
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0, filename="") as stream:
        stream.write(("\n".join(lines) + "\n").encode("utf-8"))
    with written_whole(out) as draft:
        draft.write_bytes(buffer.getvalue())
    return len(by_code)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m training.gazetteer", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--add", type=Path, action="append", default=[])
    given = parser.parse_args()
    national = list(read_divisions(given.source))
    national = name_divisions(_TABLES / "names.tsv", [*national, *read_zones(_TABLES / "zones.tsv", national)])
    rows = [*national, *(row for path in given.add for row in read_own(path))]
    count = write_divisions(rows, given.out)
    print(f"{count} divisions written to {given.out}")  # noqa: T201


if __name__ == "__main__":
    main()
