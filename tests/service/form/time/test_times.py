"""Tests of the event's time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from models.prediction import Prediction, Span
from service.city import DEFAULT_CITY
from service.form.choice import CHOICE as FILE
from service.form.choice import Choice
from service.form.talk import Talk
from service.form.time.times import fill_time
from service.ticket import CHINA

MakeTalk = Callable[..., Talk]
CHOICE = Choice.open(DEFAULT_CITY / FILE)
RECEIVED = datetime(2025, 10, 15, 10, 30, tzinfo=CHINA)


def test_the_answer_to_the_question_for_it_counts_most(talk: MakeTalk, silent: Prediction) -> None:
    said = talk("我二〇一八年买的房", "A:什么时候开始漏的", "上个月二十六号")
    assert fill_time(said, silent, RECEIVED, CHOICE, kind="投诉").value == "2025-09-26"


def test_a_day_and_a_clock_said_apart_are_one(talk: MakeTalk, silent: Prediction) -> None:
    said = talk("昨天下午我去游泳", "A:具体几点", "三点半左右")
    assert fill_time(said, silent, RECEIVED, CHOICE, kind="投诉").value == "2025-10-14T15:30"


def test_a_month_and_the_day_in_it_are_one(talk: MakeTalk, silent: Prediction) -> None:
    said = talk("去年十二月办的证 十二月五号办下来的 就是没有补贴")
    marked = Prediction({}, (Span("time", 0, 0, 5, 0.9),), truncated=False)
    assert str(fill_time(said, marked, RECEIVED, CHOICE, kind="求助").value).startswith("2024-12-05")


def test_the_hour_of_the_call_is_not_the_events(talk: MakeTalk, silent: Prediction) -> None:
    said = talk("到的时候九点四十，现在十点二十五了")
    assert fill_time(said, silent, RECEIVED, CHOICE, kind="投诉").value == "2025-10-15T09:40"


def test_a_recurrence_counts_more_than_an_instance_of_it(talk: MakeTalk, silent: Prediction) -> None:
    said = talk("每天早上七点四十垃圾车堵门", "A:最近一次是什么时候", "今天早上七点四十二分")
    assert fill_time(said, silent, RECEIVED, CHOICE, kind="投诉").value == "recurring:每天07:40"


def test_what_goes_on_lasts_until_the_call(talk: MakeTalk, silent: Prediction) -> None:
    said = talk("去年9月16号申请的，到现在一分没退")
    assert fill_time(said, silent, RECEIVED, CHOICE, kind="投诉").value == "2024-09-16/2025-10-15"


def test_the_model_decides_between_times(talk: MakeTalk) -> None:
    said = talk("七月二号买的 八月三号坏的")
    marked = Prediction({}, (Span("time", 0, 7, 11, 0.9),), truncated=False)
    field = fill_time(said, marked, RECEIVED, CHOICE, kind="投诉")
    assert field.value == "2025-08-03"
    assert "2025-07-02" in field.alternatives


def test_days_of_a_kind_are_not_the_events(talk: MakeTalk, silent: Prediction) -> None:
    said = talk("国庆、端午人多，八月十七号有人摔下去")
    assert fill_time(said, silent, RECEIVED, CHOICE, kind="投诉").value == "2025-08-17"


def test_nothing_said_is_missing(talk: MakeTalk, silent: Prediction) -> None:
    assert fill_time(talk("路灯坏了"), silent, RECEIVED, CHOICE, kind="投诉").status == "missing"


def test_the_agents_dates_are_not_the_callers(talk: MakeTalk, silent: Prediction) -> None:
    assert (
        fill_time(talk("A:系统显示十月三号已办结", "没人来过"), silent, RECEIVED, CHOICE, kind="投诉").status
        == "missing"
    )


@pytest.mark.parametrize(
    ("lines", "value", "first"),
    [
        (("昨天晚上八点，不对，九点停的电",), "2025-10-14T21:00", "2025-10-14T20:00"),
        (("上周三停的电，啊说错了，是上周四",), "2025-10-09", "2025-10-08"),
        (
            ("停电了", "A:什么时候", "昨天下午三点", "A:昨天下午三点对吗", "哦不对，是四点"),
            "2025-10-14T16:00",
            "2025-10-14T15:00",
        ),
    ],
)
def test_a_time_that_was_put_right_stands(
    talk: MakeTalk, silent: Prediction, lines: tuple[str, ...], value: str, first: str
) -> None:
    field = fill_time(talk(*lines), silent, RECEIVED, CHOICE, kind="投诉")
    assert field.value == value
    assert first in field.alternatives


def test_when_a_thing_was_done_counts_more_than_what_came_later(talk: MakeTalk, silent: Prediction) -> None:
    said = talk("去年九月报的驾校，三月十号我去，大门锁着")
    assert str(fill_time(said, silent, RECEIVED, CHOICE, kind="投诉").value).startswith("2024-09")


def test_the_day_of_the_call_is_rarely_the_matters(talk: MakeTalk, silent: Prediction) -> None:
    said = talk("四月份、五月份的工资没发，今天十月十五号了")
    assert str(fill_time(said, silent, RECEIVED, CHOICE, kind="投诉").value).startswith("2025-04")


def test_hours_beside_hours_are_every_days(talk: MakeTalk, silent: Prediction) -> None:
    said = talk("中午十一点开始到下午两点 晚上五点到十点 油烟呼呼的")
    assert fill_time(said, silent, RECEIVED, CHOICE, kind="投诉").value == "recurring:每天11:00-14:00、17:00-22:00"


def test_a_clock_takes_the_part_of_the_day_said_before(talk: MakeTalk, silent: Prediction) -> None:
    said = talk("昨天下午带孩子去泳池", "A:具体几点", "十月十四号三点半左右")
    assert fill_time(said, silent, RECEIVED, CHOICE, kind="投诉").value == "2025-10-14T15:30"


def test_a_date_that_is_near_lies_ahead(talk: MakeTalk, silent: Prediction) -> None:
    said = talk("昨天来通知的，说十月二十八号停水")
    assert fill_time(said, silent, RECEIVED, CHOICE, kind="投诉").value == "2025-10-14"


def test_a_question_whether_it_is_so_takes_nothing_back(talk: MakeTalk, silent: Prediction) -> None:
    said = talk("我上周三跟他说过", "A:之前打过吗", "打过，你说是不是耍人，从五月份到现在")
    field = fill_time(said, silent, RECEIVED, CHOICE, kind="投诉")
    assert (field.value, len(field.places)) == ("2025-05/2025-10-15", 1)


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        ("晚上十点开 早上七点停 白天没味儿", "每天22:00-07:00"),
        ("晚上六点钟出来 十一点钟还不收", "每天18:00-23:00"),
        ("夜里头放 半夜一点到四点 天一亮就停", "每天01:00-04:00"),
    ],
)
def test_when_it_begins_and_ends_is_told_as_a_habit(talk: MakeTalk, silent: Prediction, said: str, hours: str) -> None:
    assert fill_time(talk(said), silent, RECEIVED, CHOICE, kind="投诉").value == f"recurring:{hours}"


def test_an_hour_after_midnight_is_in_the_night_that_was_said_before(talk: MakeTalk, silent: Prediction) -> None:
    said = talk("昨天晚上楼上吵得不得了", "A:具体几点", "一点四十左右")
    assert fill_time(said, silent, RECEIVED, CHOICE, kind="投诉").value == "2025-10-15T01:40"


def test_a_time_that_may_be_another_nights_is_not_filled_in(talk: MakeTalk) -> None:
    said = talk("A:什么时候的事", "前天夜里两点多围墙倒了")
    sure = Prediction({}, (Span("time", 1, 0, 7, 0.99),), truncated=False)
    field = fill_time(said, sure, RECEIVED, CHOICE, kind="投诉")
    assert (field.value, field.status) == ("2025-10-13T02:00", "suggested")
    assert field.alternatives == ("2025-10-14T02:00",)


def test_hours_are_those_of_the_days_that_were_said_after_them(talk: MakeTalk, silent: Prediction) -> None:
    said = talk("楼下烧烤摊吵", "A:几点", "晚上九点到凌晨两点", "A:天天吗", "主要是周五周六")
    assert fill_time(said, silent, RECEIVED, CHOICE, kind="投诉").value == "recurring:每周五、周六21:00-02:00"


def test_a_bare_hour_that_puts_one_right_is_of_the_same_day_and_part(talk: MakeTalk, silent: Prediction) -> None:
    said = talk("昨天下午三点来钟吧，哦不，四点", "A:四点对吧", "对")
    assert fill_time(said, silent, RECEIVED, CHOICE, kind="投诉").value == "2025-10-14T16:00"
