"""Tests of the look for expressions that take ages."""

from __future__ import annotations

import re
import tomllib
from time import thread_time

import pytest
from pydantic import TypeAdapter, ValidationError

from service.backtracking import find_slow_text, tell_slow
from service.city import DEFAULT_CITY
from service.pattern import Pattern


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+$",
        r"(\d+)*x",
        r"合同(\d+\s*)*号",
        r"(a|a)*b",
        r"(ab|a|b)*c",
        r"(?:[a-z]+|[x-z]+)*!",
        r"\d+\d+x",
        r"(.*)*x",
        r"(?:\d{1,20}){1,20}x",
        r"([一-龥]+)+号",
        r"(?:x?y?)*z",
        r"(?:人|人员|员)*$",
        r"(a*?)*?b",
        r"(?=(\d+)*x)\d",
    ],
)
def test_an_expression_that_takes_ages_is_told_with_a_text(pattern: str) -> None:
    start = thread_time()
    assert "bound it" in (tell_slow(pattern) or "")
    assert thread_time() - start < 5, "the look itself must not take ages"


@pytest.mark.parametrize(
    "pattern",
    [
        r"合同号?([0-9]{8})",
        r"\d+号",
        r"户号[:：]?\s*(\d{8,12})",
        r"[^，。]*停水[^，。]*",
        r"(?:没有?|并未)(?:发生|出现|发现)*",
        r"(\d+)(?:-\d+)*号",
        r"([A-Z0-9]+-)+\d",
        r".*合同.*号(\d+)",
    ],
)
def test_an_expression_of_the_usual_kind_is_none(pattern: str) -> None:
    assert find_slow_text(pattern) is None


def test_the_shipped_signals_are_looked_at_quickly() -> None:
    rules = tomllib.loads((DEFAULT_CITY / "signals.toml").read_text(encoding="utf-8"))
    patterns = [pattern for rule in rules["emergencies"] for pattern in rule["patterns"]]
    start = thread_time()
    assert not [pattern for pattern in patterns if find_slow_text(pattern)]
    assert thread_time() - start < 2


def test_what_is_no_expression_is_an_error_of_its_own() -> None:
    with pytest.raises(re.error):
        find_slow_text("(")


def test_a_signal_that_takes_ages_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"takes ages on texts such as '燃气泄漏"):
        TypeAdapter(Pattern).validate_python("(?:燃气|泄漏|燃气泄漏)*爆炸")
