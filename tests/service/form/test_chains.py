"""Tests of chains."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from service.form.chains import chains_of, gather
from service.form.mention import Mention, mention_at
from service.form.talk import Talk, Turn

MakeTalk = Callable[..., Talk]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("号码139", "A:嗯", "0004", "A:好，继续", "9937"), "号码139 0004 9937"),
        (("139嗯", "A:139", "对，然后 0004"), "139 0004"),
        (("139", "A:嗯", "呃等一下", "A:好的不急", "0004 没了"), "139 0004 没了"),
        (("幺三九", "零零零四"), "幺三九 零零零四"),
        (("邮箱zhao", "A:嗯", "艾特qq点com"), "邮箱zhao 艾特qq点com"),
    ],
)
def test_groups_with_nods_between_are_one(talk: MakeTalk, lines: tuple[str, ...], words: str) -> None:
    assert [chain.turn.folded for chain in chains_of(talk(*lines))] == [words]


@pytest.mark.parametrize(
    "lines",
    [
        ("号码139", "A:您贵姓", "0004"),
        ("号码139", "A:金额呢", "3500"),
        ("号码139", "A:139", "不对，138"),
        ("号码1390004", "A:1390004", "对 1390004"),
        ("号码1390004", "A:嗯", "两三天了"),
        ("号码1390004", "A:嗯", "20号前办好"),
        ("号码1390004", "A:嗯", "三点"),
        ("号码1390004 快点", "A:嗯", "9937"),
        ("号码1390004", "A:嗯", "OK"),
        ("号码139", "A:嗯", "等等", "A:嗯", "等等", "A:嗯", "0004"),
    ],
)
def test_other_turns_stay_apart(talk: MakeTalk, lines: tuple[str, ...]) -> None:
    assert not list(chains_of(talk(*lines)))


def test_a_mention_knows_its_places_in_the_turns(talk: MakeTalk) -> None:
    def find(turn: Turn) -> Iterator[Mention]:
        for words in ("号码1390", "1390", "1390 004"):
            if words in turn.folded:
                at = turn.folded.index(words)
                yield mention_at(turn, at, at + len(words), value=words, confidence=0.9)

    said = talk("号码1390 嗯", "A:嗯", "对 004。")
    (mention,) = [m for m in gather(said, find) if len(m.places) > 1]
    assert [said.turns[p.segment].raw(p.start, p.end) for p in mention.places] == ["1390", "004"]
    assert (mention.raw, mention.confidence < 0.9) == ("1390 004", True)
    assert gather(said, find) == [mention]


def test_a_long_turn_costs_little(talk: MakeTalk) -> None:
    said = talk("看" * 20_000, "A:" + "好" * 20_000, "1 " * 10_000, "A:嗯", "1" * 20_000, "A:嗯", " " * 20_000)
    assert len(list(chains_of(said))) == 1
