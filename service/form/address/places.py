"""Places: the words of an address below the divisions — cleaned, numerals folded, its parts told apart."""

from __future__ import annotations

import re

from service.form.numerals import digits_of, integer_of
from service.form.time.phrases import atoms_of

_CN = "〇零一二两三四五六七八九十百幺"
_FILLERS = re.compile(
    r"那个啥子|那个叫|这个叫|那个|这个|就是说?|叫什么|名字叫|啥来着|叫做|一个叫|有个|有一个|呃+|嗯+|啊+|哎+|啥子|大概|好像|应该是|应该|我记得|我们是|我们这(?:里|儿|边)?|我们|我家|我在|我住|他家"
    r"|那一带|那一片|那块儿?|那儿|那里|那边|这边的?|这块儿?|这里|这儿|那一段|的地方|也就是|不是有|什么的|地址是|位置在?|位于|路上有"
)
# 那洪村 and 那马镇 are names; of 那小村 and 那条路 only the rest can be one.
_THAT = r"那(?![^边个里种家条些儿块片段几么一两大小新老](?:村|屯|镇|乡|街道|社区|坡(?!上)|圩|大道|快速路|河|江|岭))"
_TAIL = re.compile(r"(?:的那?|那|上的|里面的?|嘛|吧|哈|呢|了|在|是|就|有|往|跟)+$")
_HEAD = re.compile(rf"^(?:[的在是就到从去往叫住这嘛吧]|{_THAT}|有(?!限)|位于)+")
_CORRECTED = re.compile(r"(?m)^.*(?:不对|不是[^，。\s]{1,8}[\s，,]|哦不|说错了?)[\s，,]*(?:是|叫|应该是)?")
# 六栋，不对，是七栋: only the number is taken back, and not the estate before it.
_RENUMBERED = re.compile(
    rf"[0-9A-Z{_CN}]{{1,5}}(?:号楼|号院|栋|幢|座|单元|楼|层|室|号)[\s，,啊哦呃]*(?:不对|不是|哦不|(?:我)?(?:说|记|讲)?错了?)[\s，,啊哦呃]*"
    rf"(?:应该)?(?:是|叫)?([0-9A-Z{_CN}]{{1,5}}(?:号楼|号院|栋|幢|座|单元|楼|层|室|号))"
)
_BEFORE_NUMBER = r"(?=\d|[〇零一二三四五六七八九幺])"
_UNITS = rf"(?:号楼|号院|号|栋|幢|座|单元|门洞|门(?:$|{_BEFORE_NUMBER})|楼{_BEFORE_NUMBER}|室|弄|米|公里)"
_NUMBER = re.compile(rf"([{_CN}]+)(?={_UNITS})")
_ROOM = re.compile(r"(?<=[室号栋幢座元楼层门])([〇零一二两三四五六七八九幺]{3,4})(?![〇零一二三四五六七八九十])")

ROAD = r"[\u4e00-\u9fff]{2,7}?(?:大道|大街|路(?!灯)|街(?!道)|巷|胡同|国道|省道|高速)(?:[东南西北中]段)?"
POI_KINDS = (
    "小区|停车场|花园|公寓|街坊|戏台|工业区|检测站|加气站|营业厅|营业部|大药房|药店|旅店|康养中心|月子中心|登记处|宿舍|早市|夜市|[一二三四五六七八九十]中|[一二三四五六]小|大厦|广场|公园|医院|卫生院|学校|小学|中学|幼儿园|大学|学院|驾校|商场|超市|市场|酒店|宾馆|饭店|餐馆|烧烤|小炒|火锅|面馆|网吧|会所|KTV|歌舞厅|养老院|敬老院"
    "|加油站|收费站|火车站|汽车站|车站|地铁站|机场|口岸|工地|工业园|产业园|厂|煤矿|公司|楼盘|商城|家园|佳园|嘉园|家苑|佳苑|苑|新城|新村|花苑|名城|名都|明都|凯旋门|府邸|江府|华府|华庭|豪庭|雅居|山庄|别墅|家属院|大院"
    "|购物中心|步行街|批发部|候车[厅室]|中转站|中转棚|体育场|田径场|球场|陵园|公墓|酒楼|饭庄|农庄|采石场|石场|砂场|农场|派出所|法院|行政服务中心|政务中心|政务服务中心|服务中心|中心|银行|农商行|信用社|邮局|车管所|教育局|电影院|体育馆|图书馆|博物馆|景区|游乐园|水库|码头|立交桥|大桥|天桥|物流"
)
POI = re.compile(
    rf"[\u4e00-\u9fffA-Za-z0-9·]{{2,14}}?(?:{POI_KINDS})+(?:[一二三四五六七八九十\d]+[期区]|[A-Z东南西北中]区)?(?:[东南西北]门|[一二三四1-9A-D]号?口)?"
)
ROADS = re.compile(ROAD)
_SPEECH = re.compile(
    r"^.*(?:我们?|你们?|他们?|^们|她|在|是|就|说|讲|叫|的|去|到|从|找|有(?!限)|给|被|要|把|跟|那个|这个|一[个家所]|昨天|今天|举报|投诉|反映|直接|希望|其实|还|送|开(?:始|户行)?(?![发元封州平])|边上|旁边|靠近?|站前|里头|里面|往|走|楼下|隔壁|写字楼)(?=.{2})"
)
_KIND_ONLY = re.compile(
    rf"(?:第?[一二三]|市|县|区|镇|小|大|整个?|全|各个?|每个|几个)?(?:{POI_KINDS}|物业|交警|城管|食堂|店|社区|(?:城中|新农)?村)"
)
# Words of time with which no name begins; 五月, 今日 and 八一 may begin one.
_WHEN = ("iso", "days_ago", "few_days", "day_part", "weekday", "weekend", "rel_week", "part", "clock", "oclock")
COMMUNITY = re.compile(
    r"([\u4e00-\u9fff]{1,6}?(?:社区|行政村|村(?!委|口|民|里|头|干|医|支|上|后|东|西|组|长|通)|居委会))"
)

_TOWN_FIRST = re.compile(r"^[\u4e00-\u9fff]{2,3}?(?:镇|乡|街道)(?=[\u4e00-\u9fff]{2})")  # 东坪镇新光村

# What a pattern takes for a name and is something done, or the end of a time.
NO_NAME = re.compile(
    r"堵|跑路$|的[路街道巷]$|占道|冒用|注册|联系|强拆|关门|[在市]上[小中大]学$|^点|^月[底初]|第[一二三四五六七八九十][周天]"
)
_ROAD_BEFORE = re.compile(
    r"^.*(?:(?:[路街巷]|大道|[一二三四五六七八九十0-9]楼)(?!口|坊|道)(?=.{4})|(?:号|隔壁|对面|旁边|附近)(?=.{3}))"
)

_TAKEN_BACK = re.compile(r"不对|不是|错了?|说错了?|哦?不")
_STEP = re.compile(r"[\s,，、“”\"（(]*")
# No word of an address is longer; without the bound a text without pauses is read once per place named in it.
_TOKEN = re.compile(r"[^\s,，、。.；;！!？?“”\"（）()]{1,40}")
_NO_PLACE = re.compile(
    r"[我你您他她它吗呢吧啊哦嘛呀哈了过没很太也还又再才被把给让请问说讲看听想]|知道|反映|投诉|举报|怎么|什么|因为|所以|如果|现在|今天|昨天|每天|天天|晚上|早上|已经|一直|打电话|人家|有人"
    r"|工资|小时|分钟|孩子|老人|电话|能不|应该|不是|都是|不要|要求"
)
_ENDS = (
    r"大道|大街|路|街|巷|胡同|道|村|组|屯|庄|寨|湾|岭|坪|沟|社区|小区|花园|公寓|大厦|号楼|号院|号|栋|幢|座|单元|门|楼|层|室|苑|园|城|府|里|弄|期|区|旁边?|对面|对过|附近|路口|口|后面?|前面?|后头|里头|里面|门口|头|边|侧|段|桥|站|[0-9]房|店|厂|医院|学校|小学|中学"
    r"|幼儿园|公司|中心|市场|广场|商场|超市|酒店|公园|河|湖|山|洞|工地|银行|派出所|家属院|院|堂|厅|馆|场|所|局|摊|位|棚|坝|渠|水库|矿|窗口|专柜|门面|地库|车库|项目|加油站|收费站|岸"
)
_PLACELIKE = re.compile(rf"^\S{{0,14}}(?:{_ENDS})$|^[A-Za-z]?[0-9〇零一二三四五六七八九幺]{{1,4}}$|^[A-Za-z][座区栋]$")
_INNER = re.compile(rf"^[\u4e00-\u9fffA-Za-z0-9]{{1,16}}?(?:{_ENDS})(?=的|那|有|上的|路灯|$)")

_MARKS = re.compile(r"[\s,，、。.；;“”\"'「」《》：:]+")
_LONE = frozenset(("管", "归", "属", "属于"))  # 江南区还是西乡塘区管，在沙井大道
_ON = re.compile(r"(?:(?<=[路街道巷区镇村园])(?:上的?|的|那个|边上的?)|(?<=[楼层期栋座院号])的)(?=[\u4e00-\u9fff]{2})")
_WHICH = re.compile(r"[那这](?<=[0-9〇零一二三四五六七八九幺楼层室号].)[家户]")  # 1501那家
_WAY = r"[\u4e00-\u9fff0-9A-Z]{1,7}(?:路|街|道|巷|栋|楼|桥)"
# What is said, and how forms write it: 梅湾路跟零陵中路路口 → 梅湾路与零陵中路路口.
_WRITTEN = (
    # 解放路和平路 are two roads; 和 and 同 begin many of their names.
    (re.compile(rf"(?<=[路街道巷栋楼])(?:跟|和(?![平谐兴睦顺美])|同(?![心德济福仁安]))(?={_WAY})"), "与"),
    (re.compile(r"靠近"), "近"),
    (re.compile(r"加(?:(?<=[Kk][0-9]{4}.)|(?<=[Kk][0-9]{3}.))(?=[0-9])"), "+"),  # K2054加300
    (re.compile(r"(?:旁边|边上)(?!的?[\u4e00-\u9fff])"), "旁"),
    (re.compile(r"后[面头](?![村组屯庄社区湾街路巷])"), "后"),
    (re.compile(r"底下(?![村组屯庄社区湾街路巷])"), "下"),
)
# A number repeats its own digits (1313号, 三零三零室); one that is said twice comes with its unit.
_TWICE = re.compile(rf"(?<![0-9])((?:[0-9]{{1,5}}[^0-9]{{0,3}}|[^0-9]{{1,5}})[^0-9{_CN}])\1")

_ROAD_FIRST = re.compile(r"[\u4e00-\u9fff]{1,4}?(?:大道|大街|路(?!灯)|街|巷)(?=[\u4e00-\u9fff])")


def reach(text: str, at: int) -> int:
    """How far an address that has begun goes on from `at`: token by token, as long as they sound like places."""
    end = at
    for _ in range(10):
        start = _STEP.match(text, end)
        token = _TOKEN.match(text, start.end() if start else end)
        if token is None:
            return end
        plain = _TAIL.sub("", _HEAD.sub("", _FILLERS.sub("", token[0])))
        if not plain or _TAKEN_BACK.fullmatch(plain) or _stutters(plain, text[token.end() :]):
            end = token.end()
            continue
        if _NO_PLACE.search(plain) or not _PLACELIKE.match(plain):
            inner = _INNER.match(token[0]) or _ROAD_FIRST.match(token[0])
            return token.start() + inner.end() if inner and not _NO_PLACE.search(inner[0]) else end
        end = token.end()
    return end


def _stutters(token: str, rest: str) -> bool:
    return len(token) <= 6 and rest[:12].strip(" ，,、").startswith(token)


def clean_place(text: str) -> str:
    """One line as a form writes it: 东新 东新小区 二十一幢 一单元 五零二 → 东新小区21幢1单元502."""
    text = _CORRECTED.sub("", _RENUMBERED.sub(lambda match: match[1], text))
    tokens = [_token(token) for token in _MARKS.split(text) if token not in _LONE]
    joined = _WHICH.sub("", "".join(_without_stutter([token for token in tokens if token])))
    if joined.count("（") != joined.count("）"):
        joined = joined.strip("（）")  # one of the two was left out: 金浦路店）
    joined = _ON.sub("", joined)
    joined = _NUMBER.sub(lambda match: _number(match[1]), joined)
    joined = _ROOM.sub(lambda match: digits_of(match[1]), joined)
    return _TAIL.sub("", _TWICE.sub(lambda match: match[1], joined))


def as_written(place: str) -> str:
    """A cleaned place as a form writes what was said: 加油站后头 → 加油站后."""
    for said, written in _WRITTEN:
        place = said.sub(written, place)
    return place


def _token(token: str) -> str:
    token = _FILLERS.sub("", token)
    return _TAIL.sub("", _HEAD.sub("", token))


def _without_stutter(tokens: list[str]) -> list[str]:
    kept = []
    for token, following in zip(tokens, [*tokens, ""][1:], strict=True):
        if following.startswith(token) and len(token) < 8 and following:
            continue
        kept.append(token)
    return kept


def _number(text: str) -> str:
    if any(unit in text for unit in "十百"):
        value = integer_of(text)
        return str(value) if value is not None else text
    return digits_of(text) if len(digits_of(text)) == len(text) else text


def trim_name(text: str) -> str:
    """A name without the speech that runs into it: 我投诉青园派出所 → 青园派出所; nothing if only its kind is left."""
    name = _SPEECH.sub("", text[_time_ends(text) :])
    return "" if _KIND_ONLY.fullmatch(name) else name


def _time_ends(text: str) -> int:
    """Where a name begins that is said right after a time: 昨晚八点左右锦绣花园."""
    return max(
        (a.end for a in atoms_of(text) if a.kind in _WHEN or (a.kind == "day" and "月" in text[: a.start])), default=0
    )


def community_of(place: str) -> str:
    """The village or community of a cleaned place; nothing where there is none."""
    match = COMMUNITY.search(place)
    return _TOWN_FIRST.sub("", _ROAD_BEFORE.sub("", match[1])) if match else ""
