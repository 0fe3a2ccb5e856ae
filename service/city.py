"""City file: TOML that a hotline's administrator edits, read strictly; an error names file, table, key and line."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from models.errors import BundleError

# What every city begins with; a bundle may carry its own copy of each file.
DEFAULT_CITY: Final = Path(__file__).parents[1] / "models" / "store" / "city"

TicketType = Literal["咨询", "求助", "投诉", "举报", "建议", "表扬", "其他"]
Spot = tuple[str | int, ...]  # keys and list positions from the top of the file

_HEADER = re.compile(r"^\s*(\[\[|\[)\s*([A-Za-z0-9_.\-]+)\s*\]")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)\s*=")


class Table(BaseModel):
    """A table of a city file: no unknown keys, no values of another type, unchanged once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


T = TypeVar("T", bound=Table)


class CityFileError(BundleError):
    """A city file that cannot be used as it stands."""

    code = "city_file_invalid"


@dataclass(frozen=True)
class CityFile:
    """The text of one file, which knows the line of each of its keys."""

    name: str
    text: str

    @classmethod
    def open(cls, path: Path) -> CityFile:
        """Read the text. Errors: CityFileError."""
        try:
            return cls(path.name, path.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            raise CityFileError(
                f"{path.name} cannot be read as UTF-8 ({type(error).__name__}); save it again"
            ) from error

    def parse(self, table: type[T]) -> T:
        """The file as that table. Errors: CityFileError for the first fault, with the number of further ones."""
        try:
            tree = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            raise CityFileError(f"{self.name} is no TOML: {error}; correct that line") from error
        try:
            # By way of JSON, because strict validation takes a list for a tuple only there.
            return table.model_validate_json(json.dumps(tree, default=str))
        except ValidationError as error:
            found = error.errors(include_input=False, include_url=False, include_context=False)
            # What lacks a key may hold it misspelt: that one is told first.
            first, *others = sorted(found, key=lambda one: one["type"] != "extra_forbidden")
            fact = first["msg"]
            if first["type"] == "extra_forbidden":
                fact = f"is no key here{tell_nearest(str(first['loc'][-1]), set(_keys(table.model_json_schema())))}"
            raise self.fault(first["loc"], fact, further=len(others)) from error

    def fault(self, spot: Sequence[str | int], fact: str, *, further: int = 0) -> CityFileError:
        """The error that names the spot, its line and the fact."""
        line = self.line_of(spot)
        where = f", line {line}" if line else ""
        more = f" (and {further} more)" if further else ""
        return CityFileError(f"{self.name}{where}: {spell(spot)}: {fact}{more}; correct the file and load it again")

    def line_of(self, spot: Sequence[str | int]) -> int | None:
        """Line of the spot, or of the nearest table or key that encloses it; counted from 1."""
        lengths = range(len(spot), 0, -1)
        return next((self._lines[tuple(spot[:n])] for n in lengths if tuple(spot[:n]) in self._lines), None)

    @cached_property
    def _lines(self) -> Mapping[Spot, int]:
        lines: dict[Spot, int] = {}
        counts: dict[Spot, int] = {}
        table: Spot = ()
        for number, line in enumerate(self.text.splitlines(), start=1):
            if header := _HEADER.match(line):
                table = _enter(header[2].split("."), counts, again=header[1] == "[[")
                lines.setdefault(table, number)
            elif key := _KEY.match(line):
                names = key[1].split(".")
                for depth in range(1, len(names) + 1):
                    lines.setdefault((*table, *names[:depth]), number)
        return lines


def spell(spot: Sequence[str | int]) -> str:
    """The spot as an administrator reads it: `rules[3].lead`, entries counted from 1."""
    text = ""
    for part in spot:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "the file"


def tell_nearest(name: str, known: Iterable[str], *, most: int = 1) -> str:
    """For the end of a fact: "; did you mean 'this one'?", or nothing where none is like it."""
    near = get_close_matches(name, list(known), n=most, cutoff=0.5)
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else ""


def _keys(schema: Any) -> Iterator[str]:
    """All keys that a table and those in it may have."""
    if isinstance(schema, dict):
        yield from schema.get("properties", ())
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from _keys(inner)


def _enter(names: Sequence[str], counts: dict[Spot, int], *, again: bool) -> Spot:
    spot: Spot = ()
    for place, name in enumerate(names):
        spot = (*spot, name)
        if again and place == len(names) - 1:
            counts[spot] = counts.get(spot, -1) + 1
        if spot in counts:
            spot = (*spot, counts[spot])
    return spot
