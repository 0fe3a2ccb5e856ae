"""A killed pre-training goes on to the same weights, and masks whole words only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from tests.training.conftest import SMOKE
from training.network import open_encoder
from training.pretrain import choose_words, pretrain, stage_of
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
