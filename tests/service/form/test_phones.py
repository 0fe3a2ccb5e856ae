"""Tests of phones."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service.form.phones import fill_phone, is_phone
from service.form.talk import Talk

MakeTalk = Callable[..., Talk]


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("182 0006 6875。", "18200066875"),
        ("电话幺三零 零零零九 二二幺八", "13000092218"),
        ("一三九零零零，九一二三八。", "13900091238"),
        ("138 零零零五 六六二三 有什么座谈会叫我", "13800056623"),
        ("我手机１３８０００９５５０６。", "13800095506"),
        ("打我13700093320，这礼拜都行", "13700093320"),
        ("电话是办公室的，区号0553，三八八零七四二", "05533880742"),
        ("办公室座机五八七零六三九，区号0773。", "07735870639"),
        ("电话家里座机 零五五四 二六幺八零五三", "05542618053"),
        ("电话幺三八 幺三八 零零零零 五零九六", "13800005096"),
        ("联系电话13900028801或者微信", "13900028801"),
    ],
)
def test_a_number_is_read_as_it_is_said(talk: MakeTalk, said: str, number: str) -> None:
    field = fill_phone(talk("A:您的电话呢", said), None)
    assert (field.value, field.status, field.source) == (number, "filled", "rule")


def test_evidence_is_in_the_original_text(talk: MakeTalk) -> None:
    said = talk("A:电话", "好的，１８２ ０００６ ６８７５。")
    field = fill_phone(said, None)
    place = field.places[0]
    assert said.turns[place.segment].text[place.start : place.end] == field.raw == "１８２ ０００６ ６８７５"


def test_a_number_split_over_turns_is_one(talk: MakeTalk) -> None:
    field = fill_phone(talk("A:电话呢", "一三九", "A:嗯", "零零零四", "A:好", "九九三七"), None)
    assert field.value == "13900049937"
    assert [place.segment for place in field.places] == [1, 3, 5]


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        (("A:电话", "座机零五五四", "A:嗯", "二六幺八零五三"), "05542618053"),
        (("A:电话", "139 0000", "A:139 0000，然后呢", "5096"), "13900005096"),
        (("A:电话", "139 0000", "A:139 0000", "对 139 0000 5096"), "13900005096"),
        (("A:电话", "一三九零零零零", "A:好", "呃等一下", "A:不急", "五零九六"), "13900005096"),
        (("号码是139000那个，五零九六零",), "13900050960"),
    ],
)
def test_groups_of_a_number_are_joined(talk: MakeTalk, lines: tuple[str, ...], number: str) -> None:
    field = fill_phone(talk(*lines), None)
    assert (field.value, field.status) == (number, "filled")


@pytest.mark.parametrize(
    "lines",
    [
        ("A:您好", "A:街道办电话02788881234", "好"),
        ("没人管", "A:您可以拨打02788881234问一下吧", "好的"),
        ("没人管", "A:物业的电话是02788881234，您记一下", "对"),
        ("没人管", "A:您电话是13900028801吗", "不是"),
        ("老板电话13900028801", "A:13900028801对吧", "对"),
        ("街道办电话02788881234打不通",),
    ],
)
def test_a_number_of_somebody_else_is_not_the_callers(talk: MakeTalk, lines: tuple[str, ...]) -> None:
    field = fill_phone(talk(*lines), "13800001111")
    assert (field.value, field.status) == ("13800001111", "suggested")


def test_a_read_back_that_the_caller_confirms_is_his_number(talk: MakeTalk) -> None:
    field = fill_phone(talk("漏水了", "A:您的电话是13900028801对吧", "对"), "13800001111")
    assert (field.value, field.status) == ("13900028801", "filled")


@pytest.mark.parametrize(
    "lines",
    [
        ("A:您的电话", "就这个电话"),
        ("A:电话是来电号码？", "是的 就这个"),
        ("A:联系方式呢", "153开头的这个号"),
        ("A:您电话", "还是打我这个 尾号六六二八"),
        ("A:号码尾号6628，对吗", "对"),
        ("姓弓，弓箭的弓，就这个电话",),
    ],
)
def test_this_number_is_the_one_that_telephony_knows(talk: MakeTalk, lines: tuple[str, ...]) -> None:
    field = fill_phone(talk(*lines), "15300046628")
    assert (field.value, field.source, field.status) == ("15300046628", "given", "filled")


def test_a_local_number_is_completed_from_telephony(talk: MakeTalk) -> None:
    assert fill_phone(talk("A:电话", "打座机，87310528。"), "0514-87310528").value == "051487310528"


def test_the_number_of_telephony_alone_is_only_suggested(talk: MakeTalk) -> None:
    field = fill_phone(talk("路灯坏了"), "13800000000")
    assert (field.value, field.status, field.places) == ("13800000000", "suggested", ())


@pytest.mark.parametrize("sent", ["+86 138 0000 0000", "008613800000000", "013800000000"])
def test_what_an_exchange_puts_before_a_number_goes(talk: MakeTalk, sent: str) -> None:
    assert fill_phone(talk("路灯坏了"), sent).value == "13800000000"


@pytest.mark.parametrize("said", ["工单号20251127003856", "打95598没人接", "12345你好", "他的电话是13900028801"])
def test_other_numbers_are_not_the_callers(talk: MakeTalk, said: str) -> None:
    assert fill_phone(talk(said), None).status in ("missing", "suggested")


def test_a_corrected_number_gives_way(talk: MakeTalk) -> None:
    field = fill_phone(talk("A:电话", "13800056623 不对 是13800056624"), None)
    assert field.value == "13800056624"
    assert field.alternatives == ("13800056623",)


def test_the_number_plan() -> None:
    assert is_phone("13800056623")
    assert is_phone("01062345678")
    assert not is_phone("12800056623")
    assert not is_phone("138000566231")


@pytest.mark.parametrize(
    "lines",
    [
        ("电话幺三八零零零零五零九六", "A:幺三八零零零零五零九六对吧", "不对，尾号是五零九七"),
        ("我电话13800005096", "A:13800005096", "哦说错了，后四位是5097"),
        ("我电话13800005096", "A:13800005096对吗", "不对，是13800005097"),
        ("我电话13800005097", "A:13800005096对吗", "不对，是13800005097"),
    ],
)
def test_digits_that_are_put_right_stand(talk: MakeTalk, lines: tuple[str, ...]) -> None:
    field = fill_phone(talk(*lines), None)
    assert (field.value, field.status) == ("13800005097", "filled")


def test_last_digits_that_take_nothing_back_change_nothing(talk: MakeTalk) -> None:
    assert fill_phone(talk("我电话13800005096", "A:好的", "我卡号后四位是5097"), None).value == "13800005096"


def test_the_number_to_try_next_gives_way_to_this_one(talk: MakeTalk) -> None:
    said = talk("A:您的电话", "就这个电话 要是打不通打我妹的 13912345678")
    assert fill_phone(said, "13800001111").value == "13800001111"


@pytest.mark.parametrize(
    "lines",
    [
        ("A:麻烦您把身份证号码报一下", "110105198803150037"),
        ("A:身份证号码多少", "幺幺零幺零五幺九八八零三幺五零零三七"),
        ("A:工单号码您念一下", "2025092613900028801"),
        ("A:银行卡号码是多少", "6217001390002880112"),
        ("我的证件号110105198803150037，补贴没到",),
    ],
)
def test_digits_of_another_number_are_no_telephone(talk: MakeTalk, lines: tuple[str, ...]) -> None:
    assert fill_phone(talk(*lines), None).status == "missing"
    assert fill_phone(talk(*lines), "13700001122").alternatives == ()


@pytest.mark.parametrize(
    "lines",
    [
        ("A:身份证号码和电话报一下", "110105198803150037，13900028801"),
        ("A:身份证号码", "110105198803150037", "A:电话呢", "13900028801"),
    ],
)
def test_a_telephone_number_after_an_id_number_is_heard(talk: MakeTalk, lines: tuple[str, ...]) -> None:
    field = fill_phone(talk(*lines), None)
    assert (field.value, field.status, field.alternatives) == ("13900028801", "filled", ())


def test_a_number_ends_where_the_speaker_pauses(talk: MakeTalk) -> None:
    field = fill_phone(talk("我电话13900028801，一直等不到回音"), None)
    assert (field.value, field.status) == ("13900028801", "filled")


@pytest.mark.parametrize(
    "lines",
    [
        ("工程款没结，工头刘大壮，电话13900028801，帮忙找找他",),
        ("店主：孙小美，电话：13900028801，卖过期奶",),
        ("厂家的联系电话是02788881234，没人理",),
        ("卖家13900028801不退货",),
        ("中介小吴 13900028801 卷钱跑了",),
        ("被投诉人赵二，电话13900028801",),
        ("A:司机的电话您有吗", "13900028801"),
    ],
)
def test_the_number_of_whom_the_complaint_is_about_is_not_called_back(talk: MakeTalk, lines: tuple[str, ...]) -> None:
    field = fill_phone(talk(*lines), "13800001111")
    assert (field.value, field.status) == ("13800001111", "suggested")


@pytest.mark.parametrize(
    "lines",
    [
        ("我是店主孙小美，电话13900028801，门口被人堵了",),
        ("联系人周经理，电话13900028801，路灯不亮",),
        ("房东电话13700001122不接，我手机139 0002 8801",),
        ("出事那天打的电话13700001122，我的电话是13900028801",),
        ("A:李师傅电话多少", "13900028801"),
        ("A:您的电话", "13900028801", "A:好的", "房东电话是13700001122"),
    ],
)
def test_the_callers_own_number_stands_beside_anothers(talk: MakeTalk, lines: tuple[str, ...]) -> None:
    field = fill_phone(talk(*lines), None)
    assert (field.value, field.status) == ("13900028801", "filled")


@pytest.mark.parametrize(
    "said", ["票价从1.8元涨到3.9元，全家100吨，一年要多花2448元", "补助每月1500元，欠了14个月，共21000元"]
)
def test_prices_are_no_pieces_of_a_number(talk: MakeTalk, said: str) -> None:
    assert fill_phone(talk(said), None).value is None


@pytest.mark.parametrize(
    "lines",
    [
        ("砌墙的工头叫刘大壮，电话13900028801，躲着不见",),
        ("骗子用13900028801打电话说我中奖了",),
        ("昨晚接到13900028801的电话，张口就骂",),
        ("我妈的手机号13900028801莫名多了个套餐，给我回话",),
        ("快递烂了。寄件人 孙小美 电话13900028801",),
    ],
)
def test_the_number_that_a_matter_is_about_is_not_called_back(talk: MakeTalk, lines: tuple[str, ...]) -> None:
    field = fill_phone(talk(*lines), "13800001111")
    assert (field.value, field.status) == ("13800001111", "suggested")
    assert fill_phone(talk(*lines), None).status == "suggested"


def test_this_number_wins_over_a_relatives(talk: MakeTalk) -> None:
    said = talk("A:您的电话", "就这个，还有一个是我老公的，13900028801，找不到我再打他的")
    assert fill_phone(said, "13800001111").value == "13800001111"
    assert fill_phone(said, None).status == "suggested"


@pytest.mark.parametrize(
    "lines",
    [
        ("A:您的电话", "我女儿的手机13900028801"),
        ("A:打这个电话行吗", "这个电话要停机了 打我女儿的 13900028801"),
        ("水管爆了，联系我女儿电话13900028801",),
        ("业主代表秦小姐13900028801反映电梯停了",),
        ("上次回访没接到 13900028801，请再打",),
        ("住户秦大姐电话13900028801，家里漏水",),
        ("我叫孙小美（13900028801），店主叫刘大壮（13700001122），不退押金",),
    ],
)
def test_the_number_that_the_caller_offers_is_called_back(talk: MakeTalk, lines: tuple[str, ...]) -> None:
    field = fill_phone(talk(*lines), None)
    assert (field.value, field.status) == ("13900028801", "filled")


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("一三九双七零五二六六八", "13977052668"),
        ("幺三八 三个七 五个零", "13877700000"),
        ("138，两个0，双5，6623", "13800556623"),
    ],
)
def test_a_digit_may_be_said_with_its_times(talk: MakeTalk, said: str, number: str) -> None:
    assert fill_phone(talk("A:您的电话", said), None).value == number


def test_things_that_are_counted_are_no_digits(talk: MakeTalk) -> None:
    assert fill_phone(talk("A:您的电话", "一三九 我有三个 一二三四五六七"), None).value is None


def test_a_number_that_is_offered_beside_this_one_does_not_replace_it(talk: MakeTalk) -> None:
    field = fill_phone(talk("A:回访打您这个电话吗", "可以 或者打我妹妹的 13700093320"), "13800056623")
    assert (field.value, field.alternatives) == ("13800056623", ("13700093320",))


def test_another_number_replaces_the_one_that_was_asked_about(talk: MakeTalk) -> None:
    said = talk(
        "A:您的手机号是", "一三八零零零五六六二三", "A:回访也打这个吗", "不 打我另外一个 一三七零零零九三三二零"
    )
    field = fill_phone(said, None)
    assert (field.value, field.status) == ("13700093320", "filled")


def test_a_number_that_was_read_back_and_agreed_to_stands_for_what_was_heard_before(talk: MakeTalk) -> None:
    said = talk("A:您的电话", "一三八零零零五 六六二二 哎 错了 六六二三", "A:13800056623", "对")
    field = fill_phone(said, None)
    assert (field.value, field.status) == ("13800056623", "filled")


@pytest.mark.parametrize(
    "lines",
    [
        ("A:负责人是谁", "姓杜 叫杜万山 电话一三七零零零九三三二零"),
        ("A:那老板电话有吗", "有 13700093320"),
        ("打了城管电话0773-5870639没人接",),
        ("物业值班室电话0773-5870639一直打不通",),
        ("物业：青禾物业，电话0773-5870639。停车费涨了没公示",),
    ],
)
def test_whom_the_caller_could_not_reach_or_was_asked_about_is_not_called_back(
    talk: MakeTalk, lines: tuple[str, ...]
) -> None:
    assert fill_phone(talk(*lines), None).status != "filled"


def test_a_number_that_the_caller_asked_for_is_not_his(talk: MakeTalk) -> None:
    assert fill_phone(talk("那个网点电话有吗", "A:0773-5870639", "好 谢谢"), None).value is None
