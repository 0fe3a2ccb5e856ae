"""Division: a place of the gazetteer, from the province down to a city's own point."""

from __future__ import annotations

import re
from dataclasses import dataclass

PROVINCE, CITY, DISTRICT, STREET, COMMUNITY, POI = range(6)
_ZONE = re.compile(r"(?:开发|工业园)区$")


@dataclass(frozen=True, slots=True)
class Division:
    """A division or place: level 0 province, 1 city, 2 county or district, 3 street or town, 4 community, 5 point."""

    code: str
    name: str
    level: int
    parent: str
    at: tuple[float, float] | None = None  # longitude and latitude, where a city's own file has them

    @property
    def is_zone(self) -> bool:
        """A zone that its city runs like a district; its streets belong to a true district as well."""
        return self.level == DISTRICT and bool(_ZONE.search(self.name))
