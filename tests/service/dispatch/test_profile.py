"""Profile: an administrator's mistake is named with its line, and a renamed unit keeps its work."""

from __future__ import annotations

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


def test_a_bundle_with_another_tree_still_opens_with_the_shipped_profile(tmp_path: Path) -> None:
    bundle = build_bundle(tmp_path / "city", profile=None)
    departments = (DEFAULT_CITY / "departments.json").read_text(encoding="utf-8")
    (bundle.path / "departments.json").write_text(departments, encoding="utf-8")
    assert Dispatcher.open(bundle).profile.table.city == "任一城市"
