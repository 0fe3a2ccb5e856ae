"""Tests of family names."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service.form.families import families_in, surname_of
from service.form.talk import Talk


def test_double_surnames() -> None:
    assert surname_of("欧阳锋") == "欧阳"
    assert surname_of("王佳") == "王"


@pytest.mark.parametrize(
    ("lines", "families"),
    [
        (("A:您贵姓", "免贵姓祁"), ["祁"]),
        (("A:您贵姓", "祁，祁连山的祁"), ["祁"]),
        (("我姓祁，楼上漏水",), ["祁"]),
        (("楼上那个姓祁的老是敲墙",), []),
        (("A:物业负责人是谁", "姓祁"), []),
    ],
)
def test_a_family_name_is_the_callers_own(
    talk: Callable[..., Talk], lines: tuple[str, ...], families: list[str]
) -> None:
    assert [mention.value for mention in families_in(talk(*lines))] == families
