"""Unmet: conditions of a profile that no ticket can meet, and names of places that no gazetteer has → their spots."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from service.city import Spot, tell_nearest
from service.form.address.gazetteer import DISTRICT, STREET

if TYPE_CHECKING:
    from service.dispatch.divisions import PlaceNames
    from service.dispatch.profile import Condition, ProfileTable, Rule


def list_unmet(
    rules: list[tuple[Spot, Rule]], table: ProfileTable, *, kinds: Collection[str], places: PlaceNames | None
) -> Iterator[tuple[Spot, str]]:
    """Spots and what is wrong there. `kinds` are those of spans that the bundle marks; without any, none is wrong.

    What was learnt of the past (priors) may name places that are no more, and telephony may know codes of its own.
    """
    for spot, rule in rules:
        yield from _list_contradictions((*spot, "when"), rule.when)
        for kind in rule.when.spans or () if kinds else ():
            if kind not in kinds:
                yield (*spot, "when", "spans"), f"the bundle marks no '{kind}'{tell_nearest(kind, kinds)}"
    if places is not None:
        for spot, name, level in _list_places(rules, table):
            if not places.has(name, level):
                kind = "street" if level == STREET else "district"
                near = tell_nearest(name, places.names_of(level, like=name), most=3)
                yield spot, f"the gazetteer has no {kind} '{name}'{near}; correct it, or give it a row in places.tsv"


def _list_contradictions(spot: Spot, when: Condition) -> Iterator[tuple[Spot, str]]:
    if when.hours and len({*when.hours.split("-")}) == 1:
        yield (*spot, "hours"), f"{when.hours} ends when it begins, and so holds at no time; leave it out for all day"
    for key, words in (("words", when.words), ("also", when.also)):
        if words and all(any(part in word for part in when.without or ()) for word in words):
            yield (*spot, "without"), f"each of '{key}' holds one of these, and so the rule never speaks"


def _list_places(rules: list[tuple[Spot, Rule]], table: ProfileTable) -> Iterator[tuple[Spot, str, int]]:
    """Names of districts and streets, each with its spot and level."""
    for spot, rule in rules:
        yield from _pair((*spot, "when"), rule.when.districts, rule.when.subdistricts)
    for place, enterprise in enumerate(table.enterprises):
        for number, area in enumerate(enterprise.areas):
            yield from _pair(("enterprises", place, "areas", number), area.districts, area.subdistricts)
    for place, row in enumerate(table.territory):
        if row.district:
            yield ("territory", place, "district"), row.district, DISTRICT
        if row.subdistrict:
            yield ("territory", place, "subdistrict"), row.subdistrict, STREET


def _pair(
    spot: Spot, districts: tuple[str, ...] | None, streets: tuple[str, ...] | None
) -> Iterator[tuple[Spot, str, int]]:
    for name in districts or ():
        yield (*spot, "districts"), name, DISTRICT
    for name in streets or ():
        yield (*spot, "subdistricts"), name, STREET
