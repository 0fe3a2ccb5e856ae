"""Tests of topics: a heading for what is plain, none for what is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service.form.talk import Talk
from service.form.topics import topics_of

MakeTalk = Callable[..., Talk]


@pytest.mark.parametrize(
    ("said", "heading"),
    [
        ("老板欠我们工钱", "拖欠工资"),
        ("工资三个月没发", "拖欠工资"),
        ("电梯里关着两个人", "电梯困人"),
        ("电梯把人困在里面，困在电梯", "电梯困人"),
        ("家里暖气冰凉", "暖气不热"),
        ("工地半夜还在敲", "夜间施工"),
        ("井盖不见了", "井盖缺失"),
        ("被一条大狗咬了", "犬只咬伤人"),
        ("低保停了三个月", "补贴未发放"),
        ("手机没电了", None),
        ("我买票的时候", None),
        ("少了一两个人", None),
        ("孩子的老师很好", None),
        ("地里的苗塌下去了", None),
    ],
)
def test_a_heading_says_no_more_than_was_said(talk: MakeTalk, said: str, heading: str | None) -> None:
    found = topics_of(talk(said))
    assert (found[0].heading if found else None) == heading


def test_what_is_spoken_of_most_comes_first(talk: MakeTalk) -> None:
    said = talk("楼下油烟大", "A:还有吗", "也停水，停水三天", "A:停水多久", "停水三天了")
    assert [topic.heading for topic in topics_of(said)] == ["停水", "油烟扰民"]


def test_what_comes_up_late_and_once_is_said_by_the_way(talk: MakeTalk) -> None:
    said = talk("门禁坏了", "A:哪里", "三号楼", "A:您贵姓", "姓高，去年还停电过")
    assert topics_of(said) == []


def test_the_call_taker_s_words_are_no_topic(talk: MakeTalk) -> None:
    assert topics_of(talk("喂", "A:您是反映停水吗", "不是")) == []
