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
from training.heads import HeadSpec, LexicalPath, lexical_counts, lexical_places
from training.linear import Floats, Linear, fit, is_labelled, places_of
from training.network import Lexicon


@dataclass(frozen=True, slots=True)
class Fitted:
    """The path; which outputs are whose; and logits of each example by a path that never saw its group of texts.

    Shape: unseen, by head (examples, labels).
    """

    path: LexicalPath
    places: Mapping[str, slice]
    unseen: Mapping[str, Floats]


def fit_lexical(
    examples: Sequence[Example],
    groups: Sequence[int],
    heads: Sequence[HeadSpec],
    lexicon: Lexicon,
    tokeniser: Tokeniser,
    *,
    characters: int,
    config: LexicalConfig,
    definitions: Sequence[Example] = (),
) -> Fitted:
    """Fit on the examples that people labelled; of more than `most_rows`, on some of every label.

    `definitions` of labels are learnt like examples; nothing is said of them, and they make no word common.
    """
    heads = [head for head in heads if head.config.kind != "spans" and head.config.publish]
    known = [*examples, *definitions]
    counts = count_features(known, lexicon, tokeniser, characters=characters)
    targets = targets_of(known, heads)
    # Soft labels come from a teacher that has such a path of its own: fitted here, they would be an echo.
    by_people = np.arange(len(known)) < len(examples)
    by_people &= np.array([not example.soft for example in known])
    labelled = np.flatnonzero(np.any([is_labelled(head, targets[head.name]) for head in heads], axis=0) & by_people)
    used = spread(labelled, targets[heads[0].name].argmax(axis=1), most=config.most_rows)
    idf = _idf(counts[used])
    rows = _scale(counts, idf)
    learnt = np.concatenate([used, np.arange(len(examples), len(known))])
    apart = np.concatenate([np.asarray(groups), np.arange(len(definitions)) + max(groups, default=0) + 1])
    fitted = fit(rows[learnt], {name: target[learnt] for name, target in targets.items()}, heads, apart[learnt])
    logits = np.asarray(rows[: len(examples)] @ fitted.linear.weights + fitted.linear.bias, dtype=np.float32)
    logits[used] = fitted.unseen[: len(used)]
    places = places_of(heads)
    unseen = {name: np.ascontiguousarray(logits[:, place]) for name, place in places.items()}
    return Fitted(_path_of(fitted.linear, idf, lexicon, rank=config.rank), places, unseen)


def spread(rows: npt.NDArray[np.int64], label: npt.NDArray[np.int64], *, most: int) -> npt.NDArray[np.int64]:
    """At most so many rows, taken from all labels in turn, so that rare ones stay."""
    if len(rows) <= most:
        return rows
    order = np.random.default_rng(0).permutation(rows)
    turn: dict[int, int] = {}
    turns = np.empty(len(order), dtype=np.int64)
    for place, row in enumerate(order):
        turns[place] = turn[int(label[row])] = turn.get(int(label[row]), -1) + 1
    return np.sort(order[np.argsort(turns, kind="stable")[:most]])


def count_features(
    examples: Sequence[Example], lexicon: Lexicon, tokeniser: Tokeniser, *, characters: int
) -> sparse.csr_matrix:
    """How often each example says each feature, in a title twice as loud.  Shape: (examples, features)."""
    ngrams = lexicon.vectors.num_embeddings
    rows: list[npt.NDArray[np.int64]] = []
    columns: list[npt.NDArray[np.int64]] = []
    counts: list[Floats] = []
    for number, encoded in enumerate(tokeniser.encode([example.labelled.document for example in examples])):
        for window in encoded.windows:
            ids, types = torch.from_numpy(window.ids)[None], torch.from_numpy(window.types)[None]
            places = lexical_places(lexicon, ids, ngrams=ngrams)[0].numpy()
            columns.append(places[places > 0])
            counts.append(lexical_counts(types)[0].numpy()[places > 0])
            rows.append(np.full(len(columns[-1]), number))
    values, row, column = np.concatenate(counts), np.concatenate(rows), np.concatenate(columns)
    return sparse.csr_matrix((values, (row, column)), shape=(len(examples), ngrams + characters))


def _idf(counts: sparse.csr_matrix) -> Floats:
    documents = np.asarray((counts > 0).sum(axis=0)).ravel()
    idf = np.log((1 + counts.shape[0]) / (1 + documents)) + 1
    # What a single example says tells of that example only.
    return np.where(documents < 2, 0.0, idf).astype(np.float32)


def _scale(counts: sparse.csr_matrix, idf: Floats) -> sparse.csr_matrix:
    lengths = np.sqrt(np.asarray(counts @ (idf**2)).ravel()).clip(1e-3)
    return sparse.csr_matrix(sparse.diags(1 / lengths) @ counts @ sparse.diags(idf), dtype=np.float32)


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
