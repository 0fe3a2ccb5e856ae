"""Tests of targets."""

from __future__ import annotations

from collections.abc import Callable

from models.prediction import Prediction, Span
from service.form.field import MISSING
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
