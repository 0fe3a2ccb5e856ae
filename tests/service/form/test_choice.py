"""Tests of the choice between several values."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from models.errors import BundleError
from models.prediction import Prediction, Span
from service.form.choice import Candidate, Choice, meant_at
from service.form.field import Place
from service.form.mention import mention_at
from service.form.talk import Talk

MakeTalk = Callable[..., Talk]
WEIGHTS = Choice({"amount": {"none": -1.0, "asked": 3.0, "largest": 1.5}})


def _candidates(said: Talk, *signs: tuple[str, dict[str, float]]) -> list[Candidate]:
    turn = said.turns[0]
    places = [(word, turn.folded.index(word), features) for word, features in signs]
    return [
        Candidate(mention_at(turn, at, at + len(word), value=word, confidence=0.5), {"none": 1.0, **features})
        for word, at, features in places
    ]


def test_what_more_speaks_for_is_chosen_and_the_rest_offered(talk: MakeTalk) -> None:
    said = talk("总价九千 首付三千 还有八百")
    field = WEIGHTS.choose(
        "amount", _candidates(said, ("九千", {"largest": 1.0}), ("三千", {"asked": 1.0}), ("八百", {})), said
    )
    assert field.value == "三千"
    assert field.alternatives == ("九千", "八百")
    assert field.raw == "三千"


def test_nothing_is_chosen_where_nothing_speaks_for_it(talk: MakeTalk) -> None:
    said = talk("路上看见八百")
    assert WEIGHTS.choose("amount", _candidates(said, ("八百", {})), said).status == "missing"
    assert WEIGHTS.choose("amount", [], said).status == "missing"


def test_two_that_are_level_are_shown_as_a_conflict(talk: MakeTalk) -> None:
    said = talk("三千 八百")
    field = WEIGHTS.choose("amount", _candidates(said, ("三千", {"asked": 1.0}), ("八百", {"asked": 1.0})), said)
    assert (field.value, field.status) == ("三千", "conflict")


def test_what_was_taken_back_is_not_chosen(talk: MakeTalk) -> None:
    said = talk("三千 不对 八百")
    field = WEIGHTS.choose("amount", _candidates(said, ("三千", {"asked": 1.0}), ("八百", {"largest": 1.0})), said)
    assert (field.value, field.alternatives) == ("八百", ("三千",))


def test_words_that_the_model_would_rest_the_field_on_are_told_from_others() -> None:
    spans = (Span("form_amount", 0, 4, 6, 0.8), Span("form_poi", 0, 0, 2, 0.9), Span("amount", 0, 0, 2, 0.9))
    marked = Prediction(answers={}, spans=spans, truncated=False)
    assert meant_at(Place(0, 5, 7), "amount", marked) == {"meant": 0.8}
    assert meant_at(Place(0, 0, 2), "amount", marked) == {"meant_elsewhere": 0.8}
    assert meant_at(Place(0, 0, 2), "amount", Prediction(answers={}, spans=(), truncated=False)) == {}


def test_weights_are_kept_in_a_file_and_a_broken_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "choice.json"
    WEIGHTS.save(path)
    assert Choice.open(path) == WEIGHTS
    path.write_text('{"amount": [1, 2]}', encoding="utf-8")
    with pytest.raises(BundleError, match=r"choice\.json.*service\.form\.learn"):
        Choice.open(path)


def test_a_name_is_taken_back_only_right_before_the_next_one(talk: MakeTalk) -> None:
    said = talk("三千块钱的事情不是一天两天了，隔壁小区的人都早就退了八百")
    chosen = _candidates(said, ("三千", {"asked": 1.0}), ("八百", {"largest": 1.0}))
    assert WEIGHTS.choose("amount", chosen, said).value == "八百"
    assert WEIGHTS.choose("amount", chosen, said, within=8).value == "三千"
