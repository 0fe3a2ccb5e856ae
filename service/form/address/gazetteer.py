"""Gazetteer: the administrative divisions that a bundle knows, found in text by name or alias."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from models.errors import BundleError
from service.form.address.division import CITY, COMMUNITY, DISTRICT, POI, PROVINCE, STREET, Division
from service.form.address.rows import read_places

__all__ = ("CITY", "COMMUNITY", "DISTRICT", "POI", "PROVINCE", "STREET", "Division", "Gazetteer", "Hit", "short_names")

_PEOPLES = (
    "蒙古族|蒙古|回族|藏族|维吾尔|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|哈尼族|哈萨克族|哈萨克|傣族|黎族|傈僳族|佤族|畲族"
    "|拉祜族|水族|东乡族|纳西族|景颇族|柯尔克孜族|柯尔克孜|土族|达斡尔族|仫佬族|羌族|布朗族|撒拉族|毛南族|仡佬族|锡伯族|阿昌族|普米族"
    "|塔吉克族|塔吉克|怒族|鄂温克族|德昂族|保安族|裕固族|京族|独龙族|鄂伦春族|赫哲族|门巴族|珞巴族|基诺族|各族"
)
_OFFICIAL = re.compile(
    rf"^(.{{2,}}?)(?:{_PEOPLES})*(特别行政区|自治区|自治州|自治县|自治旗|林区|省|市|地区|盟|州|区|县|旗|街道|地区|镇|乡|民族乡|苏木)$"
)
_KIND = re.compile(r"[省市区县州旗盟]$")
_SHORTEST = 2  # characters of a name
_LONGEST_TOWN = 4  # characters of a town's name in short
_SUBSTITUTE = re.compile(r"^(?:省直辖|市辖区|县$|.*(?:城区|郊县)$)")


@dataclass(frozen=True, slots=True)
class Hit:
    """`text[start:end]` is the `name` of one of these divisions; `short` if it is one without a kind (松桃, 江夏)."""

    start: int
    end: int
    divisions: tuple[Division, ...]
    short: bool
    name: str


class Gazetteer:
    """All divisions, by code and by name."""

    def __init__(self, divisions: list[Division], aliases: dict[str, tuple[str, ...]]) -> None:
        self.by_code = {division.code: division for division in divisions}
        self._names: dict[str, tuple[list[Division], list[Division]]] = {}
        self._towns: dict[str, dict[str, Division]] = {}  # by the code of a city without districts, towns in short
        for division in divisions:
            if division.level == STREET and (city := self._own_district(division.parent)):
                self._towns.setdefault(city, {}).update(dict.fromkeys(short_names(division), division))
            self._name(division.name, division, short=False)
            for alias in aliases.get(division.code, ()):
                self._name(alias, division, short=division.level <= DISTRICT and not _KIND.search(alias))
            if division.level <= DISTRICT:
                for alias in short_names(division):
                    self._name(alias, division, short=alias[-1] not in "县州旗")
        # By the two characters with which a name begins, the lengths of such names, longest first. An automaton over
        # so many names looks through thousands of first characters at every place of a text.
        sizes: dict[str, set[int]] = {}
        for name in self._names:
            sizes.setdefault(name[:_SHORTEST], set()).add(len(name))
        self._sizes = {start: tuple(sorted(of_start, reverse=True)) for start, of_start in sizes.items()}

    @classmethod
    def open(cls, path: Path, *, places: Path | None = None) -> Gazetteer:
        """Read `divisions.tsv.gz`, and a city's own rows in the same columns. Errors: BundleError naming the line."""
        try:
            lines = gzip.decompress(path.read_bytes()).decode("utf-8").splitlines()
        except (OSError, EOFError, UnicodeDecodeError) as error:
            raise BundleError(f"{path.name} cannot be read ({error}); write it with training.gazetteer") from error
        rows = dict(_rows(lines, name=path.name))
        if places is not None:
            own = read_places(places, known={code: division for code, (division, _) in rows.items()})
            rows |= {row.division.code: (row.division, row.aliases) for row in own}
        return cls([division for division, _ in rows.values()], {code: names for code, (_, names) in rows.items()})

    def _name(self, name: str, division: Division, *, short: bool) -> None:
        if len(name) < _SHORTEST:
            return
        whole, shortened = self._names.setdefault(name, ([], []))
        (shortened if short else whole).append(division)

    def find(self, text: str) -> list[Hit]:
        """Names in a text, the longest at each place, in order and without overlap."""
        hits: list[Hit] = []
        last = 0
        for start in range(len(text) - _SHORTEST + 1):
            if start < last:
                continue
            for size in self._sizes.get(text[start : start + _SHORTEST], ()):
                name = text[start : start + size]
                if name in self._names:
                    whole, shortened = self._names[name]
                    last = start + len(name)
                    hits.append(Hit(start, last, tuple(whole or shortened), short=not whole, name=name))
                    break
        return hits

    def town_after(self, city: Division, text: str, start: int) -> Hit | None:
        """The town whose short name stands there (虎门, 东城区), if the city has no districts; else None."""
        if (towns := self._towns.get(city.code)) is None:
            return None
        for end in range(min(len(text), start + _LONGEST_TOWN), start + _SHORTEST - 1, -1):
            if (town := towns.get(text[start:end])) is not None:
                end += text[end : end + 1] == "区"
                return Hit(start, end, (town,), short=True, name=text[start:end])
        return None

    def _own_district(self, code: str) -> str | None:
        """Code of the city that has no districts, if a code is that of the stand-in for them (东莞市 in 东莞市)."""
        district = self.by_code.get(code)
        city = self.by_code.get(district.parent) if district is not None and district.level == DISTRICT else None
        return city.code if city is not None and district is not None and city.name == district.name else None

    def named(self, name: str) -> tuple[Division, ...]:
        """Divisions of that name or alias, higher levels first."""
        whole, shortened = self._names.get(name, ([], []))
        return tuple(sorted((*whole, *shortened), key=lambda division: division.level))

    def chain(self, division: Division) -> tuple[Division, ...]:
        """From the province down to the division itself."""
        chain = [division]
        while (parent := self.by_code.get(chain[-1].parent)) is not None and len(chain) < 8:
            chain.append(parent)
        return tuple(reversed(chain))

    def within(self, division: Division, area: Division) -> bool:
        """Whether a division is an area or lies in it."""
        return any(ancestor.code == area.code for ancestor in self.chain(division))

    def ancestor(self, division: Division, level: int) -> Division | None:
        """The division of a level that this one lies in, itself included."""
        return next((d for d in self.chain(division) if d.level == level), None)

    def full_name(self, division: Division) -> str:
        """Names from the province down, without stand-ins (重庆郊县) and without saying a name twice."""
        names: list[str] = []
        for ancestor in self.chain(division):
            if ancestor.is_zone and names:
                names.append(ancestor.name.removeprefix(names[-1].removesuffix("市")))
            elif ancestor.name not in names and not (ancestor.level == CITY and _SUBSTITUTE.match(ancestor.name)):
                names.append(ancestor.name)
        return "".join(names)

    def below(self, area: Division, level: int) -> Iterator[Division]:
        """Divisions of a level inside an area."""
        return (d for d in self.by_code.values() if d.level == level and d.code.startswith(area.code))


def _rows(lines: list[str], *, name: str) -> Iterator[tuple[str, tuple[Division, tuple[str, ...]]]]:
    """Each division by its code, with its aliases."""
    for number, line in enumerate(lines, 1):
        row = line.split("\t")
        if not line.strip() or row[0] == "code":
            continue
        row += [""] * (7 - len(row))
        try:
            at = (float(row[5]), float(row[6])) if row[5] and row[6] else None
            division = Division(row[0], row[1], int(row[2]), row[3], at)
        except ValueError as error:
            raise BundleError(f"{name}, line {number}: needs code, name, level and parent; mend it") from error
        if not (division.code and division.name and 0 <= division.level <= POI):
            raise BundleError(f"{name}, line {number}: needs code, name, a level of 0 to {POI} and parent; mend it")
        yield division.code, (division, tuple(filter(None, row[4].split(","))))


@cache
def _short(name: str) -> tuple[str, ...]:
    match = _OFFICIAL.match(name)
    if match is None:
        return ()
    stem, kind = match.groups()
    if kind.startswith("自治") and kind[-1] in "县州旗":
        return (stem + kind[-1], stem)
    return (stem,)


def short_names(division: Division) -> tuple[str, ...]:
    """What people call a division: 松桃苗族自治县 → 松桃县, 松桃."""
    return tuple(alias for alias in _short(division.name) if len(alias) >= 2 and alias != division.name)
