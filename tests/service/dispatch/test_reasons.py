"""Reasons: each says which rule spoke and where its words stand, so that an order can be defended."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.form.field import Place
from tests.service.dispatch.cases import fill, open_city, predict, ticket

PLACE = {"district": "河东区", "subdistrict": "和平街道"}


@pytest.mark.parametrize(
    ("condition", "place"),
    [
        ('when.words = ["油烟", "烧烤"]', Place(0, 5, 7)),
        ('when.category = ["0307"]', None),
        ('when.districts = ["河东区"]', Place(0, 0, 2)),
        ('when.category = ["0307"]\nwhen.words = ["烧烤"]', Place(0, 2, 4)),
    ],
)
def test_a_rule_points_at_the_words_that_it_rests_on(tmp_path: Path, condition: str, place: Place | None) -> None:
    city = open_city(tmp_path, f'\n[[rules]]\nid = "a"\n{condition}\nthen.lead = "zjw"\n')
    form = fill(PLACE, places=(Place(0, 0, 2),))
    first = city.decide(ticket("楼下烧烤店油烟大"), predict(category=(0.1, 0.1, 0.8)), form).grounds[0]
    assert (first.rule, first.place, first.source) == ("a", place, "rule")


def test_model_and_territory_are_told_apart(tmp_path: Path) -> None:
    hosted = open_city(tmp_path).decide(ticket(), predict(hosted=0.9), fill(PLACE, places=(Place(0, 0, 2),)))
    assert [(one.source, one.place) for one in hosted.grounds] == [("derived", Place(0, 0, 2)), ("model", None)]
    assert open_city(tmp_path).decide(ticket(), predict(), fill()).grounds[0].source == "model"


def test_reasons_are_the_texts_of_the_grounds_each_once(tmp_path: Path) -> None:
    rule = '\n[[rules]]\nid = "a"\nwhen.words = ["烧烤"]\nthen.lead = "zjw"\n'
    order = open_city(tmp_path, rule).decide(ticket(), predict(), fill())
    assert order.reasons == tuple(one.text for one in order.grounds)
    assert len({*order.reasons}) == len(order.reasons)
