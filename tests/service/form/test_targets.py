"""Tests of targets."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.prediction import Prediction, Span
from service.form.field import MISSING, Field, Place
from service.form.talk import Talk
from service.form.targets import fill_target

MakeTalk = Callable[..., Talk]


def test_a_firm_that_is_named_is_suggested(talk: MakeTalk, silent: Prediction) -> None:
    field = fill_target(talk("我要投诉 三欣机床公司 欠我货款"), silent, poi=MISSING)
    assert (field.value, field.status) == ("三欣机床公司", "suggested")


def test_the_models_span_is_filled(talk: MakeTalk) -> None:
    marked = Prediction({}, (Span("target_entity", 0, 1, 5, 0.95),), truncated=False)
    field = fill_target(talk("那博睿启航跑路了"), marked, poi=MISSING)
    assert (field.value, field.source, field.status) == ("博睿启航", "model", "filled")


def test_a_sentence_is_no_name(talk: MakeTalk, silent: Prediction) -> None:
    for said in ("我看就是要跑路", "是他儿子开的", "什么我就不说了", "叫我的问题还要我承担"):
        assert fill_target(talk("A:有没有负责人的信息", said), silent, poi=MISSING).status == "missing"


def test_a_limited_company_keeps_its_first_sign(talk: MakeTalk, silent: Prediction) -> None:
    field = fill_target(talk("A:公司全称", "叫鸟玄科技有限公司"), silent, poi=MISSING)
    assert field.value == "鸟玄科技有限公司"


def test_a_kind_alone_is_no_name(talk: MakeTalk, silent: Prediction) -> None:
    assert fill_target(talk("我在医院"), silent, poi=MISSING).status == "missing"


def test_the_edges_of_a_span_are_mended(talk: MakeTalk) -> None:
    cut = Prediction({}, (Span("target_entity", 0, 3, 8, 0.6),), truncated=False)
    assert fill_target(talk("开发商河南锦棠置业拖着不办"), cut, poi=MISSING).value == "河南锦棠置业"


def test_the_caller_is_not_the_party_complained_of(talk: MakeTalk) -> None:
    marked = Prediction({}, (Span("target_entity", 0, 2, 5, 0.9),), truncated=False)
    assert fill_target(talk("我叫谭桂香"), marked, poi=MISSING, caller=Field("谭桂香")).status == "missing"


def test_the_keeper_of_an_estate_gets_its_name(talk: MakeTalk) -> None:
    marked = Prediction({}, (Span("target_entity", 0, 2, 4, 0.9),), truncated=False)
    field = fill_target(talk("投诉物业电梯不修"), marked, poi=Field("宏鑫佳园", places=(Place(0, 0, 2),)))
    assert field.value == "宏鑫佳园物业"


def test_an_office_that_was_only_asked_for_help_stands_back(talk: MakeTalk, silent: Prediction) -> None:
    field = fill_target(talk("我找过青园派出所 投诉大勇烧烤店天天吵"), silent, poi=MISSING)
    assert field.value == "大勇烧烤店"


def test_the_answer_to_which_firm_is_a_name(talk: MakeTalk, silent: Prediction) -> None:
    field = fill_target(talk("A:机构叫什么名字", "小橙子之家 就在一楼"), silent, poi=MISSING)
    assert field.value == "小橙子之家"


def test_an_inquiry_accuses_nobody(talk: MakeTalk, silent: Prediction) -> None:
    said = talk("我问一下 在宏达公司上班能不能补交")
    assert fill_target(said, silent, poi=MISSING, accuses=False).status == "missing"


def test_a_name_says_more_than_a_role(talk: MakeTalk) -> None:
    said = "开发商一直拖，叫景晟置业的"
    model = Prediction({}, (Span("target_entity", 0, 0, 3, 0.8), Span("target_entity", 0, 8, 12, 0.8)), truncated=False)
    assert fill_target(talk(said), model, poi=MISSING).value == "景晟置业"


@pytest.mark.parametrize("said", ["售楼部改成了小炒店", "我自己看的好吃的饭店"])
def test_a_predicate_is_no_party(talk: MakeTalk, silent: Prediction, said: str) -> None:
    assert fill_target(talk(said), silent, poi=MISSING).status == "missing"


def test_a_division_is_no_party(talk: MakeTalk) -> None:
    model = Prediction({}, (Span("target_entity", 0, 2, 5, 0.9),), truncated=False)
    assert fill_target(talk("我们赛罕区的物业"), model, poi=MISSING).value != "赛罕区"
