"""Asked: what the call-taker has put to the caller already, and whether the caller would not or could not say it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from service.form.definition import FieldSpec
from service.form.demands import ASKS_DEMAND
from service.form.field import Field
from service.form.numerals import digits_of
from service.form.phones import ASKS_PHONE
from service.form.story import ASKS_CAUSE, ASKS_COURSE, CAUSE, COURSE
from service.form.talk import Talk, Turn
from service.form.targets import ASKS_TARGET
from service.form.whom import asks_name

Answer = Literal["open", "unknown", "refused"]

_PATTERNS = {
    "contact_phone": ASKS_PHONE,
    "event_address": re.compile(
        r"哪里|哪儿|什么(?:地方|位置)|哪个(?:区|县|镇|乡|街道|小区|村|位置|地方|路口|路段)|哪条(?:路|街)|地址|位置|地点|门牌|路口|标志性"
    ),
    "district": re.compile(r"(?:哪个|哪一个|什么)(?:区|县|市|旗|城区)|属于哪"),
    "event_time": re.compile(r"什么时[候间]|几点|哪一?[天年月]|何时|多久|时间|最近几天"),
    "target_entity": re.compile(rf"{ASKS_TARGET.pattern}|招牌"),
    "demand": ASKS_DEMAND,
    "id_no": re.compile(r"身份证"),
    "email": re.compile(r"邮箱"),
    "plate_no": re.compile(r"车牌|牌照"),
    "ref_no": re.compile(r"单号|编号|工单"),
    "amount": re.compile(r"多少钱|金额|费用"),
    "co_callers": re.compile(r"多少(?:个|位)?[人户]|几(?:个人|位|户)"),
    CAUSE: ASKS_CAUSE,
    COURSE: ASKS_COURSE,
}
# What a question asks for that has the words of another: when to call back, where another is to be reached, …
_NOT_ABOUT = {
    "contact_phone": re.compile(r"他的|她的|对方|老板|司机|公司的|店家"),
    "district": re.compile(r"[路街]|小区|地址|位置|地点|哪里|哪儿"),
    "event_time": re.compile(r"方便|回复|回电|联系您|给您"),
    "event_address": re.compile(r"您的?家庭?住址|邮箱"),
}
_REFUSES = re.compile(
    r"不(?:太)?方便|不便|不(?:太)?想(?:说|讲|透露|留|告诉)|不(?:太)?愿意?|不(?:说|讲|留|报|提供|透露)(?:了|行|吧|可以|成|$|[，。\s])|保密|匿名|别问|不告诉|算了"
)
_IGNORES = re.compile(
    r"不(?:太|大|是很|怎么)?(?:知道|清楚|晓得|了解|认识|认得|记得|确定|懂)|[记说搞弄认][不唔](?:太)?(?:清|得|住|起|好|准|上来|出来|到)|忘(?:了|记)"
    r"|没(?:有)?(?:注意|看清|留意|记住|问过|听清|看见|看到)|晓不得|唔知|哪[里个]?知道"
)
_SOON = 12  # characters into an answer; what comes later speaks of something else
_SIGNS = re.compile(r"[^\u4e00-\u9fffA-Za-z0-9]")


def answer_to(talk: Talk, name: str, *, label: str = "") -> Answer:
    """What the caller said when last asked for a field: nothing of it, that he does not know, or that he will not say.

    Who has not been asked, or has said something else, leaves the question open. `label` finds the questions for a
    field of the city's own.
    """
    found: Answer = "open"
    for turn in talk.agent:
        reply = talk.reply_to(turn)[:_SOON]
        if reply and _asks_for(turn.folded, name, label):
            found = "refused" if _REFUSES.search(reply) else "unknown" if _IGNORES.search(reply) else found
    return found


def times_unknown(talk: Talk, name: str, *, label: str = "") -> int:
    """How many times the caller was asked for a field and did not know."""
    return sum(
        bool(_IGNORES.search(talk.reply_to(turn)[:_SOON])) for turn in talk.agent if _asks_for(turn.folded, name, label)
    )


def is_read_back(talk: Talk, spec: FieldSpec, field: Field) -> bool:
    """Whether the call-taker said the value, or put the form's own question for it, and the caller did not say no."""
    return any(talk.reply_to(turn) and not talk.denies(turn) for turn in _read_back(talk, spec, field))


def _read_back(talk: Talk, spec: FieldSpec, field: Field) -> Iterator[Turn]:
    value, digits = _SIGNS.sub("", str(field.value)), digits_of(str(field.value))
    for turn in talk.agent:
        said = digits_of(turn.folded) if digits == value else _SIGNS.sub("", turn.folded)
        question = _SIGNS.sub("", spec.confirm) if spec.confirm and "{" not in spec.confirm else ""
        if (len(value) > 1 and value in said) or (question and question in _SIGNS.sub("", turn.folded)):
            yield turn


def _asks_for(question: str, name: str, label: str) -> bool:
    if name == "caller_name":
        return asks_name(question)
    if (other := _NOT_ABOUT.get(name)) and other.search(question):
        return False
    if name == "target_entity" and asks_name(question):
        return False
    if pattern := _PATTERNS.get(name):
        return bool(pattern.search(question))
    return bool(label) and label in question
