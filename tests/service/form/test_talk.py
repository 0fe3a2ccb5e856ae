"""Tests of the talk: shadows, questions and answers, read-backs, corrections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest

from service.form.field import Place
from service.form.talk import Talk, fold

MakeTalk = Callable[..., Talk]


@pytest.mark.parametrize("text", ["１３８０００", "Ａ座㎡", "\u200b你好\ufeff", "𠮷😀ﬁ½", "٣4"])
def test_the_shadow_is_as_long_as_the_text(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_wide_letters_are_folded_punctuation_stays_wide_and_invisible_signs_become_blanks() -> None:
    assert fold("１３Ａ（\u200b") == "13A（ "


def test_only_the_citizen_states_facts(talk: MakeTalk) -> None:
    said = talk("A:您好", "你好", "A:在哪里", "在家")
    assert [turn.text for turn in said.citizen] == ["你好", "在家"]


def test_an_answer_knows_its_question(talk: MakeTalk) -> None:
    said = talk("A:您贵姓", "姓王")
    assert said.question_before(said.turns[1]) == "您贵姓"
    assert said.question_before(said.turns[0]) == ""


@pytest.mark.parametrize(
    ("reply", "yes", "no"),
    [("对的", True, False), ("嗯 对", True, False), ("不对", False, True), ("在路上", False, False)],
)
def test_a_read_back_is_confirmed_or_denied(talk: MakeTalk, reply: str, yes: bool, no: bool) -> None:
    said = talk("A:七栋对吧", reply)
    assert said.confirms(said.turns[0]) is yes
    assert said.denies(said.turns[0]) is no


def test_a_correction_stands_between_what_it_takes_back_and_what_it_puts_there(talk: MakeTalk) -> None:
    said = talk("我住六栋 不对 是七栋")
    assert said.corrected_between(Place(0, 2, 4), Place(0, 9, 11))
    assert not said.corrected_between(Place(0, 0, 1), Place(0, 2, 4))


def test_a_no_after_a_sigh_takes_back_only_where_a_pause_follows(talk: MakeTalk) -> None:
    assert talk("我住六栋，哦不，七栋").corrected_between(Place(0, 2, 4), Place(0, 8, 10))
    assert not talk("我住六栋，哦不知道，七栋").corrected_between(Place(0, 2, 4), Place(0, 10, 12))


def test_what_is_read_in_a_turn_is_read_once_and_not_again_for_another(talk: MakeTalk) -> None:
    first, second = talk("路灯坏了", "路灯坏了").turns
    read = count(1).__next__
    assert [turn.once.get("clauses", read) for turn in (first, first, second)] == [1, 1, 2]
    assert replace(first, text="***").once is first.once
