"""Transfers: what calls for an emergency line is named with its rule, words and place; a profile can only add lines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from models.document import Document, Segment
from service.form.field import Place
from tests.service.dispatch.cases import fill, open_city, predict, ticket

RULE = '\n[[rules]]\nid = "ours"\nwhen.words = ["{}"]\nthen.transfer = "{}"\n'
AUTO = 'then.lead = "cgw"\nthen.decision = "auto"\n'


def test_an_emergency_is_told_with_its_rule_its_words_and_their_place(tmp_path: Path) -> None:
    order = open_city(tmp_path).decide(ticket("楼下着火了"), predict(), fill())
    (told,) = (reason for reason in order.grounds if reason.text.startswith("转 119"))
    assert "「着火」" in told.text
    assert (told.rule, told.place, told.source) == ("fire", Place(0, 2, 4), "rule")


def test_words_of_the_title_call_for_a_line_without_a_place(tmp_path: Path) -> None:
    titled = replace(ticket(), document=Document.of("快来人", title="楼下着火了"))
    order = open_city(tmp_path).decide(titled, predict(), fill())
    (told,) = (reason for reason in order.grounds if reason.text.startswith("转 119"))
    assert (told.rule, told.place) == ("fire", None)


def test_in_a_call_the_place_names_the_turn(tmp_path: Path) -> None:
    call = replace(ticket(), document=Document((Segment("您好", "agent"), Segment("楼下着火了"))))
    (transfer,) = open_city(tmp_path).decide(call, predict(), fill()).transfers
    assert transfer.place == Place(1, 2, 4)


@pytest.mark.parametrize(
    ("text", "word", "line", "lines"),
    [
        ("楼下着火了", "着火", "120", ["119", "120"]),
        ("楼下着火了", "着火", "119", ["119"]),
        ("楼下有人打架", "打架", "110", ["110"]),
        ("楼下烧烤", "打架", "110", []),
    ],
)
def test_a_profile_adds_a_line_and_never_replaces_the_signals(
    tmp_path: Path, text: str, word: str, line: str, lines: list[str]
) -> None:
    order = open_city(tmp_path, RULE.format(word, line)).decide(ticket(text), predict(), fill())
    assert [transfer.to for transfer in order.transfers] == lines
    assert order.transfer == (lines[0] if lines else None)


def test_an_order_that_a_profile_transfers_is_never_sent_unseen(tmp_path: Path) -> None:
    city = open_city(tmp_path, RULE.format("打架", "110") + AUTO)
    order = city.decide(ticket("楼下有人打架"), predict(), fill())
    assert order.decision == "suggest"
    assert "紧急事项：先电话后派单，不自动派发" in order.reasons
    (told,) = (reason for reason in order.grounds if reason.text.startswith("转 110"))
    assert (told.rule, told.place) == ("ours", Place(0, 4, 6))


def test_an_ordinary_ticket_is_told_nothing_of_emergencies(tmp_path: Path) -> None:
    order = open_city(tmp_path).decide(ticket(), predict(), fill())
    assert not any("紧急" in reason or reason.startswith("转") for reason in order.reasons)
