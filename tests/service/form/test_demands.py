"""Tests of demands."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.prediction import Prediction, Span
from service.form.demands import fill_demand, is_question
from service.form.talk import Talk

MakeTalk = Callable[..., Talk]


def test_a_confirmed_read_back_is_the_demand(talk: MakeTalk, silent: Prediction) -> None:
    field = fill_demand(talk("漏水了", "A:您的诉求是重新做防水，对吗？", "对"), silent)
    assert (field.value, field.status) == ("重新做防水", "filled")


def test_a_denied_one_is_not(talk: MakeTalk, silent: Prediction) -> None:
    field = fill_demand(talk("漏水了", "A:您的诉求是重新做防水，对吗？", "不对 我要求赔偿"), silent)
    assert "重新做防水" not in str(field.value)


def test_the_answer_to_the_question_for_it(talk: MakeTalk, silent: Prediction) -> None:
    assert fill_demand(talk("A:您的诉求是什么", "把门口的垃圾清走"), silent).value == "把门口的垃圾清走"


def test_the_models_spans_come_first(talk: MakeTalk) -> None:
    marked = Prediction({}, (Span("demand", 0, 3, 9, 0.9),), truncated=False)
    field = fill_demand(talk("你们快把路灯修好吧"), marked)
    assert (field.value, field.source) == ("把路灯修好吧", "model")


def test_to_say_that_one_asks_is_no_demand(talk: MakeTalk, silent: Prediction) -> None:
    assert fill_demand(talk("你好，我想问一下"), silent).status == "missing"
    assert fill_demand(talk("A:您先说，我来帮您看归哪个部门", "路灯坏了"), silent).status == "missing"
    assert fill_demand(talk("我当时没抱什么希望"), silent).status == "missing"


def test_several_demands_stand_in_the_order_of_the_call(talk: MakeTalk, silent: Prediction) -> None:
    assert fill_demand(talk("希望修好路灯", "A:还有吗", "最好装个探头"), silent).value == "希望修好路灯；最好装个探头"


def test_nothing_wanted_is_missing(talk: MakeTalk, silent: Prediction) -> None:
    assert fill_demand(talk("路灯坏了"), silent).status == "missing"


@pytest.mark.parametrize(("lines", "asks"), [(("想问一下怎么落户",), True), (("要求退钱",), False)])
def test_an_inquiry_is_told_apart(talk: MakeTalk, silent: Prediction, lines: tuple[str, ...], asks: bool) -> None:
    assert is_question(fill_demand(talk(*lines), silent)) is asks


@pytest.mark.parametrize(
    "said",
    [
        "喂，是12345吗",
        "你好，是市长热线吗",
        "喂，听得到吗",
        "我是金湖花园的业主",
        "你好，我姓王",
        "麻烦问一下",
        "我要投诉",
    ],
)
@pytest.mark.parametrize("asked", ["A:您好，请问有什么诉求", "A:您好，请问有什么可以帮您"])
def test_a_greeting_is_never_a_demand(talk: MakeTalk, silent: Prediction, asked: str, said: str) -> None:
    assert fill_demand(talk(asked, said), silent).status == "missing"


def test_a_greeting_that_the_model_marks_is_none_either(talk: MakeTalk) -> None:
    marked = Prediction({}, (Span("demand", 0, 5, 8, 0.9), Span("demand", 1, 0, 3, 0.9)), truncated=False)
    assert fill_demand(talk("A:您好，请问有什么可以帮您", "喂你好"), marked).status == "missing"


@pytest.mark.parametrize("marked", [(0, 5), (0, 9), (0, 12)])
def test_a_sum_that_was_taken_back_is_not_wanted(talk: MakeTalk, marked: tuple[int, int]) -> None:
    said = talk("退我四千块，不对，四千二，今天就要")
    field = fill_demand(said, Prediction({}, (Span("demand", 0, *marked, 0.9),), truncated=False))
    assert field.value == "退我四千二"
    assert str(field.raw).startswith("退我四千块")


@pytest.mark.parametrize(
    "said",
    [
        "井盖翘着没人处理",
        "店家答应退款一百二",
        "厂里要求我们周末加班",
        "老板说今晚必须搬走",
        "物业一直不解决",
    ],
)
def test_what_others_do_or_leave_undone_is_no_demand(talk: MakeTalk, silent: Prediction, said: str) -> None:
    assert fill_demand(talk(said), silent).status == "missing"


def test_a_wish_beside_what_others_left_undone_is_one(talk: MakeTalk, silent: Prediction) -> None:
    assert fill_demand(talk("物业不处理希望街道来管"), silent).value == "物业不处理希望街道来管"


def test_to_want_nothing_is_no_demand(talk: MakeTalk, silent: Prediction) -> None:
    assert fill_demand(talk("井盖翘着", "A:您的诉求是什么", "也没什么诉求"), silent).status == "missing"


@pytest.mark.parametrize("asked", ["要求退多少", "备用电话", "需要回复吗", "请报一下身份证号"])
def test_a_question_of_the_call_taker_is_no_demand(talk: MakeTalk, asked: str) -> None:
    marked = Prediction({}, (Span("demand", 1, 0, len(asked), 0.9),), truncated=False)
    assert fill_demand(talk("健身卡用不了", f"A:{asked}", "嗯"), marked).status == "missing"


def test_where_nobody_pauses_the_demand_begins_with_its_cue_and_ends_before_who_calls(
    talk: MakeTalk, silent: Prediction
) -> None:
    said = "我们村口的井盖翘起来半个月了摩托车压上去咣咣响希望你们派人换一个我姓鲁电话13800056623"
    assert fill_demand(talk(said), silent).value == "希望你们派人换一个"


def test_all_that_a_letter_numbers_is_wanted(talk: MakeTalk, silent: Prediction) -> None:
    said = "井盖翘着。我的诉求：一、换井盖；二、修人行道；三、公开费用。此致敬礼"
    assert fill_demand(talk(said), silent).value == "换井盖；修人行道；公开费用"


@pytest.mark.parametrize("asked", ["您要求", "那您的诉求是", "我们核实一下", "您可以到就近的网点"])
def test_what_the_call_taker_says_of_himself_or_asks_is_not_wanted(talk: MakeTalk, asked: str) -> None:
    marked = Span("demand", 0, 0, len(asked), 0.95)
    said = talk(f"A:{asked}", "退我押金")
    assert asked not in str(fill_demand(said, Prediction({}, (marked,), truncated=False)).value)


def test_who_calls_is_no_part_of_the_demand(talk: MakeTalk) -> None:
    marked = Span("demand", 0, 2, 13, 0.95)
    said = talk("停水赶紧派人来看一下我姓杜电话一三八")
    assert fill_demand(said, Prediction({}, (marked,), truncated=False)).value == "赶紧派人来看一下"


@pytest.mark.parametrize("said", ["我是来咨询的", "我不是投诉"])
def test_to_say_what_kind_of_call_it_is_is_no_demand(talk: MakeTalk, silent: Prediction, said: str) -> None:
    assert fill_demand(talk(said), silent).value is None
