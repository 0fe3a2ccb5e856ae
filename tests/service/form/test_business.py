"""Tests of the business that a caller runs himself."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.prediction import Prediction, Span
from service.form.business import fill_business
from service.form.fill import FormFiller
from service.form.talk import Talk
from service.ticket import Ticket


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("我是银杏米粉店的老板，城管天天来", "银杏米粉店"),
        ("我在云杉路开了一家银杏米粉店", "银杏米粉店"),
        ("我自己开的银杏超市，门口修路", "银杏超市"),
        ("我在银杏米粉店上班，老板不发工资", None),
        ("我投诉银杏米粉店，老板骂人", None),
        ("我是银杏物流公司的员工", None),
    ],
)
def test_who_runs_a_shop_says_so(talk: Callable[..., Talk], line: str, name: str | None) -> None:
    assert fill_business(talk(line)).value == name


@pytest.mark.parametrize(
    ("line", "party"), [("我是银杏米粉店的老板，隔壁停水", None), ("我投诉银杏米粉店，老板骂人", "银杏米粉店")]
)
def test_the_callers_own_shop_is_none_that_he_speaks_against(
    filler: FormFiller, make_ticket: Callable[..., Ticket], line: str, party: str | None
) -> None:
    start = line.index("银杏米粉店")
    prediction = Prediction({}, (Span("target_entity", 0, start, start + 5, 0.95),), truncated=False)
    assert filler.fill(make_ticket(line), prediction).fields["target_entity"].value == party
