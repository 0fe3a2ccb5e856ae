"""Tests of targets."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.prediction import Prediction, Span
from service.form.choice import Choice
from service.form.field import MISSING, Field, Place
from service.form.marked import Marks
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


@pytest.mark.parametrize(
    ("lines", "party"),
    [
        (["A:公司全称叫什么", "叫 南平市 澄禾 家具 有限公司"], "南平市澄禾家具有限公司"),
        (["合同上写的是湖州鼎澜房地产开发有限公司，拖着不交房"], "湖州鼎澜房地产开发有限公司"),
        (["A:是哪家店", "新华区 中山西路 老巷子涮肉 就在路口"], "老巷子涮肉"),
        (["A:哪家公司", "新华区"], None),
        (["我要投诉 澄禾驾校 不退学费"], "澄禾驾校"),
        (["我要投诉 新华区澄禾云山小学 乱收费"], "澄禾云山小学"),
        (["我要投诉 新华区实验小学 乱收费"], "新华区实验小学"),
        (["赶快请城管来，天天吵"], None),
        (["一大家子都躺医院了，他们不管"], None),
        (["镇饭店旁边天天堵"], None),
        (["楼下那家烧烤店天天吵到半夜"], "楼下那家烧烤店"),
        (["楼下那家烧烤店天天吵，叫大河烧烤店"], "大河烧烤店"),
        (["我就住在楼下那家烧烤店对面"], None),
        (["我们小区的澄禾物业不管"], "澄禾物业"),
    ],
)
def test_a_party_is_a_name_and_no_stretch_of_speech(
    talk: MakeTalk, silent: Prediction, lines: list[str], party: str | None
) -> None:
    assert fill_target(talk(*lines), silent, poi=MISSING).value == party


def test_a_point_that_is_speech_is_no_party(talk: MakeTalk, silent: Prediction) -> None:
    said = talk("就在上面贴的厂那里，天天臭")
    assert fill_target(said, silent, poi=Field("上面贴的厂", places=(Place(0, 2, 7),))).status == "missing"


def test_what_the_model_is_unsure_of_must_be_a_name(talk: MakeTalk) -> None:
    said = talk("卖烤土豆的天天占道")
    for confidence, status in ((0.6, "missing"), (0.9, "filled")):
        marked = Prediction({}, (Span("target_entity", 0, 0, 4, confidence),), truncated=False)
        assert fill_target(said, marked, poi=MISSING).status == status


def test_of_two_names_that_hold_the_same_part_the_first_one_said_has_it(talk: MakeTalk) -> None:
    said = "城东装修公司推给城西装修公司，装修公司都不管"
    spans = tuple(Span("target_entity", 0, at, at + size, 0.9) for at, size in ((0, 6), (8, 6), (15, 4)))
    assert fill_target(talk(said), Prediction({}, spans, truncated=False), poi=MISSING).value == "城东装修公司"


def test_of_what_is_marked_and_what_the_rules_read_the_weights_choose(talk: MakeTalk) -> None:
    said = talk("我在 三欣机床公司 那边 让卓永胜给打了")
    at = said.turns[0].folded.index("卓永胜")
    marked = Prediction({}, (Span("form_target_entity", 0, at, at + 3, 0.9),), truncated=False)
    for_marks = Choice({"target_entity": {"none": -1.0, "span": 3.0, "rule": 1.5}})
    assert fill_target(said, marked, poi=MISSING).value == "三欣机床公司"
    field = fill_target(said, marked, poi=MISSING, marks=Marks(for_marks))
    assert (field.value, field.raw, field.source) == ("卓永胜", "卓永胜", "model")
    assert "三欣机床公司" in field.alternatives
    himself = Field("卓永胜")
    field = fill_target(said, marked, poi=MISSING, caller=himself, marks=Marks(for_marks, (himself,)))
    assert field.value == "三欣机床公司"


@pytest.mark.parametrize(
    ("text", "party"),
    [("员工秦某反映不发工资", None), ("业主代表秦某来电反映停水", None), ("员工秦某打人", "秦某")],
)
def test_who_reports_is_not_the_party_complained_of(talk: MakeTalk, text: str, party: str | None) -> None:
    at = text.index("秦某")
    marked = Prediction({}, (Span("target_entity", 0, at, at + 2, 0.9),), truncated=False)
    assert fill_target(talk(text), marked, poi=MISSING).value == party
