"""Profile: what a history says of units, streets and categories, in files that the service reads."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evaluation.errors import LabelError
from evaluation.units import UnitNames
from models.bundle import Bundle
from models.taxonomy import open_departments
from service.city import DEFAULT_CITY
from service.dispatch.priors import find_precedent
from service.dispatch.profile import Profile
from service.dispatch.returns import Returns
from service.dispatch.rules import Facts, Leaf
from service.dispatch.territory import Locality, find_host
from training.cli import app, name_command
from training.history import Outcome, read_history
from training.profile import Proposal, learn_profile, name_units
from training.proposal import write_profile

DEPARTMENTS = DEFAULT_CITY / "departments.json"
COLUMNS = ("大类", "小类", "街道", "承办单位", "初派单位", "退单原因", "诉求类型", "受理时间")


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Two streets with squads of their own, a bureau for roads, a water company that returns what is not its own."""
    rows = []
    for number in range(40):
        street = ("东街街道", "西街街道")[number % 2]
        day = f"2025-{number // 20 + 1:02}-{number % 20 + 1:02} 08:00:00"
        rows.append(("市容", "占道", street, f"{street}执法队", "", "", "投诉", day))
        rows.append(("市容", "道路", street, "市交通局", "", "", "投诉", day))
        first, reason = ("水务公司", "不属职责") if number % 4 == 0 else ("", "")
        rows.append(("环保", "黑水", street, "市水务局", first, reason, "求助", day))
        rows.append(("环保", "停水", street, "水务公司", "", "", "求助", day))
    path = tmp_path / "history.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows([COLUMNS, *rows])
    return path


def propose(history: Path, out: Path) -> Profile:
    """Run the command and open what it wrote as the service does."""
    run(history, out)
    return Profile.open(out / "profile.toml", departments=open_departments(DEPARTMENTS))


def run(history: Path, out: Path, *more: str) -> str:
    """What the command says, in one line."""
    options = ["--column", "category=大类+小类", "--district", "河东区", "--city", "试验市", *more]
    result = CliRunner().invoke(app, ["profile", "--from", str(history), "--out", str(out), *options])
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def facts(category: str, street: str | None, *, type_: str = "投诉") -> Facts:
    place = Locality("河东区", street, "", None, 1.0, settled=True)
    moment = datetime.fromisoformat("2025-06-03T12:00:00+08:00")
    return Facts((Leaf("x", category, 1.0),), None, type_, place, moment, (), {}, {}, 0, hosted=False)


def test_what_is_proposed_is_what_the_service_reads(history: Path, tmp_path: Path) -> None:
    profile = propose(history, tmp_path / "out")
    assert profile.table.city == "试验市"
    names = UnitNames(open_departments(DEPARTMENTS))
    outcomes = read_history(history, columns={"category": "大类+小类"}, district="河东区")
    proposal = learn_profile(outcomes, names=names)
    for outcome in outcomes:
        precedent = find_precedent(profile, facts("/".join(outcome.category), outcome.subdistrict))
        assert precedent is not None
        assert precedent.prior.units[0].unit == proposal.rank(outcome)[0][0]


def test_a_squad_of_a_street_leads_there_and_hosts_it(history: Path, tmp_path: Path) -> None:
    profile = propose(history, tmp_path / "out")
    for street in ("东街街道", "西街街道"):
        precedent = find_precedent(profile, facts("市容/占道", street))
        assert precedent is not None
        assert profile.name_of(precedent.prior.units[0].unit) == f"{street}执法队"
        host = find_host(facts("市容/占道", street).place, profile, on=date(2025, 6, 3))
        assert host is not None
        assert host.name == f"{street}执法队"


def test_a_unit_of_our_list_keeps_its_id_and_a_narrow_line_says_something_new(history: Path, tmp_path: Path) -> None:
    profile = propose(history, tmp_path / "out")
    precedent = find_precedent(profile, facts("市容/道路", "东街街道"))
    assert precedent is not None
    assert precedent.prior.units[0].unit == "jtw"
    # The street changes nothing for roads: one line for both streets, none for each.
    assert precedent.prior.subdistricts is None
    assert {unit.name for unit in profile.table.units} == {"水务公司", "东街街道执法队", "西街街道执法队"}


def test_the_check_is_made_on_decisions_that_were_held_back(history: Path, tmp_path: Path) -> None:
    propose(history, tmp_path / "out")
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    latest = report["explained"]["latest"]
    assert (latest["learnt"], latest["held_back"]) == (128, 32)
    assert latest["figures"]["profile"]["top1"]["value"] == 1.0
    assert latest["figures"]["profile"]["top1"]["count"] == 32
    assert latest["figures"]["most frequent"]["top1"]["value"] < 0.5
    assert latest["figures"]["category"]["top1"]["value"] < 1.0


def test_orders_that_came_back_become_a_risk_for_the_unit_that_sent_them(history: Path, tmp_path: Path) -> None:
    profile = propose(history, tmp_path / "out")
    returns = Returns.open(tmp_path / "out" / "returns.toml", profile=profile)
    assert (returns.table.sent, returns.table.returned) == (170, 10)
    company = profile.find_unit("水务公司")
    assert company is not None
    black = returns.rate(company, name="水务公司", facts=facts("环保/黑水", "东街街道", type_="求助"))
    tap = returns.rate(company, name="水务公司", facts=facts("环保/停水", "东街街道", type_="求助"))
    bureau = returns.rate("sw", name="水务局", facts=facts("环保/黑水", "东街街道", type_="求助"))
    assert None not in (black.score, tap.score, bureau.score)
    assert (bureau.score or 1) < (tap.score or 1)
    assert (tap.sent, tap.returned) == (40, 0)
    assert (black.score or 0) > (tap.score or 1)


def test_an_export_without_first_units_tells_of_no_returns(history: Path, tmp_path: Path) -> None:
    text = history.read_text(encoding="utf-8-sig").replace("初派单位", "甲").replace("退单原因", "乙")
    history.write_text(text, encoding="utf-8")
    said = run(history, tmp_path / "out")
    assert "the export names no first units (a column such as first_unit" in said
    assert not (tmp_path / "out" / "returns.toml").exists()


def test_how_well_the_risk_foretells_held_back_returns_is_told(history: Path, tmp_path: Path) -> None:
    said = run(history, tmp_path / "out")
    assert "returns: 10 of 170 orders sent came back" in said
    latest = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))["return_risk"]["latest"]
    assert latest["figures"]["auc"]["value"] > 0.9
    assert sum(one["count"] for one in latest["bins"]) == latest["sendings"] - latest["unrated"]


def test_categories_that_the_bundles_tree_has_not_are_left_out_and_told(
    history: Path, tmp_path: Path, tiny_bundle: Path
) -> None:
    opened = Bundle.open(tiny_bundle)
    top, second = opened.taxonomy.categories[0].path[:2]
    text = (
        history.read_text(encoding="utf-8-sig")
        .replace("市容,道路", f"{top},{second}")
        .replace("环保,停水", f"{top},别类")
    )
    history.write_text(text, encoding="utf-8")
    said = run(history, tmp_path / "out", "--bundle", str(tiny_bundle))
    assert (
        f"120 of 160 orders have one that the tree has not (3 names, the largest 市容 (40), 环保 (40), {top}/别类"
        in said
    )
    assert "80 for their place alone" in said
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert report["unknown_categories"]["names"] == {"市容": 40, "环保": 40, f"{top}/别类": 40}
    profile = Profile.open(tmp_path / "out" / "profile.toml", departments=opened.departments, taxonomy=opened.taxonomy)
    assert (f"{top}/{second}",) in [prior.category for prior in profile.table.priors]


def test_without_a_bundle_the_categories_are_said_to_be_unchecked(history: Path, tmp_path: Path) -> None:
    assert "not held against any tree; give --bundle" in run(history, tmp_path / "out")


def test_a_column_that_is_not_there_is_named(history: Path) -> None:
    with pytest.raises(LabelError, match="no column '大类\\+无' for category"):
        read_history(history, columns={"category": "大类+无"})
    with pytest.raises(LabelError, match="no column of the category"):
        read_history(history, columns={})


def test_names_with_quotes_and_codes_of_the_tree_are_written_whole(tmp_path: Path) -> None:
    outcomes = [Outcome(("04", "0402", "040201"), None, None, "a", '甲"乙"\\队', None, None, "")] * 5
    names = UnitNames({})
    path = tmp_path / "profile.toml"
    proposal: Proposal = learn_profile(outcomes, names=names)
    path.write_text(write_profile(proposal, city="试", version="1"), encoding="utf-8")
    profile = Profile.open(path, departments={})
    assert profile.name_of("u-a") == '甲"乙"\\队'
    assert [prior.category for prior in profile.table.priors] == [("04",)]


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (["--data", "a.csv", "--out", "b"], ["train", "--data", "a.csv", "--out", "b"]),
        (["--version", "1.0.0", "--data", "a"], ["train", "--version", "1.0.0", "--data", "a"]),
        (["profile", "--from", "a"], ["profile", "--from", "a"]),
        (["train", "--help"], ["train", "--help"]),
        (["--help"], ["--help"]),
    ],
)
def test_training_needs_no_name_of_a_command(given: list[str], read: list[str]) -> None:
    assert name_command(given) == read


@pytest.mark.parametrize(
    ("units", "ids"),
    [
        (("某某服务中心", "001"), ["u-001", "u-001-2"]),
        (("AB1", "ab1"), ["u-ab1", "u-ab1-2"]),
        (("x" * 40 + "a", "x" * 40 + "b"), ["u-" + "x" * 30, "u-" + "x" * 25 + "-2"]),
    ],
)
def test_two_units_of_an_export_never_get_one_id(units: tuple[str, str], ids: list[str]) -> None:
    outcomes = [Outcome(("市容",), None, None, unit, unit, None, None, "") for unit in (units[0], *units)]
    assert list(name_units(outcomes, UnitNames({})).values()) == ids
