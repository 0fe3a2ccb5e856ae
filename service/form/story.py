"""Story: the citizen's clauses that tell the matter — why it began and how it went — and which of the two is untold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from service.form.demands import announces
from service.form.field import Field, Place
from service.form.names import asks_name
from service.form.phones import ASKS_PHONE
from service.form.sentences import Clause, clauses_of
from service.form.talk import Talk, Turn

CAUSE, COURSE = "cause", "course"  # 起因, 经过
_HAS_STORY = ("投诉", "举报", "求助")  # types of which a person in charge must know how it came about
_PERSONAL = ("caller_name", "contact_phone", "id_no", "email", "caller_gender")
_COURTESY = re.compile(
    r"谢谢|麻烦你|再见|辛苦|你记一下|听得到|你听|等等啊|我念一下|快点$|^(?:我)?(?:要|想)(?:投诉|举报|反映)(?:一下|个事)?$"
    r"|^(?:你|您)?(?:先)?给我记[上着下]|挂了$|^(?:先)?不说了|^(?:你们?|您)?(?:帮我)?记[上好]了?$"
)
# 我姓程；方程的程；草字头的蕺
_INTRODUCES = re.compile(
    r"^(?:我|本人|俺|咱|就|那)?(?:免贵)?姓[\u4e00-\u9fff]{1,2}$|^(?:我|本人|俺)(?:的)?(?:名字|大名)?叫[\u4e00-\u9fff]{2,3}$"
    r"|^[\u4e00-\u9fff]{0,3}([\u4e00-\u9fff])[\u4e00-\u9fff]{0,3}的(?:那个)?\1$|[字头旁]{2}(?:下面|旁边|加|的)|[字耳]朵?旁"
)
TROUBLE = re.compile(
    r"不退|不给|不办|不修|不管|不开|不让|没人|没有|没法|没发|没办|漏|塌|坏|堵|臭|脏|吵|噪|超载|欠|骗|占|乱|违|偷排|污染|扬尘|涨价|多收|乱收|收费|断水|断电|停水|停电|不热|发黄|打人|虐待|赌博|传销|拒|误诊|超标|倒闭|跑路"
    r"|危险|掉|砸|挡|难闻|油烟|积水|拖|瞒报|贪|冒领|伤|屠宰|黑作坊|假|态度|执行不力|捆绑|烂尾|强制|扰民|油烟|占道|占用|违停|违建|拖欠|押金|退费|补课|黑车|拒载|绕路|刺鼻|毒|死|偷|抢|断头|塌陷|坑洼|不亮|故障|停运|停产|封闭|擅自|私自|加层|倾倒|垃圾|养狗|咬|摔|呛|睡不着|震|漏水|渗水|霉|过期|变质|串通|克扣|违规|无证|没有证|没证|不合理|不作为|推诿|慢|长期|一直没|还没|不予|不理"
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
    elsewhere = tuple(_places(fields, (*_PERSONAL, "demand")))
    return talk.once.get(("told", elsewhere), lambda: _told(talk, elsewhere))


def _told(talk: Talk, elsewhere: tuple[Place, ...]) -> tuple[Clause, ...]:
    causes: list[Clause] = []
    rest: list[Clause] = []
    for turn in talk.citizen:
        question = talk.question_before(turn)
        if asks_name(question) or ASKS_PHONE.search(question):
            continue
        found = causes if rest and _gives_cause(turn, question) else rest
        for clause in clauses_of(turn):
            if _overlaps(clause, elsewhere) or _tells_nothing(clause.text):
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
    return bool(_INTRODUCES.search(text))


def _tells_nothing(text: str) -> bool:
    return bool(_COURTESY.search(text)) or announces(text) or introduces(text)


def _gives_cause(turn: Turn, question: str) -> bool:
    """Whether a turn answers why it came to this; "what is the matter" at the start of a call asks for everything."""
    return bool(re.search(r"起因|什么原因|为什么|怎么引起", question)) and len(turn.text) >= 4


def _places(fields: Mapping[str, Field], names: Sequence[str]) -> list[Place]:
    return [place for name in names if name in fields for place in fields[name].places]


def _overlaps(clause: Clause, places: Sequence[Place]) -> bool:
    return any(place.overlaps(clause.place) for place in places)
