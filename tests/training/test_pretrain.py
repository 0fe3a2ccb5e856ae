"""A killed pre-training goes on to the same weights, and masks whole words only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from tests.smoke import SMOKE
from training.masking import choose_words
from training.network import open_encoder
from training.pretrain import open_model, pretrain, stage_of
from training.vocabulary import CLS, SEP


def test_a_run_that_was_stopped_ends_where_an_unbroken_one_does(corpus: Path, base: Path, tmp_path: Path) -> None:
    pretrain(SMOKE, corpus=corpus, out=tmp_path, until=4)
    stopped = pretrain(SMOKE, corpus=corpus, out=tmp_path)
    whole, again = (dict(open_encoder(str(folder)).named_parameters()) for folder in (base, stopped))
    assert all(torch.equal(whole[name], again[name]) for name in whole)


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
