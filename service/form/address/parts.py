"""Parts: what the words of an address below the divisions name — road, number, building, unit, floor and room."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from service.form.address.places import ROAD

_INDOORS = "[道梯顶]"  # 12号楼道 is the stairway of a house, and not building 12
_VALUE = r"(?:[0-9]{1,5}|[A-Z][0-9]{0,3}|[一二三四五六七八九十]{1,3})"
_NUMBER = rf"号(?!楼(?!{_INDOORS})|线|门(?![口前])|口|院)"
# What runs into a road before its name: 建华社区福马路, 广场旁边的金街.
_BEFORE_ROAD = re.compile(r"^.*(?:[区村](?=.{3})|(?:的|旁边|对面|这一?段|银行|号)(?=.{2}))")
# Each part is looked for after the one before it, so that the 号 of a house is not that of a room.
_PARTS = (
    ("road", re.compile(rf"(?!号?线){ROAD}(?![口站])")),
    (
        "number",
        re.compile(
            rf"(?<![0-9第])[0-9]{{1,5}}(?:-[0-9]{{1,4}})?(?:号院|{_NUMBER}(?:附[0-9]{{1,3}}号)?|弄(?:[0-9]{{1,4}}{_NUMBER})?)"
        ),
    ),
    ("building", re.compile(rf"{_VALUE}(?:号楼(?!{_INDOORS})|栋|幢|座)")),
    ("unit", re.compile(rf"{_VALUE}(?:单元|门洞)")),
    ("floor", re.compile(rf"(?<![0-9])(?![0-9]{{3}})负?{_VALUE}(?:层|楼(?!上|下|{_INDOORS}))")),
    ("room", re.compile(r"(?<![0-9Kk+])[0-9]{3,4}(?:室|号?房)?$|[0-9]{1,4}(?:室|号房)|[0-9]{3,4}房(?![东产租子屋])")),
)


def parts_of(place: str) -> Mapping[str, str]:
    """The parts of a cleaned place that were said, by name; what was not said is not there. Nothing is completed."""
    found: dict[str, str] = {}
    at = 0
    for name, pattern in _PARTS:
        if match := pattern.search(place, at):
            found[name] = _BEFORE_ROAD.sub("", match[0]) if name == "road" else match[0]
            at = match.end()
    return MappingProxyType(found)
