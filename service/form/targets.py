"""Targets: whom or what the caller speaks against — a firm, an office, a person, a vehicle."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from models.prediction import Prediction
from service.form.address.places import clean_place, trim_name
from service.form.choice import Candidate, Features, only_present, overlap
from service.form.field import MISSING, Field
from service.form.marked import Marks, marked_candidates
from service.form.mention import FILL_AT, Mention, mention_at, settle
from service.form.parties import AREA, KINDS, LEGAL, NAME, ORGANISED, is_named, party_of
from service.form.talk import Talk, Turn
from service.needles import Rare

_NAMED = Rare(
    rf"(?:叫做?|名字叫|是|那个|一家|一个|找|投诉|举报|反映|被|跟|在|我们|的|“|\"|^|\s|，)({NAME})(?=[\u4e00-\u9fff\s，。,”\"（(]|$)"
)
_CALLED = re.compile(
    r"(?:(?:店名|公司|老板|开发商|机构)?(?:就?叫做?|是)|店名)[“\"]?([\u4e00-\u9fffA-Za-z0-9]{2,12})[”\"]?(?=[，。,\s]|$)"
)
_CALLS = ("店名", "公司叫", "老板叫", "开发商")
_INTRODUCED = re.compile(r"^.*(?:叫|投诉|举报|反映|就是)(?=.{2})")
_AGAINST = re.compile(r"投诉|举报|反映|欠|骗|黑|不退|收费|老板|开发商|态度|坑|不给|拖|违法|偷|老是|天天|不管")
_ACCUSES = re.compile(r"(?:投诉|举报|反映|告)[^，。]{0,4}$")
_HELPED = re.compile(
    r"(?:找|问|打|报|去|到|跟|向|(?<=[我们])叫|让|请|转|联系|反映给|送)(?:过|了|到|给|去)?[^，。\s]{0,3}$"
)
# 员工张某反映: who reports is not whom it is about.
_REPORTER = re.compile(r"(?:^|[\s，。])(?:市民|群众|[居村]民|业主(?:代表)?|员工|职工|工人)$")
_REPORTS = re.compile(r"(?:[（(][^（）()]{1,24}[）)])?(?:(?:来|致)电|来信|来访)?(?:反映|投诉|举报|咨询|求助)")
_VAGUE = re.compile(
    r".{0,2}(?:物业|派出所|公司|司机|学校|医院|老板|城管|交警|社区|街道|居委会|村委会|银行|法院|教育局|住建局)"
)
_NOBODY = re.compile(
    r".{1,4}[区县市镇乡]|.?|[我你您他她它咱俺]们?.{0,2}|.{0,3}(?:先生|女士)|[东南西北中那这边块儿里的]+|[A-Z0-9]{1,6}"
)
_ESTATE = re.compile(r"小区|花园|公寓|[苑园城府庭邸湾]$|新村|家属院|[一二三四五六七八九十][期区]$|广场|大厦")
_KEEPER = re.compile(r"(?:我们|咱们?|我)?(?:小区|大厦|这里)?的?(物业)(?:公司|管理处|处)?.{0,4}")
_TO_THE_END = re.compile(rf"[\u4e00-\u9fffA-Za-z0-9·]{{1,16}}?(?:{KINDS})(?=[\u4e00-\u9fff\s，。,”\"（(]|$)")
_WHERE = re.compile(
    rf"(?:楼下|楼上|隔壁|对面|对门|旁边|门口)(?:的|那[个家]|这[个家]|新开的|有[个家]|一[个家])*(?:{KINDS}|工地|作坊|酒吧|门市)"
)
_LOUD = re.compile(r"吵|噪|油烟|臭|占道|扰民|呛")
_SURE = 0.72
_SAID_BEFORE = re.compile(r"^.*(?:是|叫|称|的|写着?|给我们?|自己)(?=.{8})")
# A role that anybody could have; a name says more.
_ROLE = re.compile(
    r"开发商|物业(?:公司)?|老板|司机|中介|施工(?:单位|队)|供[热水电气]公司|自来水(?:公司)?|公司|共享单车|商家|卖家|厂家|派出所|学校|医院"
)
# What follows 是 or 叫 in an answer is a sentence more often than a name.
_SPEECH = re.compile(r"[我你他她它不还要了吗呢吧啊就都也没很嘛哦呀哈]|什么|的|^[一两三四五六七八九十]|^[A-Z]?区?\d")
ASKS_WHICH = re.compile(
    r"名称|店名|公司名|叫什么|全称|什么名字|哪家(?:公司|店|单位|机构)|(?:哪个|什么)(?:公司|店|厂|机构|开发商)"
)
_ANSWER = re.compile(
    r"(?:^|[\s，])(?:[嗯啊哦呃]+[\s，]*|就?是|就?叫)*[“\"]?([\u4e00-\u9fffA-Za-z0-9]{2,14})[”\"]?(?=[，。,\s]|$)"
)
_FIRST = 3  # words of an answer that may hold the name
ASKS_TARGET = re.compile(
    r"哪家|什么公司|单位名称|名称|店名|公司名|叫什么|全称|负责人|老板|商家|开发商|(?<![归转由])哪个(?:单位|公司|店|学校|医院|部门)"
)


def fill_target(
    talk: Talk,
    prediction: Prediction,
    *,
    poi: Field,
    caller: Field = MISSING,
    accuses: bool = True,
    marks: Marks | None = None,
) -> Field:
    """The party complained of: what the rules read, or with `marks` the likeliest of that and of what is marked."""
    ruled = _ruled(talk, prediction, poi=poi, caller=caller, accuses=accuses)
    if marks is None:
        return ruled
    candidates = target_candidates(talk, prediction, ruled, poi=poi, accuses=accuses, own=marks.own)
    return marks.settle("target_entity", candidates, ruled, talk)


def target_candidates(
    talk: Talk, prediction: Prediction, ruled: Field, *, poi: Field, accuses: bool, own: Sequence[Field] = ()
) -> list[Candidate]:
    """Every party that the model marks, and the one that the rules read; `own` is what the caller says of himself."""
    return marked_candidates(
        "target_entity",
        talk,
        prediction,
        ruled,
        own=own,
        read=partial(_read, poi=poi),
        signs=partial(_signs, talk=talk, prediction=prediction, poi=poi, accuses=accuses),
    )


def _read(turn: Turn, start: int, end: int, *, poi: Field) -> tuple[int, str]:
    """The words of a span up to the end of the word, and the party that they name."""
    if (rest := _TO_THE_END.match(turn.folded, start)) and end - 2 <= rest.end() <= end + 3:
        end = rest.end()
    if _reports(turn, start, end):
        return end, ""
    return end, _of_estate(party_of(_INTRODUCED.sub("", turn.folded[start:end].strip(' ，。、”“"'))), poi)


def _reports(turn: Turn, start: int, end: int) -> bool:
    return bool(_REPORTER.search(turn.folded[max(0, start - 6) : start]) and _REPORTS.match(turn.folded, end))


def _signs(mention: Mention, *, talk: Talk, prediction: Prediction, poi: Field, accuses: bool) -> Features:
    place, value = mention.places[0], mention.value
    text = talk.turns[place.segment].folded
    before, after = text[max(0, place.start - 8) : place.start], text[place.end : place.end + 10]
    signs: dict[str, float] = {
        "accuses": accuses,
        "asked": bool(ASKS_TARGET.search(talk.question_before(talk.turns[place.segment]))),
        "against": bool(_ACCUSES.search(before) or _AGAINST.search(after)),
        "helped": bool(_HELPED.search(before)),
        "party": overlap(place, prediction.spans_of("target_entity")),
        "location": overlap(place, prediction.spans_of("location")),
        "point": overlap(place, prediction.spans_of("form_poi")),
        "is_point": value == poi.value,
        "organised": bool(ORGANISED.search(value)),
        "named": is_named(value),
        "role": bool(_ROLE.fullmatch(value)),
        "vague": bool(_VAGUE.fullmatch(value)),
        "nobody": bool(_NOBODY.fullmatch(value)),
        "area": bool(AREA.fullmatch(value)),
    }
    return only_present(signs)


def _ruled(talk: Talk, prediction: Prediction, *, poi: Field, caller: Field, accuses: bool) -> Field:
    """What the rules read; by rule alone it is a suggestion, for a named firm may be a witness too.

    The point of the address counts too, where it is an organisation: who complains of a place means who runs it.
    Who accuses nobody (`accuses` is false: an inquiry, a proposal) names firms and offices too; there it must be sure.
    """
    ruled = [mention for turn in talk.citizen for mention in _by_rule(turn, talk)]
    mentions = [*_by_model(talk, prediction, ruled), *ruled]
    point = party_of(poi.value) if isinstance(poi.value, str) else ""
    if poi.places and ORGANISED.search(point) and is_named(point):
        mentions.append(Mention(point, poi.places, poi.raw or point, 0.62, poi.source))
    mentions = mentions or [mention for turn in talk.citizen for mention in _described(turn)]
    own = str(caller.value or "")
    mentions = [m for m in mentions if len(m.value) >= 2 and not (own and (m.value in own or own in m.value))]
    if not mentions:
        return MISSING
    field = settle(_fold_parts(_named_first([_weighed(mention, talk) for mention in mentions])), talk)
    return _of_place(field, poi) if accuses or field.confidence >= _SURE else MISSING


def _by_model(talk: Talk, prediction: Prediction, ruled: list[Mention]) -> Iterator[Mention]:
    """The model's spans, their edges mended: what a rule reads in the same place, or up to the end of the word."""
    for span in prediction.spans_of("target_entity"):
        turn = talk.turns[span.segment]
        if (turn.role != "citizen" and not talk.confirms(turn)) or _reports(turn, span.start, span.end):
            continue
        start, end = span.start, span.end
        for mention in ruled:
            place = mention.places[0]
            if place.segment == span.segment and place.start < end and start < place.end:
                start, end = min(start, place.start), max(end, place.end)
        if (rest := _TO_THE_END.match(turn.folded, start)) and end - 2 <= rest.end() <= end + 2:
            end = rest.end()
        value = _INTRODUCED.sub("", turn.folded[start:end].strip(' ，。、”“"'))
        value = party_of(value)
        unsure = span.confidence < FILL_AT and not _ROLE.fullmatch(value) and not is_named(value)
        if len(value) < 2 or unsure or _NOBODY.fullmatch(value) or AREA.fullmatch(value):
            continue
        yield mention_at(turn, start, end, value=value, confidence=min(0.95, span.confidence), source="model")


def _weighed(mention: Mention, talk: Talk) -> Mention:
    """Surer where the words around accuse, less where the party was only asked for help."""
    place = mention.places[0]
    text = talk.turns[place.segment].folded
    before, after = text[max(0, place.start - 8) : place.start], text[place.end : place.end + 10]
    weight = mention.confidence + 0.08 * bool(_ACCUSES.search(before) or _AGAINST.search(after))
    weight -= 0.2 * bool(_HELPED.search(before)) + 0.1 * bool(_VAGUE.fullmatch(mention.value))
    return replace(mention, confidence=max(0.05, min(0.97, weight)))


def _named_first(mentions: list[Mention]) -> list[Mention]:
    """A role that anybody could have counts less where somebody is named."""
    if not any(ORGANISED.search(mention.value) and not _ROLE.fullmatch(mention.value) for mention in mentions):
        return mentions
    return [
        replace(mention, confidence=max(0.05, mention.confidence - 0.1)) if _ROLE.fullmatch(mention.value) else mention
        for mention in mentions
    ]


def _of_place(field: Field, poi: Field) -> Field:
    """物业 is that of the estate which was named."""
    value = _of_estate(field.value, poi) if isinstance(field.value, str) else field.value
    return field if value == field.value else replace(field, value=value, source="derived")


def _of_estate(party: str, poi: Field) -> str:
    keeper = _KEEPER.fullmatch(party)
    return poi.value + keeper[1] if keeper and isinstance(poi.value, str) and _ESTATE.search(poi.value) else party


def _by_rule(turn: Turn, talk: Talk) -> Iterator[Mention]:
    asked = bool(ASKS_TARGET.search(talk.question_before(turn)))
    accused = bool(_AGAINST.search(turn.folded))
    for match in _NAMED.finditer(turn.folded):
        name = party_of(trim_name(match[1]))
        if len(name) >= 3 and is_named(name):
            confidence = 0.52 + 0.15 * asked + 0.08 * accused + (0.1 if "公司" in name else 0) - 0.01 * turn.index
            start = match.end(1) - len(name)
            yield mention_at(turn, start, match.end(1), value=name, confidence=confidence)
    for match in LEGAL.finditer(turn.folded):
        name = party_of(_SAID_BEFORE.sub("", re.sub(r"[\s，]", "", match[0])))
        if len(name) >= 8 and is_named(name):
            signs = [at for at in range(*match.span()) if turn.folded[at] not in " ，"]
            start = signs[-min(len(name), len(signs))]
            yield mention_at(turn, start, match.end(), value=name, confidence=0.66 + 0.1 * asked)
    calls_it = asked or any(words in turn.folded for words in _CALLS)
    for match in _CALLED.finditer(turn.folded) if calls_it else ():
        named = (asked and match.start() <= 3) or match[0].startswith(_CALLS)
        if named and len(match[1]) >= 3 and not _SPEECH.search(match[1]) and is_named(match[1]):
            yield mention_at(turn, *match.span(1), value=clean_place(match[1]), confidence=0.6 + 0.1 * asked)

    if ASKS_WHICH.search(talk.question_before(turn)):
        yield from _answered(turn)


def _answered(turn: Turn) -> Iterator[Mention]:
    """The name that answers which firm it is; the area in which it is may be said first."""
    for number, match in enumerate(_ANSWER.finditer(turn.folded)):
        if number >= _FIRST:
            return
        if AREA.fullmatch(match[1]):
            continue
        if (
            len(match[1]) >= 3
            and not _SPEECH.search(match[1])
            and not _VAGUE.fullmatch(match[1])
            and is_named(match[1])
        ):
            yield mention_at(turn, *match.span(1), value=clean_place(match[1]), confidence=0.68)
        return


def _described(turn: Turn) -> Iterator[Mention]:
    """A party without a name, told by where it is: 楼下那家烧烤店. Only where nobody is named."""
    if _AGAINST.search(turn.folded) or _LOUD.search(turn.folded):
        for match in _WHERE.finditer(turn.folded):
            yield mention_at(turn, *match.span(), value=match[0], confidence=0.5)


def _fold_parts(mentions: list[Mention]) -> list[Mention]:
    """A name and a part of it are one: the longest stands for both."""
    longest = sorted(dict.fromkeys(mention.value for mention in mentions), key=len, reverse=True)
    folded = []
    for mention in mentions:
        value = next(name for name in longest if mention.value in name)
        folded.append(Mention(value, mention.places, mention.raw, mention.confidence, mention.source))
    return folded
