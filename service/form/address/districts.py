"""Districts: which of the divisions that bear a name is meant, from the city of the call and the names beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from service.form.address.gazetteer import CITY, DISTRICT, STREET, Division, Gazetteer, Hit
from service.form.address.places import POI_KINDS
from service.form.talk import Talk, Turn
from service.ticket import Ticket

# 胜利 in 胜利路 names a road, 江夏 in 江夏人 a person's origin: no place of the event.
_NO_PLACE_AFTER = re.compile(
    r"^(?:[东南西北中一二三四五六七八九十]?(?:路|街|大道|大街|巷|桥|站|河|湖|山|江|门|苑|园|花园|小区|公园|医院|大学|商厦|大厦|国际|家园|嘉园)|人(?!民)|话|牌|菜|银行|汇|新|之)"
)
_FREE = re.compile(
    r"$|[\s，,。、；;！!？?“（(]|的|那|这|里|有|开|做|办|市|去|到|至|在|靠|一|火车|高铁|汽车|西|东|南|北|境内|城|老|新|我|买|工作|住|县城|上"
)
# 东区 and 老城区 say which part of a town or of an estate, and not which one: every town has such parts.
_PART = re.compile(r"(?:[东南西北中城郊矿]|城[东南西北中]|[东南西北中新老]城|开发|工业园)区")
_WHOLE = re.compile(rf"(?:{POI_KINDS}|校区|[期区])的?$")  # what stands right before such a part, if it is not a town's
# Words between a city and the division in it that is said next: 鹤岗市的南山区.
_LEADS_ON = re.compile(r"[\s，,、的那个这在是]{0,4}")
# A way out of town, and not where it was: 往福州方向, 坐动车到广州南.
_TOWARDS = re.compile(r"(?:(?<!前)往|[车铁机票][^，。]{0,2}到)$")
_DIRECTION = re.compile(r"[^，。\s]{0,3}方向")
_GREETING = re.compile(r"12345|市民热线|政务热线|便民热线")


@dataclass(frozen=True, slots=True)
class Located:
    """The division that some words mean; `rivals` where they could mean others just as well.

    `elsewhere`: it lies outside the city of the call, for another one was named; `namesakes` are what the same words
    mean at home. `strays` are names of places said with it that the gazetteer has in another district.
    """

    division: Division | None
    rivals: tuple[Division, ...] = ()
    elsewhere: bool = False
    namesakes: tuple[Division, ...] = ()
    strays: tuple[Hit, ...] = ()


@dataclass(frozen=True, slots=True)
class Compass:
    """The gazetteer, and the area in which the caller is presumably speaking of places."""

    gazetteer: Gazetteer
    home: Division | None
    _read: dict[Turn, list[Hit]] = field(default_factory=dict, compare=False, repr=False)  # what turns name, read once

    @classmethod
    def of(cls, ticket: Ticket, talk: Talk, gazetteer: Gazetteer) -> Compass:
        """Area of the ticket, else the city that the call-taker's greeting names, else one that the caller names."""
        if home := find_given(ticket, gazetteer) or _greeted(talk, gazetteer):
            return cls(gazetteer, home)
        adrift = cls(gazetteer, None)
        said = adrift._named_around(talk)
        return cls(gazetteer, said) if said is not None else adrift

    @property
    def city(self) -> Division | None:
        """The city of the call, where it is known so far down."""
        return self.gazetteer.ancestor(self.home, CITY) or self.home if self.home else None

    def hits(self, turn: Turn) -> list[Hit]:
        """Names of divisions in a turn that speak of places, each in the city that was named right before it."""
        return [hit for hit in self._named(turn) if hit.divisions]

    def strangers(self, turn: Turn) -> list[Hit]:
        """Names that the city before them does not have (广州市南山区): they mean no division, and stay as said."""
        return [hit for hit in self._named(turn) if not hit.divisions]

    def _named(self, turn: Turn) -> list[Hit]:
        if turn not in self._read:
            self._read[turn] = self._find(turn)
        return self._read[turn]

    def _named_around(self, talk: Talk) -> Division | None:
        """The one city or county that the citizen names, be it in short, and that has a town that he names.

        东莞, … 长安镇; 武鸣的城厢镇.
        """
        towns = [d for turn in talk.citizen for hit in self._named(turn) if _is_open(hit) for d in hit.divisions]
        if not towns:
            return None
        names = [hit for turn in talk.citizen for hit in self.gazetteer.find(turn.folded)]
        areas = {d.code: d for hit in names for d in hit.divisions if d.level in (CITY, DISTRICT)}
        found = [area for area in areas.values() if any(self.gazetteer.within(town, area) for town in towns)]
        lowest = [a for a in found if not any(b is not a and self.gazetteer.within(b, a) for b in found)]
        return lowest[0] if len(lowest) == 1 else None

    def _find(self, turn: Turn) -> list[Hit]:
        found = self._with_towns(self.gazetteer.find(turn.folded), turn.folded)
        starts = {hit.start: hit for hit in found}
        named: list[Hit] = []
        for hit in found:
            if not self._speaks_of_place(hit, turn.folded, leads=self._leads(hit, starts.get(hit.end))):
                continue
            if _PART.fullmatch(hit.name) and not self._is_of_town(hit, named, turn.folded):
                continue
            before = self._leading(hit, named, turn.folded)
            areas = before.divisions if before is not None else ()
            inside = tuple(d for d in hit.divisions if not areas or any(self._together(d, area) for area in areas))
            named.append(replace(hit, divisions=inside))
        return named

    def _with_towns(self, found: Sequence[Hit], text: str) -> list[Hit]:
        """Names, and the towns said in short right after a city that has no districts (东莞虎门, 中山市东区)."""
        hits: list[Hit] = []
        for hit in found:
            if hits and hit.start < hits[-1].end and hit.end <= hits[-1].end:
                continue  # 东区, which other cities have, too
            hits.append(hit)
            town = next((t for d in hit.divisions if (t := self.gazetteer.town_after(d, text, hit.end))), None)
            whole = town and any(other.start == town.start and other.end > town.end for other in found)
            if town and not whole and not _NO_PLACE_AFTER.match(text[town.end : town.end + 6]):
                hits.append(town)
        return hits

    def locate(self, hits: Sequence[Hit], *, beside: Sequence[Hit] = ()) -> Located:
        """The lowest division that the names mean together; `beside` may name the city that they lie in."""
        strays = self._strays(hits, beside)
        if not strays:
            return self._locate(hits, beside=beside)
        kept = [hit for hit in hits if hit not in strays] or [hit for hit in beside if hit not in strays]
        return replace(self._locate(kept, beside=beside), strays=strays)

    def _strays(self, hits: Sequence[Hit], beside: Sequence[Hit]) -> tuple[Hit, ...]:
        """Communities and points of a city's file that lie in none of the districts, or streets, named with them.

        Another place may bear the name; the caller knows in which district he is.
        """
        below = [hit for hit in hits if all(division.level > STREET for division in hit.divisions)]
        if not below:
            return ()
        named = {
            level: [d for hit in (*hits, *beside) for d in hit.divisions if d.level == level and not d.is_zone]
            for level in (DISTRICT, STREET)
        }
        return tuple(hit for hit in below if any(self._lies_outside(hit, level, of) for level, of in named.items()))

    def _lies_outside(self, hit: Hit, level: int, named: Sequence[Division]) -> bool:
        around = [self.gazetteer.ancestor(division, level) for division in hit.divisions]
        return bool(named) and all(area is not None and area not in named for area in around)

    def _locate(self, hits: Sequence[Hit], *, beside: Sequence[Hit]) -> Located:
        areas = [*_cities(hits), *_cities(beside)]
        ranked: dict[str, tuple[float, Division]] = {}
        hits = list({tuple(division.code for division in hit.divisions): hit for hit in hits}.values())
        for hit in hits:
            for division in hit.divisions:
                score = self._score(division, hits, areas)
                if score > ranked.get(division.code, (-1.0, division))[0]:
                    ranked[division.code] = (score, division)
        if not ranked:
            return Located(None)
        best = max(score for score, _ in ranked.values())
        top = [division for score, division in ranked.values() if score == best]
        return self._located(top[0], hits) if len(top) == 1 else Located(None, tuple(top[:5]))

    def on_the_way(self, hit: Hit, division: Division) -> bool:
        """Whether a name can mean a division, something above it or something in it."""
        within = self.gazetteer.within
        return any(within(division, named) or within(named, division) for named in hit.divisions)

    def _located(self, division: Division, hits: Sequence[Hit]) -> Located:
        city = self.city
        if city is None or self._together(division, city):
            return Located(division)
        names = [hit.name for hit in hits if division in hit.divisions]
        namesakes = [d for name in names for d in self._of_that_name(name) if self.gazetteer.within(d, city)]
        return Located(division, elsewhere=True, namesakes=tuple(dict.fromkeys(namesakes)))

    def _of_that_name(self, name: str) -> Iterator[Division]:
        """Divisions of a name, and of what remains of it without a city before (合肥市经济技术开发区)."""
        for at in range(len(name) - 2):
            yield from self.gazetteer.named(name[at:])

    def _together(self, first: Division, second: Division) -> bool:
        """Whether one of them lies in the other."""
        return self.gazetteer.within(first, second) or self.gazetteer.within(second, first)

    def _leading(self, hit: Hit, before: Sequence[Hit], text: str) -> Hit | None:
        """The city or province, or for a town the county, said right before a division: there it lies; else None."""
        if not before or not before[-1].divisions:
            return None
        gap = text[before[-1].end : hit.start]
        if not _is_city(before[-1]):
            return before[-1] if not gap and _holds_towns(before[-1], hit) else None
        close = not gap if before[-1].short else bool(_LEADS_ON.fullmatch(gap))
        return before[-1] if close else None

    def _leads(self, hit: Hit, following: Hit | None) -> bool:
        """Whether another division follows at once; of a short name, one that lies in it (not 北湖安居小区)."""
        if following is None or not hit.short:
            return following is not None
        return any(self._together(d, other) for d in hit.divisions for other in following.divisions)

    def _is_of_town(self, hit: Hit, before: Sequence[Hit], text: str) -> bool:
        """Whether a name that any part of a town or an estate may bear (东区) is that of a division.

        It is one only in the city of the call, or in a city that was named before it.
        """
        if _WHOLE.search(text, max(0, hit.start - 8), hit.start):
            return False
        cities = [d for other in before for d in other.divisions if d.level <= CITY]
        cities += [self.city] if self.city is not None else []
        return any(self.gazetteer.within(division, city) for division in hit.divisions for city in cities)

    def _score(self, division: Division, hits: Sequence[Hit], areas: Sequence[Division]) -> float:
        chain = {ancestor.code for ancestor in self.gazetteer.chain(division)}
        named = sum(any(d.code in chain for d in hit.divisions) for hit in hits)
        score = 2.0 * named + 0.1 * min(division.level, STREET)
        if self.home is not None:
            city = self.city or self.home
            if any(self.gazetteer.within(division, area) for area in (city, *areas)):
                score += 3
            elif self.gazetteer.within(division, self.gazetteer.chain(city)[0]):
                score += 1
        return score

    def _speaks_of_place(self, hit: Hit, text: str, *, leads: bool) -> bool:
        """`leads`: another division follows at once, which makes a short name sure (北京朝阳区)."""
        after = text[hit.end : hit.end + 6]
        if _TOWARDS.search(text, max(0, hit.start - 5), hit.start) or _DIRECTION.match(after):
            return False
        if leads or (hit.short and hit.divisions[0].level == STREET):  # a town in short, right after its city
            return True
        if _NO_PLACE_AFTER.match(after) and not _says_its_kind(hit):
            return False
        at_home = self.city is None or any(self.gazetteer.within(d, self.city) for d in hit.divisions)
        if hit.short:
            return at_home and self.city is not None and bool(_FREE.match(after))
        if len(hit.divisions) > 1 and any(division.is_zone for division in hit.divisions):
            return at_home and self.city is not None  # 经开区: every city has one
        lowest = min(division.level for division in hit.divisions)
        return at_home or lowest < STREET


def _says_its_kind(hit: Hit) -> bool:
    """Whether a name is whole (虎门镇): what follows a short one may belong to it (大同小学, 西乡大道)."""
    return not hit.short and (hit.name[-1] in "省市区县" or any(d.name == hit.name for d in hit.divisions))


def _is_city(hit: Hit) -> bool:
    """Whether a name means cities and provinces alone; one that has no districts is its own (东莞市)."""
    codes = {division.code for division in hit.divisions}
    return all(division.level <= CITY or division.parent in codes for division in hit.divisions)


def _is_open(hit: Hit) -> bool:
    """Whether a name is that of towns in several places, none of which was named before it."""
    return len(hit.divisions) > 1 and all(division.level == STREET for division in hit.divisions)


def _holds_towns(county: Hit, hit: Hit) -> bool:
    """Whether a name is that of a town or street, and the one before it that of a whole county or district."""
    whole = not county.short and all(d.level <= DISTRICT and not d.is_zone for d in county.divisions)
    return whole and all(division.level == STREET for division in hit.divisions)


def _cities(hits: Sequence[Hit]) -> list[Division]:
    """Cities that were named in full, and so are spoken of wherever the call is taken."""
    return [division for hit in hits if not hit.short for division in hit.divisions if division.level == CITY]


def find_given(ticket: Ticket, gazetteer: Gazetteer) -> Division | None:
    """The division that telephony's area names, by code or by name."""
    if not ticket.area:
        return None
    if (division := gazetteer.by_code.get(ticket.area)) is not None:
        return division
    trimmed = re.sub(r"0+$", "", ticket.area) if ticket.area.isascii() and ticket.area.isdigit() else ""
    for code in (trimmed, trimmed + "0"):
        if (division := gazetteer.by_code.get(code)) is not None:
            return division
    hits = gazetteer.find(ticket.area)
    located = Compass(gazetteer, None).locate(hits)
    return located.division or (_highest(located.rivals) if located.rivals else None)


def _greeted(talk: Talk, gazetteer: Gazetteer) -> Division | None:
    for turn in talk.agent[:2]:
        if not _GREETING.search(turn.folded):
            continue
        for hit in gazetteer.find(turn.folded):
            wanted = [d for d in hit.divisions if d.level in (CITY, DISTRICT)] or list(hit.divisions)
            return _highest(wanted)
    return None


def _highest(divisions: Sequence[Division]) -> Division | None:
    """The one at the highest level, if it is the only one there: hotlines are a city's."""
    level = min(division.level for division in divisions)
    top = [division for division in divisions if division.level == level]
    return top[0] if len(top) == 1 else None
