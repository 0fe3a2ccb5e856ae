"""Masking: token arrays → rows with whole words masked, chosen by the seed and the number of the step alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from training.corpus import TOKEN_MASK, Tokens
from training.vocabulary import CLS, FIRST_CHARACTER, MASK, SPECIALS

FREQUENT = 3_000  # random replacements are drawn from the most frequent characters


@dataclass(frozen=True, slots=True)
class MaskedBatch:
    """Shapes: ids, positions (rows, width); places (masked,) into the flattened rows; answers (masked,)."""

    ids: Tensor
    positions: Tensor
    places: Tensor
    answers: Tensor

    def to(self, device: torch.device) -> MaskedBatch:
        """The same batch on a device."""
        return MaskedBatch(
            self.ids.to(device), self.positions.to(device), self.places.to(device), self.answers.to(device)
        )


@dataclass(frozen=True, slots=True)
class Draw:
    """What a step reads: so many rows of so many tokens, a share of them from the domain, a share of words masked."""

    rows: int
    width: int
    domain_share: float
    mask_share: float
    positions: int


def draw_batch(
    domain: Tokens, general: Tokens, draw: Draw, rng: np.random.Generator, *, vocabulary: int
) -> MaskedBatch:
    """Rows from random places, with whole words masked."""
    picks = []
    for from_domain in rng.random(draw.rows) < draw.domain_share:
        source = domain if from_domain else general
        start = int(rng.integers(0, len(source) - draw.width))
        picks.append(np.asarray(source[start : start + draw.width - 1]))
    raw = np.stack(picks)
    ids = np.concatenate([np.full((draw.rows, 1), CLS), (raw & TOKEN_MASK).astype(np.int64)], axis=1)
    starts = np.concatenate([np.ones((draw.rows, 1), dtype=bool), raw > TOKEN_MASK], axis=1)
    masked = choose_words(ids, starts, rng, share=draw.mask_share)
    answers = hide(ids, masked, rng, vocabulary=vocabulary)
    # Short rows at random offsets train every position.
    offsets = rng.integers(0, draw.positions - draw.width + 1, size=(draw.rows, 1))
    positions = np.arange(draw.width)[None, :] + np.where(np.arange(draw.width) > 0, offsets, 0)
    return MaskedBatch(
        ids=torch.from_numpy(ids),
        positions=torch.from_numpy(positions),
        places=torch.from_numpy(np.flatnonzero(masked)),
        answers=torch.from_numpy(answers),
    )


def choose_words(
    ids: npt.NDArray[np.int64], starts: npt.NDArray[np.bool_], rng: np.random.Generator, *, share: float
) -> npt.NDArray[np.bool_]:
    """Mark whole words, about `share` of all tokens; special tokens are never marked.  Shape: (rows, width)."""
    words = np.cumsum(starts.reshape(-1)) - 1
    chosen = rng.random(int(words[-1]) + 1) < share
    marked: npt.NDArray[np.bool_] = chosen[words].reshape(ids.shape) & (ids >= len(SPECIALS))
    return marked


def hide(
    ids: npt.NDArray[np.int64], masked: npt.NDArray[np.bool_], rng: np.random.Generator, *, vocabulary: int
) -> npt.NDArray[np.int64]:
    """Overwrite what is masked (80 % [MASK], 10 % random, 10 % kept); what stood there.  Shape: (masked,)."""
    answers = ids[masked]
    fate = rng.random(answers.shape)
    random_ids = rng.integers(FIRST_CHARACTER, min(FIRST_CHARACTER + FREQUENT, vocabulary), size=answers.shape)
    ids[masked] = np.where(fate < 0.8, MASK, np.where(fate < 0.9, random_ids, answers))
    return answers
