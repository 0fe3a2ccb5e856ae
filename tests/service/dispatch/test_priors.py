"""Priors: what history says counts where it is likelier than the rest, never before a rule, and never unseen."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.dispatch.order import Dispatch
from tests.service.dispatch.cases import fill, open_city, predict, ticket

NOISE = (0.9, 0.05, 0.05)
PLACE = {"district": "河东区", "subdistrict": "和平街道"}
STREET = """
[[priors]]
category = ["自然资源与环境保护/污染防治"]
subdistricts = ["和平街道"]
support = 140
units = [{ unit = "zjw", share = 0.8 }, { unit = "rq", share = 0.1 }]
"""
ANYWHERE = """
[[priors]]
category = ["0402"]
support = 900
units = [{ unit = "rq", share = 0.95 }]
"""


def decide(folder: Path, tables: str, **prediction: object) -> Dispatch:
    """The order for a noise ticket in 和平街道."""
    return open_city(folder, tables).decide(
        ticket("太吵"),
        predict(**{"category": NOISE, "function": (0.6, 0.3, 0.05, 0.05), **prediction}),  # type: ignore[arg-type]
        fill(PLACE),
    )


def test_history_leads_where_it_is_likelier_than_the_model_and_a_person_looks(tmp_path: Path) -> None:
    order = decide(tmp_path, STREET + ANYWHERE, auto=0.5)
    assert order.lead is not None
    assert (order.lead.unit, order.ground, order.decision) == ("zjw", "prior", "suggest")
    assert "140 件" in order.reasons[0]
    assert order.candidates[0].unit == "zjw"
    assert sum(one.score for one in order.candidates) <= 1.0


def test_a_surer_model_leads_and_the_precedent_is_told(tmp_path: Path) -> None:
    order = decide(tmp_path, STREET, function=(0.97, 0.01, 0.01, 0.01))
    assert (order.lead and order.lead.unit, order.ground) == ("cgw", "function")
    assert any("先例" in reason for reason in order.reasons)


def test_a_hosting_territory_that_is_likelier_leads(tmp_path: Path) -> None:
    assert decide(tmp_path, STREET, hosted=0.95).ground == "territory"
    assert decide(tmp_path, STREET, hosted=0.55).ground == "prior"


def test_a_rule_goes_before_history(tmp_path: Path) -> None:
    rule = '\n[[rules]]\nid = "a"\nwhen.words = ["吵"]\nthen.lead = "cgw"\n'
    assert decide(tmp_path, rule + STREET).ground == "rule"


def test_the_first_prior_that_fits_counts(tmp_path: Path) -> None:
    elsewhere = STREET.replace("和平街道", "民主街道")
    assert decide(tmp_path, elsewhere + ANYWHERE).lead == decide(tmp_path, ANYWHERE + STREET).lead
    assert decide(tmp_path, elsewhere).ground == "function"


def test_a_doubted_category_weakens_its_prior(tmp_path: Path) -> None:
    assert decide(tmp_path, ANYWHERE, category=(0.55, 0.25, 0.2)).ground == "function"


def test_a_name_that_only_begins_alike_is_another_category(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="no category is '自然资源与环境保护/污染'"):
        decide(tmp_path, ANYWHERE.replace("0402", "自然资源与环境保护/污染"))


def test_an_unsure_history_leaves_the_ticket_to_the_fallback(tmp_path: Path) -> None:
    weak = ANYWHERE.replace("0.95", "0.4")
    assert decide(tmp_path, weak, function=(0.3, 0.3, 0.2, 0.2), abstain=0.5).ground == "fallback"
