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
    ],
)
def test_an_address_is_read_as_it_is_said(talk: Callable[..., Talk], said: str, address: str) -> None:
    assert fill_email(talk(said)).value == address


def test_a_price_is_no_address(talk: Callable[..., Talk]) -> None:
    assert fill_email(talk("两点到三点 3.5元")).status == "missing"
