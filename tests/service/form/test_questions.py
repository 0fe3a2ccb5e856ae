"""Tests of questions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.prediction import Prediction
from service.city import DEFAULT_CITY
from service.form.definition import FormDefinition
from service.form.field import Field
from service.form.fill import FormFiller
from service.form.questions import missing_fields, questions
from service.form.talk import Talk
from service.ticket import Ticket

MakeTalk = Callable[..., Talk]
MakeTicket = Callable[..., Ticket]
FILLED = Field("x", "x", (), 0.9, "rule", "filled")
STORY = "楼道灯坏了，后来物业说不修，报了三次，一直没人来"


@pytest.fixture(scope="module")
def form() -> FormDefinition:
    return FormDefinition.open(DEFAULT_CITY / "form.toml")


@pytest.fixture(scope="module")
def silence(talk: MakeTalk) -> Talk:
    return talk("喂", "A:您好，请讲")


def test_place_and_demand_then_contact_then_the_story_then_the_rest(form: FormDefinition, silence: Talk) -> None:
    asked = [question.field for question in questions(form, {}, kind="投诉", talk=silence)]
    elements = ["event_address", "demand", "contact_phone", "caller_name", "cause", "course"]
    assert asked == [*elements, "target_entity", "event_time"]


def test_the_district_is_asked_for_where_only_it_is_missing(form: FormDefinition, silence: Talk) -> None:
    assert questions(form, {"event_address": FILLED}, kind="投诉", talk=silence)[0].field == "district"


def test_a_wish_for_secrecy_silences_the_question_for_the_name(form: FormDefinition) -> None:
    wish = Field(True, "保密", (), 0.9, "rule", "filled")
    assert "caller_name" not in missing_fields(form, {"confidential": wish}, kind="投诉")
    assert "contact_phone" in missing_fields(form, {"confidential": wish}, kind="投诉")


def test_only_complaints_need_a_target(form: FormDefinition) -> None:
    assert "target_entity" not in missing_fields(form, {}, kind="咨询")
    assert "target_entity" in missing_fields(form, {}, kind="举报")


def test_a_contradiction_is_put_to_the_caller(form: FormDefinition, silence: Talk) -> None:
    open_district = Field(None, None, (), 0.0, "rule", "conflict", ("江苏省南京市鼓楼区", "河南省开封市鼓楼区"))
    fields = {"event_address": FILLED, "district": open_district}
    (first, *_) = questions(form, fields, kind="投诉", talk=silence)
    assert first.field == "district"
    assert "南京市鼓楼区" in first.text
    assert "开封市鼓楼区" in first.text


@pytest.mark.parametrize(
    ("question", "answer", "field"),
    [
        ("请问您贵姓，怎么称呼您？", "不方便说", "caller_name"),
        ("请问您的联系电话是多少？", "这个我不想留", "contact_phone"),
        ("您希望我们怎么处理？", "我也不知道", "demand"),
        ("请问您反映的是哪家单位？", "不想说", "target_entity"),
        ("属于哪个区？", "不晓得哦", "district"),
        ("是什么原因呢？", "我不清楚", "cause"),
        ("您跟物业反映过吗，具体经过说一下", "不方便讲", "course"),
    ],
)
def test_who_would_not_or_could_not_say_it_is_not_asked_again(
    form: FormDefinition, talk: MakeTalk, question: str, answer: str, field: str
) -> None:
    fields = {"event_address": FILLED}
    before = questions(form, fields, kind="投诉", talk=talk("喂"))
    after = questions(form, fields, kind="投诉", talk=talk("喂", f"A:{question}", answer))
    assert field in [asked.field for asked in before]
    assert field not in [asked.field for asked in after]


@pytest.mark.parametrize("field", ["event_address", "event_time", "target_entity"])
def test_what_the_caller_does_not_know_is_asked_once_more_in_other_words_and_last(
    form: FormDefinition, talk: MakeTalk, field: str
) -> None:
    ask = next(spec.ask for spec in form.fields if spec.name == field)
    once = questions(form, {}, kind="投诉", talk=talk("喂", f"A:{ask}", "我不知道"))
    assert once[-1].field == field
    assert once[-1].text != ask
    twice = questions(form, {}, kind="投诉", talk=talk("喂", f"A:{ask}", "我不知道", f"A:{once[-1].text}", "说不清"))
    assert field not in [question.field for question in twice if question.text in (ask, once[-1].text)]


def test_the_district_is_asked_for_where_the_caller_does_not_know_the_road(
    form: FormDefinition, talk: MakeTalk
) -> None:
    said = talk("这里路塌了", "A:在哪条路？", "不知道路名")
    assert questions(form, {}, kind="求助", talk=said)[0].field == "district"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("contact_phone", "13800056623", "联系电话是13800056623，对吗"),
        ("id_no", "110***********1234", "身份证号我没有听清"),
        ("event_address", "建设路12号", "事发地址是建设路12号，对吗"),
        ("event_time", "2025-10-05T21:00", "时间是2025年10月5日 21:00，对吗"),
        ("event_time", "2024-10/2025-01-02", "时间是2024年10月至2025年1月2日，对吗"),
        ("event_time", "2019/2025-08-19", "时间是2019年至2025年8月19日，对吗"),
        ("demand", "退还押金", "您的诉求是：退还押金，对吗"),
    ],
)
def test_what_was_heard_badly_is_confirmed_last(
    form: FormDefinition, silence: Talk, name: str, value: str, words: str
) -> None:
    doubtful = Field(value, value, (), 0.45, "rule", "suggested")
    asked = questions(form, {name: doubtful}, kind="投诉", talk=silence)
    assert asked[-1].field == name
    assert words in asked[-1].text


def test_what_was_read_back_and_not_denied_needs_no_confirmation(form: FormDefinition, talk: MakeTalk) -> None:
    fields = {"contact_phone": Field("13800056623", "这个", (), 0.5, "given", "suggested")}
    for answer, confirms in (("嗯", False), ("不对", True)):
        said = talk("喂", "A:号码是138 0005 6623吗", answer)
        asked = [question.field for question in questions(form, fields, kind="投诉", talk=said)]
        assert ("contact_phone" in asked) is confirms


@pytest.mark.parametrize(
    ("kind", "said", "untold"),
    [
        ("投诉", "我要投诉", ["cause", "course"]),
        ("投诉", "楼道灯坏了", ["course"]),
        ("投诉", STORY, []),
        ("咨询", "我想问一下", []),
    ],
)
def test_why_and_how_are_asked_where_no_clause_tells_them(
    form: FormDefinition, talk: MakeTalk, kind: str, said: str, untold: list[str]
) -> None:
    asked = [question.field for question in questions(form, {}, kind=kind, talk=talk(said))]
    assert [name for name in asked if name in ("cause", "course")] == untold


def test_a_misheard_id_number_is_asked_for_again(
    filler: FormFiller, make_ticket: MakeTicket, silent: Prediction
) -> None:
    form = filler.fill(make_ticket("我的身份证号是110105194912310021，社保查不到"), silent)
    assert form.fields["id_no"].status == "suggested"
    assert "id_no" in [question.field for question in form.ask]
