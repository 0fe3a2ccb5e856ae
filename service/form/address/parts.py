"""Parts: what the words of an address below the divisions name — road, number, building, unit, floor and room."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from service.form.address.places import ROAD

_VALUE = r"(?:[0-9]{1,5}|[A-Z][0-9]{0,3}|[一二三四五六七八九十]{1,3})"
# Each part is looked for after the one before it, so that the 号 of a house is not that of a room.
_PARTS = (
    ("road", re.compile(rf"(?!号?线){ROAD}(?![口站])")),
    ("number", re.compile(r"[0-9]{1,5}(?:-[0-9]{1,4})?(?:号院|号(?!楼|线|门|口|院)|弄)")),
    ("building", re.compile(rf"{_VALUE}(?:号楼|栋|幢|座)")),
    ("unit", re.compile(rf"{_VALUE}(?:单元|门洞)")),
    ("floor", re.compile(rf"{_VALUE}(?:层|楼(?!上|下|道))")),
    ("room", re.compile(r"(?<![0-9])[0-9]{3,4}(?:室|号?房)?$|[0-9]{1,4}(?:室|号房)|[0-9]{3,4}房(?![东产租子屋])")),
)


def parts_of(place: str) -> Mapping[str, str]:
    """The parts of a cleaned place that were said, by name; what was not said is not there. Nothing is completed."""
    found: dict[str, str] = {}
    at = 0
    for name, pattern in _PARTS:
        if match := pattern.search(place, at):
            found[name] = match[0]
            at = match.end()
    return MappingProxyType(found)
