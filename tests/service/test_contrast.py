"""Contrast: what the matter is not, said beside what it is."""

from __future__ import annotations

import pytest

from models.document import Document, Segment
from service.alarm import open_default_rules


def contrasts(document: Document) -> bool:
    return open_default_rules().contrast.is_in(document)


@pytest.mark.parametrize(
    "text",
    [
        "单位没有少发过奖金，我问的是产假有几天",
        "不是咨询落户，我是想咨询换证",
        "我不投诉出租车，我要夸夸那位师傅",
        "学籍的事已经办好了，现在想问的是校车几点来",
        "供暖的事不问了，我想问燃气卡在哪里充",
        "不是停电，是电费多扣了",
        "社保卡没坏，是药店不给刷",
        "不涉及油烟，就是招牌挡光",
        "反映超市短斤少两，不是假货",
    ],
)
def test_what_it_is_not_is_heard_beside_what_it_is(text: str) -> None:
    assert contrasts(Document.of(text))


@pytest.mark.parametrize(
    "text",
    [
        "我想问的是产假有几天",
        "公司没有发工资",
        "没有结婚，是单身，贷款额度怎么算",
        "窗口不是关门，就是排长队",
        "请问年假是不是按月算，是怎么算的",
        "路灯没亮，请派人来修",
        "路灯没亮，是什么原因",
        "不知道投诉给谁，我很着急",
    ],
)
def test_denial_or_question_alone_is_no_contrast(text: str) -> None:
    assert not contrasts(Document.of(text))


def test_emphasis_in_a_long_letter_turns_nothing() -> None:
    emphasis = "这不是一天两天，是整整半年。"
    assert contrasts(Document.of(emphasis))
    assert not contrasts(Document.of(emphasis + "楼上的住户每天深夜拖动桌椅，物业和居委会都来过。" * 5))


def test_the_agent_contrasts_nothing_and_the_title_does() -> None:
    words = "不是咨询落户，我是想咨询换证"
    assert not contrasts(Document((Segment(words, "agent"), Segment("好的", "citizen"))))
    assert contrasts(Document.of("请回复", title=words))
