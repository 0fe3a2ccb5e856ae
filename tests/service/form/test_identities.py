"""Tests of ID numbers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service.form.identities import fill_identity, identities_in, is_identity, private_stretches
from service.form.talk import Talk

MakeTalk = Callable[..., Talk]
EXAMPLE = "11010519491231002X"  # the example of the standard GB 11643


@pytest.mark.parametrize(
    "said",
    [
        f"身份证号{EXAMPLE}",
        "我报给你 幺幺零幺零五 一九四九 幺二三幺 零零二X",
        "证号１１０１０５１９４９１２３１００２ｘ。",
    ],
)
def test_a_number_with_the_right_check_digit_is_filled(talk: MakeTalk, said: str) -> None:
    field = fill_identity(talk(said))
    assert (field.value, field.status) == (EXAMPLE, "filled")


def test_a_misheard_number_is_only_suggested(talk: MakeTalk) -> None:
    assert fill_identity(talk("身份证110105194912310021")).status == "suggested"


def test_a_number_that_was_split_over_turns_is_one(talk: MakeTalk) -> None:
    field = fill_identity(talk("身份证幺幺零幺零五", "A:嗯", "19491231", "A:19491231", "对，零零二X"))
    assert (field.value, field.status) == (EXAMPLE, "filled")
    assert [place.segment for place in field.places] == [0, 2, 4]


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ((f"A:身份证是{EXAMPLE}吗", "不是"), "missing"),
        ((f"A:身份证是{EXAMPLE}吗", "是的"), "filled"),
        ((f"身份证{EXAMPLE}", f"A:{EXAMPLE}对吧", "不对"), "suggested"),
        ((f"身份证{EXAMPLE}", f"A:{EXAMPLE}，张先生对吧", "不对，我姓章"), "filled"),
        ((f"身份证{EXAMPLE}", f"A:{EXAMPLE}对吧", "不对", "A:您再说一遍", EXAMPLE), "filled"),
    ],
)
def test_a_number_that_is_denied_is_not_filled(talk: MakeTalk, lines: tuple[str, ...], status: str) -> None:
    assert fill_identity(talk(*lines)).status == status


def test_a_parcel_number_is_none(talk: MakeTalk) -> None:
    assert fill_identity(talk("单号2505307748102639")).status == "missing"


def test_the_check_digit() -> None:
    assert is_identity(EXAMPLE)
    assert not is_identity("110105194912310021")
    assert not is_identity("110105194913310029")


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        (("身份证110105900101123，低保停了",), "110105900101123"),
        (("A:身份证号报一下", "110105 900101 123"), "110105900101123"),
        (("残疾证号11010519900101123743",), "110105199001011237"),
    ],
)
def test_old_numbers_and_those_of_certificates_are_suggested(
    talk: MakeTalk, lines: tuple[str, ...], number: str
) -> None:
    field = fill_identity(talk(*lines))
    assert (field.value, field.status) == (number, "suggested")


@pytest.mark.parametrize(
    "lines", [("工单号110105202509160018",), ("A:工单号多少", "110105202509160018"), ("快递110105900101123",)]
)
def test_an_orders_number_is_none_unless_its_check_digit_is_right(talk: MakeTalk, lines: tuple[str, ...]) -> None:
    assert fill_identity(talk(*lines)).status == "missing"
    assert fill_identity(talk(f"工单号{EXAMPLE}")).status == "filled"


def test_numbers_are_found_in_any_text() -> None:
    assert identities_in(f"{EXAMPLE}的补贴，编号20250916") == [EXAMPLE]


@pytest.mark.parametrize(
    "said",
    [
        "身份证110105 然后 19491231 后面是 002X",
        "身份证11010519491231002，最后一位是X",
        "证件号110105，出生是1949年12月31日 后四位002X",
    ],
)
def test_a_number_with_words_between_its_groups_is_one(talk: MakeTalk, said: str) -> None:
    assert fill_identity(talk(said)).value == EXAMPLE


@pytest.mark.parametrize(
    ("said", "question", "hidden"),
    [
        ("身份证是110105194912", "", "110105194912"),
        ("110105，后面忘了", "身份证号多少", "110105"),
        ("11010519491231002", "", "11010519491231002"),
        ("工单号11010519491231002", "", ""),
        ("护照E12345678丢了", "", "E12345678"),
    ],
)
def test_what_was_said_of_an_unsettled_number_is_private(said: str, question: str, hidden: str) -> None:
    assert "".join(said[start:end] for start, end in list(private_stretches(said, question))[:1]) == hidden
