"""Decide: who leads, why, and when no person need look."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.manifest import TaskSpec
from models.prediction import Answer, Prediction
from models.taxonomy import Taxonomy, open_departments
from service.alarm import open_default_rules
from service.city import DEFAULT_CITY
from service.dispatch.case import list_function
from service.dispatch.decide import Dispatcher
from service.dispatch.profile import Profile
from tests.service.dispatch.cases import HEADER, build_bundle, fill, open_city, predict, ticket

PLACE = {"district": "河东区", "subdistrict": "和平街道"}


def test_a_hosted_ticket_goes_to_the_street_and_the_function_assists(tmp_path: Path) -> None:
    order = open_city(tmp_path).decide(ticket(), predict(hosted=0.9), fill(PLACE))
    assert order.lead is not None
    assert (order.lead.unit, order.lead.name) == ("jd", "和平街道办事处")
    assert [assist.unit for assist in order.assist] == ["cgw", "sthj"]
    assert (order.territory.hosted, order.territory.district) == (True, "河东区")
    assert order.territory.confidence == pytest.approx(0.9)
    assert (order.candidates[0].unit, order.candidates[0].name) == ("jd", "和平街道办事处")


def test_the_function_stays_the_models_own_whoever_leads(tmp_path: Path) -> None:
    rule = '\n[[rules]]\nid = "a"\nwhen.words = ["烧烤"]\nthen.lead = "zjw"\n'
    order = open_city(tmp_path, rule).decide(ticket(), predict(hosted=0.9), fill(PLACE))
    assert [(scored.unit, round(scored.score, 2)) for scored in order.function][:2] == [("cgw", 0.6), ("sthj", 0.3)]
    assert order.candidates[0].unit == "zjw"


def test_a_ticket_that_the_territory_does_not_host_goes_to_the_function(tmp_path: Path) -> None:
    order = open_city(tmp_path).decide(ticket(), predict(hosted=0.1), fill(PLACE))
    assert order.lead is not None
    assert order.lead.unit == "cgw"
    assert not order.territory.hosted
    assert order.territory.confidence == pytest.approx(0.9)


def test_a_hosted_ticket_without_a_place_asks_for_it_and_is_not_sent_unseen(tmp_path: Path) -> None:
    order = open_city(tmp_path).decide(ticket(), predict(hosted=0.9, auto=0.5), fill())
    assert order.lead is not None
    assert order.lead.unit == "cgw"
    assert "请追问区县和街道" in order.reasons[0]
    assert order.decision == "suggest"


def test_scores_of_candidates_are_shares_of_one(tmp_path: Path) -> None:
    rule = '\n[[rules]]\nid = "a"\nwhen.category = ["0307"]\nthen.lead = "zjw"\n'
    prediction = predict(hosted=0.4, category=(0.1, 0.1, 0.8))
    order = open_city(tmp_path, rule).decide(ticket(), prediction, fill(PLACE))
    assert sum(scored.score for scored in order.candidates) == pytest.approx(1.0)
    scores = [scored.score for scored in order.candidates]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("hosted", "function", "decision"),
    [(0.97, (0.97, 0.01, 0.01, 0.01), "auto"), (0.02, (0.97, 0.01, 0.01, 0.01), "auto"),
     (0.6, (0.97, 0.01, 0.01, 0.01), "suggest"), (0.02, (0.6, 0.3, 0.05, 0.05), "suggest")],
)  # fmt: skip
def test_sent_unseen_only_where_both_territory_and_function_are_sure(
    tmp_path: Path, hosted: float, function: tuple[float, ...], decision: str
) -> None:
    order = open_city(tmp_path).decide(ticket(), predict(hosted=hosted, function=function, auto=0.9), fill(PLACE))
    assert order.decision == decision


def test_a_contradicted_address_is_looked_at(tmp_path: Path) -> None:
    order = open_city(tmp_path).decide(ticket(), predict(hosted=0.97, auto=0.9), fill(PLACE, status="conflict"))
    assert order.decision == "suggest"
    assert any("须人工核对" in reason for reason in order.reasons)


@pytest.mark.parametrize(("text", "truncated"), [("楼下着火了", False), ("楼下烧烤店油烟大", True)])
def test_an_emergency_or_a_cut_text_is_never_sent_unseen(tmp_path: Path, text: str, truncated: bool) -> None:
    prediction = predict(hosted=0.97, auto=0.9, truncated=truncated)
    order = open_city(tmp_path).decide(ticket(text), prediction, fill(PLACE))
    assert order.decision == "suggest"
    assert any("不自动派发" in reason for reason in order.reasons)


def test_what_is_denied_beside_what_is_asked_is_not_sent_unseen(tmp_path: Path) -> None:
    sure = predict(hosted=0.02, function=(0.97, 0.01, 0.01, 0.01), auto=0.9)
    order = open_city(tmp_path).decide(ticket("不是咨询油烟，我是想咨询换证"), sure, fill())
    assert (order.ground, order.decision) == ("function", "suggest")
    assert any("先说不是什么" in reason for reason in order.reasons)


def test_a_caller_who_says_nothing_has_nothing_sent_unseen(tmp_path: Path) -> None:
    sure = predict(hosted=0.02, function=(0.97, 0.01, 0.01, 0.01), auto=0.9)
    assert open_city(tmp_path).decide(ticket("喂。"), sure, fill()).decision == "suggest"


def test_an_unsure_model_leaves_the_ticket_to_the_fallback(tmp_path: Path) -> None:
    order = open_city(tmp_path).decide(ticket(), predict(function=(0.3, 0.3, 0.2, 0.2), abstain=0.5), fill())
    assert order.lead is not None
    assert order.lead.unit == "zwb"
    assert order.decision == "abstain"
    assert order.candidates


def test_without_any_head_the_fallback_decides_and_nothing_breaks(tmp_path: Path) -> None:
    order = open_city(tmp_path).decide(ticket(), predict(function=None), fill())
    assert order.lead is not None
    assert order.lead.unit == "zwb"
    assert (order.function, order.candidates, order.decision) == ((), (), "abstain")
    assert order.territory.confidence == 0.0


def test_a_rule_may_make_the_territory_host_or_not(tmp_path: Path) -> None:
    rule = '\n[[rules]]\nid = "a"\nwhen.words = ["烧烤"]\nthen.host = {}\n'
    hosts = open_city(tmp_path, rule.format("true")).decide(ticket(), predict(hosted=0.1), fill(PLACE))
    frees = open_city(tmp_path, rule.format("false")).decide(ticket(), predict(hosted=0.9), fill(PLACE))
    assert hosts.lead is not None
    assert hosts.lead.unit == "jd"
    assert frees.lead is not None
    assert frees.lead.unit == "cgw"
    assert any("规则 a" in reason for reason in frees.reasons)


def test_a_rule_sends_unseen_only_if_it_says_so(tmp_path: Path) -> None:
    rule = '\n[[rules]]\nid = "a"\nwhen.words = ["烧烤"]\nthen.lead = "cgw"\n'
    assert open_city(tmp_path, rule).decide(ticket(), predict(), fill()).decision == "suggest"
    said = open_city(tmp_path, rule + 'then.decision = "auto"\n').decide(ticket(), predict(), fill())
    assert said.decision == "auto"


def test_a_rule_may_name_an_emergency_line_and_cannot_silence_one(tmp_path: Path) -> None:
    rule = '\n[[rules]]\nid = "a"\nwhen.words = ["着火"]\nthen.transfer = "119"\n'
    order = open_city(tmp_path, rule).decide(ticket("楼下着火了"), predict(), fill())
    assert order.transfer == "119"
    assert any("规则 a" in reason for reason in order.reasons)


def test_an_enterprise_serves_its_area_and_the_old_one_the_rest(tmp_path: Path) -> None:
    tables = (
        '\n[[units]]\nid = "rq-east"\nname = "东区燃气"\n'
        '\n[[enterprises]]\nunit = "rq"\n[[enterprises.areas]]\nunit = "rq-east"\ndistricts = ["河东区"]\n'
        'subdistricts = ["和平街道"]\n'
    )
    city = open_city(tmp_path, tables)
    gas = predict(function=(0.0, 0.0, 0.0, 1.0))
    east = city.decide(ticket(), gas, fill(PLACE))
    west = city.decide(ticket(), gas, fill({"district": "河西区", "subdistrict": "和平街道"}))
    assert east.lead is not None
    assert (east.lead.unit, east.lead.name) == ("rq-east", "东区燃气")
    assert east.function[0].unit == "rq"
    assert west.lead is not None
    assert west.lead.unit == "rq"


def test_a_renamed_unit_hands_its_tickets_to_the_successor_from_the_day_on(tmp_path: Path) -> None:
    table = '\n[[units]]\nid = "cgw"\nname = "城管局"\nvalid_to = 2025-05-31\nsuccessor = "zjw"\n'
    city = open_city(tmp_path, table)
    before = city.decide(ticket(at="2025-05-31T23:59:00+08:00"), predict(), fill())
    after = city.decide(ticket(at="2025-06-01T00:01:00+08:00"), predict(), fill())
    assert before.lead is not None
    assert before.lead.unit == "cgw"
    assert after.lead is not None
    assert after.lead.unit == "zjw"
    assert any("承接" in reason for reason in after.reasons)
    assert next(scored.score for scored in after.candidates if scored.unit == "zjw") == pytest.approx(0.65)


UNIT = '\n[[units]]\nid = "{}"\nname = "某单位"\n'
EXPIRED, COMING = "valid_to = 2025-05-31\n", "valid_from = 2025-07-01\n"
HOST = '\n[[territory]]\nunit = "{}"\ndistrict = "河东区"\n'
LEADS = '\n[[rules]]\nid = "a"\nwhen.words = ["烧烤"]\nthen.lead = "{}"\nthen.decision = "auto"\n'
PAST = '\n[[priors]]\ncategory = ["040201"]\nsupport = 9\nunits = [{{ unit = "{}", share = 0.9 }}]\n'


@pytest.mark.parametrize(("days", "told"), [(EXPIRED, "2025-05-31 停止受理"), (COMING, "自 2025-07-01 起才受理")])
@pytest.mark.parametrize(
    ("unit", "table", "hosted"), [("cgw", "", 0.1), ("east", HOST, 0.9), ("east", LEADS, 0.1)]
)  # fmt: skip
def test_a_unit_that_is_not_at_work_that_day_leaves_the_ticket_to_the_fallback(
    tmp_path: Path, unit: str, table: str, hosted: float, days: str, told: str
) -> None:
    city = open_city(tmp_path, UNIT.format(unit) + days + table.format(unit))
    order = city.decide(ticket(), predict(hosted=hosted, auto=0.5), fill(PLACE))
    assert order.lead is not None
    assert (order.lead.unit, order.decision, order.ground) == ("zwb", "abstain", "fallback")
    assert told in order.reasons[0]
    assert unit not in {*(one.unit for one in order.assist), *(one.unit for one in order.candidates)}


def test_an_expired_street_hosts_by_its_heir(tmp_path: Path) -> None:
    city = open_city(tmp_path, UNIT.format("east") + EXPIRED + 'successor = "zjw"\n' + HOST.format("east"))
    order = city.decide(ticket(), predict(hosted=0.9), fill(PLACE))
    assert order.lead is not None
    assert (order.lead.unit, order.lead.name, order.ground) == ("zjw", "住建局", "territory")
    assert "由住建局承接" in order.reasons[0]


def test_a_rule_helps_by_nobody_who_is_no_more_and_says_so(tmp_path: Path) -> None:
    helps = '\n[[rules]]\nid = "a"\nwhen.words = ["烧烤"]\nthen.assist = [{ unit = "old", reason = "照旧" }]\n'
    order = open_city(tmp_path, UNIT.format("old") + EXPIRED + helps).decide(ticket(), predict(), fill())
    assert "old" not in [unit.unit for unit in order.assist]
    assert any("停止受理" in reason for reason in order.reasons)


def test_a_precedent_of_a_unit_that_is_no_more_leaves_the_lead_to_the_others(tmp_path: Path) -> None:
    city = open_city(tmp_path, UNIT.format("old") + EXPIRED + PAST.format("old"))
    order = city.decide(ticket(), predict(category=(0.9, 0.05, 0.05)), fill())
    assert order.lead is not None
    assert (order.lead.unit, order.ground) == ("cgw", "function")


def test_the_day_is_that_of_receipt_in_china(tmp_path: Path) -> None:
    city = open_city(tmp_path, UNIT.format("cgw") + EXPIRED)
    for at, lead in (("2025-05-31T15:59:00+00:00", "cgw"), ("2025-05-31T16:01:00+00:00", "zwb")):
        order = city.decide(ticket(at=at), predict(), fill())
        assert order.lead is not None
        assert order.lead.unit == lead


def test_a_territory_that_may_host_assists_the_function(tmp_path: Path) -> None:
    order = open_city(tmp_path).decide(ticket(), predict(hosted=0.4), fill(PLACE))
    assert order.lead is not None
    assert order.lead.unit == "cgw"
    assert "jd" in [assist.unit for assist in order.assist]


def test_the_shipped_profile_sends_a_cut_of_water_to_the_water_company() -> None:
    taxonomy = Taxonomy.open(DEFAULT_CITY / "taxonomy.json")
    departments = open_departments(DEFAULT_CITY / "departments.json")
    profile = Profile.open(DEFAULT_CITY / "profile.toml", departments=departments, taxonomy=taxonomy)
    city = Dispatcher(profile, taxonomy=taxonomy, alarms=open_default_rules())
    prediction = predict(category=(0.05, 0.9, 0.05))
    order = city.decide(ticket("家里停水一上午了"), prediction, fill(PLACE))
    assert order.lead is not None
    assert order.lead.unit == "zls"
    assert "sw" in [assist.unit for assist in order.assist]
    assert "water-company" in order.reasons[0]


@pytest.mark.parametrize(
    ("text", "lead", "assists"),
    [
        ("自来水发黄，物业让我来问", "zls", {"sw"}),
        ("电费多扣了钱，物业说不归他管", "dl", set()),
        ("停水也停电，等了一上午", "zwb", {"zls", "dl"}),
        ("物业断水断电逼交车位费", "zwb", {"zls", "dl"}),
        ("物业公司收电费乱加价", "zwb", set()),
    ],
)
def test_the_shipped_profile_hears_both_utilities_and_who_is_accused(text: str, lead: str, assists: set[str]) -> None:
    taxonomy = Taxonomy.open(DEFAULT_CITY / "taxonomy.json")
    departments = open_departments(DEFAULT_CITY / "departments.json")
    profile = Profile.open(DEFAULT_CITY / "profile.toml", departments=departments, taxonomy=taxonomy)
    city = Dispatcher(profile, taxonomy=taxonomy, alarms=open_default_rules())
    unsure = predict(function=(0.25, 0.25, 0.25, 0.25), category=(0.05, 0.9, 0.05), abstain=0.5)
    order = city.decide(ticket(text), unsure, fill())
    assert order.lead is not None
    assert order.lead.unit == lead
    assert assists <= {assist.unit for assist in order.assist}


def test_a_bundle_without_a_profile_has_the_default_one(tmp_path: Path) -> None:
    bundle = build_bundle(tmp_path / "city")
    departments = (DEFAULT_CITY / "departments.json").read_text(encoding="utf-8")
    (bundle.path / "departments.json").write_text(departments, encoding="utf-8")
    order = Dispatcher.open(bundle).decide(ticket(), predict(hosted=0.9), fill(PLACE))
    assert order.lead is not None
    assert order.lead.name == "和平街道办事处"


def test_the_main_issue_has_its_category_and_its_unit(tmp_path: Path) -> None:
    order = open_city(tmp_path).decide(ticket(), predict(category=(0.1, 0.1, 0.8)), fill())
    (issue,) = order.issues
    assert (issue.code, issue.path) == ("030705", ("城乡建设", "街面秩序", "露天烧烤"))
    assert issue.lead == order.lead


def test_the_ground_of_a_lead_and_the_rules_that_spoke_are_named(tmp_path: Path) -> None:
    rule = '\n[[rules]]\nid = "a"\nwhen.words = ["烧烤"]\nthen.lead = "zjw"\n'
    assert open_city(tmp_path, rule).decide(ticket(), predict(), fill()).ground == "rule"
    helper = (
        '\n[[rules]]\nid = "b"\npriority = 9\nwhen.words = ["烧烤"]\nthen.assist = [{ unit = "rq", reason = "罐" }]\n'
    )
    assert open_city(tmp_path, rule + helper).decide(ticket(), predict(), fill()).rules == ("a", "b")
    assert open_city(tmp_path).decide(ticket(), predict(hosted=0.9), fill(PLACE)).ground == "territory"
    assert open_city(tmp_path).decide(ticket(), predict(function=None), fill()).ground == "fallback"


def test_a_changed_profile_stands_for_the_bundles_without_touching_it(tmp_path: Path) -> None:
    bundle = build_bundle(tmp_path / "city", profile=HEADER)
    changed = tmp_path / "changed.toml"
    changed.write_text(HEADER + '\n[[rules]]\nid = "a"\nwhen.words = ["烧烤"]\nthen.lead = "zjw"\n', encoding="utf-8")
    orders = [
        Dispatcher.open(bundle, profile_file=file).decide(ticket(), predict(), fill()) for file in (None, changed)
    ]
    assert [order.lead.unit for order in orders if order.lead] == ["cgw", "zjw"]


def test_negligible_units_are_named_only_up_to_the_tenth(tmp_path: Path) -> None:
    profile = open_city(tmp_path).profile
    for likely, named in ((2, 10), (12, 12)):
        scores = np.full(20, 0.0005, dtype=np.float32)
        scores[:likely] = 0.05
        task = TaskSpec(name="departments", kind="single", labels=tuple(f"u{i}" for i in range(20)))
        answers = {"departments": Answer(task, scores)}
        listed = list_function(Prediction(answers, (), truncated=False), profile)
        assert [one.unit for one in listed] == [f"u{i}" for i in range(named)]
