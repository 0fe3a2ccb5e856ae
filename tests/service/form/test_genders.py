"""Tests of genders."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.prediction import Prediction
from service.form.genders import fill_gender
from service.form.names import fill_name
from service.form.talk import Talk

MakeTalk = Callable[..., Talk]

NOTHING = Prediction(answers={}, spans=(), truncated=False)


@pytest.mark.parametrize(
    ("lines", "gender"),
    [
        (("A:您贵姓", "姓龙", "A:龙女士对吧", "对"), "女"),
        (("A:您贵姓", "我姓佘 佘明", "A:佘先生您别冲动"), "男"),
        (("A:先生，您的心情理解", "唉"), "男"),
        (("A:您贵姓", "我叫王丽"), None),
        (("我姓石", "A:好的石师傅"), None),
    ],
)
def test_gender_comes_from_titles_only(
    talk: MakeTalk, silent: Prediction, lines: tuple[str, ...], gender: str | None
) -> None:
    said = talk(*lines)
    assert fill_gender(said, fill_name(said, silent)).value == gender


@pytest.mark.parametrize(
    ("line", "gender", "status"),
    [("我姓国 女的", "女", "filled"), ("我姓国 你写国女士", "女", "filled"), ("我姓国 我媳妇也去了", None, "missing")],
)
def test_gender_may_be_said_and_a_wife_tells_nothing(
    talk: MakeTalk, line: str, gender: str | None, status: str
) -> None:
    said = talk("A:您贵姓", line)
    field = fill_gender(said, fill_name(said, NOTHING))
    assert (field.value, field.status) == (gender, status)


@pytest.mark.parametrize(
    ("text", "gender"),
    [
        ("联系人：秦女士，电话13900028801，小区停水", "女"),
        ("本人女，四十岁，厂里不发工资", "女"),
        ("本人女儿上不了学", None),
    ],
)
def test_a_written_ticket_tells_the_callers_gender(talk: MakeTalk, text: str, gender: str | None) -> None:
    said = talk(text)
    assert fill_gender(said, fill_name(said, NOTHING)).value == gender


@pytest.mark.parametrize("right", ["我是女的", "不 我是女的", "我是个女的啊"])
def test_who_puts_the_title_right_is_called_by_the_right_one(talk: MakeTalk, silent: Prediction, right: str) -> None:
    said = talk("A:您贵姓", "姓卞", "A:卞先生是吧", right)
    name = fill_name(said, silent)
    assert name.value == "卞女士"
    assert fill_gender(said, name).value == "女"


@pytest.mark.parametrize(
    ("text", "gender"),
    [
        ("姓名：常小琴\n性别：女\n反映内容：路灯不亮", "女"),
        ("我叫常小琴，女，45岁，反映村里修路的事。", "女"),
        ("患者姓名：常大山，性别：男，在医院被误诊。", None),
    ],
)
def test_a_written_form_tells_the_gender_of_its_writer(
    talk: MakeTalk, silent: Prediction, text: str, gender: str | None
) -> None:
    said = talk(text)
    assert fill_gender(said, fill_name(said, silent)).value == gender
