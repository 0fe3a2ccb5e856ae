"""Profile: what an administrator says of a city — units, who hosts which territory, rules, enterprises, a fallback.

And what its history says: `[[priors]]`, written by `suqiu-train profile`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from models.taxonomy import Department, Taxonomy
from service.alarm import Line, RiskName
from service.city import CityFile, Spot, Table, TicketType, tell_nearest
from service.dispatch.divisions import PlaceNames
from service.dispatch.unmet import list_unmet

__all__ = ["Profile", "TicketType"]

UnitId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
Hours = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")]
Words = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]


class Unit(Table):
    """A unit that can be handed a ticket, from `valid_from` to `valid_to`, then its successor; else the fallback."""

    id: UnitId
    name: Annotated[str, Field(min_length=1)]
    aliases: tuple[str, ...] = ()
    tier: str = ""
    remit: tuple[str, ...] = ()
    parent: UnitId | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    successor: UnitId | None = None

    def serves(self, on: date) -> bool:
        """Whether it is at work on that day."""
        return not (self.valid_from and on < self.valid_from) and not (self.valid_to and on > self.valid_to)


class TerritoryRow(Table):
    """Who hosts a place: a division by code or names, or any address that holds one of the words in `places`."""

    unit: UnitId
    code: Annotated[str, Field(pattern=r"^\d{6}(\d{3}){0,2}$")] | None = None
    district: str | None = None
    subdistrict: str | None = None
    places: Words | None = None


class Condition(Table):
    """When a rule speaks: every key that is given must hold; within a list, one entry is enough.

    `category` are beginnings of a code (0904) or of a path (民政社区/生活服务); `function` the model's first unit;
    `hours` the time of receipt (22:00-06:00 runs over midnight); `urgency` the least; `words` are looked for in what
    the citizen said, and beside them one of `also`; `places` in the address.
    """

    category: Words | None = None
    function: Annotated[tuple[UnitId, ...], Field(min_length=1)] | None = None
    type: Annotated[tuple[TicketType, ...], Field(min_length=1)] | None = None
    districts: Words | None = None
    subdistricts: Words | None = None
    places: Words | None = None
    hours: Hours | None = None
    words: Words | None = None
    also: Words | None = None
    without: Words | None = None
    spans: Words | None = None
    risks: Annotated[tuple[RiskName, ...], Field(min_length=1)] | None = None
    urgency: Literal[1, 2] | None = None
    hosted: bool | None = None


class Help(Table):
    """A unit that assists, and why."""

    unit: UnitId
    reason: Annotated[str, Field(min_length=1)]


class Effect(Table):
    """What a rule does. `decision` auto lets its lead go out unseen; urgency cannot be touched."""

    lead: UnitId | None = None
    assist: tuple[Help, ...] = ()
    host: bool | None = None
    transfer: Line | None = None
    decision: Literal["auto", "suggest"] = "suggest"


class Rule(Table):
    """A rule: of several that name a lead, the one of the highest priority counts, then the one that stands first."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,47}$")]
    note: str = ""
    priority: int = 0
    valid_from: date | None = None
    valid_to: date | None = None
    when: Condition
    then: Effect


class Area(Table):
    """Where an enterprise of its own serves."""

    unit: UnitId
    districts: Words
    subdistricts: Words | None = None


class Enterprise(Table):
    """A unit (the gas company) that is several: each area has its own, the rest of the city keeps `unit`."""

    unit: UnitId
    areas: Annotated[tuple[Area, ...], Field(min_length=1)]


class Share(Table):
    """A unit, and the share of such orders that it settled."""

    unit: UnitId
    share: Annotated[float, Field(gt=0, le=1)]


class Prior(Table):
    """Who settled the orders of a category or place in the past: `support` orders, units best first.

    `category` are whole codes or paths, or those of a parent; unlike a rule's, they end where a name ends.
    """

    category: Words | None = None
    districts: Words | None = None
    subdistricts: Words | None = None
    support: Annotated[int, Field(ge=1)]
    units: Annotated[tuple[Share, ...], Field(min_length=1)]


class ProfileTable(Table):
    """`profile.toml` as it is written."""

    city: str
    version: str
    fallback: UnitId | None = None
    host_level: Literal["subdistrict", "district"] = "subdistrict"
    units: tuple[Unit, ...] = ()
    territory: tuple[TerritoryRow, ...] = ()
    enterprises: tuple[Enterprise, ...] = ()
    exceptions: tuple[Rule, ...] = ()
    rules: tuple[Rule, ...] = ()
    priors: tuple[Prior, ...] = ()

    @property
    def names_places(self) -> bool:
        """Whether districts or streets are named but for those of precedents: who asks reads a whole gazetteer."""
        rules = (*self.exceptions, *self.rules)
        return bool(self.territory or self.enterprises or any(r.when.districts or r.when.subdistricts for r in rules))


@dataclass(frozen=True)
class Profile:
    """A profile whose every reference was found to lead somewhere; `units` are the bundle's and the city's own."""

    table: ProfileTable
    units: Mapping[str, Unit]
    rules: tuple[Rule, ...]

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        departments: Mapping[str, Department],
        taxonomy: Taxonomy | None = None,
        kinds: Collection[str] = (),
        places: Callable[[], PlaceNames] | None = None,
    ) -> Profile:
        """Read and check. With a taxonomy, the rules' categories must exist in it; with `kinds` of spans that a bundle
        marks, and its `places`, theirs too.

        Errors: CityFileError with table, key and line.
        """
        file = CityFile.open(path)
        table = file.parse(ProfileTable)
        units = {d.id: Unit(id=d.id, name=d.name, aliases=d.aliases, tier=d.tier) for d in departments.values()}
        units |= {unit.id: unit for unit in table.units}
        for spot, fact in _list_faults(table, units, taxonomy):
            raise file.fault(spot, fact)
        named = places() if places and table.names_places else None
        for spot, fact in list_unmet(list(_list_rules(table)), table, kinds=kinds, places=named):
            raise file.fault(spot, fact)
        # Exceptions first, then by priority; sorting keeps the order of the file among equals.
        rules = (*_by_priority(table.exceptions), *_by_priority(table.rules))
        return cls(table, units, rules)

    @cached_property
    def changing(self) -> frozenset[str]:
        """Units that do not do their work on every day, or have a successor; all others answer for themselves."""
        return frozenset(unit.id for unit in self.units.values() if unit.valid_from or unit.valid_to or unit.successor)

    @cached_property
    def enterprises(self) -> Mapping[str, tuple[Enterprise, ...]]:
        """Those of each unit that is several."""
        units = dict.fromkeys(enterprise.unit for enterprise in self.table.enterprises)
        return {unit: tuple(one for one in self.table.enterprises if one.unit == unit) for unit in units}

    @cached_property
    def priors_by_category(self) -> Mapping[str, tuple[int, ...]]:
        """Places of the priors by each name that they give, those without a category under the empty one: a city may
        have thousands, and a ticket meets a few of them."""
        places: dict[str, list[int]] = {}
        for place, prior in enumerate(self.table.priors):
            for name in prior.category or ("",):
                places.setdefault(name, []).append(place)
        return {name: tuple(of_name) for name, of_name in places.items()}

    def resolve(self, unit: str, *, on: date) -> str | None:
        """The unit that does this work on that day: itself, or the successor of a unit that is no more.

        None where it is not at work yet, or no more and nobody succeeded it.
        """
        if unit not in self.changing:
            return unit
        last = self._follow(unit, on=on)
        if last is None:
            return unit
        return last.id if last.serves(on) else None

    def stand_in(self, *, on: date) -> str | None:
        """The fallback as it is called that day, if there is one."""
        return self.resolve(self.table.fallback, on=on) if self.table.fallback else None

    def tell_lapse(self, unit: str, *, on: date) -> str:
        """Why nobody does the unit's work on that day."""
        last = self._follow(unit, on=on)
        if last and last.valid_from and on < last.valid_from:
            return f"{last.name}自 {last.valid_from} 起才受理，{on} 尚无单位承接"
        return f"{last.name if last else unit}已于 {last.valid_to if last else on} 停止受理，无承接单位"

    def _follow(self, unit: str, *, on: date) -> Unit | None:
        known = self.units.get(unit)
        while known and known.successor and known.valid_to and on > known.valid_to:
            known = self.units[known.successor]
        return known

    def name_of(self, unit: str) -> str:
        """The unit's name, or its id where nobody named it."""
        known = self.units.get(unit)
        return known.name if known else unit

    def find_unit(self, name: str) -> str | None:
        """Id of the unit of that name or alias."""
        return next((unit.id for unit in self.units.values() if name in (unit.name, *unit.aliases)), None)


def _by_priority(rules: tuple[Rule, ...]) -> list[Rule]:
    return sorted(rules, key=lambda rule: -rule.priority)


def _list_faults(
    table: ProfileTable, units: Mapping[str, Unit], taxonomy: Taxonomy | None
) -> Iterator[tuple[Spot, str]]:
    for spot, unit in _list_references(table):
        if unit not in units:
            told = f"'{unit}' is no unit: departments.json does not list it and no [[units]] defines it"
            yield spot, told + tell_nearest(unit, units)
    yield from _list_unit_faults(table, units)
    yield from _list_territory_faults(table)
    yield from _list_rule_faults(table, taxonomy)
    yield from _list_prior_faults(table, taxonomy)


def _list_references(table: ProfileTable) -> Iterator[tuple[Spot, str]]:
    if table.fallback:
        yield ("fallback",), table.fallback
    for place, unit in enumerate(table.units):
        for key, other in (("parent", unit.parent), ("successor", unit.successor)):
            if other:
                yield ("units", place, key), other
    for place, row in enumerate(table.territory):
        yield ("territory", place, "unit"), row.unit
    for place, enterprise in enumerate(table.enterprises):
        yield ("enterprises", place, "unit"), enterprise.unit
        for number, area in enumerate(enterprise.areas):
            yield ("enterprises", place, "areas", number, "unit"), area.unit
    for spot, rule in _list_rules(table):
        if rule.then.lead:
            yield (*spot, "then", "lead"), rule.then.lead
        for help_ in rule.then.assist:
            yield (*spot, "then", "assist"), help_.unit
        for unit_id in rule.when.function or ():
            yield (*spot, "when", "function"), unit_id
    for place, prior in enumerate(table.priors):
        for share in prior.units:
            yield ("priors", place, "units"), share.unit


def _list_rules(table: ProfileTable) -> Iterator[tuple[Spot, Rule]]:
    for name, rules in (("exceptions", table.exceptions), ("rules", table.rules)):
        for place, rule in enumerate(rules):
            yield (name, place), rule


def _list_unit_faults(table: ProfileTable, units: Mapping[str, Unit]) -> Iterator[tuple[Spot, str]]:
    seen: set[str] = set()
    for place, unit in enumerate(table.units):
        spot: Spot = ("units", place)
        if unit.id in seen:
            yield (*spot, "id"), f"'{unit.id}' is defined twice"
        seen.add(unit.id)
        if unit.valid_from and unit.valid_to and unit.valid_from > unit.valid_to:
            yield (*spot, "valid_to"), f"{unit.valid_to} lies before valid_from {unit.valid_from}"
        if unit.successor and not unit.valid_to:
            yield (*spot, "successor"), "a successor needs valid_to, the last day of the old unit"
        trail = [unit.id]
        while heir := units[trail[-1]].successor:
            trail.append(heir)
            if heir in trail[:-1]:
                yield (*spot, "successor"), f"succession runs in a circle: {' → '.join(trail)}"
                break


def _list_territory_faults(table: ProfileTable) -> Iterator[tuple[Spot, str]]:
    seen: set[tuple[str | None, ...]] = set()
    for place, row in enumerate(table.territory):
        spot: Spot = ("territory", place)
        if row.subdistrict and not row.district:
            yield (*spot, "subdistrict"), "streets of one name lie in many districts; give district, too"
        if not (row.code or row.district or row.places):
            yield spot, "names no place; give code, district or places"
        key = (row.code, row.district, row.subdistrict, *(row.places or ()))
        if key in seen:
            yield spot, "is the same place as an earlier entry"
        seen.add(key)


def _list_rule_faults(table: ProfileTable, taxonomy: Taxonomy | None) -> Iterator[tuple[Spot, str]]:
    leaves = _list_leaves(taxonomy)
    seen: set[str] = set()
    for spot, rule in _list_rules(table):
        if rule.id in seen:
            yield (*spot, "id"), f"'{rule.id}' is the id of an earlier rule, too"
        seen.add(rule.id)
        if not rule.when.model_fields_set:
            yield (*spot, "when"), "is empty, and so the rule would move every ticket; give a condition"
        if not rule.then.model_fields_set - {"decision"}:
            yield (*spot, "then"), "does nothing; give lead, assist, host or transfer"
        if rule.valid_from and rule.valid_to and rule.valid_from > rule.valid_to:
            yield (*spot, "valid_to"), f"{rule.valid_to} lies before valid_from {rule.valid_from}"
        for start in rule.when.category or () if leaves else ():
            if not any(code.startswith(start) or path.startswith(start) for code, path in leaves):
                near = tell_nearest(start, _list_paths(leaves))
                yield (*spot, "when", "category"), f"no category begins with '{start}'{near}"


def _list_prior_faults(table: ProfileTable, taxonomy: Taxonomy | None) -> Iterator[tuple[Spot, str]]:
    leaves = _list_leaves(taxonomy)
    for place, prior in enumerate(table.priors):
        spot: Spot = ("priors", place)
        if not (prior.category or prior.districts or prior.subdistricts):
            yield spot, "speaks of every ticket; give category, districts or subdistricts"
        if sum(share.share for share in prior.units) > 1.005:
            yield (*spot, "units"), "gives more than all orders; shares add up to 1 at most"
        for name in prior.category or () if leaves else ():
            if not any(lies_at(name, code=code, path=path) for code, path in leaves):
                near = tell_nearest(name, _list_paths(leaves))
                yield (*spot, "category"), f"no category is '{name}' or lies under it{near}"


def lies_at(name: str, *, code: str, path: str) -> bool:
    """Whether a leaf is the category of that code or path, or lies under it."""
    return code.startswith(name) or path == name or path.startswith(f"{name}/")


def _list_paths(leaves: list[tuple[str, str]]) -> list[str]:
    """Paths of all levels, each once."""
    paths = (path.split("/") for _, path in leaves)
    return list(dict.fromkeys("/".join(path[:depth]) for path in paths for depth in range(1, len(path) + 1)))


def _list_leaves(taxonomy: Taxonomy | None) -> list[tuple[str, str]]:
    return [(leaf.code, "/".join(leaf.path)) for leaf in taxonomy.categories] if taxonomy else []
