"""Tests of whom a question of the call-taker asks for."""

from __future__ import annotations

import pytest

from service.form.whom import asks_name, asks_of_relative, asks_who_else


@pytest.mark.parametrize(
    "question", ["负责人", "老板叫什么", "那老板电话有吗", "那个司机是谁？", "对方的联系方式呢", "班主任姓什么"]
)
def test_another_may_be_asked_for(question: str) -> None:
    assert asks_who_else(question)
    assert not asks_name(question) or "姓" in question


@pytest.mark.parametrize(
    "question",
    [
        "老板您贵姓",
        "好的老师",
        "李老板电话多少",
        "师傅",
        "您是负责人吗",
        "您的电话呢",
        "请问是什么事",
        "您怎么称呼",
        "",
    ],
)
def test_the_caller_is_not_another(question: str) -> None:
    assert not asks_who_else(question)


def test_a_relative_is_told_from_the_caller() -> None:
    assert asks_of_relative("您父亲叫什么名字")
    assert not asks_of_relative("大姐叫什么名字")
    assert not asks_name("您父亲叫什么名字")
