"""Lexicon: which character n-grams the encoder knows as units, and where their vectors start.

N-grams of two to four characters are hashed into 2²⁰ buckets; the most frequent buckets of the corpus get a row of
the lexicon table. A 4-layer encoder on a small budget cannot learn 60,000 words from characters alone; with the words
given as input vectors it starts where a linear n-gram model stands. Vectors start from a truncated SVD of positive
pointwise mutual information between units and the characters around them (Levy & Goldberg 2014 show that skip-gram
with negative sampling factorises the same matrix).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse
from sklearn.utils.extmath import randomized_svd

from training.corpus import TOKEN_MASK, Tokens
from training.vocabulary import SPECIALS
from training.whole import written_whole

BUCKETS = 1 << 20
SIZES = (2, 3, 4)
# Odd multipliers below 2³¹: products of four token ids stay far inside int64, in numpy, torch and onnxruntime alike.
MULTIPLIERS = (1_000_003, 754_974_721, 805_306_457, 402_653_189)
SALTS = {2: 12_289, 3: 786_433, 4: 50_331_653}

Ids = npt.NDArray[np.int64]


def bucket_of(ids: Ids, size: int) -> Ids:
    """The bucket of every n-gram of `size` tokens that starts at each place.  Shape: (tokens,) → (tokens − size + 1,).

    An n-gram that touches a special token gets bucket 0, which never has a row.
    """
    count = len(ids) - size + 1
    total = np.full(count, SALTS[size], dtype=np.int64)
    plain = np.ones(count, dtype=bool)
    for offset in range(size):
        part = ids[offset : offset + count]
        total += part * MULTIPLIERS[offset]
        plain &= part >= len(SPECIALS)
    buckets = total % (BUCKETS - 1) + 1
    return np.where(plain, buckets, 0)


def choose_rows(arrays: list[Tokens], weights: list[float], *, rows: int) -> npt.NDArray[np.int32]:
    """Row of each bucket: 1 … `rows` for the most frequent buckets, 0 elsewhere.  Shape: (BUCKETS,)."""
    counts = np.zeros(BUCKETS, dtype=np.float64)
    for tokens, weight in zip(arrays, weights, strict=True):
        for start in range(0, len(tokens), 8_000_000):
            ids = (tokens[start : start + 8_000_000] & TOKEN_MASK).astype(np.int64)
            for size in SIZES:
                counts += weight * np.bincount(bucket_of(ids, size), minlength=BUCKETS)
    counts[0] = 0
    chosen = np.argsort(-counts, kind="stable")[:rows]
    chosen = chosen[counts[chosen] > 0]
    index = np.zeros(BUCKETS, dtype=np.int32)
    index[chosen] = np.arange(1, len(chosen) + 1, dtype=np.int32)
    return index


@dataclass(frozen=True, slots=True)
class StartVectors:
    """Starting vectors of characters, shape (vocabulary, dim), and of lexicon rows, shape (rows + 1, dim)."""

    characters: npt.NDArray[np.float32]
    rows: npt.NDArray[np.float32]


def start_vectors(
    arrays: list[Tokens],
    index: npt.NDArray[np.int32],
    *,
    vocabulary: int,
    dim: int,
    contexts: int = 3_000,
    reach: int = 4,
    seed: int = 0,
) -> StartVectors:
    """Vectors from the SVD of positive PMI between units (characters, n-grams) and characters up to `reach` away.

    Scaled to the standard deviation 0.02 that the encoder's other embeddings start from; special tokens get zeros.
    """
    rows = int(index.max()) + 1
    units = vocabulary + rows
    contexts = min(contexts, vocabulary)
    counts = sparse.csr_matrix((units, contexts), dtype=np.float32)
    frequency = np.zeros(vocabulary, dtype=np.int64)
    for tokens in arrays:
        frequency += np.bincount((tokens & TOKEN_MASK).astype(np.int64), minlength=vocabulary)[:vocabulary]
    frequency[: len(SPECIALS)] = 0
    context_of = np.full(vocabulary, -1, dtype=np.int64)
    context_of[np.argsort(-frequency, kind="stable")[:contexts]] = np.arange(contexts)
    for tokens in arrays:
        for start in range(0, len(tokens), 1_000_000):
            ids = (tokens[start : start + 1_000_000] & TOKEN_MASK).astype(np.int64)
            counts = counts + _count_pairs(ids, index, context_of, vocabulary=vocabulary, units=units, reach=reach)
    vectors = _factorise(counts, dim=dim, seed=seed)
    characters, lexicon = vectors[:vocabulary], vectors[vocabulary:]
    characters[: len(SPECIALS)] = 0
    lexicon[0] = 0
    return StartVectors(characters=characters, rows=lexicon)


def _count_pairs(
    ids: Ids, index: npt.NDArray[np.int32], context_of: Ids, *, vocabulary: int, units: int, reach: int
) -> sparse.csr_matrix:
    contexts = int(context_of.max()) + 1
    around = context_of[ids]
    keys = []
    for size in (1, *SIZES):
        unit = ids if size == 1 else vocabulary + index[bucket_of(ids, size)].astype(np.int64)
        known = np.ones(len(unit), dtype=bool) if size == 1 else unit > vocabulary
        for distance in range(1, reach + 1):
            for before in (True, False):
                shift = -distance if before else size - 1 + distance
                places = np.flatnonzero(known)
                places = places[(places + shift >= 0) & (places + shift < len(ids))]
                context = around[places + shift]
                kept = context >= 0
                keys.append(unit[places[kept]] * contexts + context[kept])
    unique, number = np.unique(np.concatenate(keys), return_counts=True)
    return sparse.csr_matrix(
        (number.astype(np.float32), (unique // contexts, unique % contexts)), shape=(units, contexts)
    )


def _factorise(counts: sparse.csr_matrix, *, dim: int, seed: int) -> npt.NDArray[np.float32]:
    total = float(counts.sum())
    of_unit = np.maximum(np.asarray(counts.sum(axis=1)).ravel(), 1)
    of_context = np.asarray(counts.sum(axis=0)).ravel() ** 0.75
    of_context *= total / of_context.sum()
    pairs = counts.tocoo()
    pmi = np.log(pairs.data * total / (of_unit[pairs.row] * np.maximum(of_context[pairs.col], 1)))
    kept = pmi > 0
    matrix = sparse.csr_matrix((pmi[kept].astype(np.float32), (pairs.row[kept], pairs.col[kept])), shape=counts.shape)
    left, singular, _ = randomized_svd(matrix, n_components=dim, n_iter=3, random_state=seed)
    vectors: npt.NDArray[np.float32] = (left * np.sqrt(singular)).astype(np.float32)
    vectors *= 0.02 / max(float(vectors[vectors.any(axis=1)].std()), 1e-8)
    return vectors


def build_lexicon(corpus: Path, *, rows: int, dim: int, sample_tokens: int, domain_weight: float = 8.0) -> None:
    """Write `lexicon.npz` (index, characters, rows) beside the token arrays of `corpus`; kept if it stands there."""
    target = corpus / "lexicon.npz"
    if target.exists():
        return
    domain, general = (np.load(corpus / f"{name}.npy", mmap_mode="r") for name in ("domain", "general"))
    index = choose_rows([domain, general], [domain_weight, 1.0], rows=rows)
    vocabulary = _vocabulary_size(corpus)
    vectors = start_vectors([domain, general[:sample_tokens]], index, vocabulary=vocabulary, dim=dim)
    with written_whole(target) as draft:
        np.savez(draft, index=index, characters=vectors.characters, rows=vectors.rows)


def _vocabulary_size(corpus: Path) -> int:
    from tokenizers import Tokenizer

    return int(Tokenizer.from_file(str(corpus / "tokenizer.json")).get_vocab_size())
