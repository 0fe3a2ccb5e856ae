"""Tests of the words of time."""

from __future__ import annotations

import pytest

from service.form.time.phrases import atoms_of


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("前天 七月十二号 晚上八点四十", ["rel_day", "month", "day", "part", "oclock"]),
        ("每个礼拜二礼拜四下午", ["every", "weekday", "weekday", "part"]),
        ("从去年九月份开始", ["since", "rel_year", "month", "start"]),
        ("二〇二四年年底", ["year", "year_edge"]),
        ("漏了三年了", ["lasting"]),
        ("正月初七", ["lunar_month"]),
        ("到现在", ["until_now"]),
    ],
)
def test_words_are_told_apart(text: str, kinds: list[str]) -> None:
    assert [atom.kind for atom in atoms_of(text)] == kinds


@pytest.mark.parametrize("text", ["三点意见", "五一路", "八一小学", "第三点", "3号楼", "二号线", "十四度五", "三年级"])
def test_other_words_are_none(text: str) -> None:
    assert list(atoms_of(text)) == []


@pytest.mark.parametrize("text", ["云杉大道一百零八号", "云杉大道幺零八号", "一百二十三号", "A8号", "附8号"])
def test_a_day_is_no_tail_of_a_longer_number(text: str) -> None:
    assert list(atoms_of(text)) == []


@pytest.mark.parametrize(
    ("text", "day"), [("三四号停水", "四号"), ("上个月二十三号", "二十三号"), ("十月八号", "八号"), ("8号", "8号")]
)
def test_a_day_that_stands_alone_is_one(text: str, day: str) -> None:
    assert day in [atom.text for atom in atoms_of(text) if atom.kind == "day"]
