"""Candidates for the point of an address: what the model marks and what the rules read, and what speaks for each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from models.prediction import Prediction
from service.form.address.places import POI_KINDS, ROAD, clean_place
from service.form.address.points import says_its_kind
from service.form.address.stretches import ASKS_PLACE
from service.form.choice import Candidate, Features, only_present, overlap
from service.form.field import Field
from service.form.marked import marked_candidates
from service.form.mention import Mention
from service.form.talk import Talk, Turn

_EDGES = "“”\"'「」《》 ，,。、"
_ROAD_FIRST = re.compile(
    rf"^(?:{ROAD})(?<!公路)(?<!铁路)(?:[东南西北中]段)?(?:\d+号)?(?!(?:{POI_KINDS})$)(?=[\u4e00-\u9fff]{{3}})(?!口|一路)"
)
_DISTRICT_FIRST = re.compile(r"^[\u4e00-\u9fff]{2,3}[市县区](?=[\u4e00-\u9fff]{2,4}[乡镇])")
# Where beside or at the point it was.
_BESIDE = re.compile(
    r"(?<=..)(?:[那这]个?)?(?:(?:[东南西北正大]|[一二三四1-9A-D]号?)?(?:门口|大门)|旁边?|对面|对过|隔壁|附近|背后|后[面头]|前[面头]|里[面头]|边上|楼下|周边|[一二三四五六七八九十\d]+[组社]|[东西南北]头)$"
)
_AT = re.compile(rf"((?:{POI_KINDS})|粮站|[村苑庄寨屯])[口上前后里内]$")
_RUNS_ON = re.compile(rf"((?:{POI_KINDS}))[业在的读是有去到](?:主)?$")  # 盛世澜庭小区业主: who speaks, not where
_NUMBERS = re.compile(r"(?:[A-Z0-9〇零一二两三四五六七八九十百幺]|号楼|号院|号|栋|幢|座|单元|楼|层|室|组|队)+")
# 小区3｜号楼: a house begins.
_OPENED = re.compile(r"(?<=[\u4e00-\u9fff]{2})第?[A-Z]?(?:\d+|[〇零一二两三四五六七八九十百]+)$")
_HOUSE = re.compile(r"\d*(?:号楼|号院|号(?![线店门厅馆机桥井航地校仓])|栋|幢|座|单元|楼|层|室)")
_OF = re.compile(rf"的(?=(?:{POI_KINDS})$|[\u4e00-\u9fff]{{2}}[所站局]$)")  # 屏南乡的司法所
_PHASE = re.compile(r"(?<=[一二三四五六七八九\d])[期区]")
_KIND = re.compile(POI_KINDS)
_ENDS_WITH_KIND = re.compile(rf"(?:{POI_KINDS})$")
_LINK = re.compile(r"^[跟与](?=.{3})")  # 江北大道｜跟永和桥
_BROKEN = 3  # characters of a kind that a span may hold where it lacks the rest
_VILLAGE = re.compile(r"[村屯庄寨湾坪沟坝岭]$")
_DIVISION = re.compile(
    r"(?:省|市|(?<![小社园业务一二三四五六七八九十A-Z\d])(?<![学园区苑][东南西北中])区|县|旗|镇|乡|街道)$"
)
_COMMUNITY = re.compile(r"社区$")
_ROAD_END = re.compile(rf"(?:{ROAD})$")
_FIRM = re.compile(r"(?:公司|店|馆|行|茶|酒|银行|厂|业|部|队|中心)$")
_BUILDING = re.compile(r"(?:苑|园|府|城|邸|庭|居|湾|公寓|小区|大厦|广场|庄)$")


def point_candidates(talk: Talk, prediction: Prediction, ruled: Field, *, own: Sequence[Field] = ()) -> list[Candidate]:
    """Every point that the model marks, and the one that the rules read; `own` is what the caller says of himself."""
    signs = partial(_signs, talk=talk, prediction=prediction)
    return marked_candidates("poi", talk, prediction, ruled, own=own, read=_read, signs=signs)


def _read(turn: Turn, start: int, end: int) -> tuple[int, str]:
    end = _whole(turn.folded, start, end)
    return end, name_of(turn.folded[start:end])


def _whole(text: str, start: int, end: int) -> int:
    """Where a name really ends that the model cut at a wrong place.

    The rest of a kind (停｜车场) or of a phase (二｜期) is taken in, a number that begins a house left out.
    """
    if rest := _PHASE.match(text, end):
        return rest.end()
    if _HOUSE.match(text, end) and (opened := _OPENED.search(text, start, end)):
        return opened.start()
    if _ENDS_WITH_KIND.search(text[start:end]):
        return end
    broken = (match for at in range(max(start + 1, end - _BROKEN), end) if (match := _KIND.match(text, at)))
    return next((match.end() for match in broken if match.end() > end), end)


def name_of(words: str) -> str:
    """A marked point without the road before it and what is beside it: 夜明珠路桔香苑门口 → 桔香苑.

    Nothing where only a house or a room is left.
    """
    name = _LINK.sub("", clean_place(words.strip(_EDGES)))
    name = _RUNS_ON.sub(r"\1", _OF.sub("", _ROAD_FIRST.sub("", _DISTRICT_FIRST.sub("", name))))
    while (shorter := _AT.sub(r"\1", _BESIDE.sub("", name))) != name:
        name = shorter
    return "" if _NUMBERS.fullmatch(name) else name


def _signs(mention: Mention, *, talk: Talk, prediction: Prediction) -> Features:
    place, value = mention.places[0], mention.value
    signs: dict[str, float] = {
        "asked": bool(ASKS_PLACE.search(talk.question_before(talk.turns[place.segment]))),
        "address": overlap(place, prediction.spans_of("form_event_address")),
        "target": overlap(place, prediction.spans_of("form_target_entity")),
        "location": overlap(place, prediction.spans_of("location")),
        "kind": says_its_kind(value),
        "village": bool(_VILLAGE.search(value)),
        "community": bool(_COMMUNITY.search(value)),
        "division": bool(_DIVISION.search(value)),
        "road": bool(_ROAD_END.search(value)),
        "firm": bool(_FIRM.search(value)),
        "building": bool(_BUILDING.search(value)),
    }
    return only_present(signs)
