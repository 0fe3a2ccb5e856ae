"""Returns: units are compared by id, and the risk is the one that the service will tell."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from evaluation.units import UnitNames
from models.taxonomy import Department
from service.dispatch.returns import Returns
from service.dispatch.rules import Facts, Leaf
from service.dispatch.territory import Locality
from tests.service.dispatch.cases import open_city
from training.history import Outcome
from training.profile import name_units
from training.returns import ReturnCounts, Sending, foretell_returns, list_sendings, separation

NAMES = UnitNames({
    "cgw": Department("cgw", "城管局", "", ("城市管理局",)),
    "sthj": Department("sthj", "生态环境局", "", ("环保局",)),
})  # fmt: skip


def outcome(final: str, first: str | None, *, unit: str | None = None, kind: str = "投诉") -> Outcome:
    return Outcome(("环保", "噪声"), None, None, unit or final, final, first, kind, "")


@pytest.mark.parametrize(
    ("final", "first", "came_back"),
    [
        ("城管局", "城管局", []),
        ("城管局", "城市管理局", []),  # another name of our list
        ("城管局", "市城管局", []),
        ("城管局", "环保局", ["sthj"]),  # a name that no final order has
        ("甲街道执法队", "乙街道执法队", ["u-002"]),
        ("甲街道执法队", "市甲街道执法队", []),  # the city before a name of the export
        ("城管局", None, []),
    ],
)
def test_a_return_is_a_change_of_unit_and_not_of_name(final: str, first: str | None, came_back: list[str]) -> None:
    history = [outcome(final, first), *[outcome(final, None)] * 2, outcome("乙街道执法队", None)]
    found = list_sendings(history, name_units(history, NAMES), names=NAMES)
    assert [one.unit for one in found.sendings if one.came_back] == came_back
    assert found.unknown == 0


def test_two_names_of_one_unit_in_the_export_are_no_return() -> None:
    history = [outcome("供水一所", "供水站", unit="w1"), outcome("供水站", "供水站", unit="w1")]
    found = list_sendings(history, name_units(history, NAMES), names=NAMES)
    assert [one.came_back for one in found.sendings] == [False, False]


def test_a_unit_that_nobody_knows_is_counted_and_blamed_for_nothing() -> None:
    history = [outcome("城管局", "某某办")] * 3
    found = list_sendings(history, name_units(history, NAMES), names=NAMES)
    assert (found.unknown, found.returned, len(found.sendings)) == (3, 0, 3)


def test_of_two_units_of_one_name_it_is_not_guessed_which_returned_it() -> None:
    history = [outcome("执法队", None, unit="e"), outcome("执法队", None, unit="w"), outcome("城管局", "执法队")]
    found = list_sendings(history, name_units(history, NAMES), names=NAMES)
    assert (found.unknown, found.returned) == (1, 0)


def test_the_risk_that_is_checked_is_the_risk_that_the_service_tells(tmp_path: Path) -> None:
    sendings = [Sending("cgw", outcome("城管局", None), came_back=number % 5 == 0) for number in range(60)]
    sendings += [Sending("sthj", outcome("环保局", None, kind="求助"), came_back=True)] * 3
    counts = ReturnCounts.of(sendings)
    path = tmp_path / "returns.toml"
    path.write_text(counts.write(version="1"), encoding="utf-8")
    returns = Returns.open(path, profile=open_city(tmp_path).profile)
    moment = datetime.fromisoformat("2025-06-03T12:00:00+08:00")
    place = Locality(None, None, "", None, 0.0, settled=False)
    facts = Facts((Leaf("x", "环保/噪声", 1.0),), None, "投诉", place, moment, (), {}, {}, 0, hosted=False)
    for unit in ("cgw", "sthj"):
        told = returns.rate(unit, name=unit, facts=facts).score
        assert counts.rate(unit, outcome("城管局", None)) == pytest.approx(told)
    assert counts.rate("zjw", outcome("城管局", None)) is None


@pytest.mark.parametrize(
    ("scores", "hits", "area"),
    [
        ([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], 1.0),
        ([0.9, 0.8, 0.2, 0.1], [0, 0, 1, 1], 0.0),
        ([0.5, 0.5, 0.5, 0.5], [0, 1, 0, 1], 0.5),
        ([0.1, 0.4, 0.4, 0.9], [0, 1, 0, 1], 0.875),
    ],
)
def test_separation_counts_pairs_in_order_and_ties_half(scores: list[float], hits: list[int], area: float) -> None:
    statistic = separation(np.array(scores), np.array(hits, dtype=bool))
    assert statistic(np.ones((1, len(hits))))[0] == pytest.approx(area)


def test_held_back_orders_to_a_unit_without_history_are_not_rated() -> None:
    learnt = [Sending("cgw", outcome("城管局", None), came_back=number < 20) for number in range(40)]
    held_back = [Sending(unit, outcome("城管局", None), came_back=unit == "cgw") for unit in ("cgw", "sthj")]
    told = foretell_returns(learnt, held_back)
    assert (told.sendings, told.returned, told.unrated) == (2, 1, 1)
    # One sending alone has nothing to be told apart from.
    assert "auc" not in told.figures
