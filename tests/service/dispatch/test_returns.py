"""Returns: the risk is told before an order is sent, and where nothing is known, that is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.city import CityFileError
from service.dispatch.order import ReturnRisk
from tests.service.dispatch.cases import fill, open_city, predict, ticket

TABLE = """version = "2025"
sent = 1000
returned = 100
smoothing = 10
[[returns]]
unit = "cgw"
sent = 90
returned = 9
[[returns]]
unit = "cgw"
category = ["自然资源与环境保护"]
sent = 30
returned = 30
[[returns]]
unit = "cgw"
category = ["自然资源与环境保护/污染防治/噪声污染"]
sent = 2
returned = 2
"""


def risk(folder: Path, returns: str | None, *, category: tuple[float, ...] = (0.9, 0.05, 0.05)) -> ReturnRisk:
    """Of a ticket that goes to 城管局."""
    return open_city(folder, returns=returns).decide(ticket(), predict(category=category), fill()).return_risk


def test_a_city_without_history_says_so(tmp_path: Path) -> None:
    told = risk(tmp_path, None)
    assert told.score is None
    assert "无退单历史" in told.reason


def test_a_unit_without_history_says_so(tmp_path: Path) -> None:
    told = risk(tmp_path, TABLE.replace('"cgw"', '"rq"'))
    assert told.score is None
    assert "城管局" in told.reason


def test_narrow_history_counts_by_how_much_of_it_there_is(tmp_path: Path) -> None:
    # 0.1 of all; (9 + 1) / 100 of the unit; (30 + 1) / 40 of the area; (2 + 7.75) / 12 of the leaf.
    told = risk(tmp_path, TABLE)
    assert told.score == pytest.approx((2 + 10 * 0.775) / 12)
    assert (told.sent, told.returned) == (2, 2)
    assert "噪声污染" in told.reason


def test_another_category_is_not_blamed(tmp_path: Path) -> None:
    told = risk(tmp_path, TABLE, category=(0.05, 0.9, 0.05))
    assert told.score == pytest.approx(0.1)
    assert (told.sent, told.returned) == (90, 9)


def test_every_candidate_has_its_own_risk_and_one_without_history_none(tmp_path: Path) -> None:
    order = open_city(tmp_path, returns=TABLE).decide(ticket(), predict(category=(0.05, 0.9, 0.05)), fill())
    risks = {candidate.unit: candidate.return_risk for candidate in order.candidates}
    assert risks["cgw"] == order.return_risk.score == pytest.approx(0.1)
    assert risks["sthj"] is None
    assert all(c.return_risk is None for c in open_city(tmp_path).decide(ticket(), predict(), fill()).candidates)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (TABLE.replace("returned = 9\n", "returned = 91\n"), r"line 8: returns\[1\]\.returned: 91 orders"),
        (TABLE.replace('"cgw"', '"cgx"'), r"line 6: returns\[1\]\.unit: 'cgx' is no unit"),
        (TABLE.replace("smoothing = 10", "smoothing = 0"), "line 4: smoothing"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, table: str, message: str) -> None:
    with pytest.raises(CityFileError, match=rf"returns\.toml, {message}"):
        open_city(tmp_path, returns=table)
