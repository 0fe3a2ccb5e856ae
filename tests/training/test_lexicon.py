"""The lexicon finds the same n-grams in numpy, in torch and hence in the exported graph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from training.corpus import Tokens
from training.lexicon import BUCKETS, SIZES, bucket_of, choose_rows, start_vectors
from training.network import Lexicon
from training.vocabulary import MASK, SPECIALS


@pytest.mark.parametrize("size", SIZES)
def test_torch_looks_up_the_rows_that_numpy_chose(size: int) -> None:
    rng = np.random.default_rng(3)
    ids = rng.integers(len(SPECIALS), 7_000, size=50)
    index = np.zeros(BUCKETS, dtype=np.int32)
    index[bucket_of(ids, size)] = np.arange(1, 52 - size)
    lexicon = Lexicon(torch.from_numpy(index), rows=60, dim=4)
    rows = lexicon.rows_of(torch.from_numpy(ids)[None], size)[0]
    assert rows[: 51 - size].tolist() == index[bucket_of(ids, size)].tolist()
    assert rows[51 - size :].tolist() == [0] * (size - 1)


def test_an_ngram_with_a_mask_has_no_row() -> None:
    ids = np.array([300, MASK, 301, 302, 303])
    assert bucket_of(ids, 2).tolist()[:2] == [0, 0]
    assert bucket_of(ids, 2)[2] > 0


def test_the_most_frequent_ngrams_get_the_rows() -> None:
    tokens: Tokens = np.array([300, 301] * 50 + [400, 401], dtype=np.uint16)
    index = choose_rows([tokens], [1.0], rows=2)
    assert index[bucket_of(np.array([300, 301]), 2)[0]] > 0
    assert index[bucket_of(np.array([400, 401]), 2)[0]] == 0


def test_units_in_like_company_start_alike(corpus: Path) -> None:
    stored = np.load(corpus / "lexicon.npz")
    assert stored["rows"].shape[1] == 16
    assert not stored["rows"][0].any()
    assert np.isfinite(stored["rows"]).all()


def test_start_vectors_tell_apart_what_stands_elsewhere() -> None:
    rng = np.random.default_rng(0)
    # Tokens 300 and 301 stand between 310–319, token 302 between 330–339.
    pieces = []
    for _ in range(400):
        word, low = [(300, 310), (301, 310), (302, 330)][int(rng.integers(3))]
        pieces += [*rng.integers(low, low + 10, 3).tolist(), word, *rng.integers(low, low + 10, 3).tolist()]
    tokens: Tokens = np.array(pieces, dtype=np.uint16)
    index = np.zeros(BUCKETS, dtype=np.int32)
    index[1] = 1
    vectors = start_vectors([tokens], index, vocabulary=400, dim=4, contexts=30).characters
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True).clip(1e-9)
    assert unit[300] @ unit[301] > unit[300] @ unit[302] + 0.3
