"""Tests of references."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.prediction import Prediction, Span
from service.form.references import fill_reference, find_references
from service.form.talk import Talk

MakeTalk = Callable[..., Talk]


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("案号 我念一下 二零二三鲁零四八幺民初三千一百二十号", "（2023）鲁0481民初3120号"),
        ("（2023）鲁0481民初3120号判决", "（2023）鲁0481民初3120号"),
        ("给了个编号洛信不受〔2025〕17号", "洛信不受〔2025〕17号"),
        ("短信上面有。工单SH2025 1128 04417", "SH2025112804417"),
        ("托运单号是DT250406-7718，", "DT250406-7718"),
        ("单号1201906733816，到现在没到", "1201906733816"),
        ("订单编号 4200 0023 8104", "420000238104"),
        ("工单编号 GZ 2025 0415 0098", "GZ202504150098"),
        ("合同编号HT二零二四杠零幺五八", "HT2024-0158"),
        ("编号 yz 2024 横杠 0033", "YZ2024-0033"),
        ("编号幺二三四五六", "123456"),
        ("单号二零二六零五二五 后面 零零八八一", "2026052500881"),
    ],
)
def test_a_number_is_read_as_it_is_said(talk: MakeTalk, silent: Prediction, said: str, number: str) -> None:
    assert fill_reference(talk(said), silent).value == number


def test_an_answer_needs_no_cue(talk: MakeTalk, silent: Prediction) -> None:
    field = fill_reference(
        talk("A:工单号您有吗", "有有有 二零二五 一一二七 零零三八五六", "A:20251127003856", "对"), silent
    )
    assert (field.value, field.status) == ("20251127003856", "filled")


@pytest.mark.parametrize(
    "lines",
    [
        ("工单号20251127", "A:嗯", "003856"),
        ("工单号2025", "A:2025", "1127", "A:好，继续", "003856"),
        ("工单号20251127", "A:是20251127003856对吗", "对"),
        ("我打过", "A:您的工单号是20251127003856对吗", "对"),
    ],
)
def test_a_number_over_turns_is_whole(talk: MakeTalk, silent: Prediction, lines: tuple[str, ...]) -> None:
    field = fill_reference(talk(*lines), silent)
    assert (field.value, field.status, field.alternatives) == ("20251127003856", "filled", ())


def test_a_number_that_may_go_on_is_not_filled(talk: MakeTalk, silent: Prediction) -> None:
    field = fill_reference(talk("工单号20251127", "A:好，您念慢一些我在登记", "003856"), silent)
    assert field.status == "suggested"


@pytest.mark.parametrize("reply", ["两三天了没人管", "13900028801是我电话", "20号之前要", "OK"])
def test_what_follows_a_number_is_no_part_of_it(talk: MakeTalk, silent: Prediction, reply: str) -> None:
    field = fill_reference(talk("工单号20251127003856", "A:好的", reply), silent)
    assert (field.value, field.status) == ("20251127003856", "filled")


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (("就这样", "A:您的工单号是20251127003856", "好的"), "missing"),
        (("就这样", "A:您的工单号是20251127003856，还有其他问题吗", "没有了"), "missing"),
        (("我打过", "A:查到您之前的工单20251127003856", "嗯"), "suggested"),
        (("我打过", "A:您之前的工单是20251127003856吗", "不是"), "missing"),
    ],
)
def test_a_number_that_the_call_taker_gives_is_not_filled(
    talk: MakeTalk, silent: Prediction, lines: tuple[str, ...], status: str
) -> None:
    assert fill_reference(talk(*lines), silent).status == status


@pytest.mark.parametrize("said", ["电话13800056623", "身份证11010519491231002X", "2025年11月27号"])
def test_phones_ids_and_dates_are_none(talk: MakeTalk, silent: Prediction, said: str) -> None:
    assert fill_reference(talk(said), silent).status == "missing"


def test_the_models_span_stands_where_no_rule_sees_a_number(talk: MakeTalk) -> None:
    said = Prediction({}, (Span("ref_no", 0, 3, 9, 0.9),), truncated=False)
    assert fill_reference(talk("编号是甲字-77号"), said).value == "甲字-77号"


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [("您好遵义12345", 2, 3), ("我叫单文静，134000 36015", 6, 12), ("工号我记着呢，603", 7, 10)],
)
def test_what_finds_nothing_is_no_reference(talk: MakeTalk, text: str, start: int, end: int) -> None:
    said = Prediction({}, (Span("ref_no", 0, start, end, 0.9),), truncated=False)
    assert fill_reference(talk(text), said).status == "missing"


def test_a_number_that_the_model_cut_is_made_whole(talk: MakeTalk) -> None:
    said = Prediction({}, (Span("ref_no", 0, 3, 7, 0.9),), truncated=False)
    assert fill_reference(talk("批次是AB77 2024"), said).value == "AB772024"


def test_a_telephone_number_said_twice_is_no_reference(talk: MakeTalk) -> None:
    turn = talk("电话 那你记手机 幺三五零零零四六六零幺 幺三五零零零四六六零幺")
    assert not list(find_references(turn.turns[0], turn))


def test_a_code_may_begin_with_several_groups_of_letters(talk: MakeTalk) -> None:
    turn = talk("受理号 AB-CD-25-1193")
    assert [m.value for m in find_references(turn.turns[0], turn)] == ["AB-CD-25-1193"]


@pytest.mark.parametrize(
    "lines",
    [
        ("身份证110105199001011237，低保停了",),  # the check digit is wrong
        ("A:身份证号报一下", "110105900101123"),
        ("号码110105900101123，低保停了",),
        ("银行卡号6217001390002880112，扣了两次",),
        ("我卡6217001390002880112被扣款",),
        ("残疾证号11010519900101123743，补贴停了",),
        ("A:卡号是多少", "88010293847561002"),
    ],
)
def test_a_number_of_an_id_or_a_bank_card_is_no_reference(
    talk: MakeTalk, silent: Prediction, lines: tuple[str, ...]
) -> None:
    said = talk(*lines)
    last = said.turns[-1]
    start = next(i for i, sign in enumerate(last.text) if sign.isdigit())
    end = max(i for i, sign in enumerate(last.text) if sign.isdigit()) + 1
    marked = Prediction({}, (Span("ref_no", last.index, start, end, 0.95),), truncated=False)
    assert fill_reference(said, silent).status == "missing"
    assert fill_reference(said, marked).status == "missing"


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        (("工单号110105202509160018",), "110105202509160018"),
        (("A:工单号多少", "110105202509160018"), "110105202509160018"),
        (("运单号622103458812990176",), "622103458812990176"),
    ],
)
def test_a_number_that_only_looks_like_an_id_is_one_where_it_is_called_so(
    talk: MakeTalk, silent: Prediction, lines: tuple[str, ...], number: str
) -> None:
    field = fill_reference(talk(*lines), silent)
    assert (field.value, field.status) == (number, "filled")


def test_what_stands_in_an_answer_with_a_telephone_number_is_no_reference(talk: MakeTalk, silent: Prediction) -> None:
    assert fill_reference(talk("A:您的电话是多少", "137 double 6 幺 4455 8"), silent).value is None


def test_a_number_that_is_called_a_reference_is_one_though_a_telephone_was_asked(
    talk: MakeTalk, silent: Prediction
) -> None:
    lines = ("A:您的电话是多少", "就这个号，工单编号 GZ 2025 0302 0071")
    assert fill_reference(talk(*lines), silent).value == "GZ202503020071"


def test_words_of_a_foreigner_are_no_code(talk: MakeTalk, silent: Prediction) -> None:
    said = talk("The taxi A12345 overcharged me 200 yuan on Nov 20, 2025 near the airport")
    assert fill_reference(said, silent).value is None
