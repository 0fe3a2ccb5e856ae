"""Tests of wishes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service.form.talk import Talk
from service.form.wishes import fill_confidential, fill_no_contact

MakeTalk = Callable[..., Talk]


@pytest.mark.parametrize(
    "lines",
    [
        ("你可别让我妈知道是我打的电话啊",),
        ("你们不要讲是我说的嘛",),
        ("免贵姓徐 保密啊",),
        ("千万别写我名字，单位一共就我们六个人",),
        ("A:需要保密吗？", "要"),
        ("A:您要留姓名吗", "不留 我跟她住一条巷子"),
        ("A:您怎么称呼", "名字我就不说了"),
        ("不要告诉他是我说的啊",),
        ("千万别把我暴露了",),
        ("不想让村干部知道是谁",),
        ("我怕他们打击报复",),
        ("A:您是哪家单位", "单位我就不说了"),
    ],
)
def test_a_wish_for_secrecy(talk: MakeTalk, lines: tuple[str, ...]) -> None:
    assert fill_confidential(talk(*lines)).value is True


@pytest.mark.parametrize(
    "lines",
    [
        ("路灯坏了",),
        ("我不怕报复",),
        ("A:需要保密吗", "不用"),
        ("不保密也行 不过别说我家孩子名字",),
        ("A:我们会保密的", "哦"),
        ("电话你不要记我这个来电的号码",),
        ("你别说我不讲理",),
        ("A:登记了，您需要回复吗", "不用"),
        ("A:您叫什么名字", "姓名能不能不写全 写个向先生"),
    ],
)
def test_no_wish_is_read_into_other_words(talk: MakeTalk, lines: tuple[str, ...]) -> None:
    assert fill_confidential(talk(*lines)).value is None


@pytest.mark.parametrize(
    "lines",
    [
        ("不回电话也得行",),
        ("你们赶紧来就行了不用给我回电话",),
        ("A:您的姓名", "姓瞿 电话不留了"),
        ("电话还是这个，不用回了，谢谢",),
    ],
)
def test_a_wish_for_no_call(talk: MakeTalk, lines: tuple[str, ...]) -> None:
    assert fill_no_contact(talk(*lines)).value is True


@pytest.mark.parametrize(
    "lines",
    [("打电话直接找我 莫打给我老婆",), ("电话你不要记我这个来电的号码",), ("给我回个电话",), ("有个微信能不能回我",)],
)
def test_a_choice_of_number_is_none(talk: MakeTalk, lines: tuple[str, ...]) -> None:
    assert fill_no_contact(talk(*lines)).value is None
