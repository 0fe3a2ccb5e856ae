"""Territory: address of the form → district and street, and the unit that would host the ticket there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from service.dispatch.profile import Profile, TerritoryRow
from service.form.field import MISSING, Field, Form
from service.ticket import Ticket

_SUFFIX: Final = re.compile(r"(?<=..)(?:街道|地区|新区|区|县|市|旗|镇|乡)$")
_TOWN: Final = re.compile(r"(?:镇|乡|苏木)$")
# The units that stand for any street office and any district where the city's table names none.
STREET_UNIT: Final = "jd"
DISTRICT_UNIT: Final = "qxz"


@dataclass(frozen=True, slots=True)
class Locality:
    """Where it happened. `confidence` is the weakest of what it rests on; `settled`: nothing contradicts it."""

    district: str | None
    subdistrict: str | None
    address: str
    code: str | None
    confidence: float
    settled: bool


@dataclass(frozen=True, slots=True)
class Host:
    """The unit of the territory, its name there, and why it is this one."""

    unit: str
    name: str
    reason: str


def locate(ticket: Ticket, form: Form) -> Locality:
    """District and street as the form has them; telephony's area fills a gap, and never overrules what was said."""
    district, subdistrict = _read(form, "district"), _read(form, "subdistrict")
    address = _read(form, "event_address")
    code = ticket.area if ticket.area and ticket.area.isdigit() else None
    known = ticket.area if ticket.area and not code else None
    used = [field for field in (district, subdistrict) if field.value]
    return Locality(
        district=district.value or known,
        subdistrict=subdistrict.value or None,
        address=f"{address.value or ''} {address.raw or ''}".strip(),
        code=code,
        confidence=min((field.confidence for field in used), default=1.0 if known or code else 0.0),
        settled=all(field.status == "filled" for field in used) and bool(used or known or code),
    )


def find_host(place: Locality, profile: Profile) -> Host | None:
    """The unit that hosts the place: words of the address first, then the street, the district, the given code.

    Where the table is silent, the street office or district of that name; None where the place is unknown.
    """
    row, ground = _find_row(place, profile)
    if row:
        return Host(row.unit, profile.name_of(row.unit), f"属地表：{ground}")
    if place.subdistrict and profile.table.host_level == "subdistrict" and STREET_UNIT in profile.units:
        office = "人民政府" if _TOWN.search(place.subdistrict) else "办事处"
        return Host(STREET_UNIT, f"{place.subdistrict}{office}", f"属地：{place.district or ''}{place.subdistrict}")
    if place.district and DISTRICT_UNIT in profile.units:
        return Host(DISTRICT_UNIT, f"{place.district}人民政府", f"属地：{place.district}")
    return None


def is_same_place(left: str | None, right: str | None) -> bool:
    """Whether two names mean one division: 朝阳 and 朝阳区, but not 朝阳区 and 朝阳县."""
    if not left or not right:
        return False
    left, right = left.removesuffix("办事处"), right.removesuffix("办事处")
    bare = _SUFFIX.sub("", left), _SUFFIX.sub("", right)
    return left == right or (bare[0] == bare[1] and (bare[0] == left or bare[1] == right))


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
    for row in rows:
        if row.district and not row.subdistrict and not row.places and is_same_place(row.district, place.district):
            return row, row.district
    coded = [row for row in rows if row.code and place.code and place.code.startswith(row.code)]
    longest = max(coded, key=lambda row: len(row.code or ""), default=None)
    return longest, (longest.code or "") if longest else ""


def _read(form: Form, name: str) -> Field:
    return form.fields.get(name, MISSING)
