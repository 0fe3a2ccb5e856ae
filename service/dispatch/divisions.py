"""Divisions: districts and streets of the cities that the table's codes name → the code of a place as said."""

from __future__ import annotations

import gzip
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from models.bundle import Bundle
from models.errors import BundleError
from service.city import DEFAULT_CITY
from service.form.address.gazetteer import DISTRICT, STREET
from service.form.fill import DIVISIONS, PLACES

_SUFFIX = re.compile(r"(?<=..)(?:街道|地区|新区|区|县|市|旗|镇|乡)$")
# Divisions of one city share these digits.
_CITY = 4
_LEVELS = (DISTRICT, STREET)
_WRITTEN = tuple(map(str, _LEVELS))


@dataclass(frozen=True, slots=True)
class Named:
    """A district or street by code, with the name of the district that it is or lies in."""

    code: str
    name: str
    level: int
    district: str


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    level: int
    parent: str


@dataclass(frozen=True)
class Divisions:
    """The districts and streets around some codes; none where the table names no code."""

    named: tuple[Named, ...] = ()

    @classmethod
    def open(cls, bundle: Bundle, *, codes: Collection[str]) -> Divisions:
        """Those of the bundle's gazetteer, or of the shipped one. Without codes none is read. Errors: BundleError."""
        if not codes:
            return cls()
        return cls.of(_path_of(bundle), codes=codes, places=bundle.file(PLACES) if bundle.holds(PLACES) else None)

    @classmethod
    def of(cls, path: Path, *, codes: Collection[str], places: Path | None = None) -> Divisions:
        """Those of the files that lie in the cities of these codes; a city's own rows go before the national ones."""
        rows = _read(path, cities={code[:_CITY] for code in codes})
        rows |= _read(places, cities={code[:_CITY] for code in codes}) if places else {}
        found = []
        for code, row in rows.items():
            district = row if row.level == DISTRICT else rows.get(row.parent)
            if district:
                found.append(Named(code, row.name, row.level, district.name))
        return cls(tuple(found))

    def find(self, district: str | None, subdistrict: str | None) -> str | None:
        """Code of the street, else of the district, of these names; None where two bear them."""
        streets = [
            one
            for one in self.named
            if one.level == STREET
            and is_same_place(one.name, subdistrict)
            and (not district or is_same_place(one.district, district))
        ]
        districts = [one for one in self.named if one.level == DISTRICT and is_same_place(one.name, district)]
        return next((found[0].code for found in (streets, districts) if len(found) == 1), None)

    def contradicts(self, code: str, district: str | None) -> bool:
        """Whether the district of a code is known, and another one than this."""
        names = [one.district for one in self.named if code.startswith(one.code)]
        return bool(district and names) and not any(is_same_place(name, district) for name in names)


@dataclass(frozen=True)
class PlaceNames:
    """Names of all districts and streets, by level."""

    names: Mapping[int, frozenset[str]]

    @classmethod
    def open(cls, bundle: Bundle) -> PlaceNames:
        """Those of the bundle's gazetteer, or of the shipped one. Errors: BundleError."""
        rows = _read(_path_of(bundle), cities=None)
        rows |= _read(bundle.file(PLACES), cities=None) if bundle.holds(PLACES) else {}  # which the form checks
        return cls({level: frozenset(row.name for row in rows.values() if row.level == level) for level in _LEVELS})

    def has(self, name: str, level: int) -> bool:
        """Whether `is_same_place` holds for one of that level."""
        name = name.removesuffix("办事处")
        return name in self._spelt[level] or _SUFFIX.sub("", name) in self.names[level]

    def names_of(self, level: int, *, like: str) -> list[str]:
        """Names of a level that share a character with this one, apart from those of kinds."""
        signs = set(_SUFFIX.sub("", like))
        return sorted(name for name in self.names[level] if signs.intersection(name))

    @cached_property
    def _spelt(self) -> Mapping[int, frozenset[str]]:
        """Names, whole and without their kind."""
        return {level: of | {_SUFFIX.sub("", name) for name in of} for level, of in self.names.items()}


def _path_of(bundle: Bundle) -> Path:
    return bundle.file(DIVISIONS) if bundle.holds(DIVISIONS) else DEFAULT_CITY / DIVISIONS


def _read(path: Path, *, cities: Collection[str] | None) -> dict[str, _Row]:
    """Districts and streets by code, of some cities or of all.

    The form's gazetteer would index all places of the country for a name in a text, which takes seconds; here a few
    thousand lines do.
    """
    try:
        packed = path.read_bytes()
        text = (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise BundleError(f"{path.name} cannot be read ({error}); write it again") from error
    lines = (line.split("\t") for line in text.splitlines() if cities is None or line[:_CITY] in cities)
    return {line[0]: _Row(line[1], int(line[2]), line[3]) for line in lines if len(line) > 3 and line[2] in _WRITTEN}


def is_same_place(left: str | None, right: str | None) -> bool:
    """Whether two names mean one division: 朝阳 and 朝阳区, but not 朝阳区 and 朝阳县."""
    if not left or not right:
        return False
    left, right = left.removesuffix("办事处"), right.removesuffix("办事处")
    bare = _SUFFIX.sub("", left), _SUFFIX.sub("", right)
    return left == right or (bare[0] == bare[1] and (bare[0] == left or bare[1] == right))


def trim_code(code: str) -> str:
    """The code without the zeros that fill it up: 440300 → 4403, 440305003000 → 440305003."""
    while len(code) > 6 and code.endswith("000"):
        code = code[:-3]
    while 2 < len(code) <= 6 and code.endswith("00"):
        code = code[:-2]
    return code
