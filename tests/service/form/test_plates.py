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


@pytest.mark.parametrize("said", ["我在苏A小区", "京B座1508", "鲁D那个字我没看清"])
def test_half_a_plate_is_none(talk: MakeTalk, said: str) -> None:
    assert fill_plate(talk(said)).status == "missing"
