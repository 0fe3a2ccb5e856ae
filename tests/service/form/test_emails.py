"""Tests of e-mail addresses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service.form.emails import fill_email
from service.form.talk import Talk


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("发到 Wang.li@example.com 就行", "wang.li@example.com"),
        ("邮箱wangli 艾特 example 点 com", "wangli@example.com"),
        ("邮箱是ａｂｃ@example.com.cn。", "abc@example.com.cn"),
        ("zhang下划线san艾特qq点com", "zhang_san@qq.com"),
        ("邮箱li杠wei艾特example点com", "li-wei@example.com"),
        ("邮箱是幺三八零零零零 五零九六艾特幺六三点com", "13800005096@163.com"),
        ("我邮箱z h a o 艾特 qq 点 com", "zhao@qq.com"),
        ("邮箱zhao at example 点 com 点 cn", "zhao@example.com.cn"),
    ],
)
def test_an_address_is_read_as_it_is_said(talk: Callable[..., Talk], said: str, address: str) -> None:
    field = fill_email(talk(said))
    assert (field.value, field.status) == (address, "filled")


@pytest.mark.parametrize(
    "lines",
    [
        ("邮箱zhang下划线", "A:嗯", "san艾特qq点com"),
        ("邮箱zhang下划线san", "A:然后呢", "艾特qq点com"),
        ("邮箱zhang下划线san艾特qq", "A:嗯", "点com"),
    ],
)
def test_an_address_that_was_split_over_turns_is_one(talk: Callable[..., Talk], lines: tuple[str, ...]) -> None:
    field = fill_email(talk(*lines))
    assert (field.value, field.status) == ("zhang_san@qq.com", "filled")


def test_an_address_whose_beginning_may_be_missing_is_only_suggested(talk: Callable[..., Talk]) -> None:
    assert fill_email(talk("邮箱zhang san艾特qq点com")).status == "suggested"


@pytest.mark.parametrize("lines", [("怎么交", "A:材料发到service@city.gov.cn", "好"), ("网站是www.platform.com",)])
def test_what_is_not_the_callers_address_is_none(talk: Callable[..., Talk], lines: tuple[str, ...]) -> None:
    assert fill_email(talk(*lines)).status == "missing"


def test_a_price_is_no_address(talk: Callable[..., Talk]) -> None:
    assert fill_email(talk("两点到三点 3.5元")).status == "missing"
