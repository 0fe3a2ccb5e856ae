"""Addresses: where it happened and where the caller lives, matched to divisions, ambiguity shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from models.prediction import Prediction
from service.form.corrections import Correction, corrected, find_corrections
from service.form.districts import Compass, Located
from service.form.field import MISSING, Field, Place, Source
from service.form.gazetteer import COMMUNITY, DISTRICT, STREET, Hit
from service.form.gazetteer import POI as POINT
from service.form.mention import FILL_AT
from service.form.places import POI, ROADS, clean_place, community_of, reach, trim_name
from service.form.points import point_of
from service.form.talk import Talk, Turn

ASKS_PLACE = re.compile(
    r"哪里|哪儿|哪个|什么地方|什么位置|位置|地址|地点|具体在|在哪|哪条|哪一|几号|门牌|小区|村名|几栋|几单元|区县"
)
_HOME = re.compile(
    r"(?:我|我们|我家|现在?)(?:现在)?(?:是|就)?(?:租?住在?|家在)[^，。\s]{0,2}$|(?:户口|户籍)(?:是|在)?\s?$|老家(?:是|在)?$|我人在$|家庭住址是?$|租住在?$"
)
_ASKS_HOME = re.compile(r"户口|户籍|您(?:家|现在)?(?:是)?住|家庭住址")
_WORKS = re.compile(r"^(?:这边|的)?(?:户口|户籍|打工|上班|工作|出差|读书|上学|过年)")
_CHECKS = re.compile(r"(?:对吧|是吧|对吗|是吗|对不对|是不是)[？?]?")
_GENERIC = re.compile(
    r"(?:市|县|区|镇|第?[一二三]|老)?(?:火车站|汽车站|高铁站|车站|行政服务中心|政务(?:服务)?中心|服务中心|人民医院|中医院|卫生院|医院|实验小学|中心小学|小学|中学|派出所|法院|农村信用社|信用社|信用联社"
    r"|砖厂|煤矿|市场|菜市场|农贸市场|加油站|收费站|水库|大桥|公园|广场|学校|老学校|幼儿园|养老院|超市|工地|楼盘|小区|公司|厂|食堂)"
)
_COUNTED = "一二三四五六七八九十百零〇幺0-9A-Z"
_NUMBERED = re.compile(
    rf"(?<=单)元|(?<=号)[楼院]|(?:(?<=[{_COUNTED}])|[\s，,]{{0,2}}(?=[{_COUNTED}]))[{_COUNTED}]{{0,4}}(?:[期区栋幢座室]|号楼|号院|单元)(?!别|号|域|长|政)"
)
_LEAST = 0.3  # spans of which the model is less sure are not looked at
_BREAK = re.compile(r"[。？！?!；;我你他她]|但是|可以|可是")


@dataclass(frozen=True)
class Piece:
    """Words of one turn that say where, with the divisions named in them."""

    turn: Turn
    start: int
    end: int
    hits: tuple[Hit, ...]
    confidence: float
    source: Source
    home: bool = False

    @property
    def place(self) -> Place:
        """Evidence."""
        return self.turn.place(self.start, self.end)

    @cached_property
    def detail(self) -> str:
        """What remains below the divisions, cleaned."""
        text, at = "", self.start
        for hit in self.hits:
            text += self.turn.folded[at : hit.start] + " "
            at = hit.end
        return clean_place(text + self.turn.folded[at : self.end])

    @cached_property
    def named(self) -> str:
        """The words for a point: without divisions, but for the short name of one that begins it (金寨火车站)."""
        text, at = "", self.start
        for hit in self.hits:
            text += self.turn.folded[at : hit.start]
            begins = hit.short and re.match(r"[\u4e00-\u9fff]", self.turn.folded[hit.end : self.end])
            text += self.turn.folded[hit.start : hit.end] if begins else " "
            at = hit.end
        return text + self.turn.folded[at : self.end]


def fill_addresses(talk: Talk, prediction: Prediction, compass: Compass, *, at_home: bool) -> dict[str, Field]:
    """event_address, district, subdistrict, community, poi and caller_address.

    `at_home`: if only the caller's home was named, it is where the matter is (noise) and not just where he lives.
    """
    pieces = list(_pieces(talk, prediction, compass))
    homes = [piece for piece in pieces if piece.home]
    fields = _event_fields(pieces, compass)
    if len(homes) == len(pieces) and not at_home:
        fields["event_address"] = MISSING
    fields["caller_address"] = _home_address(homes, compass)
    corrections = find_corrections(talk)
    for name in ("event_address", "caller_address"):
        fields[name] = _renumbered(fields[name], corrections)
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
    return replace(address, value=value, places=places, alternatives=(first, *address.alternatives))


def _home_address(homes: Sequence[Piece], compass: Compass) -> Field:
    """The home that is said best. Who names a city or province alone (户口在湖南), or two, has given no address."""
    if not homes:
        return MISSING
    best = max(homes, key=_fitness)
    kept = [piece for piece in homes if piece is best or (piece.detail and not piece.hits)]
    located = compass.locate(_hits(kept))
    divisions = located.rivals or ((located.division,) if located.division else ())
    if not any(piece.detail for piece in kept) and all(division.level < DISTRICT for division in divisions):
        return MISSING
    if located.division and not all(compass.on_the_way(hit, located.division) for hit in _hits(kept)):
        return MISSING
    return _address(kept, compass, located)


def _event_fields(pieces: Sequence[Piece], compass: Compass) -> dict[str, Field]:
    chosen = _chosen(pieces)
    located = compass.locate(_hits(chosen)) if _hits(chosen) else compass.locate(_hits(pieces))
    located = _refined(located, _hits(pieces), compass)
    address = _address(chosen, compass, located)
    fields = {"event_address": address}
    fields["district"] = _level(DISTRICT, located, pieces, compass)
    fields["subdistrict"] = _level(STREET, located, pieces, compass)
    for level, name, found in (
        (COMMUNITY, "community", _first(Found(piece, community_of(piece.detail)) for piece in chosen)),
        (POINT, "poi", _point(chosen, pieces)),
    ):
        if own := _named_at(level, located, compass):
            fields[name] = _part(own, None, address)
        else:
            fields[name] = _part(found.value, found.piece, address) if found else MISSING
    return fields


@dataclass(frozen=True, slots=True)
class Found:
    """A part of an address, and the words in which it was said."""

    piece: Piece
    value: str


def _first(found: Iterable[Found]) -> Found | None:
    return next((one for one in found if one.value), None)


def _point(chosen: Sequence[Piece], pieces: Sequence[Piece]) -> Found | None:
    """The named point; one that every place has (行政服务中心) only with its division before it."""
    others = [piece for piece in pieces if piece not in chosen and not piece.home]
    found = _first(Found(piece, point_of(piece.named)) for piece in [*chosen, *others])
    if found and _GENERIC.fullmatch(found.value):
        return _first([Found(found.piece, _with_its_area(found.value, pieces))])
    return found


def _part(value: str, piece: Piece | None, address: Field) -> Field:
    """A part of the address; it rests on the words in which it was said, else on those of the address."""
    part = replace(address, value=value, source="derived", alternatives=())
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
            after = piece.turn.folded[hit.end : piece.end]
            if re.match(rf"[\s那个的]{{0,3}}{re.escape(name)}", after):
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
    return finer if finer.division is not None else located


def _hits(pieces: Sequence[Piece]) -> list[Hit]:
    return [hit for piece in pieces for hit in piece.hits]


def _chosen(pieces: Sequence[Piece]) -> list[Piece]:
    """The best piece and those that go on from it: in the same turn, or in answer to a further question."""
    if not pieces:
        return []
    best = max(pieces, key=_fitness)
    near = [
        piece
        for piece in pieces
        if piece is best
        or (
            piece.detail and not piece.home and piece.confidence >= 0.6 and abs(piece.turn.index - best.turn.index) <= 4
        )
    ]
    if not any(piece.detail for piece in near):
        near += [p for p in pieces if not p.hits and not p.home and p.confidence >= 0.55 and POI.search(p.detail)][:1]
    return sorted(near, key=lambda piece: (not piece.hits, piece.turn.index, piece.start))


def _fitness(piece: Piece) -> tuple[float, int]:
    return piece.confidence + 0.06 * len(piece.hits) + 0.05 * bool(piece.detail) - 0.2 * piece.home, -piece.turn.index


def _address(pieces: Sequence[Piece], compass: Compass, located: Located) -> Field:
    if not pieces:
        return MISSING
    division = located.division or (compass.city if not located.rivals else None)
    if division is not None and compass.city is not None and compass.gazetteer.within(compass.city, division):
        division = compass.city
    head = compass.gazetteer.full_name(division) if division is not None else ""
    value = head + _joined([piece.detail for piece in pieces])
    if not value and not located.rivals:
        return MISSING
    confidence = max(piece.confidence for piece in pieces)
    status = "conflict" if located.rivals else "filled" if confidence >= FILL_AT else "suggested"
    best = max(pieces, key=lambda piece: piece.confidence)
    return Field(
        value=value or None,
        raw=best.turn.raw(best.start, best.end),
        places=tuple(piece.place for piece in pieces),
        confidence=round(confidence, 3),
        source=best.source,
        status=status,  # type: ignore[arg-type]
        alternatives=tuple(compass.gazetteer.full_name(rival) for rival in located.rivals),
        coordinates=division.at if division is not None else None,
    )


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
    return "".join(kept)


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
    found = [(piece, hit) for piece in pieces for hit in piece.hits if division in hit.divisions]
    if not found:
        return Field(division.name, confidence=0.85, source="derived", status="filled")
    piece, hit = found[0]
    confidence = max(0.95 if not hit.short else 0.85, piece.confidence if not hit.short else 0.0)
    return Field(
        division.name,
        piece.turn.raw(hit.start, hit.end),
        tuple(p.turn.place(h.start, h.end) for p, h in found),
        confidence,
        "rule",
        "filled",
    )


def _pieces(talk: Talk, prediction: Prediction, compass: Compass) -> Iterator[Piece]:
    spans = [span for span in prediction.spans_of("location") if span.confidence >= _LEAST]
    for turn in talk.turns:
        if turn.role == "agent" and not _reads_back(turn, talk):
            continue
        hits = compass.hits(turn) if "12345" not in turn.folded else []
        asked = bool(ASKS_PLACE.search(talk.question_before(turn)))
        own = [(s.start, s.end, s.confidence) for s in spans if s.segment == turn.index]
        for start, end, confidence, source in _stretches(turn, hits, own, asked=asked, modelled=bool(spans)):
            inside = tuple(hit for hit in hits if start <= hit.start and hit.end <= end)
            bonus = 0.1 * bool(inside) + 0.1 * asked - (0.25 if turn.role == "agent" else 0)
            lives = bool(_ASKS_HOME.search(talk.question_before(turn)))
            home = (
                lives
                or bool(_HOME.search(turn.folded[max(0, start - 8) : start]))
                or bool(_WORKS.match(turn.folded[end:]))
            )
            yield Piece(turn, start, end, inside, max(0.05, min(0.97, confidence + bonus)), source, home=home)


def _reads_back(turn: Turn, talk: Talk) -> bool:
    return talk.confirms(turn) or (bool(_CHECKS.search(turn.folded)) and not talk.denies(turn))


def _stretches(
    turn: Turn, hits: Sequence[Hit], spans: Sequence[tuple[int, int, float]], *, asked: bool, modelled: bool
) -> Iterator[tuple[int, int, float, Source]]:
    """Where the turn says a place: the model's spans, else divisions and what follows them, else roads and points."""
    if spans:
        for start, end in _joined_anchors(turn, [(s, _whole(turn, e)) for s, e, _ in spans], room=4):
            inside = [c for s, _, c in spans if start <= s < end]
            yield start, end, max(inside) - 0.05, "model"
        return
    anchors = _joined_anchors(turn, [(hit.start, hit.end) for hit in hits], room=6)
    for start, end in anchors:
        reached = end if modelled else reach(turn.folded, end)
        low = any(start <= hit.start < end and hit.divisions[0].level >= DISTRICT for hit in hits)
        yield start, reached, 0.7 if low else 0.55, "rule"
    if not anchors and not modelled:
        for start, end in _joined_anchors(turn, list(_named_points(turn)), room=3):
            yield start, max(end, reach(turn.folded, end)), 0.5 if asked else 0.45, "rule"


def _whole(turn: Turn, end: int) -> int:
    """The end of a span with the number, or the unit of a number, that the model cut off: 恒基凯旋门三｜期."""
    rest = _NUMBERED.match(turn.folded, end)
    while rest and rest.end() > end:
        end = rest.end()
        rest = _NUMBERED.match(turn.folded, end)
    return end


def _joined_anchors(turn: Turn, anchors: Sequence[tuple[int, int]], *, room: int) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(anchors):
        if joined and start - joined[-1][1] <= room and not _BREAK.search(turn.folded[joined[-1][1] : start]):
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _named_points(turn: Turn) -> Iterator[tuple[int, int]]:
    for pattern in (ROADS, POI):
        for match in pattern.finditer(turn.folded):
            name = trim_name(match[0])
            if len(name) >= 3:
                yield match.end() - len(name), match.end()
