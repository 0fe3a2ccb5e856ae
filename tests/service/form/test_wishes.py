"""Tests of wishes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service.form.talk import Talk
from service.form.wishes import fill_confidential, fill_no_contact

MakeTalk = Callable[..., Talk]


@pytest.mark.parametrize(
    "lines",
    [
        ("你可别让我妈知道是我打的电话啊",),
        ("你们不要讲是我说的嘛",),
        ("免贵姓徐 保密啊",),
        ("千万别写我名字，单位一共就我们六个人",),
        ("A:需要保密吗？", "要"),
        ("A:您要留姓名吗", "不留 我跟她住一条巷子"),
        ("A:您怎么称呼", "名字我就不说了"),
        ("不要告诉他是我说的啊",),
        ("千万别把我暴露了",),
        ("不想让村干部知道是谁",),
        ("我怕他们打击报复",),
        ("A:您是哪家单位", "单位我就不说了"),
    ],
)
def test_a_wish_for_secrecy(talk: MakeTalk, lines: tuple[str, ...]) -> None:
    assert fill_confidential(talk(*lines)).value is True


@pytest.mark.parametrize(
    "lines",
    [
        ("路灯坏了",),
        ("我不怕报复",),
        ("A:需要保密吗", "不用"),
        ("不保密也行 不过别说我家孩子名字",),
        ("A:我们会保密的", "哦"),
        ("电话你不要记我这个来电的号码",),
        ("你别说我不讲理",),
        ("A:登记了，您需要回复吗", "不用"),
        ("A:您叫什么名字", "姓名能不能不写全 写个向先生"),
    ],
)
def test_no_wish_is_read_into_other_words(talk: MakeTalk, lines: tuple[str, ...]) -> None:
    assert fill_confidential(talk(*lines)).value is None


@pytest.mark.parametrize(
    "lines",
    [
        ("不回电话也得行",),
        ("你们赶紧来就行了不用给我回电话",),
        ("A:您的姓名", "姓瞿 电话不留了"),
        ("电话还是这个，不用回了，谢谢",),
    ],
)
def test_a_wish_for_no_call(talk: MakeTalk, lines: tuple[str, ...]) -> None:
    assert fill_no_contact(talk(*lines)).value is True


@pytest.mark.parametrize(
    "lines",
    [("打电话直接找我 莫打给我老婆",), ("电话你不要记我这个来电的号码",), ("给我回个电话",), ("有个微信能不能回我",)],
)
def test_a_choice_of_number_is_none(talk: MakeTalk, lines: tuple[str, ...]) -> None:
    assert fill_no_contact(talk(*lines)).value is None


@pytest.mark.parametrize(
    "lines", [("莫告诉村里",), ("不要让老陈知道",), ("A:好的给您保密", "谢谢"), ("A:您贵姓", "别写名儿")]
)
def test_secrecy_is_asked_for_in_many_words_or_promised(talk: MakeTalk, lines: tuple[str, ...]) -> None:
    assert fill_confidential(talk(*lines)).value is True


@pytest.mark.parametrize(
    "line", ["打不通打我单位", "不要打我女儿的", "电话别给别人看", "电话不用记 就打这个", "我爱人电话不要打"]
)
def test_a_number_kept_from_others_is_no_refusal_of_calls(talk: MakeTalk, line: str) -> None:
    assert fill_no_contact(talk(line)).value is None


def test_who_wants_a_visit_and_no_call_is_not_called(talk: MakeTalk) -> None:
    assert fill_no_contact(talk("电话不用打 直接来村里")).value is True


@pytest.mark.parametrize(
    "line",
    [
        "我不想透露姓名，河里有人倒油",
        "本人不便公开身份，反映赌场",
        "举报人不愿意透露姓名",
        "不方便留真名",
        "请勿向村里泄露我的信息",
        "我匿名反映一家黑作坊",
    ],
)
def test_who_does_not_want_to_be_named_says_so(talk: MakeTalk, line: str) -> None:
    assert fill_confidential(talk(line)).value is True


@pytest.mark.parametrize(
    "line",
    [
        "厂里逼我们签保密合同",
        "他违反保密义务",
        "有人匿名投诉我家装修",
        "谁匿名举报我我要知道",
        "总收到匿名短信",
        "医院没给病人保密",
        "物业不愿公开信息",
        "老板讲不要告诉别人",
    ],
)
def test_the_secrets_of_others_are_no_wish(talk: MakeTalk, line: str) -> None:
    assert fill_confidential(talk(line)).value is None


@pytest.mark.parametrize("line", ["客服跟我说不用回电话", "学校老师讲不用给我打电话"])
def test_what_another_said_of_calls_is_no_wish(talk: MakeTalk, line: str) -> None:
    assert fill_no_contact(talk(line)).value is None


@pytest.mark.parametrize(
    "lines",
    [
        ("物业一直不回复我",),
        ("卖家收了款就不回我了",),
        ("别打座机，直接联系我本人",),
        ("A:要回访吗", "不用，哦还是回一下吧"),
    ],
)
def test_who_does_not_answer_or_shall_answer_after_all_is_no_wish(talk: MakeTalk, lines: tuple[str, ...]) -> None:
    assert fill_no_contact(talk(*lines)).value is None


@pytest.mark.parametrize(
    "line",
    [
        "请勿外传。反映楼下烧垃圾",
        "麻烦不要把我的号码告诉店家",
        "不要将我的资料给被告的厂子",
        "不希望房东知道是我",
        "姓名请隐去",
        "请隐藏举报人身份",
        "别讲是住户投诉的",
    ],
)
def test_the_office_is_asked_to_keep_who_called_to_itself(talk: MakeTalk, line: str) -> None:
    assert fill_confidential(talk(line)).value is True


@pytest.mark.parametrize(
    "line",
    [
        "理发店把顾客照片贴在墙上，叫他们不要公开",
        "班主任公开了成绩排名，不要再公开",
        "要求中介不要把我的号码给装修公司",
        "保安跟他讲别说是业主投诉的",
    ],
)
def test_that_others_shall_stop_telling_is_no_wish(talk: MakeTalk, line: str) -> None:
    assert fill_confidential(talk(line)).value is None


@pytest.mark.parametrize(
    "line", ["你们必须回复她，不用给我回电", "一定要回复人家，我这边不用回访", "忙得很不回电话也行", "结果不回我也没事"]
)
def test_who_wants_another_to_be_answered_or_says_no_last_is_not_called(talk: MakeTalk, line: str) -> None:
    assert fill_no_contact(talk(line)).value is True


def test_who_wants_an_answer_after_all_is_called(talk: MakeTalk) -> None:
    assert fill_no_contact(talk("不用回访了，不行，务必回复我")).value is None
