"""Accused: an order that would go to the party complained of is looked at, and the unit above it helps."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.dispatch.decide import Dispatch
from service.form.field import Field, Form, Place
from tests.service.dispatch.cases import fill, open_city, predict, ticket

PLACE = {"district": "河东区", "subdistrict": "和平街道"}
UNITS = """
[[units]]
id = "east"
name = "河东区政府"
[[units]]
id = "peace"
name = "和平街道办事处"
aliases = ["和平便民中心"]
parent = "east"
[[territory]]
unit = "peace"
district = "河东区"
subdistrict = "和平街道"
"""


def decide(folder: Path, text: str, *, form: Form | None = None, tables: str = "") -> Dispatch:
    return open_city(folder, tables).decide(ticket(text), predict(hosted=0.97, auto=0.9), form or fill(PLACE))


def is_told(order: Dispatch) -> bool:
    return any("被反映方即主办单位" in reason for reason in order.reasons)


@pytest.mark.parametrize(
    "text",
    [
        "投诉河东区和平街道办事处李科长骂人",
        "举报和平街道办侵占补偿款",
        "反映一下和平街道办窗口态度恶劣",
        "和平街道办一直拖着不办证",
        "和平街道党工委包庇违建",
        "反映和平街道办门口保安打人",
    ],
)
def test_a_street_office_complained_of_is_not_handed_its_complaint_unseen(tmp_path: Path, text: str) -> None:
    order = decide(tmp_path, text)
    assert order.lead is not None
    assert (order.lead.name, order.decision) == ("和平街道办事处", "suggest")
    assert (order.assist[0].unit, order.assist[0].name) == ("qxz", "河东区人民政府")
    assert is_told(order)


@pytest.mark.parametrize(
    "text",
    [
        "楼道没灯，找过和平街道办，请尽快修",
        "垃圾没人收，已经反映给和平街道办了",
        "和平街道办旁边的烧烤店油烟大",
        "希望和平街道办派人来看看",
        "投诉和平街道的烧烤店",
        "反映和平街道办门口的井盖坏了没人管",
        "和平街道办对面的饭店违规排烟",
    ],
)
def test_an_office_that_is_only_named_may_have_it_unseen(tmp_path: Path, text: str) -> None:
    order = decide(tmp_path, text)
    assert order.decision == "auto"
    assert not is_told(order)


@pytest.mark.parametrize(("text", "decision"), [("和平街道办乱停车", "suggest"), ("已告知和平街道办", "auto")])
def test_the_forms_party_accuses_unless_it_was_only_turned_to(tmp_path: Path, text: str, decision: str) -> None:
    start = text.index("和平")
    party = Field(value="和平街道办", raw="和平街道办", places=(Place(0, start, start + 5),), status="filled")
    form = fill(PLACE)
    order = decide(tmp_path, text, form=Form({**form.fields, "target_entity": party}, "", ""))
    assert order.decision == decision


def test_above_a_unit_of_the_city_stands_its_parent(tmp_path: Path) -> None:
    order = decide(tmp_path, "投诉和平便民中心乱收费", tables=UNITS)
    assert order.lead is not None
    assert (order.lead.unit, order.decision) == ("peace", "suggest")
    assert order.assist[0].unit == "east"


def test_above_a_district_stands_the_fallback(tmp_path: Path) -> None:
    order = decide(tmp_path, "举报河东区政府强拆", form=fill({"district": "河东区"}))
    assert order.lead is not None
    assert (order.lead.name, order.decision, order.assist[0].unit) == ("河东区人民政府", "suggest", "zwb")


def test_a_town_is_accused_by_its_government(tmp_path: Path) -> None:
    order = decide(tmp_path, "石桥镇政府克扣青苗费", form=fill({"district": "龙山县", "subdistrict": "石桥镇"}))
    assert order.lead is not None
    assert (order.lead.name, order.decision) == ("石桥镇人民政府", "suggest")
    assert order.assist[0].name == "龙山县人民政府"


def test_the_words_that_accuse_are_told_with_their_place(tmp_path: Path) -> None:
    order = decide(tmp_path, "投诉和平街道办骂人")
    ground = next(ground for ground in order.grounds if "被反映方" in ground.text)
    assert ground.place == Place(0, 2, 7)


def test_the_words_of_an_accusation_are_the_citys(tmp_path: Path) -> None:
    city = open_city(tmp_path)
    text = ticket("和平街道办日日唔理")
    assert not is_told(city.decide(text, predict(hosted=0.97, auto=0.9), fill(PLACE)))
    known = city.alarms.accusation
    words = known.model_copy(update={"charges": (*known.charges, "唔理")})
    city.alarms = city.alarms.model_copy(update={"accusation": words})
    assert is_told(city.decide(text, predict(hosted=0.97, auto=0.9), fill(PLACE)))
