"""Parties: the names of firms, shops, schools and offices, told from the speech that runs into them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.form.address.places import clean_place
from service.needles import Rare

KINDS = (
    "有限(?:责任)?公司|分公司|公司|集团|置业|地产|物业|医院|诊所|卫生院|卫生服务中心|学校|小学|中学|大学|幼儿园|驾校|培训机构|培训班|养老院|康养中心|月子中心|托管中心|托管班|酒店|宾馆|民宿|饭店|餐厅|餐吧|酒吧|烧烤店|烧烤|火锅店?|面馆|涮肉|小炒|农家乐|超市|商场|大?药房|药店|商行|专卖店|旗舰店|店|厂|煤矿|砂场|采石场|养殖场|合作社|搅拌站|商混站|加油站|加气站|收费站|检测站|火车站|客运站|银行|农商行|信用社"
    "|派出所|公安局|公安分局|教育局|法院|居委会|村委会|社保局|医保局|人社局|住建局|城管局|城管|交警|卫健委|民政局|民政办|供热公司|自来水公司|供电公司|燃气公司|电视台|歌舞厅|KTV|网吧|单车|厨具|装修队|施工队|施工单位|律师事务所|事务所|政务中心|服务中心|登记处|管理处|图书馆|邮政|快递|快运|旅行社|健身房?|美容院|营业厅|营业部|门市部|工作室|服务部|经营部"
    "|建工|实业|农资|通讯|热力|水务|机电|特钢|矿业|石料|渣土"
)
# A part of an organisation that is complained of for itself.
_PART = "(?:食堂|户籍室|收费处|服务窗口|分院|第[一二三四五六]分公司|[\u4e00-\u9fff]{2,3}分公司)?"
NAME = rf"[\u4e00-\u9fffA-Za-z0-9·]{{2,16}}?(?:{KINDS}){_PART}"
ORGANISED = re.compile(rf"(?:{KINDS}){_PART}$")
# 深圳市 鸟玄 科技 有限公司: a recogniser's pauses.
LEGAL = Rare(
    r"(?:[\u4e00-\u9fff]{2,8}[\s，]){0,4}[\u4e00-\u9fff]{0,14}有限(?:责任)?公司(?:[\u4e00-\u9fff]{2,4}分公司)?"
)
_RUNS_ON = re.compile(
    rf"^(.{{2,16}}?(?:{KINDS}))(?:姓.*|老板.*|经理.*|的(?!士)..+|[\u4e00-\u9fff]{{1,3}}的[\u4e00-\u9fff]|一个.*)$"
)
_LEADS = re.compile(
    r"^(?:过|了|也|跟|事|人家|让|给|下|着|问下|就是|以前|现在|上个?月|昨天|今天|我们的?|全[称名](?:叫|是)?|结果|名字|门口的?|楼下的?|隔壁的?|对面的?|旁边的?|一家|个(?=.{3})|领(?=.{3})|打(?=.{4})|叫做?|是|找|请|赶快|赶紧|什么|那[个家]|这[个家]|哪[个家]"
    r"|开?发商(?=.{3})|(?:店|公司|机构)名称?[是叫]?(?=.{2}))+"
)
_PREDICATE = re.compile(
    r"[了着吗呢吧啊也就都把被的请吃躺喝睡跑骑]|不(?!锈|夜)|自己|改成|看[清见到]|打电话|上(?:小学|中学|大学|幼儿园|班)$|去|住院|晚上|早上|第[一二三四五]趟|对过|儿子|孩子|老婆|我|你|他|她|俺|咱|哪|没|做|贴|第二|归|叫|欠|揾|冇|骂|打[给个]|卖|什么|一[下间张]|提前"
)
_NO_NAME = re.compile(
    rf"^(?:这个|那个|一个|一间|我们|他们|你们|到|在|有|的|是|哪|什么|别的|其他|本|该|咱|换|以|一下|背后|[大小好新老总](?:{KINDS})$)|^(?:[镇县市区村乡省]|[县镇村乡市]里|村口|门口|街上|县城|城里|附近|外面|外地|那边|这边|个|上|人民|市工人|第[一二三四五六])?(?:{KINDS})$"
)
AREA = re.compile(r".{1,5}[区县市镇乡]|.{1,6}(?:街道|社区)|.{2,6}(?:路|大道|街|巷)(?:\d+号)?")
_DISTRICT = re.compile(r"^[\u4e00-\u9fff]{2,3}[区县](?=[\u4e00-\u9fff]{5,})")
# Tasks of offices that every district has; how the names of offices end; and offices that towns have, too.
_FUNCTION = (
    "教育|住建|住房(?:和城乡建设|保障)?|房管|规划|人社|社保|人才|民政|民宗|自然资源|交通(?:运输)?|水[务利]|农业|农村|林业|渔[业政]|卫[健计生]|卫生健康|医保"
    "|税务|城管|公安|司法|人民|法院|检察|发改|经信|市监|市场监管|市场监督|应急|政务|行政|招商|信访|残联|文[旅化]|出入境|不动产"
)
_END = "(?:局|委|办|所|站|中心|政府|法院|检察院|[大中]队|执法队|部门|窗口|大厅|卫生院|联社|信用社)"
_DUTY = re.compile(rf"(?:{_FUNCTION})[\u4e00-\u9fff]{{0,8}}?{_END}")
_LEVEL = re.compile(
    rf"^(区(?![域间])|县(?!域)|旗|市(?!场|监|民|政(?!府))|镇(?![江海])|乡(?![村宁])|街道)(?:里|上)?的?(?=[\u4e00-\u9fff]{{0,8}}?{_END})"
)
_PLACED = re.compile(rf"^(?!社区)[\u4e00-\u9fff]{{1,5}}(?:[区县旗市镇乡]|街道)(?=(?:{_FUNCTION}|综合|便民|派出所))")
_BUREAU = re.compile(rf"^(?:{_FUNCTION})(?:和?(?:{_FUNCTION}))?(?:管理)?[局委]")
_TOWN_OFFICE = re.compile(
    r"^(?:社区)?卫生服务中心|^(?:卫生院|派出所|供销社|党群服务中心|便民服务(?:中心|大厅|站)|综[合治](?:行政)?(?:执法[大中]?队|中心)|水[务利]站|林业站|司法所)"
    r"|^计生(?:站|办|服务站|中心|窗口)|^(?:拆迁|征收)办"
)


def party_of(words: str) -> str:
    """The name in some words: without what leads up to it and what runs on behind; nothing where none is left.

    A name keeps its district only where it is an office's, or would be nobody's without it (南湖区实验小学).
    """
    name = clean_place(_LEADS.sub("", _unbracketed(words.strip(' ，。、”“"'))))
    if match := _RUNS_ON.match(name):
        name = match[1]
    district = _DISTRICT.match(name)
    return name if district is None or _DUTY.match(name, district.end()) else name[district.end() :]


def _unbracketed(words: str) -> str:
    """Words without a bracket at either end whose fellow stands elsewhere."""
    words = words.lstrip("）)")
    words = words if "）" in words or ")" in words else words.lstrip("（(")
    return words if "（" in words or "(" in words else words.rstrip("）)")


def name_of_office(name: str, areas: Sequence[str]) -> str:
    """An office by its full name, with that of the `areas` which has its level: 区教育局 in 南关区 is 南关区教育局.

    As callers mean it, a bureau without a level (教育局) is the district's, a 派出所 the subdistrict's or town's. What
    is no office, or has its place already, stays.
    """
    levels: Sequence[str] = ()
    rest = name
    if _PLACED.match(name):
        return name
    if _BUREAU.match(name):
        levels = ("区", "县", "旗", "市")
    elif level := _LEVEL.match(name):
        levels, rest = (level[1],), name[level.end() :]
    elif _TOWN_OFFICE.match(name):
        levels = ("镇", "乡", "街道")
    area = next((area for area in areas if area.endswith(tuple(levels))), "") if levels else ""
    return area + rest if area else name


def is_named(name: str) -> bool:
    """Whether a name tells whom: no clause that ends like a name, no area, no kind that anybody could be."""
    return not (_PREDICATE.search(name) or _NO_NAME.match(name) or AREA.fullmatch(name))
