"""Replies: an order as callers get it, with the rule of each reason and the place of its words."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.replies import dispatch_reply
from tests.service.dispatch.cases import fill, open_city, predict, ticket

RETURNS = 'version = "1"\nsent = 9\nreturned = 3\n[[returns]]\nunit = "cgw"\nsent = 9\nreturned = 3\n'


@pytest.mark.parametrize(
    ("is_dialogue", "span"), [(False, {"start": 2, "end": 4}), (True, {"turn": 0, "start": 2, "end": 4})]
)
def test_a_reason_has_its_rule_and_span_beside_its_text(
    tmp_path: Path, is_dialogue: bool, span: dict[str, int]
) -> None:
    rule = '\n[[rules]]\nid = "a"\nwhen.words = ["烧烤"]\nthen.lead = "zjw"\n'
    order = open_city(tmp_path, rule).decide(ticket(), predict(), fill())
    reply = dispatch_reply(order, is_dialogue=is_dialogue).model_dump()
    assert reply["reasons"] == [ground["text"] for ground in reply["grounds"]]
    assert reply["grounds"][0] == {"text": "规则 a：「烧烤」", "rule": "a", "span": span, "source": "rule"}


def test_lines_to_transfer_to_are_listed_behind_the_first(tmp_path: Path) -> None:
    rule = '\n[[rules]]\nid = "a"\nwhen.words = ["着火"]\nthen.transfer = "120"\n'
    reply = dispatch_reply(open_city(tmp_path, rule).decide(ticket("楼下着火了"), predict(), fill())).model_dump()
    assert (reply["transfer"], [one["to"] for one in reply["transfers"]]) == ("119", ["119", "120"])
    assert reply["transfers"][0]["span"] == {"start": 2, "end": 4}


def test_a_candidate_has_the_risk_that_it_sends_the_order_back(tmp_path: Path) -> None:
    order = open_city(tmp_path, returns=RETURNS).decide(ticket(), predict(), fill())
    first, second = dispatch_reply(order).model_dump()["candidates"][:2]
    assert (first["unit"], first["return_risk"]) == ("cgw", 0.3333)
    assert (second["unit"], second["return_risk"]) == ("sthj", None)
