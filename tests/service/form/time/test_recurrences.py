"""Tests of recurrences: the days and the hours of what happens again and again. The calls are this project's own."""

from __future__ import annotations

from datetime import datetime

import pytest

from service.form.talk import fold
from service.form.time.recurrences import hour_of
from service.form.time.timeline import read_times
from service.ticket import CHINA

WEDNESDAY = "2025-10-15T10:30"  # the received time of phrases that need no other

PHRASES = [
    ("2025-03-26T10:11", "每个礼拜二礼拜四下午 讲课", "recurring:每周二、周四下午"),
    (WEDNESDAY, "每天早上七点四十", "recurring:每天07:40"),
    (WEDNESDAY, "他天天夜里两点半到四点半", "recurring:每天02:30-04:30"),
    (WEDNESDAY, "每天晚上九点多到两三点", "recurring:每天21:00-03:00"),
    (WEDNESDAY, "每天下午四点钟小孩子接回来 到晚上八点半", "recurring:每天16:00-20:30"),
    (WEDNESDAY, "每天凌晨", "recurring:每天凌晨"),
    (WEDNESDAY, "每周六上午", "recurring:每周六上午"),
    (WEDNESDAY, "每天晚上八点到十二点", "recurring:每天20:00-24:00"),
    (
        "2025-11-26T23:28",
        "从上个星期三开始 天天晚上 八九点开始放喇叭 到十二点",
        "recurring:2025-11-19起每天20:00-24:00",
    ),
    (WEDNESDAY, "每天早上六点", "recurring:每天06:00"),
    (WEDNESDAY, "每晚十点", "recurring:每晚22:00"),
    (WEDNESDAY, "天天半夜十二点", "recurring:每天24:00"),
    (WEDNESDAY, "每周三", "recurring:每周三"),
    (WEDNESDAY, "每周六、周日下午", "recurring:每周六、周日下午"),
    (WEDNESDAY, "每个周末", "recurring:每周末"),
    (WEDNESDAY, "每天中午十二点到两点", "recurring:每天12:00-14:00"),
    (WEDNESDAY, "每天六点到八点", "recurring:每天06:00-08:00"),
    (WEDNESDAY, "每天夜里", "recurring:每天夜里"),
    (WEDNESDAY, "每天早上五点多", "recurring:每天05:00"),
    (WEDNESDAY, "每个星期五晚上七点", "recurring:每周五19:00"),
    (WEDNESDAY, "每天凌晨四点到六点", "recurring:每天04:00-06:00"),
    (WEDNESDAY, "周一到周五早上七点", "recurring:每周一至周五07:00"),
    (WEDNESDAY, "周一到周五早上七点到九点", "recurring:每周一至周五07:00-09:00"),
    (WEDNESDAY, "每周一到周五", "recurring:每周一至周五"),
    (WEDNESDAY, "礼拜四到礼拜天 晚上十点到三点", "recurring:每周四至周日22:00-03:00"),
    (WEDNESDAY, "每月十五号", "recurring:每月15日"),
    (WEDNESDAY, "每个月15号早上八点", "recurring:每月15日08:00"),
    (WEDNESDAY, "每月月底", "recurring:每月底"),
    (WEDNESDAY, "每年三月", "recurring:每年3月"),
    (WEDNESDAY, "每隔两天", "recurring:每隔2天"),
    (WEDNESDAY, "隔两天就来一次", "recurring:每隔2天"),
    (WEDNESDAY, "隔三差五半夜", "recurring:隔三差五半夜"),
    (WEDNESDAY, "每天早八点到晚八点", "recurring:每天08:00-20:00"),
    (WEDNESDAY, "每天零点到五点", "recurring:每天00:00-05:00"),
]


@pytest.mark.parametrize(("received", "said", "value"), PHRASES)
def test_a_phrase_means_what_recurs(received: str, said: str, value: str) -> None:
    found = read_times(fold(said), datetime.fromisoformat(received).replace(tzinfo=CHINA))
    assert value in [when.value for when in found]


@pytest.mark.parametrize(
    ("hour", "part", "of_day"),
    [
        (3, "下午", 15),
        (12, "中午", 12),
        (1, "中午", 13),
        (12, "半夜", 24),
        (2, "夜里", 2),
        (11, "夜里", 23),
        (8, "晚上", 20),
        (6, "早上", 6),
    ],
)
def test_hours_of_the_day(hour: int, part: str, of_day: int) -> None:
    assert hour_of(hour, part) == of_day


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("每逢周末和节假日晚上7点至9点半放电影", "recurring:每周末、节假日19:00-21:30"),
        ("双休日楼上早上6点就拖桌子", "recurring:双休日06:00"),
        ("工作日早上7点到8点半堵得死死的", "recurring:工作日07:00-08:30"),
        ("每个工作日下午都停电", "recurring:工作日下午"),
        ("法定节假日都不让人睡觉", "recurring:节假日"),
        ("每个星期二、四、六晚上敲鼓", "recurring:每周二、周四、周六晚上"),
        ("星期一三五倒垃圾", "recurring:每周一、周三、周五"),
        ("周六日施工", "recurring:每周六、周日"),
        ("每周五和周六晚上唱歌", "recurring:每周五、周六晚上"),
        ("每月8号和25号，凌晨2点到5点卸货", "recurring:每月8日、25日02:00-05:00"),
        ("每逢3号、18号赶集堵路", "recurring:每月3日、18日"),
        ("周六周日从早上九点到晚上六点打桩", "recurring:每周六、周日09:00-18:00"),
        ("周一到周五每天早上5点半吹号", "recurring:每周一至周五05:30"),
        ("每周四来装货，早上5点就吵", "recurring:每周四05:00"),
    ],
)
def test_a_recurrence_keeps_all_its_days_and_its_hours(text: str, value: str) -> None:
    (when,) = read_times(fold(text), datetime(2025, 10, 15, 10, 30, tzinfo=CHINA))
    assert when.value == value


@pytest.mark.parametrize(
    "text",
    ["每月36元的月租", "每月20块钱", "五个工作日都没答复", "节假日加班费没给", "每月15.5元"],
)
def test_sums_and_terms_do_not_recur(text: str) -> None:
    assert read_times(fold(text), datetime(2025, 10, 15, 10, 30, tzinfo=CHINA)) == []
