"""Demands: what the caller wants done, in the caller's words or in the read-back that the caller confirmed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from models.prediction import Prediction, Span
from service.form.field import MISSING, Field, Place
from service.form.mention import FILL_AT, Mention, mention_at
from service.form.sentences import clauses_of, clean_clause, is_empty, standing_words, taken_back
from service.form.talk import Talk, Turn

_READ_BACK = re.compile(
    r"(?:诉求(?:就)?是|诉求[:：]|您(?:是|的?意思是)?(?:想|希望|要求|建议)(?:要|让|了解的是)?|您想咨询|要求)[:：]?\s*(?!什么|怎么|怎样|如何|哪)([^？?。]{4,60})"
)
ASKS_DEMAND = re.compile(r"诉求|希望怎么|想怎么|要求|怎么处理|什么结果|想要|希望|建议是|需要我们|怎么帮您|帮您做什么")
_CUES = re.compile(
    r"(?<!没)(?<!没有)(?<!抱)(?<!抱什么)希望|请求|要求|建议|想问|问一下|问问|问下|咨询|能不能|能否|可不可以|可以吗|帮我|帮忙|赶紧|尽快|赔偿|退(?:钱|款|费|还|给)|处理|查一?下|查处|管一?管|给个说法|解决|必须|最好|应该|什么时候能"
)
# Says that a demand follows, and not which.
_ANNOUNCES = re.compile(
    r"^(?:我|我们)?(?:就)?(?:不是|是)?(?:想|要|麻烦|请)?(?:来)?(?:问|咨询|反映|反应|投诉|举报|建议)(?:一下|一哈|一声|问|下|(?:一)?个(?:小|大)?(?:事情?|问题)?)*的?哈?$"
)
_ASKED_BACK = re.compile(
    r"什么|怎么|哪|多少|几[个天次号]|请报|身份证|(?:电话|手机|号码|联系方式)$|(?:回复|回访|回电)[吗么]?$"
    r"|^(?:那|这边)?(?:[您你]可以|建议[您你]|我们(?:会|核实|这边|马上|尽快|帮|给|为)|(?:我)?(?:这边)?(?:帮|给|为)您)"
    r"|^(?:那|所以)?您?的?(?:要求|诉求|希望|意思|想法)(?:就?是)?$"
)
_NO_WISH = re.compile(r"^(?:我|我们)?(?:也|倒)?(?:没|没有)(?:有)?(?:什么|啥|其他|别的|任何)?(?:诉求|要求|需求)")
# Holds a word of wishes, and says what others do, want or leave undone.
_OTHERS_DO = re.compile(
    r"(?:没人|没有人|无人|不给|不予|未|不肯|拒不|从不|没有?|不)(?:去|来|及时|给)?(?:处理|解决|赔偿|退(?:钱|款|费|还)|查处|管)"
    r"|(?:承诺|答应|保证)(?:给|会|说)?[^，。]{0,6}(?:退|赔|处理|解决)"
    r"|(?<!我)(?<!我们)(?<!诉求是)(?<!诉求)要求(?:我们?|俺们?|咱们?|业主|家长|员工|村民|居民|租户|学生)"
    r"|(?:[他她]们?|房东|物业|老板|公司|单位|学校|开发商|对方)(?:却|还|就|又)?(?:说|讲|叫|让|威胁|通知)[^，。]{0,14}必须"
)
_ASKS = re.compile(r"希望|请求|恳请|能不能|能否|可不可以|帮我|(?:我|我们)要求")
_BEGINS = re.compile(r"希望|请求|要求|建议|恳请|请(?=[你您有相政尽帮]|能)|能不能|能否|可不可以|麻烦(?:你|您)们?|想问")
_ENDS = re.compile(
    r"(?:我|本人|俺)(?:姓|叫)|(?:我的?)?(?:联系|手机)?(?:电话|手机号?|号码)(?=[是：:]?[\s*0-9零〇洞一幺二两三四五六七拐八九]{3})|谢谢"
)
_SIGNED = re.compile(r"(?<=.{4})[，\s]?(?:我|本人|俺)(?:姓|叫)[\u4e00-\u9fff]{1,3}$")  # …看一下我姓梁
_LONG = 30  # characters of a clause in which nobody paused
_INTRODUCES = re.compile(
    r"^(?:我|我们|俺)(?:姓|叫|是|这里是|这边是|住在?)[^，。]{1,14}$"
)  # says who calls, not what for
# 我的诉求是：一、…；二、…
_LISTED = re.compile(r"(?:诉求|要求|请求|希望|建议)[^。；！？\n]{0,12}[\s：]*(?=(?:一|1|（一）|①)[、.．）：]?)")
_ITEM = re.compile(
    r"(?:^|(?<=[\s：，。；]))(?:（[一二三四五六七八九]）|[一二三四五六七八九1-9][、.．]|[①-⑨])\s*([^；。\n]{2,60})"
)
_QUESTION = re.compile(r"^(?:我)?(?:想)?(?:问|咨询|了解)")
_MODEL_ROOM = 2


def fill_demand(talk: Talk, prediction: Prediction) -> Field:
    """The demand: the model's spans first, then what was read back and confirmed, then the caller's own asking."""
    if listed := _listed(talk):
        return _field(listed, talk)
    spans = [s for s in prediction.spans_of("demand") if _says_what(s, talk)]
    if spans:
        mentions = [
            mention_at(talk.turns[s.segment], s.start, s.end, value="", confidence=s.confidence, source="model")
            for s in spans
        ]
        sure = sorted(mentions, key=lambda mention: mention.confidence)[-_MODEL_ROOM - 1 :]
        return _field([mention for mention in mentions if mention in sure], talk)
    return _field(list(_confirmed(talk)) or list(_answered(talk)) or list(_asked(talk))[:2][::-1], talk)


def _listed(talk: Talk) -> list[Mention]:
    """Wishes that a letter numbers; none if there are fewer than two."""
    turn = talk.citizen[0] if talk.citizen and not talk.agent else None
    lead = _LISTED.search(turn.folded) if turn else None
    if turn is None or lead is None:
        return []
    items = list(_ITEM.finditer(turn.folded, lead.end()))
    if len(items) < 2 or items[0].start() > lead.end() + 1:
        return []
    return [mention_at(turn, *item.span(1), value="", confidence=0.85) for item in items]


def _says_what(span: Span, talk: Talk) -> bool:
    """Whether a span of the model says what is wanted: no greeting, and no question of the call-taker what it is."""
    turn = talk.turns[span.segment]
    text = _said_at(turn.place(span.start, span.end), talk)
    if turn.role == "agent" and (talk.denies(turn) or _ASKED_BACK.search(text)):
        return False
    return len(text) >= 2 and not (is_empty(text) or _ANNOUNCES.match(text) or _NO_WISH.match(text))


def _field(mentions: list[Mention], talk: Talk) -> Field:
    if not mentions:
        return MISSING
    parts = [_said_at(place, talk) for mention in mentions for place in mention.places]
    confidence = max(mention.confidence for mention in mentions)
    return Field(
        value="；".join(dict.fromkeys(part for part in parts if part)),
        raw=mentions[0].raw,
        places=tuple(place for mention in mentions for place in mention.places),
        confidence=round(confidence, 3),
        source=mentions[0].source,
        status="filled" if confidence >= FILL_AT else "suggested",
    )


def _said_at(place: Place, talk: Talk) -> str:
    """The words at a place as they stand in the end: of 退我两万，不对，两万三 all, though it marks the first."""
    turn, end = talk.turns[place.segment], place.end
    if end - 1 in taken_back(turn) and place.start not in taken_back(turn):
        end = next((c.place.end for c in clauses_of(turn) if c.place.start < end <= c.place.end), end)
    return _SIGNED.sub("", clean_clause(standing_words(turn, place.start, end)))


def _confirmed(talk: Talk) -> Iterator[Mention]:
    for turn in talk.agent:
        for match in _READ_BACK.finditer(turn.folded):
            if talk.confirms(turn):
                text = re.sub(r"(?:，|,|\s)*(?:是吧|对吧|对吗|是吗|是不是|可以吧|对不对)$", "", match[1].rstrip())
                end = match.start(1) + len(text)
                yield mention_at(turn, match.start(1), end, value="", confidence=0.82)


def _answered(talk: Talk) -> Iterator[Mention]:
    for turn in talk.answers(ASKS_DEMAND):
        clauses = [
            c for c in clauses_of(turn) if len(c.text) >= 3 and not (opens_call(c.text) or _NO_WISH.match(c.text))
        ][:3]
        if clauses:
            start, end = clauses[0].place.start, clauses[-1].place.end
            yield mention_at(turn, start, min(end, start + 60), value="", confidence=0.7)
            return


def opens_call(text: str) -> bool:
    """Whether a clause only opens a call: who speaks, or that he wants to ask something."""
    return announces(text) or bool(_INTRODUCES.match(text))


def announces(text: str) -> bool:
    """Whether a clause says that something is asked or reported, and not what."""
    return bool(_ANNOUNCES.match(text))


def _asked(talk: Talk) -> Iterator[Mention]:
    for turn in reversed(talk.citizen):
        yield from _cued(turn)


def _cued(turn: Turn) -> Iterator[Mention]:
    for clause in clauses_of(turn):
        text = clause.text
        if not _CUES.search(text) or len(text) < 4 or _ANNOUNCES.match(text):
            continue
        if _ASKS.search(text) or not _OTHERS_DO.search(text):
            yield mention_at(turn, *_wish_in(turn, clause.place), value="", confidence=0.6)


def _wish_in(turn: Turn, place: Place) -> tuple[int, int]:
    """Where the wish stands in a clause; in a long one, without what comes before it and who is calling."""
    start, end = place.start, place.end
    if end - start <= _LONG:
        return start, end
    cue = _BEGINS.search(turn.folded, start, end) or _CUES.search(turn.folded, start, end)
    start = cue.start() if cue else start
    after = _ENDS.search(turn.folded, start + 4, end)
    return start, after.start() if after else end


def is_question(demand: Field) -> bool:
    """Whether the caller only wants to know something."""
    return isinstance(demand.value, str) and bool(
        _QUESTION.match(demand.value) or re.search(r"[吗么]$|怎么|如何|咨询", demand.value)
    )
