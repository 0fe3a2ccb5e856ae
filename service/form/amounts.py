"""Amounts: money that the matter is about, from 4680元 to 十二万六."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from models.prediction import Prediction, Span
from service.form.choice import Candidate, Choice, Features, meant_at, only_present, overlap, place_among
from service.form.field import Field, Place
from service.form.mention import UNSURE, Mention, field_of, mention_at
from service.form.numerals import FORMAL, NUMERAL, value_of
from service.form.talk import Talk, Turn
from service.needles import Rare

_SHORT = r"[wWkK](?![A-Za-z])"  # 1.5w, 8k
_WRITTEN = (
    r"(?<![0-9])[0-9]{1,12}(?:,[0-9]{3}){0,4}(?:\.[0-9]{1,4})?"
    rf"(?:{_SHORT}|[千万亿]{{0,2}})[0-9一二三四五六七八九]?"
)
_DAYTIME = "".join(f"(?<!{word})" for word in ("早上", "上午", "中午", "下午", "晚上", "凌晨", "夜里", "今晚"))
# 三点八(万), but not 下午三点五块钱
_POINT = (
    rf"(?={NUMERAL})(?<!{NUMERAL}){_DAYTIME}[0-9零一二两三四五六七八九十百]{{1,6}}点[0-9零一二两三四五六七八九]{{1,4}}"
)
_NUMBER = rf"(?:{_POINT}[千万亿]{{0,2}}|{FORMAL}|{_WRITTEN}|(?<!{NUMERAL}){NUMERAL}{{1,16}}(?:{_SHORT})?)"
_MONEY = Rare(
    rf"({_NUMBER})(多|来|几|余)?(万|亿)?(多|余)?\s*(元|块钱|块|圆|人民币|RMB|rmb|yuan|CNY)(钱)?(一(?=[\s，。毛的了]|$)|[二三四五六七八九半](?![一二三四五六七八九十百千万零个月年人次家天]|[袋只斤把亩节趟平盒]))?"
)
_PRICE = re.compile(r"^(?:钱)?一(?:袋|只|斤|把|亩|节|趟|平|盒|次|支|条|吨|度|里|公里|公斤|瓶|碗|张)")
# 每升8.15元, 2.8元/㎡: the price of one is never sure to be the sum at stake.
_MEASURE = r"(?:升|度|吨|方|立方|平方?|公斤|千克|斤|公里|千瓦时|㎡|m2?|kwh|千瓦|小时)"
_UNIT_BEFORE = re.compile(rf"(?:单价|每{_MEASURE}米?)[^，。；\s0-9]{{0,3}}\s?$", re.IGNORECASE)
_UNIT_AFTER = re.compile(rf"\s?(?:[/／]|每|一)\s?{_MEASURE}", re.IGNORECASE)
_SIGNED = Rare(rf"(?:[￥¥]|RMB|rmb|CNY|人民币)[\s:：]{{0,2}}({_WRITTEN})")
# 5000美元, US$500: the form counts in yuan, and nobody told the rate.
_FOREIGN_AFTER = re.compile(
    r"\s?[多余来几]?[千万亿]?[块个]?\s?(?:[美港欧日韩澳加]元|美金|美刀|[港台日韩澳泰]币|英镑|卢布|泰铢|USD|usd|HKD|hkd|EUR)"
)
_FOREIGN_BEFORE = re.compile(r"(?:[$€£]|USDT?|HKD|EUR|美元|美金|港[元币])\s?$")
_EXTENSION = re.compile(r"(?:[0-9]\s?转|分机号?是?)\s?$")  # 95598转8012
# Sums without a unit: 十二万六, 四千一, 一百五, 四万多, 八十多万, 2万, 4980, 三点八万, 两个亿.
_FEW = r"(?:多|来|几|余)"
# A sum ends the clause, or its fate follows; 5W充电器 and 4K电视 are no sums.
_BARE_SHORT = (
    r"(?:[0-9]{1,6}(?:\.[0-9]{1,4})?|[一二两三四五六七八九十]{1,3})[wWkK][0-9一二三四五六七八九]?(?![0-9A-Za-z])"
    r"(?=$|[\s，。！？；、多余左几了没不未也都还就才退吧啊呢]|的?(?:钱|工资|押金|定金|订金|货款|本金|现金|学费|房租|房款))"
)
# With what it begins is asked first, and the rest at the few places where that stands.
_BARE = re.compile(
    rf"(?={NUMERAL})(?<![0-9第几两二三四五六七八九十百千万.])({_POINT}[千万亿]{{1,2}}|[0-9一两二三四五六七八九十]{{1,3}}个多?亿"
    rf"|(?<!点)(?=[百千万]{{0,2}}[一二两三四五六七八九十]){NUMERAL}{{0,8}}[十百千万]{NUMERAL}{{0,12}}"
    rf"|(?<!点)[0-9]{{1,8}}(?:\.[0-9]{{1,4}})?[千万亿]{{1,2}}|(?<![A-Za-z]){_BARE_SHORT}|[0-9]{{2,7}}(?![0-9.:A-Za-z]))"
    rf"(?:{_FEW}(万|亿|千))?{_FEW}?"
)
_ABOUT = Rare(r"(?<![一二两三四五六七八九十百千万几])([百千万])把(?:块钱?|元|个)")  # 千把块
_NO_SUM = re.compile(r"^(?:万一|千万|万)$")
_LINE = re.compile(r"(?:转接?|接通?|叫|拨打?)[到给]?\s?(?:110|119|120|122)$")  # 帮我转110
_COMPENSATION = re.compile(r"[退假](?:一[赔罚])?\s?$")  # 退一赔三 names no sum
_THRICE = re.compile(r"[一1](?:[赔罚]|$)|[三十四1]?[0-9]?(?![0-9万千百块元])")
_COUNTED = re.compile(
    r"^\s*(?:多|余|来|几)*\s*(?:个|户|人|名|米|亩|公里|平|平方|号|年|月|天|次|分|斤|吨|只|条|口|台|度|岁|以上|套|间|处|件|盏|批|所|点|层|栋|家|里|棵|株|瓦|头|辆|课|本|毫|字|步|种|楼|期|位|路|组|块(?!钱)|\d)"
)
_PAYS = re.compile(
    r"[转汇充存亏骗租补冲刷￥¥]|交|花|退|欠|收|罚|赔|付|押金|总共|一共|工资|价|投|买|补|扣|差|输|贷|供|订金|定金|费|款|给|要|得|卖|加起来|合计|达|损失|钱|存|借|还|月|资金|金额|年"
)
# Right before a number that nothing else marks as a sum.
_PAID = re.compile(
    r"(?:(?:交|花|退|收|罚|赔|付|扣|转|充|存|欠|汇|刷|骗|给|卖|少|差|剩下?|拖欠)(?:了|我|他|你|过|掉|走)*|押金|定金|订金|学费|价|费|款|工资|房租|租金|金额|一共|总共|￥|¥)(?:是|要|就|才|大概|有|的)?\s?$"
)
_SUMMED = re.compile(
    r"(?:一共|总共|合计|加起来|前后|拢共)[^，。\s0-9]{0,4}$|还[差欠][^，。\s0-9]{0,3}$"
)  # right before a sum: the whole of what was listed, or what is left of it
# What is left of what was owed, and not by the caller: 还差两万, 剩下的23600一直拖.
_STILL_OWED = re.compile(
    r"(?<!我)(?<!我们)(?:还(?:差|欠|剩)|尚(?:欠|余)|剩(?:下|余)|余款|余下|尾款|(?:欠|拖|给了|付了|退了|还了)[^。；]{1,24}剩)[^，。\s0-9零一二两三四五六七八九十百千万]{0,6}$"
)
_PAYS_THEMSELVES = re.compile(r"^[^，。；]{0,6}(?:没交|未交|要交|没还清|贷款|房贷|等我)")
_OFFERED = re.compile(r"(?:最多|只|才|愿意?|答应)(?:肯|给|退|赔|补)[^，。\s]{0,4}$")  # less than what is at stake
_PAUSE = re.compile(r"[，。！？；\s]")
_TOTAL = re.compile(r"一共|总共|共|合计|全部|加起来|前后|退|欠|赔|要")
_DEMANDED = re.compile(r"退|少找|赔|欠|追|要回|还给|补发")
_ASKS_AMOUNT = re.compile(r"多少钱|总费用|费用多少|金额|收了您多少|一共多少|总共多少|欠多少|交了多少")
_OTHER = re.compile(
    r"退休金|有的|多的|他们?|人家|自费|百分之|全村|政府|国家|投资|利润|资产|别的|人家|邻村|隔壁|营业额|工程款总"
)
# 一个月一千五, 每人三千, 一亩八百: what recurs or is counted, rarely the sum at stake.
_RATE = re.compile(
    r"(?:每|一个?(?=[月年天日周学季人户家位亩平方斤吨度节次趟张盒瓶]))[^，。\s\d]{1,4}(?:是|要|才|就|给|收|交|付)?\s?$"
)
_OWN_SUM = re.compile(r"我(?:的|自己|个人|家|这|们家|一个人|剩|被|交|付|花|充|投)[^，。\s]{0,5}$")
_OWED = re.compile(r"欠|还差|拖|没[发给退还付]|不[退给还发付]|剩|余额|少[发给算退]|扣")
_HANDED_OVER = re.compile(r"交|付|花|充|转|汇|打款|买|投|刷|押|定金|订金|首付|总价")
_LEFT = 0.85  # how sure it is that what is still owed is what the matter is about
_MOST = 64  # sums of one ticket; a list of payments does not say which of them is meant
_LARGE = 5.0  # powers of ten beyond which a sum is not likelier to be the one at stake
_PETTY = 30  # yuan: below it a sum is a price or a fare, unless it is asked back
_IN_SPAN = re.compile(rf"({_POINT}[千万亿]{{0,2}}|{FORMAL}|{_WRITTEN}|{NUMERAL}{{1,16}})(?:{_FEW}(万|亿|千))?")
_ONE_AFTER_DIGIT = re.compile(r"(?<=[十百千万][二三四五六七八九])一$")


def fill_amount(talk: Talk, prediction: Prediction, choice: Choice) -> Field:
    """The sum that the matter is about; the others are its alternatives."""
    candidates = amount_candidates(talk, prediction)
    field = _still_owed(choice.choose("amount", candidates, talk), candidates, talk)
    if field.status == "filled" and any(_is_unit_price(place, talk) for place in field.places):
        return replace(field, confidence=min(field.confidence, UNSURE), status="suggested")
    return field


def _still_owed(field: Field, candidates: list[Candidate], talk: Talk) -> Field:
    """What is left of a sum of which something was paid; the field as it is where nobody says that anything is left.

    A sum that stands in the demand is what is wanted, whatever is left.
    """
    left = [one.mention for one in candidates if _is_left(one.mention.places[0], talk)]
    said = {one.mention.value for one in candidates}
    wanted = {one.mention.value for one in candidates if "in_demand" in one.features}
    if not left or len(said) < 2 or (wanted and left[-1].value not in wanted):
        return field
    confidence = field.confidence if field.value == left[-1].value else _LEFT
    chosen = field_of([one for one in left if one.value == left[-1].value], confidence=max(confidence, _LEFT))
    others = [value for value in (field.value, *field.alternatives) if value not in (None, chosen.value)]
    return replace(chosen, alternatives=tuple(dict.fromkeys(others)))


def _is_left(place: Place, talk: Talk) -> bool:
    text = talk.turns[place.segment].folded
    before = text[max(0, place.start - 40) : place.start]
    return bool(_STILL_OWED.search(before)) and not _PAYS_THEMSELVES.match(text[place.end : place.end + 12])


def _is_unit_price(place: Place, talk: Talk) -> bool:
    text = talk.turns[place.segment].folded
    return bool(_UNIT_BEFORE.search(text[max(0, place.start - 10) : place.start]) or _UNIT_AFTER.match(text, place.end))


def amount_candidates(talk: Talk, prediction: Prediction) -> list[Candidate]:
    """Every sum that a citizen names, and what speaks for and against its being the one at stake."""
    spans = prediction.spans_of("amount")
    read_back = {mention.value for turn in talk.agent for mention in find_amounts(turn)}
    found: list[Candidate] = []
    for turn in talk.citizen:
        asked = bool(_ASKS_AMOUNT.search(talk.question_before(turn))) or _puts_right(turn, talk)
        sums = list(find_amounts(turn, asked=asked))
        answer = min((mention.places[0].start for mention in sums), default=0)
        for mention in sums:
            place = mention.places[0]
            signs = {
                "heard": mention.confidence,
                "asked": float(asked and place.start == answer),
                "read_back": float(mention.value in read_back),
                "span": overlap(place, spans),
            }
            found.append(Candidate(mention, signs))
    heard = [candidate.mention.places[0] for candidate in found]
    for span in spans:
        if not any(_overlaps(span, place) for place in heard) and talk.turns[span.segment].role == "citizen":
            found += [Candidate(mention, {"span_alone": span.confidence}) for mention in _from_span(span, talk)]
    found = sorted(found[:_MOST], key=lambda one: one.mention.places[0].order)
    demands = [span for span in prediction.spans if span.kind == "demand"]
    counts = Counter(Decimal(one.mention.value) for one in found)
    return [
        replace(
            one,
            features={
                **one.features,
                **_signs(one, talk, demands),
                **_among(n, one, counts),
                **meant_at(one.mention.places[0], "amount", prediction),
            },
        )
        for n, one in enumerate(found)
    ]


def _among(number: int, one: Candidate, counts: Counter[Decimal]) -> Features:
    value = Decimal(one.mention.value)
    return {**place_among(number, value, counts), **({"largest": 1.0} if value == max(counts) else {})}


def _signs(one: Candidate, talk: Talk, demands: list[Span]) -> Features:
    place = one.mention.places[0]
    turn = talk.turns[place.segment]
    before, after = turn.folded[max(0, place.start - 12) : place.start], turn.folded[place.end : place.end + 8]
    clause = _PAUSE.split(before)[-1]
    value = Decimal(one.mention.value)
    signs: dict[str, float] = {
        "none": 1.0,
        "petty": value < _PETTY,
        "size": min(float(value.log10()), _LARGE) / 4,
        "rate": bool(_RATE.search(clause) or _PRICE.match(after)),
        "own": bool(_OWN_SUM.search(before)),
        "owed": bool(_OWED.search(clause)),
        "paid": bool(_HANDED_OVER.search(clause)),
        "in_demand": any(_overlaps(span, place) for span in demands),
        "letter": not talk.agent,
    }
    return only_present(signs)


def _puts_right(turn: Turn, talk: Talk) -> bool:
    """Whether the caller says no to a sum that was read back: what he says then is a sum, too."""
    before = talk.turns[turn.index - 1] if turn.index else turn
    return before.role == "agent" and talk.denies(before) and any(find_amounts(before))


def _overlaps(span: Span, place: Place) -> bool:
    return span.segment == place.segment and place.start < span.end and span.start < place.end


def _from_span(span: Span, talk: Talk) -> list[Mention]:
    """A sum that only the model took for one (九十八一台)."""
    turn = talk.turns[span.segment]
    values = [
        value
        for match in _IN_SPAN.finditer(turn.folded, span.start, span.end)
        if (value := _scaled(match))
        and not _is_count(turn.folded[match.end() :], match[1])
        and not _is_no_yuan(turn.folded, match)
        and not (_COMPENSATION.search(turn.folded, 0, match.start()) and _THRICE.match(turn.folded, match.start()))
    ]
    if not values:
        return []
    confidence = min(0.75, span.confidence)  # less than what a recogniser hears too
    return [mention_at(turn, span.start, span.end, value=plain(max(values)), confidence=confidence, source="model")]


def _is_count(after: str, numeral: str) -> bool:
    """Whether what follows a number says that it counts things: 三百斤, but not 九十八一台."""
    return bool(_COUNTED.match(after)) and _without_one(numeral) == numeral


def _is_no_yuan(text: str, match: re.Match[str]) -> bool:
    """Whether a number is a sum of another currency, or the extension of a telephone."""
    before = text[max(0, match.start() - 6) : match.start()]
    if _FOREIGN_BEFORE.search(before) or _EXTENSION.search(before):
        return True
    return bool(_FOREIGN_AFTER.match(text, match.end(1)))


def _scaled(match: re.Match[str]) -> Decimal | None:
    """八十多万: the number, times the unit that follows a "more than"."""
    value = value_of(_without_one(match[1]))
    if value is None or not match[2]:
        return value
    return value * {"千": 1000, "万": 10_000, "亿": 100_000_000}[match[2]]


def _without_one(numeral: str) -> str:
    """一百二一(个月): the one belongs to what is counted, for it cannot follow a digit."""
    return _ONE_AFTER_DIGIT.sub("", numeral)


def find_amounts(turn: Turn, *, asked: bool = False) -> Iterator[Mention]:
    """Sums of a turn in yuan, as plain decimal numbers; `asked`: in answer to the question how much."""
    text = turn.folded
    taken = bytearray(len(text))
    for match in _MONEY.finditer(text):
        value = _with_unit(match)
        if (
            value is None
            or value == 0
            or _is_no_yuan(text, match)
            or (match[1] in "一几" and not match[6] and match[5] == "块" and not match[7])
        ):
            continue  # 一块 is "together" or a piece
        taken[match.start() : match.end()] = b"\1" * (match.end() - match.start())
        base = 0.5 if _PRICE.match(text[match.end() :]) or (value < _PETTY and value == int(value)) else 0.72
        yield mention_at(turn, *match.span(), value=plain(value), confidence=_trust(text, match.start(), base=base))
    for match in _SIGNED.finditer(text):
        value = value_of(match[1])
        if value and not _is_no_yuan(text, match) and 1 not in taken[match.start() : match.end()]:
            taken[match.start() : match.end()] = b"\1" * (match.end() - match.start())
            yield mention_at(turn, *match.span(), value=plain(value), confidence=_trust(text, match.start(), base=0.72))
    for match in _ABOUT.finditer(text):
        taken[match.start() : match.end()] = b"\1" * (match.end() - match.start())
        value = value_of("一" + match[1])
        yield mention_at(turn, *match.span(), value=plain(value or Decimal(0)), confidence=0.7)
    for match in _BARE.finditer(text):
        value = _scaled(match)
        if 1 in taken[match.start() : match.end()] or value is None or value < 50:
            continue
        before = text[max(0, match.start() - 10) : match.start()]
        paid = _PAYS.search(before) if value >= 100 and not match[1].isdigit() else _PAID.search(before)
        if (
            _is_count(text[match.end() :], match[1])
            or not (asked or paid)
            or _is_no_yuan(text, match)
            or _NO_SUM.search(match[0])
            or (_LINE.search(before + match[0]) and not asked)
            or before.endswith("百分之")
        ):
            continue
        yield mention_at(turn, *match.span(), value=plain(value), confidence=_trust(text, match.start(), base=0.62))


def plain(value: Decimal) -> str:
    """Without exponent and trailing zeros: 126000, 7.5."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _with_unit(match: re.Match[str]) -> Decimal | None:
    value = value_of(match[1])
    if value is None:
        return None
    if match[3]:
        value *= 10_000 if match[3] == "万" else 100_000_000
    if match[7] and match[5] == "块" and not match[6]:
        value += Decimal(5 if match[7] == "半" else int(value_of(match[7]) or 0)) / 10
    return value


def _trust(text: str, at: int, *, base: float) -> float:
    before = text[max(0, at - 12) : at]
    clause = _PAUSE.split(before)[-1]
    score = base + (0.08 if _TOTAL.search(before) else 0) + (0.08 if _DEMANDED.search(clause) else 0)
    score += (0.1 if _SUMMED.search(before) else 0) - (0.15 if _OFFERED.search(before) else 0)
    return score - (0.2 if _OTHER.search(before) else 0)
