"""Areas: what telephony sends as the caller's area, a code or a name → district and street of the gazetteer."""

from __future__ import annotations

from service.form.address.districts import find_given
from service.form.address.gazetteer import DISTRICT, STREET, Gazetteer
from service.form.field import Area
from service.ticket import Ticket


def read_area(ticket: Ticket, gazetteer: Gazetteer) -> Area | None:
    """The area in the gazetteer's names; None where there is none, or it holds anything but names of places."""
    if not ticket.area or not (ticket.area.isdigit() or _is_all_places(ticket.area, gazetteer)):
        return None
    if division := find_given(ticket, gazetteer):
        found = [gazetteer.ancestor(division, level) for level in (DISTRICT, STREET)]
        return Area(*(one.name if one else None for one in found))
    return _read_namesakes(ticket.area, gazetteer)


def _is_all_places(area: str, gazetteer: Gazetteer) -> bool:
    """Whether names of divisions fill it: 南宁市青秀区 and 广西-南宁, but neither 火星 nor 朝阳二手车行."""
    letters = sum(character.isalnum() for character in area)
    return letters > 0 and sum(hit.end - hit.start for hit in gazetteer.find(area)) == letters


def _read_namesakes(area: str, gazetteer: Gazetteer) -> Area | None:
    """A name that districts of several cities bear (朝阳区): whichever is meant, it is called so."""
    names = {division.name for hit in gazetteer.find(area) for division in hit.divisions}
    levels = {division.level for hit in gazetteer.find(area) for division in hit.divisions}
    return Area(*names) if len(names) == 1 and levels == {DISTRICT} else None
