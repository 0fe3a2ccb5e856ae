"""The predictor: several documents at once give the same answers, in the same order, as one after another."""

from __future__ import annotations

from pathlib import Path

from models.document import Document
from models.predictor import Predictor

DOCUMENTS = [Document.of(f"{number}号楼的路灯坏了" * (number % 7 + 1), title="路灯") for number in range(40)]


def test_documents_predicted_at_once_are_answered_as_one_by_one(tiny_bundle: Path, predictor: Predictor) -> None:
    at_once = Predictor.open(tiny_bundle, workers=4).predict(DOCUMENTS)
    for one, other in zip(at_once, predictor.predict(DOCUMENTS), strict=True):
        assert one.spans == other.spans
        for name, answer in one.answers.items():
            assert answer.scores.tolist() == other.answers[name].scores.tolist()


def test_nothing_is_predicted_of_nothing(tiny_bundle: Path) -> None:
    assert Predictor.open(tiny_bundle, workers=2).predict([]) == []
