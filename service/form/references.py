"""References: numbers of cases, documents, work orders, parcels and contracts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from models.prediction import Prediction, Span
from service.form.chains import ends_with, gather, opens_with_signs
from service.form.field import Field
from service.form.identities import FILED, count_digits, find_identities, is_own_number
from service.form.mention import UNSURE, Mention, mention_at, settle
from service.form.numerals import SPOKEN, digits_of, integer_of
from service.form.phones import MOBILE, is_phone
from service.form.readbacks import counted
from service.form.talk import Talk, Turn
from service.needles import Rare

_D = rf"[0-9{SPOKEN}]"
_YEAR = rf"[（(〔\[【{{｛]?\s{{0,3}}({_D}{{4}})\s{{0,3}}年?[）)〕\]】}}｝]?"
# （2023）鲁0481民初3120号; spoken: 二零二三鲁零四八幺民初三千一百二十号
_CASE = Rare(
    rf"{_YEAR}\s*([\u4e00-\u9fff]|最高法)\s*({_D}{{0,6}})\s*([民刑行执知赔破财清协司][初终再申监执保更恢辖特]{{0,2}}字?)\s*第?([0-9{SPOKEN}十百千万]{{1,12}})\s*号"
)
# 洛信不受〔2025〕17号
_DOCUMENT = Rare(
    rf"([\u4e00-\u9fff]{{2,12}}?(?:\s[\u4e00-\u9fff]{{2,6}})?)\s*[〔\[【（({{｛]\s*({_D}{{4}})\s*[〕\]】）)}}｝]\s*第?\s*([0-9{SPOKEN}十百]{{1,8}})\s*号"
)
_CODE = re.compile(
    rf"(?=[0-9A-Za-z{SPOKEN}])(?:(?:[A-Z]{{1,4}}-)?[A-Za-z](?:\s?[A-Za-z]){{0,5}}[\s\-—－]?[\u4e00-\u9fff]{{0,2}}\s?)?{_D}(?:(?:\s?横?杠\s?|\s?后[面边]是?\s?|[\s\-—－]{{0,2}})(?:{_D}|[A-Za-z])){{5,25}}"
)
_DATED = re.compile(r"20[12]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{2,}", re.ASCII)


_SPEECH = re.compile(r"^.*(?:编号|文号|案号|号码|叫|[是写书的了于照即却据由])(?=[\u4e00-\u9fff]{2})")
_NO_CODE = re.compile(r"(?:19|20)\d{2}-\d{1,2}-\d|0\d{2,3}-")  # dates and landlines
_SIGNS = re.compile(rf"[0-9A-Za-z{SPOKEN}](?:[\s\-—－]{{0,2}}[0-9A-Za-z{SPOKEN}])*")
_WORDY = re.compile(r"[A-Za-z]\s+[a-z]{2}|[a-z]{4}|[0-9]\s+[a-z]{2}")  # A12345 charged me 200 yuan
_AROUND = 16  # characters before a number that say what it is
_LEAST_DIGITS, _LEAST_TRUSTED = 5, 6  # of a code that the model marks, and of one that only rules read
_ASKS_ELSE = re.compile(r"电话|手机|联系|姓|名字|称呼|地址|哪|什么|多少|几点|时候|金额|身份证|邮箱|车牌|[？吗呢]")
_EARLIER = re.compile(r"之前|以前|上次|上回|上一[次个件]|原来|原工单|查到|看到|历史|前[一两几]次")
_ASKS_PHONE = re.compile(r"电话|手机|联系方式")
_PHONE_CUE = re.compile(r"电话|手机|号码|打我")


def fill_reference(talk: Talk, prediction: Prediction) -> Field:
    """The number by which the matter is known elsewhere."""
    mentions = gather(talk, lambda turn: find_references(turn, talk))
    starts = {(m.places[0].segment, m.places[0].start) for m in mentions}
    for span in prediction.spans_of("ref_no"):
        turn = talk.turns[span.segment]
        if not any(s == span.segment and span.start <= at < span.end for s, at in starts):
            mentions += _from_span(span, turn, talk)
    mentions = [replace(m, confidence=min(m.confidence, UNSURE)) if _goes_on(m, talk) else m for m in mentions]
    looked_up = [replace(m, confidence=min(m.confidence, UNSURE)) for m in mentions if _looked_up(m, talk)]
    return settle(counted(mentions, talk) or looked_up, talk)


def _goes_on(mention: Mention, talk: Talk) -> bool:
    """Whether the number breaks off where its turn ends, and the next turn of the caller may bring the rest."""
    place = mention.places[-1]
    turn = talk.turns[place.segment]
    following = next((t for t in talk.turns[turn.index + 1 : turn.index + 3] if t.role == "citizen"), None)
    if turn.role == "agent" or following is None or _ASKS_ELSE.search(talk.question_before(following)):
        return False
    return ends_with(turn, place.end) and opens_with_signs(following)


def _looked_up(mention: Mention, talk: Talk) -> bool:
    """Whether the call-taker found an earlier number by himself, and the caller does not deny it."""
    place = mention.places[0]
    turn = talk.turns[place.segment]
    before = turn.folded[max(0, place.start - 24) : place.start]
    return turn.role == "agent" and not talk.denies(turn) and bool(_EARLIER.search(before))


def _from_span(span: Span, turn: Turn, talk: Talk) -> Iterator[Mention]:
    """A number that only the model took for one: whole, no telephone's or person's, and long enough to find it by."""
    start, end = span.start, span.end
    for run in _SIGNS.finditer(turn.folded):
        if run.start() < end and start < run.end():
            start, end = min(start, run.start()), max(end, run.end())
    value = _code(turn.folded[start:end].strip())
    digits = re.sub(r"\D", "", value)
    before, question = turn.folded[max(0, start - _AROUND) : start], talk.question_before(turn)
    if is_own_number(value, before=before, question=question) or is_phone(digits) or MOBILE.match(digits):
        return
    if any(p.start < end and start < p.end for identity in find_identities(turn, talk) for p in identity.places):
        return
    if len(digits) < (2 if FILED.search(before) else _LEAST_DIGITS):
        return
    yield mention_at(turn, start, end, value=value, confidence=span.confidence, source="model")


def find_references(turn: Turn, talk: Talk) -> Iterator[Mention]:
    """Numbers of a turn: case and document numbers by their shape, others by the words before them."""
    text = turn.folded
    taken = [(p.start, p.end) for identity in find_identities(turn, talk) for p in identity.places]
    for match in _CASE.finditer(text):
        taken.append(match.span())
        year, court, kind = digits_of(match[1]), match[2] + digits_of(match[3]), match[4]
        value = f"（{year}）{court}{kind}{integer_of(match[5])}号"
        yield mention_at(turn, *match.span(), value=value, confidence=0.97)
    for match in _DOCUMENT.finditer(text):
        taken.append(match.span())
        speech = _SPEECH.match(match[1])
        start = match.start() + (speech.end() if speech else 0)
        issuer = re.sub(r"\s", "", text[start : match.end(1)])
        value = f"{issuer}〔{digits_of(match[2])}〕{integer_of(match[3])}号"
        yield mention_at(turn, start, match.end(), value=value, confidence=0.95)
    question = talk.question_before(turn)
    asked = bool(FILED.search(question))
    phone_asked = bool(_ASKS_PHONE.search(question)) and not asked
    for match in _CODE.finditer(text) if count_digits(text) >= _LEAST_TRUSTED else ():
        if any(start < match.end() and match.start() < end for start, end in taken):
            continue
        if _PHONE_CUE.search(text[max(0, match.start() - 4) : match.start() + 2]):
            continue
        before = text[max(0, match.start() - _AROUND) : match.start()]
        cue = bool(FILED.search(before))
        if phone_asked and not cue:
            continue  # 139 double 7 幺: what else stands in a telephone number is no code
        if _WORDY.search(match[0]):
            continue
        found = _code(match[0])
        if is_own_number(found, before=before, question=question):
            continue
        if confidence := _trust(found, cue=cue, asked=asked):
            start = match.end() - len(match[0].lstrip())
            yield mention_at(turn, start, match.end(), value=found, confidence=confidence)


def _code(raw: str) -> str:
    """The code without the gaps that a speaker makes; hyphens stay, for they may be part of it, also where spoken."""
    raw = re.sub(r"\s?后[面边]是?\s?", "", re.sub(r"\s?横?杠\s?", "-", raw))
    if re.search(r"[A-Za-z]", raw):
        return "".join(digits_of(c) or c for c in re.sub(r"[\s—－]", "", raw)).upper()
    return "".join(digits_of(c) or c for c in re.sub(r"\s", "", raw))


def _trust(code: str, *, cue: bool, asked: bool) -> float:
    if _NO_CODE.match(code):
        return 0.0
    digits = re.sub(r"\D", "", code)
    twice = digits[:11] == digits[11:]
    if is_phone(digits) or (len(digits) >= 11 and MOBILE.match(digits) and (len(digits) < 13 or twice)):
        return 0.0
    lettered = bool(re.search(r"[A-Z]{2}", code))
    if len(digits) >= _LEAST_TRUSTED and (cue or asked) and (len(digits) >= 8 or lettered or cue):
        return 0.95
    if len(digits) >= 14 or _DATED.fullmatch(digits) or (lettered and len(digits) >= 7):
        return 0.85
    return 0.0
