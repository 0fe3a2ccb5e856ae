"""Stretches: where a turn says a place — the model's spans, or what rules read — without places that are not meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from service.form.address.gazetteer import DISTRICT, Hit
from service.form.address.places import COMMUNITY, NO_NAME, POI, ROADS, reach, trim_name
from service.form.field import Source
from service.form.sentences import taken_back
from service.form.talk import Talk, Turn

ASKS_PLACE = re.compile(
    r"哪里|哪儿|哪个|什么地方|什么位置|位置|地址|地点|具体在|在哪|哪条|哪一|几号|门牌|小区|村名|几栋|几单元|区县"
)
_COUNTED = "一二三四五六七八九十百零〇幺0-9A-Z"
_NUMBERED = re.compile(
    rf"(?<=单)元|(?<=号)楼[道梯顶]?|(?<=号)院|(?<=号楼)[道梯顶]"
    rf"|(?:(?<=[{_COUNTED}])|[\s，,]{{0,2}}(?=[{_COUNTED}]))[{_COUNTED}]{{0,4}}(?:[期区栋幢座室弄]|号楼|号院|单元)(?!别|号|域|长|政)"
    # 民族大道｜一百零六号, 一百零｜六号; and 33栋｜三三零三房, 菜市场｜二十三号摊位.
    rf"|(?:(?<=[路街巷村组屯{_COUNTED}])|(?<=大道))[{_COUNTED}]{{0,5}}(?<=[{_COUNTED}])号(?![线码别称召])"
    # 兰海高速｜往钦州方向K2054加300
    r"|[，\s]?(?:往?[\u4e00-\u9fff]{2,4}方向)?的?(?:桩号)?[Kk][0-9]{1,4}(?:[+加][0-9]{1,3})?(?![A-Za-z0-9])|(?:(?<=[Kk][0-9]{4})|(?<=[Kk][0-9]{3}))[+加][0-9]{1,3}"
    rf"|(?<=[栋幢座元楼层])[零〇一二三四五六七八九幺0-9]{{3,4}}房(?![东产租子屋])|(?:里面?的?)?[{_COUNTED}]{{1,5}}号(?:摊位?|档口?|铺位?|商铺)"
)
# A place that one comes from, or that lies on the way: 从柳州回南宁, 从桂林坐高铁到南宁东站. Not what one comes out of.
_LEFT = re.compile(
    r"从[\u4e00-\u9fff]{2,8}?(?:[这那]边)?(?:(?:坐|乘|搭|开车|骑车|打车|飞)[^，。\s]{0,4}?(?:回|到|去|来|往)+"
    r"|回到?|返回?|过来|(?<![出进上下过])[来去](?=[\u4e00-\u9fff]{2})|(?:搬|转学?|调)[到来去]|开往|走路?[到去])|(?:途经|经过)[\u4e00-\u9fff]{2,8}?再?(?:回到?|到)"
)
# Words right before and after a place that the caller denies (不是星湖路，在), and how the other one is told.
_DENIES = re.compile(r"(?<!是)(?<!要)不(?:是在?|在)$")
_GOES_ON = re.compile(r"[^，。？！吗嘛吧]{0,6}(?:[，。\s]|$)")
_INSTEAD = re.compile(r"[那这]?[边里儿]?[，\s]{0,2}(?:应该|而)?(?:是在?|在)(?=[^，。\s]{2})")
_DENIED_WITHIN = re.compile(
    r"[^，。\s]{1,12}?[路街道巷村屯区园苑城府厦场院校站栋店桥][，\s]{1,2}(?:应该|而)?(?:是在?|在)(?=[^，。\s]{2})"
)
# Two that the caller weighs: 金浦路还是金洲路.
_PLACE = r"[\u4e00-\u9fff]{1,6}?(?:大道|路|街|道|巷|小区|村|镇|广场|公园|花园|学校|小学|医院|大桥|站)"
_OR = re.compile(rf"[，\s]?(?:还是|或者|要么)[是在]?({_PLACE})")
_LAST_PLACE = re.compile(
    r"([\u4e00-\u9fff]{1,5}(?:大道|路|街|道|巷|小区|村|镇|广场|公园|花园|学校|小学|医院|大桥|站))$"
)
_MOST = 8  # such pairs of one turn are looked at
_SAME = 2  # characters of a name that must come again where its first ones ran into it
# 9栋, 1501那家, 我就住楼上，1703: said when the call-taker asks for the house; 几号 alone asks for a day.
_ASKS_HOUSE = re.compile(
    r"几栋|哪一?(?:[栋户层]|家(?!公司|单位|店|医院|银行|物业|企业|机构|学校|厂))|[几哪]号楼|几楼|几层|几单元|门牌|房间?号|几零几|[路街道巷村弄]的?(?:几|多少)号"
)
_HOUSE = re.compile(
    r"(?:[嗯啊哦呃，\s我们家也就是在住]|楼[上下](?![0-9])){0,12}"
    rf"(?P<house>(?:(?:第?[{_COUNTED}]{{1,4}}(?:号楼|栋|幢|座|单元|楼|层|号房|号|室)[，\s]?)+(?:[零〇一二三四五六七八九幺0-9]{{3,4}}(?![0-9]))?"
    r"|(?<![0-9])[零〇一二三四五六七八九幺0-9]{3,4}(?:室|房)?(?=[那这的]|[，。\s啊呀哦吧]|$)))(?!线|年|月|日|块|元)"
)
_TAKES_BACK = re.compile(r"不是|不对|错了")
_SOON = 12  # characters after an answer in which it may be taken back
_HOUSE_SURE = 0.7
_ALMOST_SURE = 0.1  # how much less sure is what stands instead of what the model marked
_BREAK = re.compile(
    r"[。？！?!；;：我你他她]|[，\s](?:现在|工地|工厂|学校|公司|单位)|打工|上班|但是|可以|可是|反映|投诉|举报|咨询"
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words of a turn that say where. `rival`: the other place that the caller weighs and does not choose."""

    start: int
    end: int
    confidence: float
    source: Source
    rival: str = ""


def stretches_of(
    turn: Turn, hits: Sequence[Hit], spans: Sequence[Stretch], talk: Talk, *, asked: bool, modelled: bool
) -> Iterator[Stretch]:
    """Where the turn says a place: the model's spans, else divisions and what follows them, else roads and points.

    `asked`: the call-taker asked for a place; `modelled`: the model found places somewhere in the talk.
    """
    house = _house_in(turn, talk)
    found = list(_stretches(turn, hits, spans, asked=asked, modelled=modelled))
    if house is not None:
        found = _with_house(found, house)
    weighed = list(_weighed(turn, talk))
    for stretch in found:
        kept = _chosen(stretch, weighed, turn)
        if kept.start < kept.end:
            yield kept


def _stretches(
    turn: Turn, hits: Sequence[Hit], spans: Sequence[Stretch], *, asked: bool, modelled: bool
) -> Iterator[Stretch]:
    may_leave = "从" in turn.folded or "经" in turn.folded
    left = [match.span() for match in _LEFT.finditer(turn.folded)] if may_leave else []
    hits = [hit for hit in hits if not any(start <= hit.start < end for start, end in left)]
    if spans:
        yield from _by_model(turn, hits, [kept for span in spans if (kept := _meant(turn, span, left))])
        return
    anchors = _joined_anchors(turn, [(hit.start, hit.end) for hit in hits], room=6)
    for start, end in anchors:
        reached = end if modelled else reach(turn.folded, end)
        low = any(start <= hit.start < end and hit.divisions and hit.divisions[0].level >= DISTRICT for hit in hits)
        yield Stretch(start, reached, 0.7 if low else 0.55, "rule")
    if not anchors and not modelled:
        points = [(_after(left, start), end) for start, end in _named_points(turn)]
        for start, end in _joined_anchors(turn, [(start, end) for start, end in points if start < end], room=3):
            yield Stretch(start, max(end, reach(turn.folded, end)), 0.5 if asked else 0.45, "rule")


def _by_model(turn: Turn, hits: Sequence[Hit], spans: Sequence[Stretch]) -> Iterator[Stretch]:
    said = [(span.start, span.end) for span in spans]
    named = [(hit.start, hit.end) for hit in hits if not hit.short and not _is_denied(turn, hit.start, hit.end)]
    joined = _joined_anchors(turn, [*said, *named], room=4)
    read = [(start, end) for start, end in joined if any(start <= s < end for s, _ in said)]
    for start, end in read:
        yield Stretch(start, end, max(s.confidence for s in spans if start <= s.start < end) - 0.05, "model")
    # A division that the model left out counts where the places that it read name none.
    if not any(start <= s < end for start, end in read for s, _ in named):
        yield from (Stretch(start, end, 0.55, "rule") for start, end in joined if (start, end) not in read)


def _meant(turn: Turn, span: Stretch, left: Iterable[tuple[int, int]]) -> Stretch | None:
    """A span without what the caller denies or comes from in it, and what he says instead; None if nothing is left."""
    start, end = _after(left, span.start), _whole(turn, span.end)
    if start >= end:
        return None
    if _is_denied(turn, start, end):
        return _instead_of(turn, replace(span, start=start, end=end))
    return replace(span, start=start, end=end)


def _after(left: Iterable[tuple[int, int]], start: int) -> int:
    """A start, or the end of the stretch in which it lies."""
    return next((until for since, until in left if since <= start < until), start)


def _is_denied(turn: Turn, start: int, end: int) -> bool:
    """Whether a turn says that it was not there: 不是星湖路，在…; no question is meant."""
    denies = _DENIES.search(turn.folded, max(0, start - 4), start)
    return denies is not None and _GOES_ON.match(turn.folded, end) is not None


def _instead_of(turn: Turn, span: Stretch) -> Stretch | None:
    """The place that is told instead of a denied one, within its span or right after it."""
    if within := _DENIED_WITHIN.match(turn.folded, span.start, span.end):
        return replace(span, start=within.end())
    if (after := _INSTEAD.match(turn.folded, span.end)) is None:
        return None
    names = [m for pattern in (ROADS, POI, COMMUNITY) if (m := pattern.match(turn.folded, after.end()))]
    if not names:
        return None
    end = _whole(turn, max(name.end() for name in names))
    return replace(span, start=after.end(), end=end, confidence=span.confidence - _ALMOST_SURE)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """Two places that are weighed: `text[start:until]` and `text[second:end]`; 1 or 2 stands, 0 if nobody says."""

    start: int
    until: int
    second: int
    end: int
    stands: int


def _weighed(turn: Turn, talk: Talk) -> Iterator[_Weighed]:
    if not any(word in turn.folded for word in ("还是", "或者", "要么")):
        return
    for match in islice(_OR.finditer(turn.folded), _MOST):
        one = _LAST_PLACE.search(turn.folded, max(0, match.start() - 8), match.start())
        if one is None:
            continue
        later = turn.folded[match.end() :] + " ".join(_said_after(turn, talk))
        again = _comes_again(one[1], later), _comes_again(match[1], later)
        stands = {(True, False): 1, (False, True): 2}.get(again, 0)
        start = match.start() - len(trim_name(one[1]) or one[1])
        yield _Weighed(start, match.start(), match.start(1), match.end(), stands)


def _said_after(turn: Turn, talk: Talk) -> Iterator[str]:
    for other in talk.turns[turn.index + 1 :]:
        if (other.role == "citizen" and not talk.denies(other)) or (other.role == "agent" and talk.confirms(other)):
            yield other.folded


def _comes_again(name: str, later: str) -> bool:
    """Whether a name, or its end where words ran into it (应该在金浦路), is said later."""
    return any(name[at:] in later for at in range(len(name) - _SAME))


def _chosen(stretch: Stretch, weighed: Sequence[_Weighed], turn: Turn) -> Stretch:
    """A stretch without the one of two weighed places that does not stand; with its rival if neither does."""
    for both in weighed:
        if stretch.end <= both.start or stretch.start >= both.end:
            continue
        if both.stands == 2:
            stretch = replace(stretch, start=max(stretch.start, min(both.second, stretch.end)))
        else:
            rival = "" if both.stands else turn.folded[both.second : both.end]
            stretch = replace(stretch, start=min(stretch.start, both.start), end=both.until, rival=rival)
    return stretch


def _house_in(turn: Turn, talk: Talk) -> Stretch | None:
    """House and room in an answer to a question for them; else None."""
    if not _ASKS_HOUSE.search(talk.question_before(turn)):
        return None
    match = _HOUSE.match(turn.folded)
    if match is None or _TAKES_BACK.search(turn.folded, match.end(), match.end() + _SOON):
        return None
    return Stretch(match.start("house"), match.end("house"), _HOUSE_SURE, "rule")


def _with_house(found: Sequence[Stretch], house: Stretch) -> list[Stretch]:
    """Stretches, those that hold the answer at least as sure as it is; and the answer, if none of them does."""
    holds = [one for one in found if one.start < house.end and house.start < one.end]
    kept = [replace(one, confidence=max(one.confidence, house.confidence)) if one in holds else one for one in found]
    return kept if holds else sorted([*kept, house], key=lambda one: one.start)


def _whole(turn: Turn, end: int) -> int:
    """The end of a span with the number, or the unit of a number, that the model cut off: 恒基凯旋门三｜期."""
    gone = taken_back(turn)
    rest = _NUMBERED.match(turn.folded, end)
    while rest and rest.end() > end and gone.isdisjoint(range(end, rest.end())):
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
    for pattern in (ROADS, POI, COMMUNITY):
        for match in pattern.finditer(turn.folded):
            name = trim_name(match[0])
            if len(name) >= 3 and not NO_NAME.search(name):
                yield match.end() - len(name), match.end()
