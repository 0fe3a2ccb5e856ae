"""Numerals: Chinese and spoken numbers as digits and values (幺三八, 二零二三, 十二万六, 六七十)."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

DIGITS = {
    **{str(digit): str(digit) for digit in range(10)},
    **dict(zip("零〇洞一幺二两三四五六七拐八九", "000112234567789", strict=True)),
}
SPOKEN = "零〇洞一幺二两三四五六七拐八九"
UNITS = {"十": 10, "百": 100, "千": 1000}
GROUPS = {"万": 10_000, "亿": 100_000_000}
NUMERAL = r"[0-9零〇一二两三四五六七八九十百千万亿]"
# As written on cheques; apart from NUMERAL, for some of these signs are surnames too (陆家, 伍先生).
FORMAL = r"(?:[壹贰叁肆伍陆柒捌玖][拾佰仟万萬亿億]{1,3}零?){1,8}[壹贰叁肆伍陆柒捌玖]?"

_MAX_LENGTH = 32  # no sum is longer; beyond it a run of digits only costs time
_PLAIN = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟萬億wWkK", "一二三四五六七八九十百千万亿万万千千")
_POINT = re.compile(r"([0-9零〇一二两三四五六七八九十百]{1,6})点([0-9零〇一二两三四五六七八九]{1,4})([千万亿]{0,2})")
_ARABIC = re.compile(r"([0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?)([千万亿]*)([0-9一二三四五六七八九]?)$", re.ASCII)


def digits_of(text: str) -> str:
    """Digits as they were said one by one; other characters are dropped."""
    return "".join(filter(None, map(DIGITS.get, text)))


def signs_of(text: str) -> str:
    """Digits and Latin letters as they were said one by one, in capitals; other characters are dropped."""
    return "".join(DIGITS.get(c, c.upper()) for c in text if c in DIGITS or (c.isascii() and c.isalpha()))


def is_digits(text: str) -> bool:
    """Whether every character is a digit, written or spoken."""
    return bool(text) and all(character in DIGITS for character in text)


def value_of(text: str) -> Decimal | None:
    """The value of a numeral, written or spoken; None if it is none.

    A digit after the last unit counts tenths of that unit: 十二万六 is 126000, 一百五 is 150, 一百零五 is 105. Of a
    range the lower end is sure: 四五万 is 40000. A spoken point counts: 三点八万 is 38000; so do 两个亿, 叁仟 and 1.5w.
    """
    text = re.sub(r"个多?亿", "亿", text.strip().replace(" ", "")).translate(_PLAIN)
    if len(text) > _MAX_LENGTH:
        return None
    if match := _POINT.fullmatch(text):
        return _pointed(*match.groups())
    if match := _ARABIC.match(text):
        return _arabic(*match.groups())
    if not text or any(c not in DIGITS and c not in UNITS and c not in GROUPS for c in text):
        return None
    if not any(c in UNITS or c in GROUPS for c in text):
        return Decimal(digits_of(text))
    return _chinese(text)


def integer_of(text: str) -> int | None:
    """The value of a whole number; None if it is none."""
    value = value_of(text)
    return int(value) if value is not None and value == int(value) else None


def _arabic(number: str, units: str, rest: str) -> Decimal | None:
    try:
        value = Decimal(number.replace(",", ""))
    except InvalidOperation:
        return None
    scale = 1
    for unit in units:
        scale *= UNITS.get(unit) or GROUPS[unit]
    if rest:
        if scale == 1:
            return None
        return value * scale + int(DIGITS[rest]) * scale // 10
    return value * scale


def _pointed(whole: str, tenths: str, units: str) -> Decimal | None:
    value = value_of(whole)
    return None if value is None else _arabic(f"{value}.{digits_of(tenths)}", units, "")


def _chinese(text: str) -> Decimal | None:
    total = section = digit = 0
    last_unit, after_zero = 1, False
    number = ""
    for character in text:
        if character in DIGITS:
            number += DIGITS[character]
            digit = int(number)
            after_zero = after_zero or (character in "零〇" and not number.strip("0"))
        elif character in UNITS:
            section += (_least(number) if number else 1) * UNITS[character]
            last_unit, after_zero, digit, number = UNITS[character], False, 0, ""
        else:
            section += _least(number) if number else 0
            total = (total + section) * GROUPS[character] if character == "亿" else total + section * GROUPS[character]
            last_unit, after_zero, section, digit, number = GROUPS[character], False, 0, 0, ""
    if len(number) == 2 and "0" not in number and _least(number) < 10:
        digit, number = _least(number), number[0]  # 十五六, 两万四五: a range after the last unit
    if len(number) == 1 and last_unit >= 100 and not after_zero:
        digit *= last_unit // 10
    return Decimal(total + section + digit)


def _least(digits: str) -> int:
    """The number before a unit; two digits in a row there are a range (三四百, 十四五万)."""
    return int(digits[0]) if len(digits) == 2 and int(digits[1]) == int(digits[0]) + 1 else int(digits)
