"""Accused: the caller's words and the form's party → whether the complaint is about the unit that would host it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Final

from service.dispatch.order import Lead
from service.dispatch.profile import Profile
from service.dispatch.rules import Sign
from service.dispatch.territory import Host, Locality, find_host
from service.form.field import Field, Place

_DISTRICT_DIGITS: Final = 6
_KIND: Final = re.compile(r"(?<=..)(?:街道|镇|乡|苏木|区|县|市|旗)$")
_OFFICE: Final = (
    r"(?:(?:街道|街)?(?:办事处|办(?![理好完成])|党工委)"
    r"|(?:街道|[镇乡区县市旗]|苏木)?(?:人民)?(?:政府|党委|管委会)|[区县市旗]委)"
)
# What lies beside an office is not the office; who keeps its gate is.
_BESIDE: Final = (
    r"(?!(?:大?门口|大门|门前|旁|对面|斜对面|附近|后面|前面|楼下|隔壁|边上|周边|一带)(?!的?(?:保安|门卫|工作人员)))"
)
# It may be whom one has told of it (反映给街道办, 向区政府投诉过): it is accused only right after the complaint.
_BEFORE: Final = r"(?:投诉|举报|控告|检举|反[映应])(?![给到过])(?:一下)?[^，。！？；,!?;\s]{0,12}?"
_AFTER: Final = (
    r"(?=[^，。！？；,!?;\s]{0,12}?(?:不作为|乱作为|不管|不理|不办|不给|不批|拖|推[诿脱来]|踢皮球|骂|打人|侵占|截留|克扣|挪用"
    r"|强[拆占制]|违法|违规|乱收|吃拿卡要|包庇|欺[骗压]|失职|渎职|态度|敷衍|造假))"
)
_ASKED: Final = re.compile(
    r"(?:[在位]于?|找过?|向|跟|给|到|去过?|请|望|求|让|联系过?|告[知诉]|通知|问过?)"
    r"(?:[^，。！？；,!?;\s]{0,6})$"
)


def find_accused(
    host: Host, place: Locality, profile: Profile, *, target: Field, said: Sequence[tuple[str, int | None]]
) -> Sign | None:
    """How the host is called where it is the party complained of, and where that was said; None where it is not."""
    unit = profile.units.get(host.unit)
    names = (host.name, *(unit.aliases if unit else ()))
    stem = _find_stem(host, place)
    named = _spell(stem, names).search(f"{target.value or ''} {target.raw or ''}")
    if named and not _is_asked(target, {segment: text for text, segment in said}):
        return Sign(named[0], next(iter(target.places), None))
    for text, segment in said:
        if match := _blame(stem, names).search(text):
            name = match[1] or match[2]
            return Sign(name, None if segment is None else Place(segment, match.end() - len(name), match.end()))
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


def _is_asked(target: Field, said: Mapping[int | None, str]) -> bool:
    """Whether the words before the party tell where it lies, that one has turned to it, or that it shall act."""
    first = next(iter(target.places), None)
    return bool(first and _ASKED.search(said.get(first.segment, ""), 0, first.start))


@lru_cache(maxsize=256)
def _spell(stem: str | None, names: tuple[str, ...]) -> re.Pattern[str]:
    """How the host is called: by its names, or as the office of its place."""
    office = [re.escape(stem) + _OFFICE] if stem else []
    return re.compile("|".join([*office, *map(re.escape, names)]))


@lru_cache(maxsize=256)
def _blame(stem: str | None, names: tuple[str, ...]) -> re.Pattern[str]:
    office = _spell(stem, names).pattern
    return re.compile(f"{_BEFORE}({office}){_BESIDE}|({office}){_BESIDE}{_AFTER}")
