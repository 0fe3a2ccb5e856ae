"""Tests of times that are no event's."""

from __future__ import annotations

from datetime import datetime

import pytest

from service.form.talk import Turn, fold
from service.form.time.asides import is_aside
from service.form.time.timeline import read_times
from service.ticket import CHINA

RECEIVED = datetime(2025, 10, 15, 10, 30, tzinfo=CHINA)


def _asides(text: str) -> list[bool]:
    turn = Turn(0, "citizen", text, fold(text))
    return [is_aside(turn, when) for when in read_times(turn.folded, RECEIVED)]


@pytest.mark.parametrize(
    "text",
    [
        "我父亲1951年3月8号出生",
        "孩子出生日期：2024年5月6日",
        "生产日期是今年二月份",
        "去年十二月生产的",
        "住河湾组12号，井干了",
        "枫林路26-1号漏水",
        "枫林路18号漏水",
        "枫林村三坊12号违建",
        "白天勿打，请晚上8点后联系",
        "请于晚上七点后回电",
        "晚上六点以后再打",
        "望尽快处理。此致 敬礼 全体住户 2025年9月28日",
        "电梯坏了没人修。\n全体住户\n二〇二五年九月二十八日",
    ],
)
def test_births_makings_doors_calls_back_and_dates_of_letters_are_no_events(text: str) -> None:
    assert _asides(text) == [True]


@pytest.mark.parametrize(
    "text",
    [
        "施工队12号进的场",
        "昨天下午三点联系不上",
        "晚上七点以后打都没人接",
        "每天晚上八点后打电话吵人",
        "这事发生在2025年9月28日",
        "物业停水\n时间：2025年9月28日",
        "去年生病以后",
        "5月20号电话里说的",
    ],
)
def test_what_only_looks_like_an_aside_stays(text: str) -> None:
    assert True not in _asides(text)
