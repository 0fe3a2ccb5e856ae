"""Territory: address of the form → district and street, and the unit that would host the ticket there that day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from service.dispatch.divisions import Divisions, is_same_place, trim_code
from service.dispatch.profile import Profile, TerritoryRow
from service.form.field import MISSING, Area, Field, Form, Place, Source
from service.ticket import Ticket

__all__ = ["Host", "Locality", "find_host", "is_same_place", "locate"]

_TOWN: Final = re.compile(r"(?:镇|乡|苏木)$")
# The units that stand for any street office and any district where the city's table names none.
STREET_UNIT: Final = "jd"
DISTRICT_UNIT: Final = "qxz"
_NO_DIVISIONS: Final = Divisions()
# Codes of this length name a district; longer ones a street or community.
_DISTRICT_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Locality:
    """Where it happened. `confidence` is the weakest of what it rests on; `settled`: said, and nothing contradicts it.

    `code` is the division's: of the names that were said, else telephony's; `heard` is where the place was said.
    `lent`: nobody named district or street, and telephony's area stands for them; `stray`: the area it sent is none.
    """

    district: str | None
    subdistrict: str | None
    address: str
    code: str | None
    confidence: float
    settled: bool
    heard: Place | None = None
    lent: bool = False
    stray: bool = False


@dataclass(frozen=True, slots=True)
class Host:
    """The unit of the territory, its name there, and why it is this one.

    `lapsed`: nobody does the work of the territory's own unit on that day, and the fallback stands in for it.
    """

    unit: str
    name: str
    reason: str
    source: Source = "derived"
    lapsed: bool = False


def locate(ticket: Ticket, form: Form, divisions: Divisions = _NO_DIVISIONS) -> Locality:
    """District and street as the form has them; telephony's area fills a gap, and never overrules what was said.

    A caller may speak of another place than the one that he calls from: what rests on his area alone is not settled.
    """
    district, subdistrict = _read(form, "district"), _read(form, "subdistrict")
    address, point = _read(form, "event_address"), _read(form, "poi")
    code = ticket.area if ticket.area and ticket.area.isdigit() else None
    used = [field for field in (district, subdistrict) if field.value]
    area = form.area or Area()
    named = (district.value or area.district, subdistrict.value or (None if used else area.subdistrict))
    places = (place for field in (subdistrict, district, address) for place in field.places)
    return Locality(
        *named,
        address=" ".join(str(said) for said in (address.value, address.raw, point.value) if said),
        code=_find_code(*named, area=code, divisions=divisions),
        confidence=min((field.confidence for field in used), default=0.0),
        settled=bool(used) and all(field.status == "filled" for field in used),
        heard=next(places, None),
        lent=not used and bool(area.district or code),
        stray=bool(ticket.area) and form.area is None,
    )


def _find_code(district: str | None, subdistrict: str | None, *, area: str | None, divisions: Divisions) -> str | None:
    said = divisions.find(district, subdistrict)
    if area is None or divisions.contradicts(area, district):
        return said
    # Who names the district alone may be known to call from a street in it.
    return area if said is None or (area.startswith(said) and not subdistrict) else said


def find_host(place: Locality, profile: Profile, *, on: date) -> Host | None:
    """The unit that hosts the place on that day: words of the address first, then street, district and code.

    Where the table is silent, the street office or district of that name; None where the place is unknown.
    """
    row, ground = _find_row(place, profile)
    if row:
        return _host(row.unit, f"属地表：{ground}", profile, place=place, on=on)
    by_street = profile.table.host_level == "subdistrict" and _serves(STREET_UNIT, profile, on=on)
    if place.subdistrict and by_street:
        told = f"属地：{place.district or ''}{place.subdistrict}"
        return Host(STREET_UNIT, _name_there(STREET_UNIT, place, profile), told)
    if place.district and _serves(DISTRICT_UNIT, profile, on=on):
        return Host(DISTRICT_UNIT, _name_there(DISTRICT_UNIT, place, profile), f"属地：{place.district}")
    return None


def _name_there(unit: str, place: Locality, profile: Profile) -> str:
    """The unit's name; of one that stands for any street office or district, that of the place."""
    if unit == STREET_UNIT and place.subdistrict:
        return place.subdistrict + ("人民政府" if _TOWN.search(place.subdistrict) else "办事处")
    if unit == DISTRICT_UNIT and place.district:
        return f"{place.district}人民政府"
    return profile.name_of(unit)


def _serves(unit: str, profile: Profile, *, on: date) -> bool:
    return unit in profile.units and profile.resolve(unit, on=on) == unit


def _host(unit: str, reason: str, profile: Profile, *, place: Locality, on: date) -> Host | None:
    """The unit of a row as it is called that day, or the fallback in its stead."""
    if heir := profile.resolve(unit, on=on):
        told = reason if heir == unit else f"{reason}，{profile.name_of(unit)}的事项由{profile.name_of(heir)}承接"
        return Host(heir, _name_there(heir, place, profile), told, "rule")
    if instead := profile.stand_in(on=on):
        return Host(
            instead, profile.name_of(instead), f"{reason}，{profile.tell_lapse(unit, on=on)}", "rule", lapsed=True
        )
    return None


def _find_row(place: Locality, profile: Profile) -> tuple[TerritoryRow | None, str]:
    rows = profile.table.territory
    for row in rows:
        for word in row.places or ():
            if word in place.address and (not row.district or is_same_place(row.district, place.district)):
                return row, word
    streets = [row for row in rows if row.subdistrict and is_same_place(row.subdistrict, place.subdistrict)]
    for row in streets:
        if is_same_place(row.district, place.district):
            return row, f"{row.district}{row.subdistrict}"
    # A street whose name occurs once in the city needs no district beside it.
    if len(streets) == 1 and not place.district:
        return streets[0], f"{streets[0].district}{streets[0].subdistrict}"
    coded = _find_coded(place, rows)
    if coded and len(trim_code(coded.code or "")) > _DISTRICT_DIGITS:
        return coded, coded.code or ""
    for row in rows:
        if row.district and not row.subdistrict and not row.places and is_same_place(row.district, place.district):
            return row, row.district
    return coded, (coded.code or "") if coded else ""


def _find_coded(place: Locality, rows: tuple[TerritoryRow, ...]) -> TerritoryRow | None:
    """The narrowest row whose code the place's begins with."""
    found = [row for row in rows if row.code and place.code and place.code.startswith(trim_code(row.code))]
    return max(found, key=lambda row: len(trim_code(row.code or "")), default=None)


def _read(form: Form, name: str) -> Field:
    return form.fields.get(name, MISSING)
