"""Tests of read-backs."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from service.form.mention import Mention, mention_at
from service.form.readbacks import counted
from service.form.talk import Talk, Turn

MakeTalk = Callable[..., Talk]


def _numbers(turn: Turn) -> list[Mention]:
    found = re.finditer(r"[0-9]{4,}", turn.folded)
    return [mention_at(turn, *match.span(), value=match[0], confidence=0.95) for match in found]


def _counted(said: Talk, known: str = "") -> list[Mention]:
    return counted((m for turn in said.turns for m in _numbers(turn)), said, known=known)


@pytest.mark.parametrize(
    ("lines", "counts"),
    [
        (("你好", "A:您的电话是88112233", "嗯"), True),
        (("你好", "A:88112233对吗", "好"), True),
        (("你好", "A:88112233", "对"), True),
        (("你好", "A:88112233", "对了，我还想问"), False),
        (("你好", "A:88112233", "什么时候来"), False),
        (("你好", "A:88112233", "不对"), False),
        (("8811 2233", "A:88112233", "不，是88112234"), False),
        (("8811 2233", "A:88112233", "您记错了"), False),
        (("你好", "A:请打88112233对吧", "对"), False),
        (("你好", "A:派出所电话88112233", "对"), False),
        (("你好", "A:您的受理号是88112233", "对"), False),
        (("881开头，尾号2233", "A:88112233"), True),
        (("八八幺幺 二二三三", "A:88112233"), True),
        (("我打12345的", "A:123456"), False),
    ],
)
def test_a_number_of_the_call_taker_counts_where_it_is_the_callers(
    talk: MakeTalk, lines: tuple[str, ...], counts: bool
) -> None:
    said = talk(*lines)
    filled = [m for m in _counted(said) if m.confidence >= 0.8 and said.turns[m.places[0].segment].role == "agent"]
    assert bool(filled) is counts


def test_a_number_that_nobody_asked_about_is_at_most_suggested(talk: MakeTalk) -> None:
    (mention,) = _counted(talk("你好", "A:88112233，", "好的"))
    assert mention.confidence < 0.8


def test_the_number_that_telephony_knows_needs_no_answer(talk: MakeTalk) -> None:
    assert [m.value for m in _counted(talk("你好", "A:登记了88112233"), known="88112233")] == ["88112233"]


def test_a_part_stands_for_the_whole_that_was_made_of_it(talk: MakeTalk) -> None:
    assert {m.value for m in _counted(talk("8811", "A:88112233对吗", "对"))} == {"88112233"}
    assert {m.value for m in _counted(talk("88112233", "A:……2233对吗", "对"))} == {"88112233"}
