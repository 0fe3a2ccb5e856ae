"""Lexical: labelled examples → the path of n-grams beside the encoder, and what it says of rows it never saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse
import torch

from models.encoding import Encoder as Tokeniser
from training.batches import targets_of
from training.config import LexicalConfig
from training.dataset import Example
from training.heads import HeadSpec, LexicalPath, lexical_places
from training.linear import Floats, Linear, fit, places_of
from training.network import Lexicon


@dataclass(frozen=True, slots=True)
class Fitted:
    """The path; which outputs are whose; and logits of each example by a path that never saw its group of texts.

    Shape: offsets, by head (examples, labels).
    """

    path: LexicalPath
    places: Mapping[str, slice]
    offsets: Mapping[str, Floats]


def fit_lexical(
    examples: Sequence[Example],
    groups: Sequence[int],
    heads: Sequence[HeadSpec],
    lexicon: Lexicon,
    tokeniser: Tokeniser,
    *,
    characters: int,
    config: LexicalConfig,
) -> Fitted:
    """Fit once on all examples for serving, and once without each fold for training beside it."""
    heads = [head for head in heads if head.config.kind != "spans" and head.config.publish]
    counts = count_features(examples, lexicon, tokeniser, characters=characters)
    targets = targets_of(examples, heads)
    # Soft labels come from a teacher that has such a path of its own: fitted here, they would be an echo.
    by_people = np.array([not example.soft for example in examples])
    labelled = np.flatnonzero(np.any([_is_labelled(head, targets[head.name]) for head in heads], axis=0) & by_people)
    idf = _idf(counts[labelled])
    rows = _scale(counts, idf)
    folds = np.array([group % config.folds for group in groups])
    offsets = {head.name: np.zeros((len(examples), len(head.labels)), dtype=np.float32) for head in heads}
    places = places_of(heads)
    for fold in range(config.folds):
        used = labelled[folds[labelled] != fold]
        held = labelled[folds[labelled] == fold]
        model = _fit(rows, targets, heads, used, config)
        logits = rows[held] @ model.weights + model.bias
        for name, place in places.items():
            offsets[name][held] = logits[:, place]
    whole = _fit(rows, targets, heads, labelled, config)
    others = np.setdiff1d(np.arange(len(examples)), labelled)
    logits = rows[others] @ whole.weights + whole.bias
    for name, place in places.items():
        offsets[name][others] = logits[:, place]
    return Fitted(_path_of(whole, idf, lexicon, rank=config.rank), places, offsets)


def count_features(
    examples: Sequence[Example], lexicon: Lexicon, tokeniser: Tokeniser, *, characters: int
) -> sparse.csr_matrix:
    """How often each example says each feature.  Shape: (examples, features)."""
    ngrams = lexicon.vectors.num_embeddings
    rows: list[npt.NDArray[np.int64]] = []
    columns: list[npt.NDArray[np.int64]] = []
    for number, encoded in enumerate(tokeniser.encode([example.labelled.document for example in examples])):
        for window in encoded.windows:
            places = lexical_places(lexicon, torch.from_numpy(window.ids)[None], ngrams=ngrams)[0].numpy()
            columns.append(places[places > 0])
            rows.append(np.full(len(columns[-1]), number))
    row, column = np.concatenate(rows), np.concatenate(columns)
    shape = (len(examples), ngrams + characters)
    return sparse.csr_matrix((np.ones(len(row), dtype=np.float32), (row, column)), shape=shape)


def _idf(counts: sparse.csr_matrix) -> Floats:
    documents = np.asarray((counts > 0).sum(axis=0)).ravel()
    idf = np.log((1 + counts.shape[0]) / (1 + documents)) + 1
    # What a single example says tells of that example only.
    return np.where(documents < 2, 0.0, idf).astype(np.float32)


def _scale(counts: sparse.csr_matrix, idf: Floats) -> sparse.csr_matrix:
    lengths = np.sqrt(np.asarray(counts @ (idf**2)).ravel()).clip(1e-3)
    return sparse.csr_matrix(sparse.diags(1 / lengths) @ counts @ sparse.diags(idf), dtype=np.float32)


def _fit(
    rows: sparse.csr_matrix,
    targets: Mapping[str, Floats],
    heads: Sequence[HeadSpec],
    used: npt.NDArray[np.int64],
    config: LexicalConfig,
) -> Linear:
    return fit(rows[used], {name: t[used] for name, t in targets.items()}, heads, penalty=config.penalty)


def _path_of(model: Linear, idf: Floats, lexicon: Lexicon, *, rank: int) -> LexicalPath:
    factors = model.low_rank(min(rank, model.weights.shape[1]))
    ngrams = lexicon.vectors.num_embeddings
    path = LexicalPath(
        ngrams=ngrams, characters=len(idf) - ngrams, rank=factors.outputs.shape[0], outputs=len(factors.bias)
    )
    path.vectors.weight.copy_(torch.from_numpy(factors.features * idf[:, None]))
    path.weights.weight.copy_(torch.from_numpy(idf[:, None]))
    path.outputs.weight.copy_(torch.from_numpy(factors.outputs.T))
    path.outputs.bias.copy_(torch.from_numpy(factors.bias))
    return path


def _is_labelled(head: HeadSpec, target: Floats) -> npt.NDArray[np.bool_]:
    known: npt.NDArray[np.bool_] = target[:, 0] >= 0 if head.config.kind == "multi" else target.sum(axis=1) > 0
    return known
