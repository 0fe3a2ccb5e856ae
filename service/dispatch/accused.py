"""Accused: the caller's words and the form's party → whether the complaint is about the unit that would host it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from service.accusation import Accusation
from service.dispatch.order import Lead
from service.dispatch.profile import Profile
from service.dispatch.rules import Sign
from service.dispatch.territory import Host, Locality, find_host
from service.form.field import Field, Place

_DISTRICT_DIGITS: Final = 6
_KIND: Final = re.compile(r"(?<=..)(?:街道|镇|乡|苏木|区|县|市|旗)$")


def find_accused(
    host: Host,
    place: Locality,
    profile: Profile,
    *,
    target: Field,
    said: Sequence[tuple[str, int | None]],
    words: Accusation,
) -> Sign | None:
    """How the host is called where it is the party complained of, and where that was said; None where it is not."""
    unit = profile.units.get(host.unit)
    names = (host.name, *(unit.aliases if unit else ()))
    stem = _find_stem(host, place)
    named = words.find_named(f"{target.value or ''} {target.raw or ''}", stem=stem, names=names)
    if named and not _is_asked(target, {segment: text for text, segment in said}, words):
        return Sign(named, next(iter(target.places), None))
    for text, segment in said:
        if blamed := words.find_blamed(text, stem=stem, names=names):
            start, end = blamed
            return Sign(text[start:end], None if segment is None else Place(segment, start, end))
    return None


def find_superior(host: Host, place: Locality, profile: Profile, *, on: date) -> Lead | None:
    """Who stands above the host that day: its `parent`, else the district above a street, else the fallback."""
    unit = profile.units.get(host.unit)
    if unit and unit.parent and (above := profile.resolve(unit.parent, on=on)):
        return Lead(above, profile.name_of(above))
    whole = replace(place, subdistrict=None, address="", code=place.code[:_DISTRICT_DIGITS] if place.code else None)
    district = find_host(whole, profile, on=on)
    if place.subdistrict and district and (district.unit, district.name) != (host.unit, host.name):
        return Lead(district.unit, district.name)
    last = profile.stand_in(on=on)
    return Lead(last, profile.name_of(last)) if last and last != host.unit else None


def _find_stem(host: Host, place: Locality) -> str | None:
    """The name, without its kind, of the place whose office the host is: of a street, else of the district."""
    for name in (place.subdistrict, place.district):
        stem = _KIND.sub("", name.removesuffix("办事处")) if name else ""
        if stem and stem in host.name:
            return stem
    return None


def _is_asked(target: Field, said: Mapping[int | None, str], words: Accusation) -> bool:
    """Whether the words before the party tell where it lies, that one has turned to it, or that it shall act."""
    first = next(iter(target.places), None)
    return bool(first and words.turns_to(said.get(first.segment, ""), first.start))
