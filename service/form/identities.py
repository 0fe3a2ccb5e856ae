"""Identities: citizens' ID numbers (GB 11643), accepted with certainty only where the check digit is right."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.form.chains import gather
from service.form.field import Field
from service.form.mention import Mention, mention_at, settle
from service.form.numerals import DIGITS, SPOKEN, digits_of
from service.form.readbacks import counted
from service.form.talk import Talk, Turn

# What numbers are called by which a matter is filed.
FILED = re.compile(
    r"工单|单号|订单|编号|受理号|运单|快递|住院号|案号|文号|合同号|备案号|项目号|流水号|单子|回执|EMS|ems|查询码"
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_DIGIT = rf"[0-9{SPOKEN}]"
_SOME_DIGIT = re.compile(_DIGIT)
_GAP = r"[\s,，、-]{0,2}"
# The first digit of a number. It stands before what is asked of the place, for `re` runs to the next digit then.
_FIRST = rf"{_DIGIT}(?<![0-9A-Za-z].)"
# The number of a disability certificate is the ID number with a class and a grade behind it.
_NUMBER = re.compile(
    rf"{_FIRST}(?:{_GAP}{_DIGIT}){{16}}{_GAP}(?:{_DIGIT}|[XxＸ]|叉|艾克斯)(?=(?:[1-7][1-4])?(?![0-9]))"
)
_OLD_NUMBER = re.compile(rf"{_FIRST}(?:{_GAP}{_DIGIT}){{14}}(?![0-9])")  # in use until 2013
# What is said between the groups of one number: 450103 然后 19900307 后面是 7417, 最后一位是X, 出生是1990年03月07日.
_PLACE = "(?:最后|后[面边]?|前|末)?[一两三四六八]?位"
_LINK = (
    rf"(?:[\s,，、:：-]|然后|接着|再|{_PLACE}|后[面边]|最后|末尾|尾[号数巴]|出生(?:日期|年月日?)?|生日"
    r"|[年月日]|就?是|大写|字母|英文|的){0,6}"
)
_LINKED = re.compile(rf"{_FIRST}(?:{_LINK}{_DIGIT}){{16}}{_LINK}(?:{_DIGIT}|[XxＸ]|叉|艾克斯)(?![0-9A-Za-z])")
# Six digits, and whatever goes on behind them: the number as far as it was said.
_PIECES = rf"{_DIGIT}(?:{_GAP}{_DIGIT}){{5,17}}(?:{_LINK}{_DIGIT})*(?:{_LINK}[XxＸ])?"
_BROKEN_OFF = re.compile(rf"{_DIGIT}(?<![0-9A-Za-z.].)(?:{_GAP}{_DIGIT}){{13,16}}(?![0-9])")
_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_SHAPE = re.compile(rf"[1-8]\d{{5}}(?:18|19|20)\d{{2}}{_DAY}\d{{3}}[\dX]", re.ASCII)
_OLD_SHAPE = re.compile(rf"[1-8]\d{{7}}{_DAY}\d{{3}}", re.ASCII)
_HEAD_SHAPE = re.compile(rf"[1-8]\d{{5}}(?:19|20)\d{{2}}{_DAY}\d{{0,3}}", re.ASCII)
_BANK_CARD = re.compile(r"62\d{14,17}", re.ASCII)  # UnionPay
_ID = re.compile(r"身份证|残疾人?证|证件号")
_OWN = re.compile(rf"{_ID.pattern}|银行卡|卡号|账号|帐号|存折|社保号|医保号|护照|通行证")
_ANSWERED = re.compile(_PIECES)
_NAMED = re.compile(rf"(?:{_ID.pattern})[^0-9{SPOKEN}。；？]{{0,8}}({_PIECES})")
_CARD = re.compile(rf"(?<![0-9A-Za-z])62(?:{_GAP}[0-9]){{14,17}}(?![0-9])")  # UnionPay
_CARD_NAMED = re.compile(rf"(?:银行卡|卡号|存折)[^0-9{SPOKEN}。；？]{{0,6}}({_DIGIT}(?:{_GAP}{_DIGIT}){{11,18}})")
_PAPERS = re.compile(r"(?:护照|通行证)[^0-9A-Za-z。；？]{0,6}([A-Za-z]{1,2}\s?(?:\s?[0-9]){7,8})(?![0-9])")
_PLACED = re.compile(_PLACE)
_SIGNS = 18  # of an ID number
_ID_BEFORE, _OWN_BEFORE, _FILED_BEFORE = (
    re.compile(rf"(?:{words.pattern})[^单案文，。？]{{0,6}}$") for words in (_ID, _OWN, FILED)
)
_LEAST_PRIVATE, _LEAST_SHAPED = 6, 14  # digits
_AROUND = 16  # characters before a number that say what it is


def fill_identity(talk: Talk) -> Field:
    """The caller's ID number, unmasked; the form's definition decides what is shown of it."""
    return settle(counted(gather(talk, lambda turn: find_identities(turn, talk)), talk), talk)


def find_identities(turn: Turn, talk: Talk) -> tuple[Mention, ...]:
    """Numbers of the right shape; one whose check digit is wrong was misheard and is only suggested."""
    question = talk.question_before(turn)
    return turn.once.get(("identities", turn.folded, question), lambda: tuple(_identities(turn, question)))


def _identities(turn: Turn, question: str) -> Iterator[Mention]:
    for match in _shaped(turn.folded, question):
        value = _normalise(match[0])
        yield mention_at(turn, *match.span(), value=value, confidence=0.98 if is_identity(value) else 0.45)


def count_digits(text: str) -> int:
    """Digits of a text, spoken ones too: most texts have too few for a number of a person."""
    return len(_SOME_DIGIT.findall(text))


def find_private(turn: Turn, talk: Talk) -> Iterator[Mention]:
    """What no text of the form may quote: ID numbers as far as they were said, right or wrong, bank cards, passports.

    It hides more than the fields hold: a number that nobody could settle is a citizen's all the same.
    """
    for start, end in private_stretches(turn.folded, talk.question_before(turn)):
        yield mention_at(turn, start, end, value="", confidence=0.0)


def private_stretches(text: str, question: str = "") -> Iterator[tuple[int, int]]:
    """Where such numbers stand in a folded text that answers the question; a stretch may be yielded twice."""
    if count_digits(text) < _LEAST_PRIVATE:
        return
    for match in _BROKEN_OFF.finditer(text):
        if _HEAD_SHAPE.fullmatch(digits_of(match[0])) and not _is_filed(_before(text, match), question):
            yield match.span()
    for match in _CARD.finditer(text):
        if not _is_filed(_before(text, match), question):
            yield match.span()
    for named in (_CARD_NAMED, _PAPERS):
        yield from (match.span(1) for match in named.finditer(text))
    for match in _NAMED.finditer(text):
        yield match.start(1), _sign_end(text, match.start(1), match.end(1))
    for match in _ANSWERED.finditer(text) if _ID.search(question) else ():
        yield match.start(), _sign_end(text, *match.span())


def _sign_end(text: str, start: int, end: int) -> int:
    """Where the number ends that begins at `start`: with its last sign, for what follows is something else."""
    signs = [at for at in range(start, end) if text[at] in DIGITS or text[at] in "XxＸ"]
    return signs[:_SIGNS][-1] + 1


def identities_in(text: str) -> list[str]:
    """Numbers of the right shape in a folded text that answers nothing."""
    return [_normalise(match[0]) for match in _shaped(text, "")]


def is_own_number(code: str, *, before: str, question: str) -> bool:
    """Whether a number is that of a person's ID or bank card, by its shape or by the words or the question before it.

    It is no telephone, and nothing by which a matter is filed.
    """
    if _OWN_BEFORE.search(before):
        return True
    if _is_filed(before, question):
        return False
    shaped = any(shape.fullmatch(code) for shape in (_SHAPE, _OLD_SHAPE, _BANK_CARD))
    return shaped or bool(_OWN.search(question) and not FILED.search(question))


def is_identity(number: str) -> bool:
    """Whether shape and check digit are right."""
    if not _SHAPE.fullmatch(number):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=False))
    return _CHECKS[total % 11] == number[17]


def _normalise(text: str) -> str:
    digits = digits_of(_PLACED.sub("", text))
    return digits if text[-1] in DIGITS else digits + "X"


def _shaped(text: str, question: str) -> Iterator[re.Match[str]]:
    """What has the shape of an ID number; a wrong check digit counts only where it is not called something else."""
    if count_digits(text) < _LEAST_SHAPED:
        return
    for match in _NUMBER.finditer(text):
        value = _normalise(match[0])
        if _SHAPE.fullmatch(value) and (is_identity(value) or not _is_filed(_before(text, match), question)):
            yield match
    for match in _LINKED.finditer(text):
        if is_identity(_normalise(match[0])) and not _NUMBER.fullmatch(match[0]):
            yield match
    for match in _OLD_NUMBER.finditer(text):
        called = _ID_BEFORE.search(_before(text, match)) or _ID.search(question)
        if called and _OLD_SHAPE.fullmatch(digits_of(match[0])):
            yield match


def _is_filed(before: str, question: str) -> bool:
    """Whether a number is called one by which a matter is filed, and not a person's own."""
    if _OWN_BEFORE.search(before):
        return False
    return bool(_FILED_BEFORE.search(before) or (FILED.search(question) and not _OWN.search(question)))


def _before(text: str, match: re.Match[str]) -> str:
    return text[max(0, match.start() - _AROUND) : match.start()]
