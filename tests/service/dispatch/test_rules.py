"""Rules: every condition holds or the rule is silent."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from models.document import Document, Segment
from service.dispatch.rules import is_within
from service.ticket import Ticket
from tests.service.dispatch.cases import fill, open_city, predict, ticket

NOISE = (0.7, 0.2, 0.1)
UTILITY = (0.1, 0.8, 0.1)


def leads(folder: Path, when: str, *, text: str = "工地打桩太吵", at: str = "2025-06-03T23:30:00+08:00") -> bool:
    """Whether a rule with these conditions takes the lead of a noise ticket in 河东区."""
    city = open_city(folder, f'\n[[rules]]\nid = "a"\n{when}\nthen.lead = "zjw"\n')
    form = fill({"district": "河东区", "subdistrict": "和平街道", "event_address": "河东区和平街道火车站旁"})
    order = city.decide(ticket(text, at=at), predict(category=NOISE, hosted=0.9), form)
    return order.lead is not None and order.lead.unit == "zjw"


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ('when.category = ["0402"]', True),
        ('when.category = ["自然资源与环境保护/污染防治"]', True),
        ('when.category = ["0904"]', False),
        ('when.category = ["0402"]\nwhen.words = ["打桩"]', True),
        ('when.category = ["0402"]\nwhen.words = ["广场舞"]', False),
        ('when.words = ["打桩"]\nwhen.without = ["工地"]', False),
        ('when.words = ["打桩"]\nwhen.also = ["工地", "学校"]', True),
        ('when.words = ["打桩"]\nwhen.also = ["学校"]', False),
        ('when.districts = ["河东"]', True),
        ('when.subdistricts = ["民主街道"]', False),
        ('when.places = ["火车站"]', True),
        ('when.places = ["机场"]', False),
        ('when.hours = "22:00-06:00"', True),
        ('when.hours = "08:00-18:00"', False),
        ("when.hosted = true", True),
        ("when.hosted = false", False),
        ('when.function = ["cgw"]', True),
        ('when.function = ["sthj"]', False),
        ("when.urgency = 2", False),
        ('when.risks = ["欠薪"]', False),
        ('when.type = ["投诉"]', False),
        ('when.spans = ["plate_no"]', False),
    ],
)
def test_a_condition_holds_or_not(tmp_path: Path, when: str, holds: bool) -> None:
    assert leads(tmp_path, when) is holds


def test_hours_are_the_hotlines_whatever_zone_the_ticket_came_in(tmp_path: Path) -> None:
    assert leads(tmp_path, 'when.hours = "22:00-06:00"', at="2025-06-03T15:30:00+00:00")


@pytest.mark.parametrize(
    ("clock", "hours", "inside"),
    [
        ("22:00", "22:00-06:00", True),
        ("05:59", "22:00-06:00", True),
        ("06:00", "22:00-06:00", False),
        ("12:00", "12:00-14:00", True),
        ("14:00", "12:00-14:00", False),
    ],
)
def test_hours_may_run_over_midnight(clock: str, hours: str, inside: bool) -> None:
    assert is_within(datetime.fromisoformat(f"2025-06-03T{clock}:00+08:00"), hours) is inside


def test_a_rule_speaks_only_between_its_dates(tmp_path: Path) -> None:
    dates = 'valid_from = 2025-11-15\nvalid_to = 2026-03-15\nwhen.words = ["工地"]'
    assert leads(tmp_path, dates, at="2025-11-15T08:00:00+08:00")
    assert not leads(tmp_path, dates, at="2025-11-14T08:00:00+08:00")
    assert not leads(tmp_path, dates, at="2026-03-16T08:00:00+08:00")


def test_what_the_agent_said_is_not_the_citizens_words(tmp_path: Path) -> None:
    city = open_city(tmp_path, '\n[[rules]]\nid = "a"\nwhen.words = ["工地"]\nthen.lead = "zjw"\n')
    asked = Document((Segment("是工地吗", "agent"), Segment("楼上太吵")))
    said = Document((Segment("请讲", "agent"), Segment("工地太吵")))
    moment = datetime.fromisoformat("2025-06-03T12:00:00+08:00")
    leaders = [
        city.decide(Ticket(document, moment, is_dialogue=True), predict(), fill()).lead for document in (asked, said)
    ]
    assert [lead.unit for lead in leaders if lead] == ["cgw", "zjw"]


def test_the_higher_priority_leads_and_an_exception_goes_before_all(tmp_path: Path) -> None:
    tables = (
        '\n[[rules]]\nid = "low"\nwhen.words = ["吵"]\nthen.lead = "cgw"\n'
        '\n[[rules]]\nid = "high"\npriority = 5\nwhen.words = ["吵"]\nthen.lead = "sthj"\n'
    )
    exception = '\n[[exceptions]]\nid = "one"\nwhen.places = ["火车站"]\nthen.lead = "rq"\n'
    form = fill({"event_address": "火车站广场"})
    high = open_city(tmp_path, tables).decide(ticket("太吵"), predict(), form)
    one = open_city(tmp_path, tables + exception).decide(ticket("太吵"), predict(), form)
    assert high.lead is not None
    assert high.lead.unit == "sthj"
    assert one.lead is not None
    assert one.lead.unit == "rq"


def test_assists_of_all_rules_add_up_and_name_them(tmp_path: Path) -> None:
    rule = '\n[[rules]]\nid = "{}"\nwhen.words = ["吵"]\nthen.assist = [{{ unit = "{}", reason = "{}" }}]\n'
    city = open_city(tmp_path, rule.format("a", "zjw", "工程") + rule.format("b", "sthj", "噪声"))
    order = city.decide(ticket("太吵"), predict(function=(1.0, 0.0, 0.0, 0.0)), fill())
    assert [assist.unit for assist in order.assist] == ["zjw", "sthj"]
    assert "工程" in order.assist[0].reason
    assert "规则 a" in order.assist[0].reason


def test_a_category_the_model_is_unsure_of_does_not_hide_behind_a_rule(tmp_path: Path) -> None:
    city = open_city(tmp_path, '\n[[rules]]\nid = "a"\nwhen.category = ["0904"]\nthen.lead = "rq"\n')
    sure = city.decide(ticket(), predict(category=UTILITY), fill())
    unsure = city.decide(ticket(), predict(category=(0.3, 0.4, 0.3)), fill())
    assert sure.candidates[0].unit == unsure.candidates[0].unit == "rq"
    assert sure.candidates[0].score > unsure.candidates[0].score
    assert "0.80" in sure.reasons[0]
