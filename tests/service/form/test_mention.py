"""Tests of mentions: what is corrected gives way, what contradicts is shown."""

from __future__ import annotations

from collections.abc import Callable

from service.form.field import MISSING
from service.form.mention import mention_at, settle
from service.form.talk import Talk

MakeTalk = Callable[..., Talk]


def test_nothing_said_is_missing(talk: MakeTalk) -> None:
    assert settle([], talk("你好")) is MISSING


def test_the_last_of_a_correction_stands_and_the_first_stays_visible(talk: MakeTalk) -> None:
    said = talk("我住六栋 不对 是七栋")
    turn = said.turns[0]
    six = mention_at(turn, 2, 4, value="6栋", confidence=0.9)
    seven = mention_at(turn, 9, 11, value="7栋", confidence=0.9)
    field = settle([six, seven], said)
    assert (field.value, field.raw, field.alternatives, field.status) == ("7栋", "七栋", ("6栋",), "filled")


def test_two_values_without_a_correction_are_a_conflict(talk: MakeTalk) -> None:
    said = talk("六栋和七栋")
    turn = said.turns[0]
    field = settle(
        [mention_at(turn, 0, 2, value="6", confidence=0.9), mention_at(turn, 3, 5, value="7", confidence=0.9)], said
    )
    assert field.status == "conflict"
    assert {field.value, *field.alternatives} == {"6", "7"}


def test_repetition_makes_surer(talk: MakeTalk) -> None:
    said = talk("七栋七栋")
    turn = said.turns[0]
    once = mention_at(turn, 0, 2, value="7", confidence=0.78)
    again = mention_at(turn, 2, 4, value="7", confidence=0.78)
    assert settle([once], said).status == "suggested"
    assert settle([once, again], said).status == "filled"
    assert len(settle([once, again], said).places) == 2
