"""Wording: what denies a risk, contrasts two matters or accuses an office is a city's to write."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from models.document import Document
from service.accusation import Accusation
from service.alarm import AlarmRules, open_default_rules
from service.city import DEFAULT_CITY, CityFileError
from service.contrast import Contrast
from service.denials import is_denied

ANY_CITY = (DEFAULT_CITY / "signals.toml").read_text(encoding="utf-8")


def open_rules(folder: Path, text: str) -> AlarmRules:
    path = folder / "signals.toml"
    path.write_text(text, encoding="utf-8")
    return AlarmRules.open(path)


def leave_out(table: str) -> str:
    """The file of any city without that table, or without all entries of that list."""
    return re.sub(rf"(?ms)^\[+{table}\]+$.*?(?=^\[|\Z)", "", ANY_CITY)


def test_a_file_from_before_these_tables_has_those_of_any_city(tmp_path: Path) -> None:
    older = leave_out("denials")
    for table in ("contrast", "accusation"):
        older = re.sub(rf"(?ms)^\[{table}\]$.*?(?=^\[|\Z)", "", older)
    rules, known = open_rules(tmp_path, older), open_default_rules()
    assert (rules.denials, rules.contrast, rules.accusation) == (known.denials, known.contrast, known.accusation)


def test_a_city_denies_in_its_own_words(tmp_path: Path) -> None:
    said = [("我哋从来冇上访", 0)]
    assert not is_denied("上访", said, open_default_rules())
    own = ANY_CITY + "\n[[denials]]\nname = \"上访\"\npatterns = ['冇上访']\n"
    assert is_denied("上访", said, open_rules(tmp_path, own))
    assert is_denied("上访", [("我没有上访", 0)], open_rules(tmp_path, own))


def test_no_denials_are_no_words_and_not_those_of_any_city(tmp_path: Path) -> None:
    none = "denials = []\n" + leave_out("denials")
    assert not is_denied("上访", [("我没有上访", 0)], open_rules(tmp_path, none))


def test_a_city_contrasts_in_its_own_words() -> None:
    own = Contrast(short_text=20, said=("唔系.+我想问",), turned=("唔系.+系",))
    assert own.is_in(Document.of("唔系投诉，我想问下点样续证" + "，真系好急" * 9))
    assert own.is_in(Document.of("唔系停水，系水费贵"))
    assert not own.is_in(Document.of("唔系停水，系水费贵" + "，街坊都知" * 9))
    assert not Contrast(short_text=20, said=(), turned=()).is_in(Document.of("不是停水，是水费多了"))


def test_a_city_accuses_in_its_own_words() -> None:
    own = Accusation(
        offices=("街坊会",), beside=("楼下",), complaints=("(告)",), charges=("唔(理|睬)",), turned_to=("搵",)
    )
    assert own.find_blamed("和平街坊会唔理，我要告和平街坊会", stem="和平", names=()) == (0, 5)
    text = "和平街坊会一直唔理"
    assert own.find_blamed(text, stem="和平", names=()) == (0, 5)
    assert own.find_blamed("我要告和平街坊会", stem="和平", names=()) == (3, 8)
    assert own.find_blamed("和平街坊会楼下有人唔理", stem="和平", names=()) is None
    assert own.find_named("和平街坊会", stem=None, names=("便民中心",)) is None
    assert own.turns_to("我搵过", 3)


def test_a_city_accuses_nobody_where_it_has_no_words_for_it() -> None:
    none = Accusation(offices=(), beside=(), complaints=(), charges=(), turned_to=())
    assert none.find_blamed("投诉和平街道办不作为", stem="和平", names=("和平街道办",)) is None
    assert none.find_named("和平街道办", stem="和平", names=("和平街道办",)) == "和平街道办"
    assert not none.turns_to("我找过", 3)


@pytest.mark.parametrize("pattern", ["(?i)abc", "(?P<office>冇)上访", r"(冇)\1上访"])
def test_what_would_mean_something_for_the_other_patterns_is_refused(tmp_path: Path, pattern: str) -> None:
    own = ANY_CITY + f"\n[[denials]]\nname = \"上访\"\npatterns = ['{pattern}']\n"
    with pytest.raises(CityFileError, match=r"denials\[9\]\.patterns\[1\]"):
        open_rules(tmp_path, own)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("patterns = ['(?:没有?|未曾?)(?:犯罪", "patterns = ['(?:没有?|未曾?(?:犯罪", r"denials\[6\]\.patterns\[1\]"),
        ("'不作为', '乱作为'", "'(?:不作为)?', '乱作为'", r"accusation\.charges\[1\]"),
        ("short_text = 100", 'short_text = "kurz"', r"contrast\.short_text"),
    ],
)
def test_a_word_that_cannot_work_is_refused_with_its_place(tmp_path: Path, old: str, new: str, where: str) -> None:
    assert old in ANY_CITY
    with pytest.raises(CityFileError, match=rf"line \d+: {where}"):
        open_rules(tmp_path, ANY_CITY.replace(old, new, 1))
