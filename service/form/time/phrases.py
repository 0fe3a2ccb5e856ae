"""Phrases: the words of time in a text — years, months, days, parts of the day, clocks — one atom each, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from service.form.time.holidays import NAMES
from service.form.time.solar import DOUBTFUL

_C = "〇零一二三四五六七八九"
_SMALL = r"(?:[0-9]{1,2}|[二三四五]?十[一二三四五六七八九]?|[一二两三四五六七八九])"
_TENS = r"(?:[0-9]{2}|[二三四五]?十[一二三四五六七八九]?)"
_WEEK = r"(?:周|星期|礼拜)"

# Order matters: of two readings at one place the first one stands.
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("iso", r"(?<![0-9])(20[0-9]{2})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})(?:[日号]|(?![0-9]))"),
    (
        "until_now",
        rf"(?:一直)?(?:到|至|推到|拖到)(?:现在|今[天儿](?!\s?(?:[早晚夜]|凌晨|清晨|上午|中午|下午|傍晚|{_SMALL}[点时:：]))|如今|目前|这会儿|眼下)|至今",
    ),
    ("years_ago", rf"({_SMALL})年多?(?:以|之)?前"),
    ("months_ago", rf"({_SMALL}|半)个?多?月多?(?:以|之)?前"),
    ("weeks_ago", rf"({_SMALL})个?(?:多)?{_WEEK}(?:以|之)?前"),
    ("days_ago", rf"({_SMALL})天(?:以|之)?前"),
    ("hours_ago", rf"({_SMALL}|半)个?(?:多)?(?:小时|钟头)(?:以|之)?前"),
    (
        "lasting",
        rf"(?<!第)(?:({_SMALL}|半)(?:个)?(多|来|半)?(年|月|{_WEEK}|天)(多|半)?|({_SMALL})[、到]?({_SMALL})?(年|天)多?)(?:时间)?[了咧啦喽]",
    ),
    (
        "lasting_hours",
        rf"(?<!第)([二三四五]?十几|{_SMALL}|半)个?(?:多|来|半)?(小时|钟头|分钟)(?:多|半)?(?:时间)?[了咧啦喽]",
    ),
    (
        "year_edge",
        r"(?<=年)(?:的)?(年?底|年?初|年?末|开春|入冬|麦收|秋天|秋里|[春夏冬](?:天|里|季))|(?<![多少])年(底|初|末)",
    ),
    (
        "year",
        rf"(?<![0-9{_C}])(?:([12][0-9〇零{_C}]{{3}}|[一二][{_C}]{{3}})年(?!级|制)|([0-9]{{2}}|[{_C}][{_C}])年(?!级|多|了|前|以|来|没|间的|制))",
    ),
    ("rel_year", r"大前年|前年|去年|今年|明年|上年|昨年"),
    (
        "lunar_month",
        r"(?:(正月|腊月|冬月)|(?:(?:农历|阴历|古历)闰?|闰)([一二三四五六七八九十]{1,2})月)(?:初([一二三四五六七八九十])|廿([一二三四五六七八九])"
        r"|(三十|二?十[一二三四五六七八九]|二十(?!几))|(二?十)几)?",
    ),
    ("spell", r"第?([一二三四1-4])季度|(上半年|下半年|暑假|寒假|小年)(?!工|作业|班)"),
    ("month", r"(?<![0-9个.])((?:1[0-2]|0?[1-9])|十[一二]?|(?<!十)[一二三四五六七八九])月(?:份|间|里)?(?!饼)"),
    ("term", r"(这|本|上)一?个?学期"),
    ("rel_month", r"上上个?月|上个?月|这个?月|本月|下个?月|当月(?!工资)"),
    ("lunar_day", r"(?:大年|(?<![年当最起]))初([一二三四五六七八九十])(?!中|级)|廿([一二三四五六七八九])"),
    ("fuzzy_day", r"(?<=[月份])(二?十)几(?:号|日)?"),
    ("third", r"(?<=[月份])(?:的)?(上旬|中旬|下旬|月?初|月?底|头上|月?末|中)|(?<!个)月(初|底|末)"),
    (
        "day",
        rf"(?<=月)({_SMALL})(?:号|日)(?!楼|线|院)|(?<![0-9第楼院栋幢区线])({_SMALL})(?:号|日)(?!三餐|楼|线|院|门|仓|店|栋|幢|机|地铁|口|床|检票|出口|出租|路|院|令|文|桌|摊|别墅|车|公|铺|厂|矿|井|桥|道|馆|厅|柜|窗|码|子|人)|(?<=月)(二?十[一二三四五六七八九]|二十|三十一?|[0-9]{{1,2}})(?![0-9个多年几号日])",
    ),
    ("few_days", r"前几天|前两天|前些天|这几天|这两天|最近|近期|近来"),
    ("day_part", r"(昨|今|(?<![以之])前|明)(晚上|早上|天夜里|晚|夜|早|晨|下午|上午|中午|儿晚上|儿早上|儿下午|儿夜里)"),
    (
        "rel_day",
        r"大[前后][天日]|[前昨今明](?:[天日个]|儿个?)|后天|当[天日]",
    ),
    ("weekday", rf"(上上|上|这|本|下)?个?{_WEEK}([一二三四五六日天])(?!天)"),
    ("weekend", rf"(上上|上|这|本|下)?个?{_WEEK}末"),
    ("rel_week", rf"(上上|上|这|本|下)个?{_WEEK}(?![一二三四五六日天末])"),
    (
        "holiday",
        r"(?<![一二三四五六七八九十百])(?:国庆节|"
        + "|".join(sorted(NAMES, key=len, reverse=True))
        + r"|(?:"
        + "|".join(DOUBTFUL)
        + r")(?=那天|当天|那几天|节气|前后|过后))"
        r"(?![路街巷村桥镇乡点月号]|大道|广场|公园|中学|小学|商场|新村|国道|医院|市场|[一二三四五六七八九十])",
    ),
    ("since", r"(?:从|自|打)(?=[^，。]{0,12}(?:起|开始|以来|到|至|就))"),
    (
        "every",
        rf"(?:每隔|每|隔)(?:{_SMALL})(?:天|个?{_WEEK}|个月)(?![再后前]|内)|隔天|隔三[差岔]五|三天两头|每天|天天|每日|每晚上?|每夜|夜夜|日日|每早|每个?(?=(?:周|星期|礼拜)[一二三四五六日天末])|每个?(?:周|星期|礼拜)|每个?月|每年|每到|每逢|每次|逢|一到(?=晚上|夜里|夜晚|半夜|傍晚|早上|上午|中午|下午)",
    ),
    ("now", r"刚才|刚刚|方才|现在|这会儿|这时候|目前|眼下"),
    ("clock", r"(?<![0-9:])([01]?[0-9]|2[0-4])[:：]([0-5][0-9])(?![0-9])"),
    (
        "oclock",
        rf"(?<![0-9第.{_C}十])([一二两三四五六七八九](?=[二三四五六七八九][点时]))?({_SMALL})(?:点(?!五(?!十|分)|[0-9]{{3}}|名|评|击|位|儿?也|意见|建议|要求|诉求|水|钱|燃)|时(?=[0-9]|左右|许|到|至|开))(?:钟|来钟)?"
        # A single digit counts minutes only with 零 or 分: 五点一趟 is five o'clock.
        rf"(半|一刻|三刻|(?:过|零|十来|几|零几)(?:零?{_SMALL}|几)?分?|(?:{_SMALL}|几)分|{_TENS}(?:[几来]?分)?)?(?:多|来钟|左右|前后|许|钟|的样子|过)*",
    ),
    (
        "part",
        r"凌晨|清晨|大清早|清早|一大早|大早上|早晨|早上|上午|中午|午后|下午|傍晚|晚上|晚间|夜晚|大半夜|半夜|深夜|夜里头?|夜间|晌午|[前头后]晌|黑(?:介|下|家|夜)|擦黑|(?<=天)早|(?<=天)晚|(?<=[号日])[早晚](?=[0-9一二三四五六七八九十]{1,3}[点时:])",
    ),
    ("start", r"开始|以后|以来|之后|起(?=[，,\s就一]|$)|就(?=没|一直|这样|黑|有人|停)|过后"),
    ("to", r"到(?!期|底|位|货|账|家|案)了?|至|—+|~|-"),
)
# Every atom begins with a digit or with a letter of some pattern: most places of a text are passed at once.
_LETTERS = "".join(sorted({letter for _, pattern in _PATTERNS for letter in pattern if not letter.isascii()}))
_ATOM = re.compile(
    rf"(?=[0-9~\-{_LETTERS}])(?:" + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _PATTERNS) + ")"
)
# Where the groups of each atom stand among those of all.
_PARTS = {
    name: slice(first, first + re.compile(pattern).groups)
    for name, pattern in _PATTERNS
    for first in [_ATOM.groupindex[name]]
}


@dataclass(frozen=True, slots=True)
class Atom:
    """One word of time: its kind, the parts of it, and where it stands."""

    kind: str
    parts: tuple[str | None, ...]
    start: int
    end: int
    text: str


def atoms_of(text: str) -> Iterator[Atom]:
    """The words of time in a folded text, in order."""
    for match in _ATOM.finditer(text):
        kind = match.lastgroup  # the group that closed last is the outermost
        assert kind is not None
        yield Atom(kind, match.groups()[_PARTS[kind]], match.start(), match.end(), match[0])
