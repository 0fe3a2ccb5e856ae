"""Tests of the form filler: whole calls, hostile input, and a city's own form."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from models.prediction import Prediction, Span
from models.repack import repack
from service.city import DEFAULT_CITY
from service.form.address.gazetteer import Gazetteer
from service.form.choice import CHOICE, Choice
from service.form.definition import FormDefinition
from service.form.fill import FormFiller
from service.form.headings import Headings
from service.ticket import Ticket
from tests.tiny import write_tiny

MakeTicket = Callable[..., Ticket]
CALL = (
    "A:您好，宜昌12345，请问需要什么帮助？",
    "我要投诉邻居把消防连廊封了！西陵区学院街道，天楚中苑3号楼，27楼。",
    "A:什么时候封的？",
    "九月二十号。",
    "A:好的，您是希望拆除封堵、恢复连廊畅通？",
    "对，一个星期之内拆。",
    "A:您的称呼和电话？",
    "覃女士。153开头的这个号，你们看得到吧？",
    "A:看得到，15300046628，覃女士，已为您登记。",
)
FILL_SECONDS = 2.0  # for the longest text that is read; a call takes about 5 ms


def test_a_call_becomes_a_form(filler: FormFiller, silent: Prediction, make_ticket: MakeTicket) -> None:
    form = filler.fill(make_ticket(*CALL, phone="15300046628"), silent)
    values = {name: field.value for name, field in form.fields.items() if field.value is not None}
    assert values["caller_name"] == "覃女士"
    assert values["caller_gender"] == "女"
    assert values["contact_phone"] == "15300046628"
    assert values["event_address"] == "湖北省宜昌市西陵区学院街道天楚中苑3号楼27楼"
    assert values["event_time"] == "2025-09-20"
    assert values["demand"] == "拆除封堵、恢复连廊畅通"
    assert form.title.startswith("西陵区天楚中苑")
    assert form.content.startswith("来电人反映：")
    assert "诉求：拆除封堵、恢复连廊畅通。" in form.content
    assert not {"caller_name", "contact_phone", "event_address", "demand"} & set(form.missing)


def test_every_place_lies_in_its_turn(filler: FormFiller, silent: Prediction, make_ticket: MakeTicket) -> None:
    ticket = make_ticket(*CALL, phone="15300046628")
    for field in filler.fill(ticket, silent).fields.values():
        for place in field.places:
            text = ticket.document.segments[place.segment].text
            assert 0 <= place.start < place.end <= len(text)
        if field.raw and len(field.places) == 1:
            place = field.places[0]
            assert ticket.document.segments[place.segment].text[place.start : place.end] == field.raw


def test_an_id_number_is_masked_everywhere(filler: FormFiller, silent: Prediction, make_ticket: MakeTicket) -> None:
    form = filler.fill(make_ticket("我身份证11010519491231002X 补办不了"), silent)
    assert form.fields["id_no"].value == "110***********002X"
    assert "19491231" not in form.content + form.title + str(form.fields)


def test_a_corrected_id_number_is_masked_too(filler: FormFiller, silent: Prediction, make_ticket: MakeTicket) -> None:
    lines = (
        "身份证110105 19491231 002X 不对 是幺幺零幺零五一九四九幺二三幺零零二叉",
        "帮我查一下11010519491231002X的社保",
    )
    form = filler.fill(make_ticket("我的身份证11010519900307123X", *lines), silent)
    text = form.content + form.title + str(form.fields)
    assert not any(part in text for part in ("19491231", "一九四九", "19900307"))


def test_an_id_number_that_was_split_over_turns_is_masked_too(
    filler: FormFiller, silent: Prediction, make_ticket: MakeTicket
) -> None:
    lines = ("补办不了身份证 号码是110105", "A:嗯", "19491231", "A:嗯", "零零二X")
    form = filler.fill(make_ticket(*lines), silent)
    assert form.fields["id_no"].value == "110***********002X"
    assert not any(part in form.content + form.title + str(form.fields) for part in ("110105", "19491231"))


def test_an_empty_call_asks_for_everything(filler: FormFiller, silent: Prediction, make_ticket: MakeTicket) -> None:
    form = filler.fill(make_ticket("A:您好", "喂"), silent)
    assert form.ask[0].field == "event_address"
    assert {"event_address", "demand", "caller_name", "contact_phone"} <= set(form.missing)
    assert all(field.value is None for field in form.fields.values())


def test_who_wants_no_call_is_not_asked_for_a_number(
    filler: FormFiller, silent: Prediction, make_ticket: MakeTicket
) -> None:
    form = filler.fill(make_ticket("A:您的姓名", "姓瞿 电话不留了", phone="13900052214"), silent)
    assert form.fields["no_contact"].value is True
    assert form.fields["contact_phone"].status == "missing"
    assert "contact_phone" not in form.missing


@pytest.mark.parametrize(
    "text",
    [
        "的" * 20_000,
        "1" * 20_000,
        "一二三四五六七八九十" * 2_000,
        "😀" * 50,
        "\u200b\u202e",
        " " * 100,
        "到" * 5_000,
        "京A" * 5_000,
        "朝阳区" * 3_000,
        "中山路" * 6_000,
        "有限公司" * 5_000,
        "你" + " " * 20_000,
        "12甲" * 6_000,
    ],
)
def test_hostile_texts_are_survived_in_time(
    filler: FormFiller, silent: Prediction, make_ticket: MakeTicket, text: str
) -> None:
    start = time.thread_time()
    filler.fill(make_ticket(text), silent)
    assert time.thread_time() - start < FILL_SECONDS


def test_a_citys_own_field_is_found(
    gazetteer: Gazetteer, silent: Prediction, make_ticket: MakeTicket, tmp_path: Path
) -> None:
    path = tmp_path / "form.toml"
    path.write_text(
        '[[field]]\nname = "contract_no"\nlabel = "合同号"\npattern = "合同号?([0-9]{8})"\n', encoding="utf-8"
    )
    filler = FormFiller(FormDefinition.open(path), gazetteer, Choice({}), Headings())
    form = filler.fill(make_ticket("我的合同号１２３４５６７８"), silent)
    assert list(form.fields) == ["contract_no"]
    assert form.fields["contract_no"].value == "12345678"
    assert form.fields["contract_no"].raw == "１２３４５６７８"


def marked_as(kind: str, word: str, text: str) -> Prediction:
    start = text.index(word)
    return Prediction({}, (Span(kind, 0, start, start + len(word), 0.97),), truncated=False)


def test_names_are_settled_by_marks_where_there_are_weights_for_them(
    filler: FormFiller, gazetteer: Gazetteer, make_ticket: MakeTicket
) -> None:
    text = "从加油站过去 麦岭圩旁边 天天堵"
    marked = marked_as("form_poi", "麦岭圩旁边", text)
    weights = Choice.open(DEFAULT_CITY / CHOICE)
    knowing = FormFiller(filler.definition, gazetteer, weights, Headings(), has_marks=True)
    poi = knowing.fill(make_ticket(text), marked).fields["poi"]
    assert (poi.value, poi.raw, poi.source) == ("麦岭圩", "麦岭圩旁边", "model")
    by_rule = filler.fill(make_ticket(text), marked).fields["poi"].value
    assert by_rule != "麦岭圩"
    older = Choice({name: own for name, own in weights.weights.items() if name != "poi"})
    without = FormFiller(filler.definition, gazetteer, older, Headings(), has_marks=True)
    assert without.fill(make_ticket(text), marked).fields["poi"].value == by_rule


@pytest.mark.parametrize("kind", ["form_poi", "form_target_entity"])
@pytest.mark.parametrize("own", ["王建国", "13030219850721453X", "13812345678"])
def test_what_is_the_callers_own_becomes_no_point_and_no_party(
    filler: FormFiller, gazetteer: Gazetteer, make_ticket: MakeTicket, kind: str, own: str
) -> None:
    text = f"我叫王建国 身份证13030219850721453X 电话13812345678 楼道灯坏了，{own}这个人反映的"
    knowing = FormFiller(filler.definition, gazetteer, Choice.open(DEFAULT_CITY / CHOICE), Headings(), has_marks=True)
    form = knowing.fill(make_ticket(text), marked_as(kind, own, text))
    assert own not in str(form.fields["poi"].value) + str(form.fields["target_entity"].value) + form.title


def test_an_office_has_its_full_name_in_the_form_and_its_place_once_in_the_title(
    filler: FormFiller, make_ticket: MakeTicket
) -> None:
    text = "我是台州市椒江区的，投诉区教育局一直拖着不办"
    start = text.index("区教育局")
    marked = Prediction({}, (Span("target_entity", 0, start, start + 4, 0.95),), truncated=False)
    form = filler.fill(make_ticket(text), marked)
    assert (form.fields["target_entity"].value, form.fields["target_entity"].raw) == ("椒江区教育局", "区教育局")
    assert form.fields["target_entity"].source == "derived"
    assert form.title.count("椒江区") == 1


def test_a_bundle_brings_its_own_headings(tmp_path: Path, silent: Prediction, make_ticket: MakeTicket) -> None:
    (tmp_path / "city").mkdir()
    (tmp_path / "city" / "headings.toml").write_text(
        "[[heading]]\ntitle = '门禁失灵'\nwords = ['门禁{near}坏']\n", encoding="utf-8"
    )
    made = repack(write_tiny(tmp_path / "old").path, tmp_path / "city", version="0.1.1", target=tmp_path / "new")
    form = FormFiller.open(made).fill(make_ticket("我们小区门禁老早就坏了没人管"), silent)
    assert form.title.endswith("门禁失灵")


@pytest.mark.parametrize(
    "title", ["11010519491231002X的低保", "身份证110105900101123低保", "残疾证11010519491231002X43"]
)
def test_an_id_number_of_a_title_that_was_sent_is_masked(
    filler: FormFiller, silent: Prediction, make_ticket: MakeTicket, title: str
) -> None:
    form = filler.fill(make_ticket("低保停了", title=title), silent)
    assert "110***" in form.title
    assert not any(part in form.title for part in ("19491231", "900101"))


@pytest.mark.parametrize(
    ("text", "name", "title", "content"),
    [
        ("市民秦先生反映楼道堆满纸箱。", "秦先生", "楼道堆满纸箱", "来电人反映：楼道堆满纸箱。"),
        ("苏女士来电投诉：电梯老停。", "苏女士", "电梯老停", "来电人反映：电梯老停。"),
    ],
)
def test_the_words_that_name_the_caller_of_a_written_ticket_are_none_of_the_matter(
    filler: FormFiller, silent: Prediction, make_ticket: MakeTicket, text: str, name: str, title: str, content: str
) -> None:
    form = filler.fill(make_ticket(text), silent)
    assert (form.fields["caller_name"].value, form.title, form.content) == (name, title, content)
    assert form.fields["caller_name"].raw == name


def test_an_id_number_is_asked_for_in_no_question(
    filler: FormFiller, silent: Prediction, make_ticket: MakeTicket
) -> None:
    lines = ("补办社保", "A:身份证号码报一下", "110105198803150037")
    form = filler.fill(make_ticket(*lines, phone="13700001122"), silent)
    assert form.fields["contact_phone"].value == "13700001122"
    assert not any("19880315" in question.text for question in form.ask)
