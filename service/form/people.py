"""People: how many are affected or complain together (六七十号人, 七百四十多户)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from models.prediction import Prediction
from service.form.choice import Candidate, Choice, meant_at, only_present, overlap, place_among
from service.form.field import Field
from service.form.mention import UNSURE, Mention, mention_at
from service.form.numerals import NUMERAL, integer_of
from service.form.talk import Talk, Turn

# Those in the caller's position, where they are counted by 个 or 位.
_FELLOWS = (
    "娃|小?孩|[男女][生孩工]|学生|同学|室友|老人|老师|家长|同事|工友|工人|(?:农民|职|员|临时|环卫)工|业主|村民|居民|住户|租户|租客|商户|邻居"
    "|患者|病人|顾客|会员|学员|受害[人者]|投资[人者]|乘客|旅客"
)
# 几百户 and 数百户 tell no number; 上百户 are a hundred at least.
_COUNT = re.compile(
    rf"(?={NUMERAL})(?<![第几0-9一二三四五六七八九十百千万零])(?<!数(?=[十百千万]))([0-9]{{1,6}}|{NUMERAL}{{1,10}})(几|多|来|余)?\s*(?:多|来)?"
    r"(个人|号人|口人|人|户|家(?!里|长群|的|庄|门|具|电|政|属|人)|名"
    rf"|[个位](?={_FELLOWS})|个(?=都|没|派遣|[，。\s]|$))"
)
_TOGETHER = re.compile(
    r"我们|咱|俺|大家|一起|都|业主|村民|居民|同事|工友|住户|邻居|乡亲|群里|全村|全组|整栋|整个小区|一共|总共|旅客|学生|老人|孩子|娃"
)
_NOT_US = re.compile(
    r"打人|保安|城管|来了|师傅|司机|警察|工作人员|执法|民警|护士|医生|领导|载|容纳|限|第|支书|干部|窗口|打了|把[他她它]|[拽抬救吊拉]出"
)
# What makes a small count one of those affected: 我们三户, 漏了三户, 三户都停水.
_OURS = re.compile(r"(?:我们|咱们?|俺们?)(?:这|楼上|楼下|隔壁)?\s?$")
_STRUCK = re.compile(r"(?:漏|淹|停|断|堵|塌|裂|影响|涉及|波及|牵涉|受灾|受害)[到了着的有]{0,2}\s?$")
_SUFFERS = re.compile(r"^(?:人家|人|居民|业主)?\s?(?:都|全|家里)?(?:被|受|漏|淹|停|断|塌|裂|进水|没水|没电|没气)")
_LISTING = re.compile(r"[二三四]一")  # 二一个 is "second, one"
_PERSONS = re.compile(r"人|我们|咱|俺|学生|娃|孩|业主|村民|居民|同事|工友|同学|员工|职工|住户|邻居|家长|老师|跟我一样")
_ASKS_COUNT = re.compile(
    r"多少(?:名|位|个)?(?:户|人|家|孩子|学生|老人)"
    r"|(?:户|人|家长|孩子|学生|老人|业主)有?多少|几(?:户|个人|家|个学生|个孩子)"
)
_JOINED = re.compile(r"一起|联名|签[了名字]|都(?:同意|愿意|想|要|没|被|是)|一共|总共|全[村组部班]|集体|合起来|我们")
_AT_WORK = re.compile(r"工人|施工|师傅|员工|干活|打牌|唱|跳|来了|围|吵|喝|排队|乘|坐|上车|[开来]会")
_MANY = 4  # fewer are mostly told of in passing
_HUNDRED = 100
_MOST = 64  # counts of one ticket
_NEARLY = {"百八十": 100, "百七八十": 100, "千八百": 1000, "千七八百": 1000}  # 百八十号人 are about a hundred
_PAIR = re.compile(r"^([一二三四五六七八九两])([二三四五六七八九])(十|百|千|万)?$")


def fill_people(talk: Talk, prediction: Prediction, choice: Choice) -> Field:
    """The number of people or households concerned; a range counts as the number that is surely reached."""
    field = choice.choose("co_callers", people_candidates(talk, prediction), talk)
    if field.status == "filled" and int(field.value) < _MANY:
        return replace(field, confidence=min(field.confidence, UNSURE), status="suggested")
    return field


def people_candidates(talk: Talk, prediction: Prediction) -> list[Candidate]:
    """Every head count that a citizen names, and what speaks for and against its being that of those concerned."""
    spans = prediction.spans_of("people_count")
    found = [
        (mention, turn) for turn in talk.citizen for mention in find_people(turn, question=talk.question_before(turn))
    ]
    read_back = {mention.value for turn in talk.agent for mention in find_people(turn)}
    found = found[:_MOST]
    counts = Counter(int(mention.value) for mention, _ in found)
    candidates = []
    for number, (mention, turn) in enumerate(found):
        place, value = mention.places[0], int(mention.value)
        before, after = turn.folded[max(0, place.start - 12) : place.start], turn.folded[place.end : place.end + 8]
        words = turn.folded[place.start : place.end]
        signs: dict[str, float] = {
            "none": 1.0,
            "heard": mention.confidence,
            "span": overlap(place, spans),
            "read_back": mention.value in read_back,
            "households": "户" in words,
            "few": value < _MANY,
            "hundreds": value >= _HUNDRED,
            "largest": value == max(counts),
            "together": bool(_JOINED.search(before) or _JOINED.search(after)),
            "struck": bool(_STRUCK.search(before) or _SUFFERS.match(after)),
            "work": bool(_AT_WORK.search(before) or _AT_WORK.search(after)),
            "asked": _is_answer(place.start, turn, talk),
            "letter": not talk.agent,
        }
        among = place_among(number, value, counts)
        meant = meant_at(place, "co_callers", prediction)
        candidates.append(Candidate(mention, {**only_present(signs), **among, **meant}))
    return candidates


def _is_answer(start: int, turn: Turn, talk: Talk) -> bool:
    """Whether a count is the first thing said after a question for one."""
    if not _ASKS_COUNT.search(talk.question_before(turn)):
        return False
    first = _COUNT.search(turn.folded)
    return first is not None and first.start() == start


def find_people(turn: Turn, *, question: str = "") -> Iterator[Mention]:
    """Head counts of a turn, surer where the words around speak of people in the same position."""
    text = turn.folded
    asked = bool(_ASKS_COUNT.search(question))
    for match in _COUNT.finditer(text):
        count = head_count(match[1])
        if count is None or not 2 <= count <= 100_000 or _LISTING.fullmatch(match[1]):
            continue
        if count < _MANY and not _is_of_us(text, match):
            continue
        around = text[max(0, match.start() - 12) : match.end() + 8]
        score = 0.5 + (0.2 if _TOGETHER.search(around) else 0) - (0.3 if _NOT_US.search(around) else 0)
        score += 0.15 if asked else 0
        score += {"户": 0.25, "家": 0.12, "个人": 0.1, "号人": 0.2, "口人": 0.2, "个": -0.05}.get(match[3], 0.0)
        if match[3] == "个" and not asked and not _PERSONS.search(text[max(0, match.start() - 40) : match.end() + 8]):
            continue  # 有的钉三四个: of what, nobody said
        if count < _MANY:
            score = min(score, UNSURE)
        yield mention_at(turn, *match.span(), value=str(count), confidence=score)


def _is_of_us(text: str, match: re.Match[str]) -> bool:
    """Whether a small count is one of households that are affected, the caller's among them or not."""
    before, after = text[max(0, match.start() - 8) : match.start()], text[match.end() : match.end() + 8]
    struck = _STRUCK.search(before) or _SUFFERS.search(after)
    return match[3] in ("户", "家") and bool(_OURS.search(before) or (match[3] == "户" and struck))


def head_count(numeral: str) -> int | None:
    """The value of a count: 六七十 is 60, for that many there are; 七八 is 8, as people mean it."""
    if match := _PAIR.match(numeral):
        scale = {"十": 10, "百": 100, "千": 1000, "万": 10_000}.get(match[3] or "")
        low, high = integer_of(match[1]) or 0, integer_of(match[2]) or 0
        if high == low + 1:
            return low * scale if scale else high
    return _NEARLY.get(numeral) or integer_of(numeral)
