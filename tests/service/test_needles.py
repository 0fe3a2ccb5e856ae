"""No pattern is left out that would have matched, and most of those are that would not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.alarm import open_default_rules
from service.needles import Rare, Scan, Sieve, needles_of


@pytest.mark.parametrize(
    ("pattern", "needles"),
    [
        ("着火", {"着火"}),
        ("着火|起火", {"着火", "起火"}),  # a common beginning or end is taken out of both by the parser
        ("煤气.{0,4}(?:泄漏|漏气)", {"煤气"}),  # one string is rarer than either of two
        ("(?<!没)死(?:了|亡)", {"死了", "死亡"}),
        ("[跳坠]楼", {"跳楼", "坠楼"}),
        ("(?:不|没有).{0,3}(?:退款|赔钱)", {"退款", "赔钱"}),  # most texts hold 不
        ("要?自杀", {"自杀"}),
        ("(?:有人)?", None),
        (r"\d{11}", None),
        ("(?<=月)[0-9]+", {"月"}),  # what must stand before a match stands in the text
        ("(?i)sos", None),
    ],
)
def test_needles_stand_in_every_match(pattern: str, needles: set[str] | None) -> None:
    found = needles_of(pattern)
    if needles is None:
        assert found is None
    else:
        assert found is not None
        # The parser may factor alternatives; what counts is that each wanted string holds one of the needles.
        assert all(any(needle in wanted for needle in found) for wanted in needles)


RULES = {rule.id: rule.patterns for rule in open_default_rules().emergencies}
RULES |= {rule.id: rule.patterns for rule in open_default_rules().risks}
SIEVE = Sieve(RULES)
WORDS = sorted({needle for patterns in RULES.values() for p in patterns for needle in needles_of(p) or ()})


@settings(deadline=None)  # compiling the patterns is the first example's lot
@given(st.lists(st.one_of(st.sampled_from(WORDS), st.text("了着有人，。我要不没a1", max_size=4)), max_size=12))
def test_a_rule_that_matches_is_always_picked(words: list[str]) -> None:
    text = "".join(words)
    matching = {name for name, patterns in RULES.items() if any(re.search(pattern, text) for pattern in patterns)}
    assert matching <= SIEVE.pick([text])


def test_a_text_of_everyday_trouble_meets_few_rules() -> None:
    assert len(SIEVE.pick(["小区门口路灯坏了，请尽快维修。"])) <= len(RULES) // 4


def test_a_pattern_without_needles_is_always_tried() -> None:
    assert Sieve({"digits": [r"\d{3}"], "fire": ["着火"]}).pick(["路灯坏了"]) == {"digits"}
    assert Sieve({"digits": [r"\d{3}"]}).pick([""]) == {"digits"}


# Overlaps, prefixes of one another, looks behind and ahead, and one without needles.
BRANCHES = {
    "a": "下午|下",
    "b": "午三",
    "c": "下午三点",
    "d": "(?<=点)半",
    "e": "[0-9]+",
    "f": "三(?!点)",
    "g": "点|半",
}


@settings(deadline=None)
@given(st.text("上下午三点半9", max_size=20))
def test_a_scan_finds_what_an_alternation_finds(text: str) -> None:
    whole = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in BRANCHES.items()))
    expected = [(match.lastgroup, match.span()) for match in whole.finditer(text)]
    assert [(name, match.span()) for name, match in Scan(BRANCHES).finditer(text)] == expected


def test_groups_of_a_scan_are_those_of_the_pattern_itself() -> None:
    ((name, match),) = Scan({"x": "(甲)(乙)", "y": "(丙)(丁)"}).finditer("一丙丁二")
    assert (name, match.groups()) == ("y", ("丙", "丁"))


def test_a_rare_pattern_finds_what_it_would_anyway() -> None:
    rare = Rare("案号|文号[0-9]+")
    assert [match[0] for match in rare.finditer("案号和文号12")] == ["案号", "文号12"]
    assert list(rare.finditer("路灯坏了")) == []


def test_a_rare_pattern_is_looked_for_within_bounds() -> None:
    rare, text = Rare("案号|文号[0-9]+"), "案号和文号12"
    assert [match[0] for match in rare.finditer(text, 2)] == ["文号12"]
    assert [match[0] for match in [rare.search(text, 1)] if match] == ["文号12"]
    assert rare.search(text, 1, 5) is None
    assert rare.search("路灯坏了") is None


@pytest.mark.parametrize("pattern", ["[0-9]+", "|".join(f"{a}号{b}" for a in "abcdefghijklmn" for b in "opqrstuvwxyz")])
def test_a_pattern_that_many_texts_hold_is_no_rare_one(pattern: str) -> None:
    with pytest.raises(ValueError, match="not rare"):
        Rare(pattern)
