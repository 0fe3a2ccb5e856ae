"""Tests of the scores."""

from __future__ import annotations

import pytest

from service.form.field import Place
from service.form.scores import AskTally, Tally, rouge_l, same


def test_values_and_false_fills_are_counted() -> None:
    tally = Tally()
    assert tally.add("district", "西陵区", ["西陵区"])
    assert not tally.add("district", "伍家岗区", ["西陵区"])
    assert not tally.add("district", "点军区", [], sure=False)
    assert not tally.add("district", None, [])
    assert (tally.precision, tally.recall, tally.f1) == (1 / 3, 1 / 2, 2 / 5)
    assert (tally.false_rate, tally.sure_false_rate) == (0.5, 0.0)


def test_misses_and_false_fills_count_in_the_whole_character_f1() -> None:
    tally = Tally()
    tally.add("event_address", "建设路", ["建设路"])
    tally.add("event_address", None, ["建设路"])
    tally.add("event_address", "建设路", [])
    tally.add("event_address", None, [])
    assert (tally.character_f1, tally.whole_character_f1) == (1.0, 1 / 3)


def test_a_mention_counts_if_it_overlaps_the_marked_words() -> None:
    tally = Tally()
    tally.add_mentions([Place(1, 0, 3)], [(1, 2, 6)])
    tally.add_mentions([Place(1, 0, 2)], [(1, 2, 6)])
    tally.add_mentions([], [(0, 0, 2)])
    assert tally.mention_f1 == pytest.approx(2 / 5)


def test_questions_are_judged_by_what_is_lacking() -> None:
    tally = AskTally()
    tally.add(["event_address", "caller_name"], {"event_address", "demand"})
    assert tally.line("halfway") == (
        "questions halfway: precision 0.500 (2), recall 0.500 (2), first question right 1.000 (1)"
    )


def test_a_time_counts_by_its_start() -> None:
    assert same("event_time", "2025-10-05T07:30/2025-10-06", "2025-10-05")
    assert not same("event_time", "2025-10", "2025-10-05")
    assert not same("district", "西陵", "西陵区")


def test_rouge() -> None:
    assert rouge_l("停水", "停水") == 1.0
    assert rouge_l("停水", "断电") == 0.0


@pytest.mark.parametrize(
    ("value", "gold"),
    [
        ("2025-07-28T21:00", "2025-07-28 21:00"),
        ("recurring:每天22:00-07:00", "recurring:每晚22:00至次日7:00"),
    ],
)
def test_hours_may_be_noted_in_several_ways(value: str, gold: str) -> None:
    assert same("event_time", value, gold)
    assert not same("event_time", "2025-07-27T21:00", gold)
