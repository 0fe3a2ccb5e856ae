"""Tests of numerals."""

from __future__ import annotations

import pytest

from service.form.amounts import plain
from service.form.numerals import digits_of, integer_of, is_digits, signs_of, value_of


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("十二万六", "126000"),
        ("一百五", "150"),
        ("一百零五", "105"),
        ("八十九万六千", "896000"),
        ("一万七千一百一十二", "17112"),
        ("三千一百二十", "3120"),
        ("一万零六", "10006"),
        ("十五", "15"),
        ("二十", "20"),
        ("两千", "2000"),
        ("一亿两千万", "120000000"),
        ("五百二十万", "5200000"),
        ("3万2", "32000"),
        ("1.5万", "15000"),
        ("4,680", "4680"),
        ("二零二三", "2023"),
        ("四五万", "40000"),
        ("三四百", "300"),
        ("十四五万", "140000"),
        ("三点八万", "38000"),
        ("十二点二五", "12.25"),
        ("三点二五亿", "325000000"),
        ("两个亿", "200000000"),
        ("2个多亿", "200000000"),
        ("叁仟贰佰", "3200"),
        ("贰拾万零伍佰", "200500"),
    ],
)
def test_a_numeral_has_its_value(said: str, value: str) -> None:
    found = value_of(said)
    assert found is not None
    assert plain(found) == value


@pytest.mark.parametrize("said", ["", "很多", "²", "十万火急", "4.5.6", "一" * 5_000 + "十"])
def test_what_is_no_numeral_has_none(said: str) -> None:
    assert value_of(said) is None


def test_spoken_digits() -> None:
    assert digits_of("幺三八 洞洞拐两") == "1380072"
    assert is_digits("幺三八")
    assert not is_digits("幺三八 ")
    assert integer_of("七块五") is None
    assert signs_of("粤b 一二-3 号") == "B123"


@pytest.mark.parametrize(
    ("said", "value"), [("十五六", 15), ("两万四五", 24000), ("三百二三", 320), ("十五", 15), ("一百五", 150)]
)
def test_a_range_after_the_last_unit_counts_as_its_lower_end(said: str, value: int) -> None:
    assert value_of(said) == value


def test_thousands_and_ten_thousands_may_be_latin() -> None:
    assert [value_of(text) for text in ("1.5w", "8W5", "两w", "6k")] == [15_000, 85_000, 20_000, 6_000]
