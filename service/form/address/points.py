"""Points: the named point of an address — an estate, a shop, a school, a crossing — without road and room."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.form.address.places import POI, POI_KINDS, ROAD, ROADS, clean_place, trim_name

_CROSSING = re.compile(
    rf"({ROAD})([与和跟、近到]|快到|靠近|那个|的)?({ROAD})(?:[那的两条对]{{0,4}})(十字路口|交叉路?口|路口|交口|转角)"
)
_BETWEEN = re.compile(
    r"([\u4e00-\u9fff][\u4e00-\u9fffA-Z0-9]{2,8}?)(?=[0-9]{1,4}(?:号?楼|栋|幢|座|单元|层|室)|[一二三四五六七八九十]{1,2}(?:楼|层)|[A-Z]座|旁|对面|附近|门口|后面|地下|$)"
)
_NO_POINT = re.compile(
    r"[那这的我你他是有到往去走了在就]|一[个家条直]|[村组队屯镇乡路街巷道]|边|靠|两|前面|后头|转弯|山上|楼|院子|地方|段|局|老师|吗|过来|市场|小区|车库|窗口|家|户|口子|[里外]头|对着|地下|^.{2}$"
)
_AREA = re.compile(r"^.{2,}?(?:社区|街道|[^小]镇)(?=.{3,})")
_PAUSE = re.compile(
    r"[\s，,、。.；;“”\"'「」《》：:（）()]+|[那这]个|[那这](?:一带|一片|块儿?|边|里|儿)|(?<=[路街道巷])(?:上的?|的)"
)
_PHASE = re.compile(r"[一二三四五六七八九十\d]{1,2}[期区]")
_PHASE_END = re.compile(rf"{_PHASE.pattern}$")
_NAME_ALONE = re.compile(r"[\u4e00-\u9fffA-Z]{3,8}")
_NO_NAME_ALONE = re.compile(
    r"[东南西北中]头|[东南西北][边侧面]$|旁|对面|附近|中间|门口|路口|拐角|顶上|底下|上面|下面|楼道|楼顶|整个|全部|所有|咱|俺|自己|河$|江$|渠$|湖$|山$|站出|线路|公里|开发区|新区$|高新区"
    r"|叫|说|开|做|来|卖|租|买|住|打|看|问|知|不|没|什么|还|也|都|只|以前|现在|老家|沿线|县城|城关|城里|市区|郊区"
    r"|^[〇零一二三四五六七八九十幺]+|[坳沟坡][里上]$|老城|老区|片区|[东南西北]$|省|这|到|从|往|上的|[车工款钱费音偿决房门]$"
    r"|^(?:北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾|内蒙|广西|西藏|宁夏|新疆|香港|澳门)"
)
_SORT = r"(?:批发|农贸|菜|地铁|公交|路口)?"
_PARTIES = ("公司", "教育局")  # whom one complains of, not where it is
_KIND = re.compile(rf"{_SORT}(?:{POI_KINDS})(?:[一二三四1-9A-D]号?口)?")
_CALLED_THAT = re.compile(rf"(?<=[\u4e00-\u9fff]{{2}})[那这]个(?={_SORT}(?:{POI_KINDS}))")  # 望仙桥那个菜市场
_BESIDE = re.compile(r"(旁|对面|对过|后|隔壁|附近|门口|前|斜对|边上|楼下|周边)")
_NEAR = {"旁": "旁", "对面": "对面", "对过": "对面", "后": "后"}
_TOWARDS = re.compile(r"^.*(?:靠近?|挨着|往|朝|对着)(?=.{2})")
_ROAD_END = re.compile(rf"(?:{ROAD})$")


def point_of(said: str) -> str:
    """The named point or the crossing in the words of an address, without road and room; nothing where there is none.

    A road alone is no point: it says where to look, not where it is. Of several the last is the closest; one beside
    which the matter is gives way to one in which it is.
    """
    if crossing := _CROSSING.search(clean_place(said)):
        first, link, second, corner = crossing.groups()
        return f"{trim_name(first) or first}{'与' if link else ''}{second}{corner.replace('十字路口', '路口')}"
    best = beside = road = alone = ""
    for token in _tokens(_CALLED_THAT.sub("", said)):
        name = _named(token, road)
        if name and (near := _BESIDE.match(token.partition(name)[2])):
            beside = name + _NEAR.get(near[1], "")
        elif name and _TOWARDS.match(token):
            beside = name
        else:
            best = name or best
            alone = alone if name else _standing_alone(token) or alone
        road = match[0] if (match := _ROAD_END.search(token)) else ""
    return best or beside or alone


def says_its_kind(point: str) -> bool:
    """Whether a point's name says what it names (estate, school, crossing); else it may be no place at all."""
    return bool(POI.search(point) or ROADS.search(point))


def _tokens(said: str) -> Iterator[str]:
    """Words between pauses, cleaned; a phase said after a pause belongs to what it is a phase of."""
    held = ""
    for token in filter(None, map(clean_place, _PAUSE.split(said))):
        if held and _PHASE.match(token) and POI.search(held):
            held += token
            continue
        if held:
            yield held
        held = token
    if held:
        yield held


def _named(token: str, road: str) -> str:
    rest = re.sub(rf"^(?:{ROAD})(?:\d+号)?", "", token) or token
    before = road or token[: len(token) - len(rest)]
    if before and (kind := _KIND.match(rest)):
        return before + kind[0]  # 八一路的批发市场
    best = ""
    for match in POI.finditer(rest):
        if match[0].endswith(_PARTIES):
            continue
        name = trim_name(re.sub(rf"^(?:{ROAD})(?=.{{4}})", "", match[0]))
        best = _AREA.sub("", name) or best
    return best or _unnamed_kind(rest, after_road=bool(before))


def _standing_alone(token: str) -> str:
    """A name between pauses that does not say what it names (秦岭云著, 岱下云谷), where no other was found."""
    name = _PHASE_END.sub("", token)
    if not 3 <= len(name) <= 8 or _NO_NAME_ALONE.search(name) or _NO_POINT.search(name) or ROADS.search(name):
        return ""
    return token if _NAME_ALONE.fullmatch(name) else ""


def _unnamed_kind(place: str, *, after_road: bool) -> str:
    """A name that does not say what it names (江南摩尔), if it stands after a road or before a building or a floor."""
    match = _BETWEEN.match(place)
    if match is None or _NO_POINT.search(match[1]) or not (after_road or match.end() < len(place)):
        return ""
    return match[1]
