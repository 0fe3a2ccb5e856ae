"""Tests of plates."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service.form.plates import fill_plate
from service.form.talk import Talk

MakeTalk = Callable[..., Talk]


@pytest.mark.parametrize(
    ("said", "plate"),
    [
        ("他开着一辆奥迪 鲁D八八六三A 第三个", "鲁D8863A"),
        ("车牌苏A93Q06，白色的", "苏A93Q06"),
        ("出租车 陕AD T0863 他不打表", "陕ADT0863"),
        ("车牌贵A·Q7629，电话就这个", "贵AQ7629"),
        ("川Q六X二零九 我停在那里", "川Q6X209"),
        ("贵D A三K二一 司机是我们隔壁的", "贵DA3K21"),
        ("青A 八K三一幺 黑车", "青A8K311"),
        ("粤b12345d 新能源", "粤B12345D"),
        ("教练车 鲁Q5520学", "鲁Q5520学"),
        ("车牌冀D1204挂", "冀D1204挂"),
        ("车牌京A1204警。", "京A1204警"),
        ("沪A1204领 停了一天", "沪A1204领"),
        ("京A1204使", "京A1204使"),
        ("车牌粤Z1204港", "粤Z1204港"),
        ("粤Z1204澳", "粤Z1204澳"),
        ("京A12045警察不管", "京A12045"),
    ],
)
def test_a_plate_is_read_as_it_is_said(talk: MakeTalk, said: str, plate: str) -> None:
    field = fill_plate(talk(said))
    assert (field.value, field.status) == (plate, "filled")


def test_the_last_of_several_attempts_stands(talk: MakeTalk) -> None:
    said = "冀 冀D 冀D 啥来着 我手机拍的 冀D7 冀D7X033 校 不对 冀DX 等等啊 冀D X7033 就是这个 后头有个挂字"
    field = fill_plate(talk("A:车牌号看清楚了吗", said, "A:冀DX7033", "对"))
    assert field.value == "冀DX7033"
    assert field.alternatives == ("冀D7X033",)


def test_a_plate_with_a_sign_too_many_is_only_suggested(talk: MakeTalk) -> None:
    field = fill_plate(talk("京A12045警"))
    assert (field.value, field.status) == ("京A12045警", "suggested")


@pytest.mark.parametrize(
    ("lines", "plate"),
    [
        (("车牌粤B12", "A:嗯", "306"), "粤B12306"),
        (("车牌粤B一二三", "A:粤B123", "零六D"), "粤B12306D"),
        (("乱停", "A:车牌是粤B12306对吗", "对的"), "粤B12306"),
    ],
)
def test_a_plate_is_read_over_turns_and_back(talk: MakeTalk, lines: tuple[str, ...], plate: str) -> None:
    field = fill_plate(talk(*lines))
    assert (field.value, field.status) == (plate, "filled")


@pytest.mark.parametrize("reply", ["好的", "那我这件呢", "不是这个"])
def test_a_plate_of_another_matter_is_none(talk: MakeTalk, reply: str) -> None:
    assert fill_plate(talk("乱停", "A:之前粤B12306那件已办结", reply)).status == "missing"


@pytest.mark.parametrize("said", ["我在苏A小区", "京B座1508", "鲁D那个字我没看清"])
def test_half_a_plate_is_none(talk: MakeTalk, said: str) -> None:
    assert fill_plate(talk(said)).status == "missing"


@pytest.mark.parametrize(
    ("said", "plate"),
    [
        ("车牌苏E70316，2025年9月3日压线", "苏E70316"),
        ("苏E7G316，9月3号压线", "苏E7G316"),
        ("苏E70316,2个人在上面", "苏E70316"),
        ("苏E70316 3次占道", "苏E70316"),
        ("苏e70316 两回了", "苏E70316"),
        ("苏E 7 0 3 1 6 9月3号", "苏E70316"),
        ("苏E70316 A座门口停着", "苏E70316"),
        ("苏E·D70316，2025年买的", "苏ED70316"),
        ("苏E70316D 4次", "苏E70316D"),
        ("苏E70316 D 绿牌", "苏E70316D"),
    ],
)
def test_a_pause_ends_a_complete_plate(talk: MakeTalk, said: str, plate: str) -> None:
    field = fill_plate(talk(said))
    assert (field.value, field.status) == (plate, "filled")


@pytest.mark.parametrize("said", ["苏E 七零三 一六 D六后面没看到", "苏e70316 xyz"])
def test_a_plate_whose_speaker_is_still_searching_is_only_suggested(talk: MakeTalk, said: str) -> None:
    field = fill_plate(talk(said))
    assert (field.value, field.status) == ("苏E70316", "suggested")
