"""Story: the citizen's clauses that tell the matter — why it began and how it went — and which of the two is untold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from service.form.demands import announces
from service.form.field import Field, Place
from service.form.numerals import SPOKEN
from service.form.sentences import Clause, clauses_of, without
from service.form.talk import Talk, Turn
from service.form.whom import ROLES, asks_name, asks_who_else
from service.needles import Rare

CAUSE, COURSE = "cause", "course"  # 起因, 经过
_HAS_STORY = ("投诉", "举报", "求助")  # types of which a person in charge must know how it came about
_PERSONAL = ("caller_name", "contact_phone", "id_no", "email")
_COURTESY = re.compile(
    r"谢谢|麻烦你|再见|辛苦|你记一下|听得到|你听|等等啊|我念一下|快点$|^(?:我)?(?:要|想)(?:投诉|举报|反映)(?:一下|个事)?$"
    r"|^(?:你|您)?(?:先)?给我记[上着下]|挂了$|^(?:我们?的?)?(?:诉求|要求|请求)(?:就?是|如下|有)?[：:]?[一1]?$|^(?:先)?不说了|^(?:你们?|您)?(?:帮我)?记[上好]了?$"
)
# 我姓程；方程的程；草字头的蕺
_INTRODUCES = re.compile(
    r"(?:我|本人|俺|咱|就|那)?(?:免贵)?姓[\u4e00-\u9fff]{1,2}$|(?:我|本人|俺)(?:的)?(?:名字|大名)?叫[\u4e00-\u9fff]{2,3}$"
    r"|[\u4e00-\u9fff]{0,3}([\u4e00-\u9fff])[\u4e00-\u9fff]{0,3}的(?:那个)?\1$"
)
_SPELLS = Rare(r"[字头旁]{2}(?:下面|旁边|加|的)|[字耳]朵?旁")
# Right before a name or a number of one's own: it goes with it. 反映 is what a report of a call adds.
_INTRODUCED_BY = re.compile(
    r"(?:来电人|反映人|诉求人|投诉人|举报人|申请人|申诉人|联系人|(?:本人)?实名(?:举报|投诉|反映)|市民|群众|居民|业主|家长|(?:我|本人|俺)(?:姓|叫|是)?|免?贵?姓|(?:我的?|本人的?|俺的?)?"
    r"(?:名字|姓名|(?:联系|手机|来电)?(?:电话|号码|方式)|手机号?码?|身份证号?码?|邮箱))(?:就?[是叫为]|：|:)?[\s，,]*"
    r"(?:\+?(?:00)?86[\s-]*|[（(]0\d{2,3}[）)])?$"
)
_REPORTED = re.compile(
    r"^(?:(?:市民|群众|居民|来电人)[\u4e00-\u9fff]{0,4})?(?:来电|现)?(?:反映|投诉|举报|称)(?:：|，)?(?=.{4})"
)
# My phone number is, Please call me at, Email: what a foreigner puts before his number.
_INTRODUCES_ABROAD = re.compile(
    r"(?:(?:please )?(?:call|contact|reach|text|email) me(?: at| on| by| via)?"
    r"|(?:my )?(?:cell|mobile|tele)?\s?(?:phone|e-?mail|wechat|name|passport)"
    r"(?: number| address| no\.?)?(?: is)?|my name is (?:[A-Z][A-Za-z'-]+ ?){1,4})[\s:：]*",
    re.IGNORECASE,
)
_BEFORE = 20  # characters that may introduce a name or a number
_LEAST = 4  # characters that tell something when a name, a number or a wish is cut out of a clause
_SIGNS = re.compile(rf"[0-9*{SPOKEN}\s]+")
# 幺二七九; 不对漏了一个: the pieces of a number, and its corrections.
_DICTATES = re.compile(
    rf"^(?:[{SPOKEN}0-9*\s-]{{3,}}+|(?:双|[两二三四五2-5]个)[{SPOKEN}0-9]|\+86|最后(?:[几两三四]位)?(?:就?是)?|不对|不是|[哦是对嗯啊]|错了?|[漏少多]了?(?:[一1两2]?[个位])?|重[来说]一?遍?|再[说念]一遍|后面|前面|中间|开头|尾号)+$"
)
_REACHES = re.compile(
    r"电话|手机|号码?(?=[，。的上]|$)|座机|回访|回电|短信|微信|打给|打[我她他](?!了|们了)|(?:记|写|留|登)(?:我|你|上|下)|联系|[姓名]|保密|是我(?:说|讲)"
)
_ASKS_NUMBER = re.compile(
    r"(?:您|你)的?(?:联系|手机|来电|本人)?(?:电话|手机|号码|联系方式)(?!里|上)|(?:留|报|提供|登记|核对|说)[^，。？]{0,6}(?:电话|手机|号码|联系方式)"
    r"|(?:电话|手机|号码|联系方式)(?:号码?)?(?:[^，。？打被]{0,3}(?:是|多少|几|方便|留|呢|吗|[？?]|$)|$)"
)
_THANKS = Rare(r"(?:谢谢(?:你|您)?们?|(?:辛苦|麻烦)(?:你|您)们?)了?(?:啊|哈)?$")
_LONG = 16  # characters beyond which a clause holds more than the courtesy in it
_NUMBER_MENDED = re.compile(r"^(?:不对)*[漏少多]了?[一1两2]?[个位]$")
_ASKS_ELSE = re.compile(r"什么|怎么|哪|多[少久大]|[几呢吗]|地址|.{24}")  # no "go on" between the pieces of a number
_SHORT = 6  # characters of an answer to "what is your name", whatever they are
_ROLE = re.compile(rf"(?:{ROLES}|教练|校长|房主|工头|网管|护士|邻居)$")
_SURNAMED = re.compile(r"(?:好像|应该)?(?:是)?姓[\u4e00-\u9fff]的?")
TROUBLE = re.compile(
    r"不退|不给|不办|不修|不管|不开|不让|没人|没有|没法|没发|没办|漏|塌|坏|堵|臭|脏|吵|噪|超载|欠|骗|占|乱|违|偷排|污染|扬尘|涨价|多收|乱收|收费|断水|断电|停水|停电|不热|发黄|打人|虐待|赌博|传销|拒|误诊|超标|倒闭|跑路"
    r"|危险|掉|砸|挡|难闻|油烟|积水|拖|瞒报|贪|冒领|伤|屠宰|黑作坊|假|态度|执行不力|捆绑|烂尾|强制|扰民|油烟|占道|占用|违停|违建|拖欠|押金|退费|补课|黑车|拒载|绕路|刺鼻|毒|死|偷|抢|断头|塌陷|坑洼|不亮|故障|停运|停产|封闭|擅自|私自|加层|倾倒|垃圾|养狗|咬|摔|呛|睡不着|震|漏水|渗水|霉|过期|变质|串通|克扣|违规|无证|没有证|没证|不合理|不作为|推诿|慢|长期|一直没|还没|不予|不理|被[^，。]{0,6}撞|关门|失联|破[了损裂]"
)
_REASON = re.compile(r"因为|由于|起因|原因|所以|导致|结果是|为了|起初|一开始|最早")
_GOES_ON = re.compile(
    r"后来|然后|之后|当时|当天|一开始|到现在|一直|天天|每天|每晚|[一二两三四五六七八九十几\d][次回遍趟]|[找打报问去跑催说]过|反映过|投诉过|报了|找了|去了|说[是他她要不没]|他们说|叫我|让我|回复|答应|推来推去"
)
_ENOUGH = 4  # clauses that tell the course whatever their words
ASKS_CAUSE = re.compile(r"怎么回事|什么(?:问题|情况|原因|事)|怎么引起|为什么|为啥|起因|原因")
ASKS_COURSE = re.compile(r"经过|具体(?:情况|说|讲)|详细(?:情况|说|讲)|后来|(?:反映|投诉|找|联系|报)过")


def told(talk: Talk, fields: Mapping[str, Field]) -> tuple[Clause, ...]:
    """The clauses of the matter: why it began first, the rest in the order in which it was said.

    Left out are who calls and where to reach him, courtesy, what is wanted, and what was only said again.
    """
    elsewhere, sex = tuple(places_of(fields, (*_PERSONAL, "demand"))), tuple(places_of(fields, ("caller_gender",)))
    return talk.once.get(("told", elsewhere, sex), lambda: _told(talk, elsewhere, sex))


def _told(talk: Talk, elsewhere: tuple[Place, ...], sex: tuple[Place, ...]) -> tuple[Clause, ...]:
    causes: list[Clause] = []
    rest: list[Clause] = []
    dictating = False  # from a question for a name or a number until another question
    for turn in talk.citizen:
        question, before = talk.question_before(turn), ""
        asked = asks_name(question) or bool(_ASKS_NUMBER.search(question))
        dictating = asked or (dictating and not _ASKS_ELSE.search(question))
        answers, of_others = asked and not _tells_on(turn), asks_who_else(question)
        found = causes if rest and _gives_cause(turn, question) else rest
        for said in clauses_of(turn):
            of_role = of_others or _ROLE.search(before)
            clause, before = apart_from(said, elsewhere, talk), said.text
            if of_role and _SURNAMED.fullmatch(clause.text):
                found.append(clause)  # 数学老师，姓吴: whom it is about
                continue
            if sex and not apart_from(said, sex, talk).text and not TROUBLE.search(said.text):
                continue  # 我是男的; 我老婆 in a longer clause is of the matter
            if thanks := _THANKS.search(clause.text):
                clause = replace(clause, text=clause.text[: thanks.start()])
            if (
                _tells_nothing(clause.text)
                or (dictating and dictates(clause.text))
                or _NUMBER_MENDED.search(clause.text)
            ):
                continue
            if answers or (asked and _is_answer(clause.text)):
                continue
            if not any(clause.text in other.text for other in found[-1:]):
                found.append(clause)
    return (*causes, *rest)


def untold(talk: Talk, fields: Mapping[str, Field], *, kind: str) -> tuple[str, ...]:
    """`cause` and `course`, as far as the ticket is of a type that has a story and no clause tells them."""
    if kind not in _HAS_STORY:
        return ()
    clauses = [clause.text for clause in told(talk, fields) if len(clause.text) >= 3]
    has_cause = len(clauses) >= _ENOUGH or any(TROUBLE.search(text) or _REASON.search(text) for text in clauses)
    has_course = len(clauses) >= _ENOUGH or (len(clauses) > 1 and any(_GOES_ON.search(text) for text in clauses))
    return tuple(name for name, is_told in ((CAUSE, has_cause), (COURSE, has_course)) if not is_told)


def introduces(text: str) -> bool:
    """Whether a clause only says how the caller is called, or how that is written."""
    return bool(_INTRODUCES.match(text) or _SPELLS.search(text))


def apart_from(clause: Clause, places: Sequence[Place], talk: Talk) -> Clause:
    """A clause without the words at some places and those that introduce them; of no text if too little is left."""
    found = introduced(clause, places, talk)
    if not found:
        return clause
    left = without(clause, found, talk)
    text = _REPORTED.sub("", left.text)
    return replace(left, text=text if len(_SIGNS.sub("", text)) >= _LEAST else "")


def introduced(clause: Clause, places: Sequence[Place], talk: Talk) -> list[Place]:
    """Those of some places that stand in a clause, each with the words that introduce a name or a number there."""
    found = [place for place in places if place.overlaps(clause.place)]
    if not found:
        return []
    folded = talk.turns[clause.place.segment].folded
    first = clause.place.start
    starts = [_INTRODUCED_BY.search(folded, max(first, p.start - _BEFORE), max(first, p.start)) for p in found]
    return [replace(p, start=match.start()) if match else p for p, match in zip(found, starts, strict=True)]


def dictates(text: str) -> bool:
    """Whether a clause holds nothing but digits and corrections of them."""
    return bool(_DICTATES.match(text))


def _tells_nothing(text: str) -> bool:
    courtesy = len(text) <= _LONG and _COURTESY.search(text)
    if not text or courtesy or announces(text) or introduces(text):
        return True
    return bool(_INTRODUCED_BY.match(text) or (text.isascii() and _INTRODUCES_ABROAD.fullmatch(text)))


def _is_answer(text: str) -> bool:
    """Whether a clause answers who calls or how to reach him, and tells nothing of the matter."""
    return bool(_REACHES.search(text)) or (len(_SIGNS.sub("", text)) < _SHORT and not TROUBLE.search(text))


def _tells_on(turn: Turn) -> bool:
    """Whether an answer to the question for a name or a number goes on with the matter."""
    clauses = [c.text for c in clauses_of(turn) if not _REACHES.search(c.text)]
    return any(TROUBLE.search(text) and len(text) > _SHORT for text in clauses)


def _gives_cause(turn: Turn, question: str) -> bool:
    """Whether a turn answers why it came to this; "what is the matter" at the start of a call asks for everything."""
    return bool(re.search(r"起因|什么原因|为什么|怎么引起", question)) and len(turn.text) >= 4


def places_of(fields: Mapping[str, Field], names: Sequence[str]) -> list[Place]:
    """Where the words stand on which some fields rest."""
    return [place for name in names if name in fields for place in fields[name].places]
