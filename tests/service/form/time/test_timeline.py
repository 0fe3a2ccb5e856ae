"""Tests of the timeline: phrases of time against the time of the call. The calls are this project's own."""

from __future__ import annotations

from datetime import datetime

import pytest

from service.form.talk import fold
from service.form.time.timeline import read_times
from service.ticket import CHINA

WEDNESDAY = "2025-10-15T10:30"  # the received time of phrases that need no other

PHRASES = [
    # years
    (WEDNESDAY, "二〇一九年十二月交的房", "2019-12"),
    (WEDNESDAY, "二零二三年六月十五号", "2023-06-15"),
    (WEDNESDAY, "零二年下岗", "2002"),
    (WEDNESDAY, "一三年就来了", "2013"),
    (WEDNESDAY, "九八年", "1998"),
    (WEDNESDAY, "2023年6月30日交房", "2023-06-30"),
    (WEDNESDAY, "2023-06-30交房", "2023-06-30"),
    (WEDNESDAY, "去年离婚了", "2024"),
    (WEDNESDAY, "前年修过一回", "2023"),
    (WEDNESDAY, "三年前报的名", "2022"),
    (WEDNESDAY, "二〇二四年年底厂子黄了", "2024-12"),
    ("2025-04-15T16:23", "去年年底", "2024-12"),
    ("2026-01-27T14:15", "二零二三年底就到期", "2023-12"),
    # months
    ("2025-05-22T11:05", "去年十一月办的备案", "2024-11"),
    ("2026-05-29T17:50", "今年四月份又在路上修了个铁门", "2026-04"),
    (WEDNESDAY, "十二月份", "2024-12"),
    (WEDNESDAY, "上个月", "2025-09"),
    ("2025-07-31T16:16", "上上个月还来丈量", "2025-05"),
    ("2025-04-22T14:03", "下个月", "2025-05"),
    (WEDNESDAY, "两个月前", "2025-08"),
    ("2026-06-15T11:26", "五月初种的", "2026-05"),
    # days
    ("2025-06-23T20:08", "5月30号", "2025-05-30"),
    ("2025-06-30T21:44", "今年3月8号交的", "2025-03-08"),
    ("2025-12-22T09:02", "去年11月9号", "2024-11-09"),
    ("2026-09-08T09:36", "上个月，八月十七号", "2026-08-17"),
    ("2026-01-28T14:40", "上个月21号冬至那天", "2025-12-21"),
    ("2026-07-08T10:02", "前天，七月六号", "2026-07-06"),
    (WEDNESDAY, "十二号", "2025-10-12"),
    (WEDNESDAY, "昨天晚上两点", "2025-10-15T02:00"),
    (WEDNESDAY, "十点以前下午五点", "2025-10-14T17:00"),
    (WEDNESDAY, "二十八号", "2025-09-28"),
    (WEDNESDAY, "昨天", "2025-10-14"),
    (WEDNESDAY, "大前天", "2025-10-12"),
    (WEDNESDAY, "三天前", "2025-10-12"),
    (WEDNESDAY, "上周五", "2025-10-10"),
    (WEDNESDAY, "上个礼拜天", "2025-10-12"),
    (WEDNESDAY, "２０２５年１０月１日", "2025-10-01"),
    # holidays and the lunar calendar
    (WEDNESDAY, "国庆节那天", "2025-10-01"),
    (WEDNESDAY, "去年中秋", "2024-09-17"),
    ("2025-02-04T18:09", "正月初七返程", "2025-02-04"),
    ("2026-02-06T20:15", "腊月十八", "2026-02-05"),
    ("2026-03-06T08:58", "腊月二十几", "2026-02"),
    ("2026-04-17T13:20", "去年冬月间", "2025-12"),
    ("2026-03-24T22:19", "从正月间开工", "2026-02"),
    # parts of the day and clocks
    ("2025-10-11T20:44", "昨天晚上九点多", "2025-10-10T21:00"),
    (WEDNESDAY, "前天晚上十点多", "2025-10-13T22:00"),
    (WEDNESDAY, "昨晚十一点半", "2025-10-14T23:30"),
    (WEDNESDAY, "今天凌晨两点", "2025-10-15T02:00"),
    ("2026-03-05T07:58", "今天早晨七点二十五", "2026-03-05T07:25"),
    ("2026-07-14T14:02", "前天 七月十二号 晚上八点四十", "2026-07-12T20:40"),
    ("2025-09-01T19:06", "前天星期六下午三点多", "2025-08-30T15:00"),
    ("2025-12-31T23:18", "刚才十一点零五分", "2025-12-31T23:05"),
    ("2026-03-30T07:34", "七点十来分", "2026-03-30T07:10"),
    ("2025-08-03T17:26", "四点半来的", "2025-08-03T16:30"),
    ("2025-06-13T18:28", "下午四点半", "2025-06-13T16:30"),
    ("2025-12-23T07:48", "就刚才 六点半的样子", "2025-12-23T06:30"),
    (WEDNESDAY, "昨天16:40", "2025-10-14T16:40"),
    (WEDNESDAY, "两个小时前", "2025-10-15T08:30"),
    # all kinds once more, against the calendar
    (WEDNESDAY, "二〇二四年三月", "2024-03"),
    (WEDNESDAY, "2021年5月", "2021-05"),
    (WEDNESDAY, "二零二零年", "2020"),
    (WEDNESDAY, "前年八月", "2023-08"),
    (WEDNESDAY, "大前年", "2022"),
    (WEDNESDAY, "五年前", "2020"),
    (WEDNESDAY, "今年年初", "2025-01"),
    (WEDNESDAY, "去年年初", "2024-01"),
    (WEDNESDAY, "今年六月一号", "2025-06-01"),
    (WEDNESDAY, "去年十二月三十一号", "2024-12-31"),
    (WEDNESDAY, "本月十号", "2025-10-10"),
    (WEDNESDAY, "上个月底", "2025-09"),
    (WEDNESDAY, "上个月初", "2025-09"),
    (WEDNESDAY, "九月中旬", "2025-09"),
    (WEDNESDAY, "八月下旬", "2025-08"),
    (WEDNESDAY, "三个月前", "2025-07"),
    (WEDNESDAY, "半个月前", "2025-09-30"),
    (WEDNESDAY, "一个星期前", "2025-10-08"),
    (WEDNESDAY, "两周前", "2025-10-01"),
    (WEDNESDAY, "十天前", "2025-10-05"),
    (WEDNESDAY, "前天", "2025-10-13"),
    (WEDNESDAY, "今天", "2025-10-15"),
    (WEDNESDAY, "明天", "2025-10-16"),
    (WEDNESDAY, "后天", "2025-10-17"),
    (WEDNESDAY, "上周一", "2025-10-06"),
    (WEDNESDAY, "上上周五", "2025-10-03"),
    (WEDNESDAY, "这周一", "2025-10-13"),
    (WEDNESDAY, "本周二", "2025-10-14"),
    (WEDNESDAY, "下周三", "2025-10-22"),
    (WEDNESDAY, "星期一", "2025-10-13"),
    (WEDNESDAY, "礼拜天", "2025-10-12"),
    (WEDNESDAY, "上礼拜六", "2025-10-11"),
    (WEDNESDAY, "五月十二号", "2025-05-12"),
    (WEDNESDAY, "12月3号", "2024-12-03"),
    (WEDNESDAY, "十月一号", "2025-10-01"),
    (WEDNESDAY, "九月三十号", "2025-09-30"),
    (WEDNESDAY, "2025/9/8", "2025-09-08"),
    (WEDNESDAY, "2025.9.8", "2025-09-08"),
    (WEDNESDAY, "2025-09-08", "2025-09-08"),
    (WEDNESDAY, "九月二十", "2025-09-20"),
    (WEDNESDAY, "五一那天", "2025-05-01"),
    (WEDNESDAY, "元旦", "2025-01-01"),
    (WEDNESDAY, "今年春节", "2025-01-29"),
    (WEDNESDAY, "去年春节", "2024-02-10"),
    (WEDNESDAY, "除夕", "2025-01-28"),
    (WEDNESDAY, "大年初三", "2025-01-31"),
    (WEDNESDAY, "正月十五", "2025-02-12"),
    (WEDNESDAY, "元宵节", "2025-02-12"),
    (WEDNESDAY, "清明节", "2025-04-04"),
    (WEDNESDAY, "端午节", "2025-05-31"),
    (WEDNESDAY, "中秋节", "2025-10-06"),
    (WEDNESDAY, "重阳节", "2024-10-11"),
    (WEDNESDAY, "农历八月十五", "2025-10-06"),
    (WEDNESDAY, "腊月二十三", "2025-01-22"),
    (WEDNESDAY, "去年端午", "2024-06-10"),
    (WEDNESDAY, "双十一", "2024-11-11"),
    (WEDNESDAY, "去年冬至", "2024-12-21"),
    (WEDNESDAY, "教师节", "2025-09-10"),
    (WEDNESDAY, "六一儿童节", "2025-06-01"),
    (WEDNESDAY, "昨天早上八点", "2025-10-14T08:00"),
    (WEDNESDAY, "昨天中午十二点", "2025-10-14T12:00"),
    (WEDNESDAY, "昨天下午五点一刻", "2025-10-14T17:15"),
    (WEDNESDAY, "昨天傍晚六点", "2025-10-14T18:00"),
    (WEDNESDAY, "昨天晚上十二点", "2025-10-15T00:00"),
    (WEDNESDAY, "今早六点", "2025-10-15T06:00"),
    (WEDNESDAY, "今天上午九点二十", "2025-10-15T09:20"),
    (WEDNESDAY, "早上八点半", "2025-10-15T08:30"),
    (WEDNESDAY, "凌晨一点", "2025-10-15T01:00"),
    (WEDNESDAY, "凌晨三点四十", "2025-10-15T03:40"),
    (WEDNESDAY, "前天中午一点", "2025-10-13T13:00"),
    (WEDNESDAY, "10月12日晚8点", "2025-10-12T20:00"),
    (WEDNESDAY, "10月12号20:15", "2025-10-12T20:15"),
    (WEDNESDAY, "十号早上七点零五", "2025-10-10T07:05"),
    (WEDNESDAY, "昨天夜里十一点", "2025-10-14T23:00"),
    (WEDNESDAY, "周日晚上九点", "2025-10-12T21:00"),
    (WEDNESDAY, "国庆节下午三点", "2025-10-01T15:00"),
    (WEDNESDAY, "半个小时前", "2025-10-15T10:00"),
    (WEDNESDAY, "三个小时前", "2025-10-15T07:30"),
    (WEDNESDAY, "８点４５", "2025-10-15T08:45"),
    # a part of a day is the stretch of its hours; a night may belong to either day
    (WEDNESDAY, "昨天半夜", "2025-10-14"),
    (WEDNESDAY, "周二到周四停水", "2025-10-14"),  # no stretch ends before it begins
    # days, leap months and spells
    (WEDNESDAY, "大后天", "2025-10-18"),
    (WEDNESDAY, "大后天上午八点", "2025-10-18T08:00"),
    (WEDNESDAY, "闰六月初三", "2025-07-27"),
    (WEDNESDAY, "农历六月初三", "2025-06-27"),
    (WEDNESDAY, "惊蛰", "2025-03-05"),
    (WEDNESDAY, "年初三放的鞭炮", "2025-01-31"),
    (WEDNESDAY, "十一期间", "2025-10-01"),
    (WEDNESDAY, "去年十一长假", "2024-10-01"),
    (WEDNESDAY, "元月八号", "2025-01-08"),
    (WEDNESDAY, "元月中旬", "2025-01"),
    # the small hours of an evening are the next day's
    (WEDNESDAY, "昨晚一点多", "2025-10-15T01:00"),
    (WEDNESDAY, "昨晚0点20分", "2025-10-15T00:20"),
    (WEDNESDAY, "昨晚零点", "2025-10-15T00:00"),
    (WEDNESDAY, "昨晚十二点半", "2025-10-15T00:30"),
    (WEDNESDAY, "周一晚上两点", "2025-10-14T02:00"),
    (WEDNESDAY, "昨天夜里两点", "2025-10-15T02:00"),
    (WEDNESDAY, "今天晚上两点", "2025-10-15T02:00"),
    ("2025-10-15T00:30", "昨晚一点", "2025-10-14T01:00"),  # not after the call
    # counted back, and days that the month before does not have
    (WEDNESDAY, "六十年前盖的", "1965"),
    (WEDNESDAY, "三四年前", "2021"),
    (WEDNESDAY, "31号", "2025-08-31"),
    (WEDNESDAY, "2月29日", "2024-02-29"),
    # 刚才 is before the call
    ("2026-01-01T00:05", "刚才十一点多", "2025-12-31T23:00"),
    (WEDNESDAY, "大雪那天", "2024-12-06"),
]


@pytest.mark.parametrize(("received", "said", "value"), PHRASES)
def test_a_phrase_means_a_time(received: str, said: str, value: str) -> None:
    found = read_times(fold(said), datetime.fromisoformat(received).replace(tzinfo=CHINA))
    assert value in [when.value for when in found]


@pytest.mark.parametrize(
    "said",
    [
        "三点意见",
        "里头一点",
        "第三点",
        "五一路口",
        "3号楼2单元",
        "二号线",
        "温度十四度五",
        "一日三餐",
        "二年级",
        "月月都一样",
        "13月45号",
        "雨水管堵了",
        "下大雪路滑",
        "隔两天再打",
        "每年都这样",
        "每月都交",
        "暑假工",
        "25点",
        "幺三八零零幺三八零零零",
        "号码是一三六 五一二 零零四",
        "六一，三零一",
        "2025年2月29日",
        "押金三千元月租八百",
        "零点五公里",
        "往西边一点",
        "晚一点没关系",
        "68号文",
    ],
)
def test_what_is_no_time_is_not_read_as_a_date(said: str) -> None:
    found = read_times(fold(said), datetime(2025, 10, 15, 10, 30, tzinfo=CHINA))
    assert [when.value for when in found if when.dated or when.repeats] == []


@pytest.mark.parametrize(
    ("said", "value", "rival"),
    [
        ("昨天夜里两点", "2025-10-15T02:00", "2025-10-14T02:00"),
        ("前天半夜一点多", "2025-10-13T01:00", "2025-10-14T01:00"),
        ("昨晚一点", "2025-10-15T01:00", "None"),
        ("昨天夜里十一点", "2025-10-14T23:00", "None"),
        ("今天夜里两点", "2025-10-15T02:00", "None"),
    ],
)
def test_a_small_hour_of_a_night_may_be_the_day_before_or_after(said: str, value: str, rival: str) -> None:
    (when,) = read_times(fold(said), datetime(2025, 10, 15, 10, 30, tzinfo=CHINA))
    assert (when.value, str(when.rival)) == (value, rival)


def test_every_phrase_is_where_it_says() -> None:
    text = "我跟你说啊从五月份到现在两个多月"
    (when, *_) = read_times(fold(text), datetime(2025, 7, 22, 23, 41, tzinfo=CHINA))
    assert text[when.start : when.end] == "五月份"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("早上五点一趟接一趟", "2025-10-15T05:00"),
        ("早上五点零五", "2025-10-15T05:05"),
        ("早上五点十几分", "2025-10-15T05:10"),
        ("这个学期一直都有", "2025-09"),
        ("上个学期的事", "2025-03"),
        ("产品是前年的。我十月八号买的", "2025-10-08"),
    ],
)
def test_a_phrase_ends_where_its_sense_does(text: str, value: str) -> None:
    assert read_times(fold(text), datetime(2025, 10, 15, 10, 30, tzinfo=CHINA))[-1].value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("去年冬天就裂了", "2024-12"),
        ("去年麦收动的工", "2024-06"),
        ("十月二号门上贴了纸", "2025-10-02"),
        ("九月二十八号到期 十月一号起不让进", "2025-10-01"),
        ("昨个去问的", "2025-10-14"),
        ("昨天后晌三点", "2025-10-14T15:00"),
        ("天天黑介九点放烟", "recurring:每天21:00"),
        ("一到晚上就停满", "recurring:每天晚上"),
        ("礼拜一、礼拜四的晚上来", "recurring:每周一、周四晚上"),
        ("关了四十分钟咧", "2025-10-15T09:50/2025-10-15T10:30"),
        ("等了两个小时了", "2025-10-15T08:30/2025-10-15T10:30"),
    ],
)
def test_seasons_dialect_habits_and_short_waits(text: str, value: str) -> None:
    assert read_times(fold(text), datetime(2025, 10, 15, 10, 30, tzinfo=CHINA))[-1].value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("周一、二楼又漏了", "2025-10-13"),
        ("周五一直下雨", "2025-10-10"),
        ("假日酒店晚上八点唱歌", "2025-10-14T20:00"),
        ("一个半月前", "2025-08"),
        ("两年半前", "2023-04"),
        ("半个月前", "2025-09-30"),
        ("国庆第三天", "2025-10-03"),
        ("十一假期最后一天", "2025-10-08"),
        ("元旦假期最后一天", "2025-01"),
        ("清明节前一天", "2025-04-03"),
        ("国庆前一天晚上八点", "2025-09-30T20:00"),
        ("上个月买的，昨天坏了", "2025-10-14"),
    ],
)
def test_words_beside_a_date_count_for_it_only_where_they_belong_to_it(text: str, value: str) -> None:
    assert read_times(fold(text), datetime(2025, 10, 15, 10, 30, tzinfo=CHINA))[-1].value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("国庆节后第二天买的鞋", "2025-10-10"),  # that year the days off ended on the 8th
        ("五一后第一天", "2025-05-06"),
        ("春节前三天被辞退", "2025-01-26"),
        ("双十一之后第三天", "2024-11-14"),
        ("春节后第二天", "2025-01"),  # its days off differ from year to year
        ("元宵节当晚放烟花", "2025-02-12T18:00/2025-02-13T00:00"),
        ("10月3号当晚八点", "2025-10-03T20:00"),
    ],
)
def test_a_day_is_counted_from_a_holiday(text: str, value: str) -> None:
    assert read_times(fold(text), datetime(2025, 10, 15, 10, 30, tzinfo=CHINA))[-1].value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("今日下昼三点", "2025-10-15T15:00"),
        ("尋晚十点几", "2025-10-14T22:00"),
        ("琴日朝早八点", "2025-10-14T08:00"),
    ],
)
def test_the_day_is_told_in_cantonese(text: str, value: str) -> None:
    assert read_times(fold(text), datetime(2025, 10, 15, 10, 30, tzinfo=CHINA))[-1].value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("It was on Sep 20, 2025 at 3:30 pm near the station", "2025-09-20T15:30"),
        ("On 3 March 2025 a driver shouted at me", "2025-03-03"),
        ("on October 2nd around 12 am", "2025-10-02T00:00"),
        ("It is loud every night at 11 pm", "recurring:每晚23:00"),
    ],
)
def test_a_foreigner_says_when(text: str, value: str) -> None:
    assert read_times(fold(text), datetime(2025, 10, 15, 10, 30, tzinfo=CHINA))[-1].value == value


@pytest.mark.parametrize("text", ["I may call 3 times", "Marchand shop 5", "at 88 Minzu Avenue"])
def test_words_of_a_foreigner_that_tell_no_time(text: str) -> None:
    assert read_times(fold(text), datetime(2025, 10, 15, 10, 30, tzinfo=CHINA)) == []
