"""Tests of amounts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.prediction import Prediction, Span
from service.city import DEFAULT_CITY
from service.form.amounts import fill_amount, find_amounts
from service.form.choice import CHOICE as FILE
from service.form.choice import Choice
from service.form.talk import Talk

MakeTalk = Callable[..., Talk]
CHOICE = Choice.open(DEFAULT_CITY / FILE)


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("她把养老的钱 十二万六 全投进去了", "126000"),
        ("欠我货款六十二万八 打官司赢了", "628000"),
        ("去年九月报的，C1，交了四千一", "4100"),
        ("用了一百八十九块钱", "189"),
        ("4680块，送到一看就不对", "4680"),
        ("少找我七块五", "7.5"),
        ("一共八千四百多块钱", "8400"),
        ("赔我1.5万元", "15000"),
        ("家属来了给了一百六十万", "1600000"),
        ("六次 三十块 一盒收五块钱", "30"),
        ("收了我1.2万", "12000"),
        ("定金2万", "20000"),
        ("欠了八十多万没给", "800000"),
        ("欠了十来万", "100000"),
        ("充了千把块", "1000"),
        ("花了4980", "4980"),
        ("转了九千九百九十九", "9999"),
        ("收我一百二一个月", "120"),
        ("价钱是两万六一平", "26000"),
        ("被骗了三点八万", "38000"),
        ("欠我一点五万块", "15000"),
        ("3点8万块买的", "38000"),
        ("投了两个亿", "200000000"),
        ("收了叁仟元", "3000"),
        ("一共贰拾万伍仟元整", "205000"),
        ("收据上￥3,500.00", "3500"),
        ("晚了一点五百块没给", "500"),
    ],
)
def test_the_sum_at_stake(talk: MakeTalk, silent: Prediction, said: str, amount: str) -> None:
    assert fill_amount(talk(said), silent, CHOICE).value == amount


@pytest.mark.parametrize(
    "said",
    [
        "能不能一块儿办",
        "万一刹车",
        "千万别写我名字",
        "三百户业主",
        "打一百八十米的井",
        "百分之九十",
        "交了2023年的表",
        "一百二十平",
        "我叫陆元",
        "下午三点八分",
    ],
)
def test_other_numbers_are_no_money(talk: MakeTalk, silent: Prediction, said: str) -> None:
    assert fill_amount(talk(said), silent, CHOICE).status == "missing"


def test_the_model_backs_a_sum(talk: MakeTalk, silent: Prediction) -> None:
    said = talk("交了四千一")
    backed = Prediction({}, (Span("amount", 0, 2, 5, 0.9),), truncated=False)
    assert fill_amount(said, backed, CHOICE).confidence > fill_amount(said, silent, CHOICE).confidence


def test_the_agents_figure_is_not_the_callers(talk: MakeTalk, silent: Prediction) -> None:
    assert fill_amount(talk("A:按规定罚款500元", "哦"), silent, CHOICE).status == "missing"


def test_a_sum_that_was_read_back_wrongly_is_put_right(talk: MakeTalk, silent: Prediction) -> None:
    field = fill_amount(talk("我被骗了三千块", "A:三千块是吧", "不对，三千五"), silent, CHOICE)
    assert (field.value, field.alternatives) == ("3500", ("3000",))


@pytest.mark.parametrize(
    ("lines", "amount"),
    [
        (("前后花了四千多，医院最多退我八百块钱",), "4000"),
        (("货值四万一千三百块。按三倍赔，运费九百二",), "41300"),
        (("A:打印流水收了您多少钱", "一张卡一百 三张卡三百 再盖章三十 一共三百三"), "330"),
        (("A:车位卖多少钱", "十一万八，条子我也吃了一张，五十块"), "118000"),
    ],
)
def test_what_is_at_stake_is_the_whole_and_not_a_part(
    talk: MakeTalk, silent: Prediction, lines: tuple[str, ...], amount: str
) -> None:
    assert fill_amount(talk(*lines), silent, CHOICE).value == amount


def test_things_that_the_model_took_for_money_are_none(talk: MakeTalk) -> None:
    said = Prediction({}, (Span("amount", 0, 4, 7, 0.9),), truncated=False)
    assert fill_amount(talk("一亩少收三百斤"), said, CHOICE).status == "missing"


def test_a_price_per_piece_has_no_tenth(talk: MakeTalk) -> None:
    assert [m.value for m in find_amounts(talk("补贴八百块一棺").turns[0])] == ["800"]
    assert [m.value for m in find_amounts(talk("花了八块一").turns[0])] == ["8.1"]


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("定金交了2.6w元", "26000"),
        ("他骗了我4w块", "40000"),
        ("尾款欠7W多", "70000"),
        ("一共花了6W3", "63000"),
        ("欠我9k没给", "9000"),
        ("被骗两三w", "20000"),
        ("押金3K不退", "3000"),
        ("总价180k的房款", "180000"),
        ("涉案金额三个多亿", "300000000"),
        ("货款RMB 36000", "36000"),
        ("合同写的人民币：36,000", "36000"),
    ],
)
def test_a_sum_is_read_as_it_is_written_in_short(talk: MakeTalk, silent: Prediction, said: str, amount: str) -> None:
    assert fill_amount(talk(said), silent, CHOICE).value == amount


@pytest.mark.parametrize(
    "said",
    [
        "退我1200美元",
        "交了八千港币押金",
        "赔了3万多欧元",
        "付了US$600",
        "打了USDT 600",
        "座机0571-88234567转6015",
        "拨打95522转6015",
        "买的20W台灯坏了",
        "退我那台8K电视",
    ],
)
def test_foreign_money_extensions_and_measures_are_no_yuan(talk: MakeTalk, silent: Prediction, said: str) -> None:
    assert fill_amount(talk(said), silent, CHOICE).status == "missing"


def test_foreign_money_is_none_though_the_model_marks_it(talk: MakeTalk) -> None:
    said = Prediction({}, (Span("amount", 0, 2, 8, 0.95),), truncated=False)
    assert fill_amount(talk("骗我1200美元"), said, CHOICE).status == "missing"


@pytest.mark.parametrize(
    ("said", "price"),
    [
        ("要求退还多收的水费，单价3.45元", "3.45元"),
        ("退还多收的油钱，每升7.9元", "7.9元"),
        ("退还多收的物业费3.1元/㎡", "3.1元"),
    ],
)
def test_the_price_of_one_is_never_filled(talk: MakeTalk, said: str, price: str) -> None:
    start = said.index(price)
    model = Prediction({}, (Span("amount", 0, start, start + len(price), 0.99),), truncated=False)
    assert fill_amount(talk(said), model, CHOICE).status == "suggested"


def test_what_is_still_owed_goes_before_what_was_paid(talk: MakeTalk, silent: Prediction) -> None:
    field = fill_amount(talk("包工头欠工钱四万 给了一万五 还欠两万五"), silent, CHOICE)
    assert field.value == "25000"


@pytest.mark.parametrize(
    ("said", "owed"),
    [
        ("包工头欠我三万二，还了一万二，还差两万，一直不给", "20000"),
        ("工程款一共86400元，去年付了50000，剩下36400一直拖着", "36400"),
        ("交了四万定金，退了一万五，现在还欠25000元没退", "25000"),
        ("厂里欠我们一共九千六 上个月给了三千 剩六千六", "6600"),
    ],
)
def test_what_is_left_of_a_sum_is_what_the_matter_is_about(
    talk: MakeTalk, silent: Prediction, said: str, owed: str
) -> None:
    field = fill_amount(talk(said), silent, CHOICE)
    assert (field.value, field.status) == (owed, "filled")
    assert field.alternatives


def test_what_the_caller_has_still_to_pay_is_not_what_he_is_owed(talk: MakeTalk, silent: Prediction) -> None:
    assert fill_amount(talk("首付交了三十万，我还差五万没交，他们要没收定金"), silent, CHOICE).value != "50000"


@pytest.mark.parametrize("said", ["一共有80多套都漏水", "总共30间都没通电", "商家要退一赔三"])
def test_things_that_are_counted_and_multiples_are_no_sums(talk: MakeTalk, silent: Prediction, said: str) -> None:
    assert fill_amount(talk(said), silent, CHOICE).value is None


def test_a_foreigner_counts_in_yuan(talk: MakeTalk, silent: Prediction) -> None:
    assert fill_amount(talk("The driver charged me 260 yuan"), silent, CHOICE).value == "260"


def test_an_emergency_line_is_no_sum(talk: MakeTalk, silent: Prediction) -> None:
    assert fill_amount(talk("c:麻烦帮我转110"), silent, CHOICE).value is None
    assert fill_amount(talk("c:他让我转120元"), silent, CHOICE).value == "120"
    assert fill_amount(talk("c:修锁交了120"), silent, CHOICE).value == "120"
