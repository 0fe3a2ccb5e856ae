"""Tests of stretches: which words of a turn say where, and which are not meant."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from models.prediction import Prediction, Span
from service.form.address.addresses import fill_addresses
from service.form.address.districts import Compass
from service.form.address.gazetteer import Gazetteer
from service.form.field import Field
from service.form.talk import Talk
from service.ticket import Ticket

Fill = Callable[..., dict[str, Field]]
MOST_SECONDS = 2.0  # for the longest text that is read; a sentence takes a thousandth of it


@pytest.fixture
def fill(gazetteer: Gazetteer, make_ticket: Callable[..., Ticket]) -> Fill:
    """`marked` are the words that the model marks as places, in the first turn that holds them."""

    def run(*lines: str, marked: tuple[str, ...] = ()) -> dict[str, Field]:
        ticket = make_ticket(*lines)
        talk = Talk.of(ticket)
        spans = []
        for words in marked:
            turn = next(turn for turn in talk.turns if words in turn.text)
            start = turn.text.index(words)
            spans.append(Span("location", turn.index, start, start + len(words), 0.9))
        said = Prediction({}, tuple(spans), truncated=False)
        return fill_addresses(talk, said, Compass.of(ticket, talk, gazetteer), None, at_home=True)

    return run


@pytest.mark.parametrize(
    ("line", "marked", "address"),
    [
        ("从柳州回云杉镇，在银杏东站下车", ("柳州回云杉镇", "银杏东站"), "云杉镇银杏东站"),
        ("我从桂林坐高铁到银杏东站，出站口有黑车", ("桂林坐高铁到银杏东站",), "银杏东站"),
        ("从云杉路走到银杏路，银杏路口有人抢包", ("云杉路", "银杏路口"), "银杏路口"),
        ("从云杉公园出来，被狗咬了", ("云杉公园",), "云杉公园"),
        ("从云杉广场到银杏大道这段路没有灯", ("云杉广场到银杏大道",), "云杉广场到银杏大道"),
    ],
)
def test_where_one_comes_from_is_no_place_of_the_matter(
    fill: Fill, line: str, marked: tuple[str, ...], address: str
) -> None:
    assert fill(line, marked=marked)["event_address"].value == address


def test_where_one_comes_from_is_none_without_a_model_either(fill: Fill) -> None:
    assert fill("孩子从云杉小学转学去银杏学校，要收钱")["event_address"].value == "银杏学校"


@pytest.mark.parametrize("marked", [("云杉路",), ("云杉路，是银杏路",), ("不是云杉路，是银杏路",)])
def test_the_place_that_is_told_instead_of_a_denied_one_stands(fill: Fill, marked: tuple[str, ...]) -> None:
    assert fill("不是云杉路，是银杏路那边有人摆摊", marked=marked)["event_address"].value == "银杏路"


@pytest.mark.parametrize("marked", [("云杉路",), ("银杏路",), ("云杉路", "银杏路"), ("云杉路还是银杏路",)])
def test_two_roads_between_which_nobody_chose_are_a_conflict(fill: Fill, marked: tuple[str, ...]) -> None:
    address = fill("是云杉路还是银杏路的我搞不清楚", marked=marked)["event_address"]
    assert (address.value, address.status) == ("云杉路", "conflict")
    assert address.alternatives == ("银杏路",)


@pytest.mark.parametrize(
    ("lines", "stands"),
    [
        (("云杉路或者银杏路，忘了", "A:云杉路对吧", "对的"), "云杉路"),
        (("云杉路还是银杏路", "A:您再想想", "银杏路"), "银杏路"),
    ],
)
def test_a_road_that_is_said_again_later_is_chosen(fill: Fill, lines: tuple[str, ...], stands: str) -> None:
    address = fill(*lines, marked=("云杉路", "银杏路"))["event_address"]
    assert (address.value, address.status) == (stands, "filled")


@pytest.mark.parametrize(
    ("line", "marked", "address"),
    [
        ("云杉大道一百零六号路灯坏了", "云杉大道", "云杉大道106号"),
        ("云杉大道一百零六号路灯坏了", "云杉大道一百", "云杉大道106号"),
        ("云杉大道33号三十三栋三三零三房漏水", "云杉大道33号三十三栋", "云杉大道33号33栋3303房"),
        ("银杏市场里面二十三号摊位卖假货", "银杏市场", "银杏市场里面23号摊位"),
        ("云杉高速往银杏方向K2054加300有铁皮", "云杉高速", "云杉高速往银杏方向K2054+300"),
        ("云杉高速K2054加300有铁皮", "云杉高速K2054", "云杉高速K2054+300"),
    ],
)
def test_the_whole_number_belongs_to_an_address(fill: Fill, line: str, marked: str, address: str) -> None:
    assert fill(line, marked=(marked,))["event_address"].value == address


@pytest.mark.parametrize(
    ("question", "answer", "address"),
    [
        ("A:具体几栋？", "9栋", "银杏绿洲9栋"),
        ("A:哪一户在装修？", "1501那家", "银杏绿洲1501"),
        ("A:噪音是哪家的？", "我就住楼上，1703", "银杏绿洲1703"),
        ("A:几号发生的？", "十二号晚上", "银杏绿洲"),
        ("A:几单元？", "2单元504。不是504，那是我女儿家", "银杏绿洲"),
    ],
)
def test_house_and_room_in_an_answer_go_with_the_estate(fill: Fill, question: str, answer: str, address: str) -> None:
    fields = fill("A:哪个小区？", "银杏绿洲", question, answer, marked=("银杏绿洲",))
    assert fields["event_address"].value == address


def test_a_floor_alone_is_no_home(fill: Fill) -> None:
    assert fill("银杏绿洲太吵", "A:您住几楼？", "我住三楼", marked=("银杏绿洲",))["caller_address"].status == "missing"


def test_what_gave_way_inside_a_stretch_is_left_out(fill: Fill) -> None:
    line = "银杏山庄，不是，是银杏绿洲，3栋"
    assert fill(line, marked=(line,))["event_address"].value == "银杏绿洲3栋"


@pytest.mark.parametrize("words", ["我就是", "云杉路还是银杏路，", "从云杉路回", "不是云杉路，是", "第二栋"])
def test_what_is_said_a_thousand_times_costs_no_time(fill: Fill, words: str) -> None:
    began = time.process_time()
    fill("A:具体几栋？", words * 2000, marked=("云杉路",) if "云杉路" in words else ())
    assert time.process_time() - began < MOST_SECONDS
