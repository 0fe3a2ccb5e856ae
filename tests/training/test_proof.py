"""Every base is measured beside the linear baseline, and a killed proof fine-tunes nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.smoke import CALLS
from training.config import check_config
from training.heads import TicketModel
from training.network import open_encoder
from training.proof import prove, table

CONFIG = check_config(
    {
        "data": {"validation_share": 0.3},
        "finetune": {"epochs": 1, "window": 96, "row_tokens": 2048, "shared_size": 16, "token_size": 16},
        "lexical": {"enabled": False},
        "heads": [{"name": "category", "kind": "tree"}, {"name": "departments", "kind": "single"}],
    },
    place="test",
)


def test_a_base_stands_beside_the_baseline_and_is_tuned_once(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = prove(CONFIG, {"smoke": str(base)}, train=CALLS, evaluate=None, seeds=1, out=tmp_path)
    heads = {"category_l1", "category_l2", "category_l3", "departments"}
    assert {line.head for line in lines if line.base == "smoke"} == heads
    assert {line.head for line in lines if line.base == "SVM"} <= heads
    assert all(0 <= line.accuracy <= 1 and line.count > 0 for line in lines)
    monkeypatch.setattr("training.proof.finetune", None)  # a second fine-tuning would fail
    assert prove(CONFIG, {"smoke": str(base)}, train=CALLS, evaluate=None, seeds=1, out=tmp_path) == lines
    assert "| smoke |" in table(lines)


def test_of_a_base_named_as_scratch_only_the_shape_is_taken(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_encoder(str(base))
    begun: list[bool] = []

    def note(model: TicketModel, *_: object, out: Path, **__: object) -> TicketModel:
        out.mkdir()
        begun.append(torch.equal(model.encoder.characters.weight, opened.characters.weight))
        return model.eval()

    monkeypatch.setattr("training.proof.finetune", note)
    bases = {"pretrained": str(base), "none": str(base)}
    lines = prove(CONFIG, bases, scratch=["none"], train=CALLS, evaluate=None, seeds=1, out=tmp_path)
    assert begun == [True, False]
    assert {line.base for line in lines} == {"SVM", "pretrained", "none"}
