"""Profile: an administrator's mistake is named with its line, and a renamed unit keeps its work."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from models.errors import BundleError
from models.taxonomy import Taxonomy, open_departments
from service.city import DEFAULT_CITY, CityFileError
from service.dispatch.decide import Dispatcher
from service.dispatch.profile import Profile
from tests.service.dispatch.cases import HEADER, build_bundle, open_city

RULE = '\n[[rules]]\nid = "a"\nwhen.words = ["烧烤"]\nthen.lead = "cgw"\n'
PRIOR = '\n[[priors]]\ncategory = ["040201"]\nsupport = 9\nunits = [{ unit = "cgw", share = 0.9 }]\n'
FIRST = len(HEADER.splitlines()) + 1


@pytest.mark.parametrize(
    ("tables", "line", "message"),
    [
        (RULE.replace('"cgw"', '"cgx"'), 4, r"rules\[1\]\.then\.lead: 'cgx' is no unit"),
        (RULE + RULE, 7, r"rules\[2\]\.id: 'a' is the id of an earlier rule"),
        (RULE.replace("when.words", "when.word"), 3, r"rules\[1\]\.when\.word"),
        (RULE.replace('["烧烤"]', '"烧烤"'), 3, r"rules\[1\]\.when\.words"),
        (RULE.replace('then.lead = "cgw"', 'then.decision = "auto"'), 4, r"rules\[1\]\.then: does nothing"),
        (RULE.replace("when.words", "when.hours").replace('["烧烤"]', '"22-6"'), 3, r"rules\[1\]\.when\.hours"),
        (RULE.replace("when.words", "when.category").replace("烧烤", "77"), 3, "no category begins with '77'"),
        (RULE.replace("then.lead", "then.urgency").replace('"cgw"', "0"), 4, r"rules\[1\]\.then\.urgency"),
        ('\n[[territory]]\nunit = "jd"\nsubdistrict = "和平街道"\n', 3, r"territory\[1\]\.subdistrict: streets of one"),
        ('\n[[territory]]\nunit = "jd"\n', 1, r"territory\[1\]: names no place"),
        ('\n[[units]]\nid = "x"\nname = "甲"\nsuccessor = "cgw"\n', 4, r"units\[1\]\.successor: .* needs valid_to"),
        ('\n[[enterprises]]\nunit = "rq"\n[[enterprises.areas]]\nunit = "x"\ndistricts = ["东"]\n', 4, "'x' is no"),
        ('\n[[priors]]\nsupport = 9\nunits = [{ unit = "cgw", share = 0.9 }]\n', 1, r"priors\[1\]: speaks of every"),
        (PRIOR.replace('"cgw"', '"cgx"'), 4, r"priors\[1\]\.units: 'cgx' is no unit"),
        (PRIOR.replace("0.9", "1.2"), 4, r"priors\[1\]\.units"),
        (PRIOR.replace("040201", "0402010"), 2, r"priors\[1\]\.category: no category is '0402010'"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_table_key_and_line(tmp_path: Path, tables: str, line: int, message: str) -> None:
    with pytest.raises(CityFileError, match=rf"profile\.toml, line {FIRST + line}: .*{message}"):
        open_city(tmp_path, tables)


def test_a_line_that_is_no_toml_is_named(tmp_path: Path) -> None:
    with pytest.raises(CityFileError, match=f"line {FIRST + 2}"):
        open_city(tmp_path, '\n[[rules]]\nid = "a\n')


def test_a_rule_without_condition_would_move_every_ticket(tmp_path: Path) -> None:
    with pytest.raises(CityFileError, match="move every ticket"):
        open_city(tmp_path, '\n[[rules]]\nid = "a"\nwhen = {}\nthen.lead = "cgw"\n')


def test_succession_in_a_circle_is_refused(tmp_path: Path) -> None:
    row = '\n[[units]]\nid = "{}"\nname = "甲"\nvalid_to = 2024-01-01\nsuccessor = "{}"\n'
    with pytest.raises(CityFileError, match="x → y → x"):
        open_city(tmp_path, row.format("x", "y") + row.format("y", "x"))


def test_a_unit_that_the_model_answers_with_must_be_defined(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="'abc'"):
        Dispatcher.open(build_bundle(tmp_path / "city", profile=HEADER, functions=("cgw", "abc")))


def test_an_old_unit_serves_to_its_last_day_and_its_heirs_after_it(tmp_path: Path) -> None:
    profile = open_city(
        tmp_path,
        '\n[[units]]\nid = "hb"\nname = "环保局"\nvalid_to = 2018-12-31\nsuccessor = "sthj"\n'
        '\n[[units]]\nid = "hbs"\nname = "环保和水务局"\nvalid_to = 2010-01-01\nsuccessor = "hb"\n',
    ).profile
    assert profile.resolve("hb", on=date(2018, 12, 31)) == "hb"
    assert profile.resolve("hb", on=date(2019, 1, 1)) == "sthj"
    assert profile.resolve("hbs", on=date(2025, 1, 1)) == "sthj"


def test_a_unit_that_is_not_yet_or_no_more_does_no_work(tmp_path: Path) -> None:
    profile = open_city(
        tmp_path,
        '\n[[units]]\nid = "new"\nname = "新局"\nvalid_from = 2025-01-01\nvalid_to = 2025-12-31\n'
        '\n[[units]]\nid = "old"\nname = "旧局"\nvalid_to = 2024-06-30\nsuccessor = "new"\n',
    ).profile
    days = (date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 1))
    assert [profile.resolve("new", on=day) for day in days] == [None, "new", "new", None]
    assert [profile.resolve("old", on=day) for day in days] == [None, "new", "new", None]
    assert profile.stand_in(on=days[0]) == "zwb"


def test_a_city_renames_a_unit_of_the_bundle_and_is_found_by_alias(tmp_path: Path) -> None:
    profile = open_city(
        tmp_path, '\n[[units]]\nid = "cgw"\nname = "试验市城市管理执法局"\naliases = ["市城管"]\n'
    ).profile
    assert profile.name_of("cgw") == "试验市城市管理执法局"
    assert profile.find_unit("市城管") == "cgw"
    assert profile.find_unit("城管局") is None


def test_the_shipped_profile_fits_the_shipped_departments_and_categories() -> None:
    departments = open_departments(DEFAULT_CITY / "departments.json")
    taxonomy = Taxonomy.open(DEFAULT_CITY / "taxonomy.json")
    profile = Profile.open(DEFAULT_CITY / "profile.toml", departments=departments, taxonomy=taxonomy)
    assert len(departments) == 47
    assert profile.table.fallback == "zwb"


def test_the_worked_example_of_the_handbook_can_be_loaded_as_it_stands(tmp_path: Path) -> None:
    handbook = (Path(__file__).parents[3] / "docs" / "city-profile.md").read_text(encoding="utf-8")
    example = tmp_path / "profile.toml"
    example.write_text(handbook.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    departments = open_departments(DEFAULT_CITY / "departments.json")
    taxonomy = Taxonomy.open(DEFAULT_CITY / "taxonomy.json")
    profile = Profile.open(example, departments=departments, taxonomy=taxonomy)
    assert [rule.id for rule in profile.rules] == ["airport", "heating-season", "night-site", "zone-fire-lane"]


def test_the_worked_example_can_stand_behind_the_shipped_rules_as_the_handbook_says(tmp_path: Path) -> None:
    handbook = (Path(__file__).parents[3] / "docs" / "city-profile.md").read_text(encoding="utf-8")
    example = handbook.split("```toml\n")[1].split("```")[0]
    shipped = (DEFAULT_CITY / "profile.toml").read_text(encoding="utf-8")
    both = tmp_path / "profile.toml"
    both.write_text(shipped + example[example.index("[[units]]") :], encoding="utf-8")
    profile = Profile.open(
        both,
        departments=open_departments(DEFAULT_CITY / "departments.json"),
        taxonomy=Taxonomy.open(DEFAULT_CITY / "taxonomy.json"),
    )
    assert {"water-company", "heat-company", "heating-season"} <= {rule.id for rule in profile.rules}


def test_a_proposal_from_history_is_appended_as_the_handbook_says_and_loses_no_rule(tmp_path: Path) -> None:
    proposal = (
        'city = "甲市"\nversion = "1"\nfallback = "zwb"\n\n[[units]] # 9 orders\nid = "u-1"\nname = "甲水务"\n'
        '\n[[priors]]\ncategory = ["040201"]\nsupport = 9\nunits = [{ unit = "u-1", share = 0.9 }]\n'
    )
    handbook = (Path(__file__).parents[3] / "docs" / "city-profile.md").read_text(encoding="utf-8")
    told = next(line for line in handbook.splitlines() if line.startswith("sed "))
    (tmp_path / "proposal").mkdir()
    (tmp_path / "my-city").mkdir()
    (tmp_path / "proposal" / "profile.toml").write_text(proposal, encoding="utf-8")
    (tmp_path / "my-city" / "profile.toml").write_text(HEADER + RULE, encoding="utf-8")
    subprocess.run(told, shell=True, check=True, cwd=tmp_path)
    departments = open_departments(DEFAULT_CITY / "departments.json")
    profile = Profile.open(tmp_path / "my-city" / "profile.toml", departments=departments)
    assert [rule.id for rule in profile.rules] == ["a"]
    assert ("u-1" in profile.units, len(profile.table.priors)) == (True, 1)


def test_a_bundle_with_another_tree_still_opens_with_the_shipped_profile(tmp_path: Path) -> None:
    bundle = build_bundle(tmp_path / "city", profile=None)
    departments = (DEFAULT_CITY / "departments.json").read_text(encoding="utf-8")
    (bundle.path / "departments.json").write_text(departments, encoding="utf-8")
    assert Dispatcher.open(bundle).profile.table.city == "任一城市"


WHEN = "\n[[rules]]\nid = 'a'\nthen.lead = 'cgw'\nwhen."


@pytest.mark.parametrize(
    ("tables", "line", "message"),
    [
        (RULE.replace('"cgw"', '"cgww"'), 4, r"'cgww' is no unit.*did you mean 'cgw'\?"),
        (RULE.replace("then.lead", "then.leed"), 4, r"then\.leed: is no key here; did you mean 'lead'\?"),
        (f"{WHEN}category = ['民政社区/生活服物']\n", 4, "did you mean '民政社区/生活服务'"),
        (f"{WHEN}districts = ['海定区']\n", 4, "no district '海定区'; did you mean"),
        (f"{WHEN}subdistricts = ['粤海街']\n", 4, "no street '粤海街'; did you mean '粤海街道'"),
        (f"{WHEN}hours = '08:00-08:00'\n", 4, "holds at no time"),
        (f"{WHEN}words = ['烧烤']\nwhen.without = ['烧']\n", 5, r"when\.without: .*the rule never speaks"),
        ("\n[[territory]]\nunit = 'jd'\ndistrict = '朝洋区'\n", 3, r"district: .*did you mean '朝阳区'"),
        (
            "\n[[enterprises]]\nunit = 'rq'\n[[enterprises.areas]]\nunit = 'cgw'\ndistricts = ['石晶山区']\n",
            5,
            r"areas\[1\]\.districts: .*did you mean '石景山区'",
        ),
    ],
)
def test_what_no_ticket_can_meet_is_refused_with_the_nearest_name(
    tmp_path: Path, tables: str, line: int, message: str
) -> None:
    with pytest.raises(CityFileError, match=rf"profile\.toml, line {FIRST + line}: .*{message}"):
        open_city(tmp_path, tables)


def test_a_kind_of_spans_that_the_bundle_does_not_mark_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "profile.toml"
    path.write_text(HEADER + RULE.replace("when.words", "when.spans").replace("烧烤", "amuont"), encoding="utf-8")
    units = open_departments(DEFAULT_CITY / "departments.json")
    with pytest.raises(CityFileError, match=r"line 7: rules\[1\]\.when\.spans: .*no 'amuont'; did you mean 'amount'\?"):
        Profile.open(path, departments=units, kinds={"amount", "time"})
    assert Profile.open(path, departments=units), "a bundle that marks nothing has no kinds to hold against it"


def test_a_place_of_the_citys_own_file_may_be_named_in_conditions(tmp_path: Path) -> None:
    rule = RULE.replace("when.words", "when.districts").replace("烧烤", "云东新区")
    bundle = build_bundle(tmp_path / "city", profile=HEADER + rule)
    with pytest.raises(CityFileError, match=r"云东新区.*give it a row in places.tsv"):
        Dispatcher.open(bundle)
    (bundle.path / "places.tsv").write_text("440399\t云东新区\t2\t4403\n", encoding="utf-8")
    holding = replace(
        bundle, manifest=bundle.manifest.model_copy(update={"files": {**bundle.manifest.files, "places.tsv": "0" * 64}})
    )
    assert Dispatcher.open(holding).profile.rules[0].when.districts == ("云东新区",)
