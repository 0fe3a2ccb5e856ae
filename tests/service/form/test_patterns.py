"""Tests of a city's own fields."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from service.form.definition import FormDefinition
from service.form.field import Field
from service.form.patterns import fill_own
from service.form.talk import Talk

MakeTalk = Callable[..., Talk]
Fill = Callable[..., Field]


@pytest.fixture
def fill(tmp_path: Path, talk: MakeTalk) -> Fill:
    path = tmp_path / "form.toml"

    def fill(*lines: str, pattern: str = "合同号?是?([0-9]{8})") -> Field:
        path.write_text(f'[[field]]\nname = "contract_no"\nlabel = "合同号"\npattern = "{pattern}"\n', encoding="utf-8")
        return fill_own(FormDefinition.open(path), talk(*lines))["contract_no"]

    return fill


@pytest.mark.parametrize(
    "lines",
    [
        ("我的合同号１２３４５６７８",),
        ("合同号一二三四五六七八",),
        ("合同号是幺二三四 五六拐八，办不了",),
        ("合同号1234", "A:嗯", "5678"),
        ("A:合同号是多少", "1234", "A:1234", "对，五六七八"),
        ("A:您的合同呢", "呃 一二三四五六七八"),
        ("A:请问合同号", "12345678吧 我看一下"),
        ("你好", "A:合同号12345678对吗", "对"),
    ],
)
def test_a_number_is_heard_as_it_is_said(fill: Fill, lines: tuple[str, ...]) -> None:
    field = fill(*lines)
    assert (field.value, field.status) == ("12345678", "filled")


@pytest.mark.parametrize(
    "lines",
    [
        ("合同号一二三四五六七八九零",),
        ("A:合同号是多少", "一三九零零零零五零九六"),
        ("A:合同号是多少", "不知道", "A:电话", "87654321"),
        ("你好", "A:合同号12345678", "什么意思"),
    ],
)
def test_another_number_is_none(fill: Fill, lines: tuple[str, ...]) -> None:
    assert fill(*lines).status == "missing"


def test_a_word_with_a_numeral_stays_a_word(fill: Fill) -> None:
    assert fill("一卡通幺二三四五六", pattern="一卡通([0-9]{6})").value == "123456"


def test_the_words_are_those_that_were_said(fill: Fill) -> None:
    assert fill("合同号一二三四 五六七八。").raw == "一二三四 五六七八"


@pytest.mark.parametrize(
    "written", ["户号:([0-9]{8})", "户号：([0-9]{8})", "户号[:]([０-９]{8})", r"户号\\:([0-9]{8})"]
)
@pytest.mark.parametrize("said", ["户号:12345678", "户号：１２３４５６７８"])
def test_a_patterns_punctuation_may_be_typed_either_way(fill: Fill, written: str, said: str) -> None:
    assert fill(f"你好，{said}，没电了", pattern=written).value == "12345678"


def test_brackets_may_be_typed_either_way(fill: Fill) -> None:
    for written in (r"合同\\(([0-9]{8})\\)", "合同（([0-9]{8})）"):
        for said in ("合同(12345678)", "合同（12345678）"):
            assert fill(said, pattern=written).value == "12345678"


def test_a_letter_of_nothing_but_digits_costs_no_time(fill: Fill) -> None:
    start = time.thread_time()
    fill("A:合同号是多少", "1234" * 20_000, pattern="[0-9]+号([0-9]{8})")
    assert time.thread_time() - start < 2
