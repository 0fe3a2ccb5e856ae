"""Departments: a bundle's `departments.json`, checked before units are found by its ids, names and aliases."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Final

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from service.city import CityFileError, Table

_NAME = Annotated[str, Field(min_length=1, pattern=r"\S")]


class Listed(Table):
    """A unit of the list. Other keys may be a city's own notes, unless they look like one of these misspelt."""

    model_config = ConfigDict(extra="allow")

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
    name: _NAME
    tier: str
    aliases: tuple[_NAME, ...] = ()
    parent: str | None = None


_LIST: Final = TypeAdapter(list[Listed])


def check_departments(path: Path) -> None:
    """Errors: CityFileError for the first fault with line, entry, fact and remedy, and the number of further ones."""
    try:
        text = path.read_text(encoding="utf-8")
        json.loads(text)
    except (OSError, ValueError) as error:
        raise CityFileError(f"{path.name} is no JSON in UTF-8 ({error}); write it again") from error
    try:
        units = _LIST.validate_json(text)
    except ValidationError as error:
        first, *others = error.errors(include_input=False, include_url=False, include_context=False)
        entry, *keys = first["loc"] or (0,)
        told = f"{'.'.join(map(str, keys))}: {first['msg']}" if keys else first["msg"]
        raise CityFileError(f"{path.name}: entry {int(entry) + 1}: {told}{_more(len(others))}; correct it") from error
    faults = [
        f"{path.name}, line {_line_of(text, units, place)}: '{units[place].id}': {fact}"
        for place, fact in _list_faults(units)
    ]
    if not units:
        faults.append(f"{path.name} lists no unit; copy that of models/store/city")
    if faults:
        raise CityFileError(f"{faults[0]}{_more(len(faults) - 1)}; correct the file and load it again")


def _list_faults(units: list[Listed]) -> Iterator[tuple[int, str]]:
    """Places of units in the list, and what is wrong with them beside others."""
    ids, names = dict[str, int](), dict[str, int]()
    known = {unit.id for unit in units}
    for place, unit in enumerate(units):
        if ids.setdefault(unit.id, place) != place:
            yield place, f"is the id of {units[ids[unit.id]].name}, too"
        for key in unit.model_extra or {}:
            for meant in get_close_matches(key, Listed.model_fields, n=1, cutoff=0.7):
                yield place, f"'{key}' is not read; did you mean '{meant}'?"
        if unit.parent and unit.parent not in known:
            yield place, f"parent '{unit.parent}' is no unit of this list"
        for name in dict.fromkeys((unit.name, *unit.aliases)):
            if (first := names.setdefault(name, place)) != place:
                yield place, f"'{name}' is a name of '{units[first].id}', too; a name must lead to one unit"


def _line_of(text: str, units: list[Listed], place: int) -> int:
    """The line in which the unit's id stands; of one id several times, that of this entry."""
    unit = units[place].id
    spots = [match.start() for match in re.finditer(rf'"id"\s*:\s*"{re.escape(unit)}"', text)]
    nth = sum(other.id == unit for other in units[:place])
    return text.count("\n", 0, spots[nth]) + 1 if nth < len(spots) else 1


def _more(count: int) -> str:
    return f" (and {count} more)" if count else ""
