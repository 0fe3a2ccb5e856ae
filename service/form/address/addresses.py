"""Addresses: where it happened and where the caller lives, matched to divisions, ambiguity shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from models.prediction import Prediction
from service.form.address.agreed import put_right
from service.form.address.candidates import point_candidates
from service.form.address.districts import Compass, Located
from service.form.address.gazetteer import CITY, COMMUNITY, DISTRICT, STREET, Division, Hit
from service.form.address.gazetteer import POI as POINT
from service.form.address.parts import parts_of
from service.form.address.pieces import LABELLED, Piece, pieces_of
from service.form.address.places import COMMUNITY as COMMUNITY_NAME
from service.form.address.places import POI, ROAD, ROADS, as_written, community_of
from service.form.address.points import point_of, says_its_kind
from service.form.address.retractions import find_retractions, retracted
from service.form.corrections import Correction, corrected, find_corrections
from service.form.field import MISSING, NO_PARTS, Field, Status
from service.form.marked import Marks
from service.form.mention import FILL_AT
from service.form.talk import Talk

_GENERIC = re.compile(
    r"(?:市|县|区|镇|第?[一二三]|老)?(?:火车站|汽车站|高铁站|车站|行政服务中心|政务(?:服务)?中心|服务中心|人民医院|中医院|卫生院|医院|实验小学|中心小学|小学|中学|派出所|法院|农村信用社|信用社|信用联社"
    r"|砖厂|煤矿|市场|菜市场|农贸市场|加油站|收费站|水库|大桥|公园|广场|学校|老学校|幼儿园|养老院|超市|工地|楼盘|小区|公司|厂|食堂)"
)
_ROAD_ALONE = re.compile(rf"(?!.*(?:[近的旁前后]|门口|那?条|对面)){ROAD}(?:[0-9]{{1,5}}号)?")
_HOUSE_ALONE = re.compile(r"(?:[0-9A-Z一二三四五六七八九十]{1,5}(?:号楼|栋|幢|座|单元|楼|层|号房|号|室|房)?)+")
_BETWEEN = " \t\n那个的"  # a division and a point in it
_MEANT = 0.2  # what it adds to a place that the model would rest the address on
_DOUBTED = 0.7  # a division outside the city of the call: less than what is filled


def fill_addresses(
    talk: Talk, prediction: Prediction, compass: Compass, marks: Marks | None, *, at_home: bool
) -> dict[str, Field]:
    """event_address, district, subdistrict, community, poi and caller_address.

    `marks` settle the point where the model marks points; None where it does not.
    `at_home`: if only the caller's home was named, it is where the matter is (noise) and not just where he lives.
    """
    retractions = find_retractions(talk, compass)
    pieces = put_right(list(pieces_of(talk, prediction, compass, retractions)), talk)
    homes = [piece for piece in pieces if piece.home]
    fields = _event_fields(pieces, compass, lambda ruled: _settled_point(talk, prediction, marks, ruled))
    if all(piece.aside for piece in pieces) and not at_home:
        fields["event_address"] = MISSING
    fields["caller_address"] = _home_address(homes, compass)
    corrections = find_corrections(talk)
    for name in ("event_address", "caller_address"):
        fields[name] = _renumbered(fields[name], corrections)
    return _with_first(fields, retracted(retractions, compass), compass)


def _with_first(fields: dict[str, Field], before: Sequence[Division], compass: Compass) -> dict[str, Field]:
    """What was said of the event's place first and taken back stays visible beside what stands."""
    names = {"event_address": [compass.gazetteer.full_name(division) for division in before]}
    for level, name in ((DISTRICT, "district"), (STREET, "subdistrict")):
        names[name] = [division.name for division in before if division.level == level]
    for name, first in names.items():
        if fields[name].value is not None:
            others = [n for n in first if n not in (fields[name].value, *fields[name].alternatives)]
            fields[name] = replace(fields[name], alternatives=(*fields[name].alternatives, *others))
    return fields


def _renumbered(address: Field, corrections: list[Correction]) -> Field:
    """The address with the numbers that the caller put right; what was said first stays visible."""
    said = str(address.value or "")
    value = corrected(said, corrections)
    stands = [c for c in corrections if c.old in said or (c.new in said and address.holds(c.place))]
    if not stands:
        return address
    first = said if value != said else corrected(said, [c.undone for c in stands])
    places = tuple(dict.fromkeys([*address.places, *(c.place for c in stands)]))
    parts = {name: corrected(part, corrections) for name, part in address.parts.items()}
    return replace(address, value=value, places=places, alternatives=(first, *address.alternatives), parts=parts)


def _home_address(homes: Sequence[Piece], compass: Compass) -> Field:
    """The home that is said best. Who names a city or a zone alone (户口在湖南), two, or a floor gave no address."""
    if all(not piece.hits and _HOUSE_ALONE.fullmatch(piece.detail) for piece in homes):
        return MISSING
    best = max(homes, key=lambda piece: (piece.aside, _fitness(piece)))
    kept = [piece for piece in homes if piece is best or (piece.detail and not piece.hits)]
    located = compass.locate(_hits(kept))
    divisions = located.rivals or ((located.division,) if located.division else ())
    vague = all(division.level < DISTRICT or division.is_zone for division in divisions)
    if vague and not any(piece.detail for piece in kept):
        return MISSING
    if located.division and not all(compass.on_the_way(hit, located.division) for hit in _hits(kept)):
        return MISSING
    return _address(kept, compass, replace(located, elsewhere=False))  # who lives elsewhere says so


def _settled_point(talk: Talk, prediction: Prediction, marks: Marks | None, ruled: Field) -> Field:
    """The likeliest of the points that the model marks and the one that the rules read."""
    if marks is None:
        return ruled
    return marks.settle("poi", point_candidates(talk, prediction, ruled, own=marks.own), ruled, talk)


def _event_fields(
    pieces: Sequence[Piece], compass: Compass, settle_point: Callable[[Field], Field]
) -> dict[str, Field]:
    chosen = _chosen(pieces)
    pieces = [piece for piece in pieces if piece in chosen or piece.aside < LABELLED]
    # Where the caller lives says little of another place, unless he names no more than the town.
    told = [piece for piece in pieces if piece in chosen or not (piece.aside and piece.detail)]
    located = _place_of(chosen, told, compass)
    chosen = [_as_said(piece, located.strays) for piece in chosen]
    address = _address(chosen, compass, located)
    fields = {"event_address": address}
    governed = _governed(located, _hits(pieces), compass)
    around = _place_of(chosen, pieces, compass) if len(told) < len(pieces) else located
    for level, name in ((DISTRICT, "district"), (STREET, "subdistrict")):
        fields[name] = _level(level, governed, pieces, compass)
        if around != located and fields[name] is MISSING:
            near = _level(level, around, pieces, compass)  # he may live near by
            fields[name] = replace(near, status="suggested") if near.status == "filled" else near
    for level, name, found in (
        (COMMUNITY, "community", _first(Found(piece, community_of(piece.detail)) for piece in chosen)),
        (POINT, "poi", _point(chosen, pieces)),
    ):
        if own := _named_at(level, located, compass):
            fields[name] = _part(own, None, address)
        else:
            fields[name] = _part(found.value, found.piece, address) if found else MISSING
            if name == "poi":
                if found and not says_its_kind(found.value):
                    fields[name] = replace(fields[name], status="suggested")
                fields[name] = settle_point(fields[name])
    return fields


def _place_of(chosen: Sequence[Piece], pieces: Sequence[Piece], compass: Compass) -> Located:
    """The division that the chosen pieces mean, or else the others; as fine as any of them names it."""
    beside = _hits([piece for piece in pieces if not piece.aside])
    named = _hits(chosen)
    located = compass.locate(named, beside=beside) if named else compass.locate(_hits(pieces))
    return _refined(located, _hits(pieces), compass)


@dataclass(frozen=True, slots=True)
class Found:
    """A part of an address, and the words in which it was said."""

    piece: Piece
    value: str


def _first(found: Iterable[Found]) -> Found | None:
    return next((one for one in found if one.value), None)


def _point(chosen: Sequence[Piece], pieces: Sequence[Piece]) -> Found | None:
    """The named point; one that every place has (行政服务中心) only with its division before it."""
    others = [piece for piece in pieces if piece not in chosen and not piece.aside]
    found = _first(Found(piece, point_of(piece.named)) for piece in [*chosen, *others])
    if found and _GENERIC.fullmatch(found.value):
        return _first([Found(found.piece, _with_its_area(found.value, pieces))])
    return found


def _part(value: str, piece: Piece | None, address: Field) -> Field:
    """A part of the address; it rests on the words in which it was said, else on those of the address."""
    part = replace(address, value=value, source="derived", alternatives=(), parts=NO_PARTS)
    if piece is not None:
        part = replace(part, raw=piece.turn.raw(piece.start, piece.end), places=(piece.place,))
    return replace(part, status="suggested") if part.status == "conflict" else part


def _named_at(level: int, located: Located, compass: Compass) -> str:
    """The place of a city's own file that was named, or nothing."""
    division = compass.gazetteer.ancestor(located.division, level) if located.division else None
    return division.name if division is not None else ""


def _with_its_area(name: str, pieces: Sequence[Piece]) -> str:
    """The division said right before a name that every place has (西湖区行政服务中心); else no point at all."""
    for piece in pieces:
        for hit in piece.hits:
            if piece.turn.folded[hit.end : piece.end].lstrip(_BETWEEN).startswith(name):
                return piece.turn.folded[hit.start : hit.end] + name
    return ""


def _refined(located: Located, hits: Sequence[Hit], compass: Compass) -> Located:
    """A lower division that other words of the talk name inside the one that was found."""
    division = located.division
    if division is None or division.level >= POINT:
        return located
    inside = [
        replace(hit, divisions=below)
        for hit in hits
        if (
            below := tuple(
                d for d in hit.divisions if d.level > division.level and compass.gazetteer.within(d, division)
            )
        )
    ]
    finer = compass.locate(inside)
    return replace(finer, strays=located.strays) if finer.division is not None else located


def _governed(located: Located, hits: Sequence[Hit], compass: Compass) -> Located:
    """Where the matter is by law: the district or street that was named beside a zone (经开区), else the zone."""
    zone = located.division
    city = compass.gazetteer.ancestor(zone, CITY) if zone is not None and zone.is_zone else None
    if city is None:
        return located
    districts = [
        replace(hit, divisions=lawful)
        for hit in hits
        if (lawful := tuple(d for d in hit.divisions if d.level >= DISTRICT and not d.is_zone))
        and any(compass.gazetteer.within(d, city) for d in lawful)
    ]
    found = compass.locate(districts)
    return replace(found, strays=located.strays) if found.division is not None else located


def _as_said(piece: Piece, strays: Sequence[Hit]) -> Piece:
    """The piece without names that mean no place of the gazetteer here: they stay in the address as they were said."""
    kept = tuple(hit for hit in piece.hits if hit not in strays)
    return replace(piece, hits=kept) if kept != piece.hits else piece


def _hits(pieces: Sequence[Piece]) -> list[Hit]:
    return [hit for piece in pieces for hit in piece.hits]


def _chosen(pieces: Sequence[Piece]) -> list[Piece]:
    """The best piece and those that go on from it: in the same turn, or in answer to a further question."""
    if not pieces:
        return []
    best = max(pieces, key=_fitness_for_event)
    near = [
        piece
        for piece in pieces
        if piece is best
        or (
            piece.detail
            and not piece.aside
            and piece.confidence >= 0.6
            and abs(piece.turn.index - best.turn.index) <= 4
        )
    ]
    if not any(piece.detail for piece in near):
        near += [p for p in pieces if not p.hits and not p.aside and p.confidence >= 0.55 and POI.search(p.detail)][:1]
    return sorted(near, key=lambda piece: (not piece.hits, piece.turn.index, piece.start))


def _fitness(piece: Piece) -> tuple[float, int]:
    return piece.confidence + 0.06 * len(piece.hits) + 0.05 * bool(piece.detail), -piece.turn.index


def _fitness_for_event(piece: Piece) -> tuple[float, int]:
    fitness, earlier = _fitness(piece)
    return fitness + _MEANT * piece.meant - piece.aside, earlier


def _address(pieces: Sequence[Piece], compass: Compass, located: Located) -> Field:
    if not pieces:
        return MISSING
    division = located.division or (compass.city if not located.rivals else None)
    if division is not None and compass.city is not None and compass.gazetteer.within(compass.city, division):
        division = compass.city
    head = compass.gazetteer.full_name(division) if division is not None else ""
    detail = _joined([as_written(piece.detail) for piece in pieces])
    value = head + detail
    if not value and not located.rivals:
        return MISSING
    confidence = max(piece.confidence for piece in pieces)
    doubt = _doubt(located)
    weighed = [head + piece.rival for piece in pieces if piece.rival]
    status = "conflict" if weighed else doubt or ("filled" if confidence >= FILL_AT else "suggested")
    best = max(pieces, key=lambda piece: piece.confidence)
    return Field(
        value=value or None,
        raw=best.turn.raw(best.start, best.end),
        places=tuple(piece.place for piece in pieces),
        confidence=round(min(confidence, _DOUBTED) if doubt == "suggested" else confidence, 3),
        source=best.source,
        status=status,
        alternatives=(*weighed, *map(compass.gazetteer.full_name, (*located.rivals, *_others(located)))),
        parts=parts_of(detail),
        coordinates=division.at if division is not None else None,
    )


def _doubt(located: Located) -> Status | None:
    """Why a place is not to be filled in: it may be another one, or lies outside the city of the call."""
    if located.rivals or located.strays or (located.elsewhere and located.namesakes):
        return "conflict"
    return "suggested" if located.elsewhere else None


def _others(located: Located) -> list[Division]:
    """What the words may mean beside the place that was found."""
    return [*located.namesakes, *(division for hit in located.strays for division in hit.divisions)]


def _joined(details: Sequence[str]) -> str:
    """Details one after another, none that another one already says."""
    kept: list[str] = []
    for detail in details:
        if not detail or any(detail in other for other in kept):
            continue
        kept = [other for other in kept if other not in detail]
        if kept and (road := ROADS.match(detail)) and road[0] in kept[-1]:
            detail = detail[road.end() :]
        kept.append(detail)
    roads = [detail for detail in kept if _ROAD_ALONE.fullmatch(detail)]
    # 鸿景翠苑, and later: 古塔中路. A road leads to the house, and a village holds the road.
    place = next((n for n, d in enumerate(kept) if not ROADS.search(d) and not COMMUNITY_NAME.search(d)), len(kept))
    late = [road for road in roads if kept.index(road) > place]
    return "".join([*kept[:place], *late, *(detail for detail in kept[place:] if detail not in late)])


def _level(level: int, located: Located, pieces: Sequence[Piece], compass: Compass) -> Field:
    if located.rivals:
        names = tuple(compass.gazetteer.full_name(rival) for rival in located.rivals)
        named = [d for rival in located.rivals if (d := compass.gazetteer.ancestor(rival, level))]
        if len({division.code for division in named}) != 1:
            return Field(alternatives=names, status="conflict") if named else MISSING
        return Field(named[0].name, confidence=0.8, status="filled", source="derived")
    division = compass.gazetteer.ancestor(located.division, level) if located.division else None
    if division is None:
        return MISSING
    doubt = _doubt(located)
    status = doubt or "filled"
    others = tuple(compass.gazetteer.full_name(other) for other in _others(located) if other.level >= level)
    found = [(piece, hit) for piece in pieces for hit in piece.hits if division in hit.divisions]
    if not found:
        confidence = _DOUBTED if doubt else 0.85
        return Field(division.name, confidence=confidence, source="derived", status=status, alternatives=others)
    piece, hit = found[0]
    return Field(
        division.name,
        piece.turn.raw(hit.start, hit.end),
        tuple(p.turn.place(h.start, h.end) for p, h in found),
        confidence=_DOUBTED if doubt else max(0.95, piece.confidence) if not hit.short else 0.85,
        source="rule",
        status=status,
        alternatives=others,
    )
