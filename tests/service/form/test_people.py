"""Tests of head counts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.prediction import Prediction
from service.city import DEFAULT_CITY
from service.form.choice import CHOICE as FILE
from service.form.choice import Choice
from service.form.people import fill_people, head_count
from service.form.talk import Talk

MakeTalk = Callable[..., Talk]
CHOICE = Choice.open(DEFAULT_CITY / FILE)


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ("老头老太太坐了满满一屋子 六七十号人", "60"),
        ("一期五栋楼，四百三十六户。", "436"),
        ("一共七百四十多户，今年要上学", "740"),
        ("身边七八个人都没退", "8"),
        ("我们建了一个群，目前一百六十三个人", "163"),
        ("我们屯子六家 加起来三百亩", "6"),
        ("我们阳东四十来户人", "40"),
        ("我替村里两千多口人讲话", "2000"),
    ],
)
def test_those_concerned_are_counted(talk: MakeTalk, silent: Prediction, said: str, count: str) -> None:
    assert fill_people(talk(said), silent, CHOICE).value == count


@pytest.mark.parametrize(
    "said", ["来了两个师傅", "核载十九个人", "二一个 已经签掉那些", "几百户业主", "第五人民医院", "家里三口人"]
)
def test_others_are_not(talk: MakeTalk, silent: Prediction, said: str) -> None:
    assert fill_people(talk(said), silent, CHOICE).status == "missing"


@pytest.mark.parametrize(("said", "count"), [("三户都停水", "3"), ("我们两家都淹了", "2"), ("楼上一漏影响了三户", "3")])
def test_a_few_households_that_are_affected_are_suggested(
    talk: MakeTalk, silent: Prediction, said: str, count: str
) -> None:
    field = fill_people(talk(said), silent, CHOICE)
    assert (field.value, field.status) == (count, "suggested")


@pytest.mark.parametrize("said", ["一梯两户的房子", "来了两三个人", "全县就两家", "我们楼的户主两个人来谈"])
def test_a_few_in_passing_are_no_count(talk: MakeTalk, silent: Prediction, said: str) -> None:
    assert fill_people(talk(said), silent, CHOICE).status == "missing"


@pytest.mark.parametrize(("numeral", "count"), [("六七十", 60), ("七八", 8), ("四五百", 400), ("三十", 30), ("17", 17)])
def test_a_range_counts_as_what_is_surely_reached(numeral: str, count: int) -> None:
    assert head_count(numeral) == count


def test_households_count_before_the_people_in_them(talk: MakeTalk, silent: Prediction) -> None:
    field = fill_people(talk("A:一共多少户受影响", "两个组六十七户 二百六十几个人"), silent, CHOICE)
    assert (field.value, field.status) == ("67", "filled")


def test_a_count_of_things_is_no_count_of_people(talk: MakeTalk, silent: Prediction) -> None:
    assert fill_people(talk("树上都钉了钉子 有的钉十四五个 挂招牌的"), silent, CHOICE).status == "missing"


def test_who_helped_is_not_concerned(talk: MakeTalk, silent: Prediction) -> None:
    assert fill_people(talk("我们村里八个人用绳子把他吊下来的"), silent, CHOICE).status == "missing"


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ("我们一共31个工人没拿到钱", "31"),
        ("我们车间12个女工都没社保", "12"),
        ("总户数268户都没气", "268"),
        ("上百户人家没水", "100"),
    ],
)
def test_people_are_counted_by_what_they_are(talk: MakeTalk, silent: Prediction, said: str, count: str) -> None:
    assert fill_people(talk(said), silent, CHOICE).value == count


@pytest.mark.parametrize(
    "said", ["数百名业主要说法", "好几百户停气", "数十名员工被拖欠", "12个工地都在扬灰", "来了9个保安拦着"]
)
def test_what_tells_no_number_or_counts_others_is_missing(talk: MakeTalk, silent: Prediction, said: str) -> None:
    assert fill_people(talk(said), silent, CHOICE).status == "missing"


@pytest.mark.parametrize(("numeral", "count"), [("百八十", 100), ("千八百", 1000), ("一百八十", 180)])
def test_about_a_hundred_is_a_hundred(numeral: str, count: int) -> None:
    assert head_count(numeral) == count
