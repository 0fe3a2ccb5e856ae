"""A killed pre-training goes on to the same weights, and masks whole words only."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.smoke import SMOKE
from training.corpus import held_back_tokens, training_tokens
from training.masking import choose_words
from training.network import open_encoder
from training.pretrain import open_model, pretrain, stage_of
from training.vocabulary import CLS, SEP


def test_a_run_that_was_stopped_ends_where_an_unbroken_one_does(corpus: Path, base: Path, tmp_path: Path) -> None:
    pretrain(SMOKE, corpus=corpus, out=tmp_path, until=4)
    stopped = pretrain(SMOKE, corpus=corpus, out=tmp_path)
    whole, again = (dict(open_encoder(str(folder)).named_parameters()) for folder in (base, stopped))
    assert all(torch.equal(whole[name], again[name]) for name in whole)


def test_a_stopped_run_notes_every_step_once(corpus: Path, tmp_path: Path) -> None:
    pretrain(SMOKE, corpus=corpus, out=tmp_path, until=5)
    (tmp_path / "loss.jsonl").open("a").write('{"step": 6}\n')  # after the last checkpoint
    pretrain(SMOKE, corpus=corpus, out=tmp_path)
    steps = [json.loads(line)["step"] for line in (tmp_path / "loss.jsonl").read_text().splitlines()]
    assert steps == [2, 4, 6]


def test_replaced_tokens_can_be_detected_instead(corpus: Path, tmp_path: Path) -> None:
    config = SMOKE.model_copy(update={"objective": "replaced"})
    base = pretrain(config, corpus=corpus, out=tmp_path)
    assert open_encoder(str(base)).lexicon is not None
    with pytest.raises(OSError, match="output_layer"):
        open_model(base)


def test_a_corrective_run_goes_on_from_a_base_and_leaves_one(corpus: Path, base: Path, tmp_path: Path) -> None:
    config = SMOKE.model_copy(update={"objective": "corrective"})
    with pytest.raises(SystemExit, match="--start"):
        pretrain(config, corpus=corpus, out=tmp_path / "from-nothing")
    pretrain(config, corpus=corpus, out=tmp_path / "run", start=base, until=2)
    further = pretrain(config, corpus=corpus, out=tmp_path / "run", start=base)
    unbroken = pretrain(config, corpus=corpus, out=tmp_path / "unbroken", start=base)
    states = [open_model(folder).state_dict() for folder in (base, further, unbroken)]
    assert states[0].keys() == states[1].keys()
    assert any(not torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert all(torch.equal(states[1][name], states[2][name]) for name in states[1])


def test_held_back_tokens_are_never_read(corpus: Path) -> None:
    whole = np.load(corpus / "general.npy")
    parts = (training_tokens(corpus, "general"), held_back_tokens(corpus, "general"))
    assert np.array_equal(np.concatenate(parts), whole)
    assert 0 < len(parts[1]) <= len(whole) // 100 + 1


def test_words_are_masked_whole_and_special_tokens_never() -> None:
    ids = np.array([[CLS, 300, 301, 302, 303, SEP, 304, 305]])
    starts = np.array([[True, True, False, True, False, True, True, False]])
    for seed in range(50):
        masked = choose_words(ids, starts, np.random.default_rng(seed), share=0.5)[0]
        assert masked[1] == masked[2]
        assert masked[3] == masked[4]
        assert not masked[0]
        assert not masked[5]


def test_the_learning_rate_moves_linearly_within_a_stage() -> None:
    stage, rate = stage_of(SMOKE, 3)
    assert stage is SMOKE.stages[0]
    assert rate == SMOKE.stages[0].lr_from


def test_a_stored_base_can_be_trained_on(corpus: Path, base: Path, tmp_path: Path) -> None:
    further = pretrain(SMOKE, corpus=corpus, out=tmp_path, start=base, until=2)
    before, after = (open_model(folder).state_dict() for folder in (base, further))
    assert before.keys() == after.keys()
    # Two steps move a weight by about two learning rates, not to where another start would be.
    drift = (before["transform.0.weight"] - after["transform.0.weight"]).abs().max()
    assert 0 < float(drift) < 0.01
