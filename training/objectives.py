"""Objectives of pre-training: an encoder and a masked batch → the loss to go down on.

Masked language modelling asks for the masked characters. Replaced-token detection (ELECTRA, Clark et al. 2020) lets a
small generator fill the masks and asks of every token whether it was replaced. Corrective language modelling (as in
COCO-LM, Meng et al. 2021) does both at once, from a base that exists: that base, frozen, fills half of the masks, the
encoder names the true character of masked and filled places alike and says of every token whether it was replaced.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from transformers import ElectraConfig

from training.masking import MaskedBatch
from training.network import Encoder, new_encoder
from training.vocabulary import CLS, SPECIALS

ObjectiveName = Literal["masked", "replaced", "corrective"]

TITLE_TYPE, CITIZEN_TYPE = 0, 1  # as models.encoding numbers them
DETECTION_WEIGHT = 50.0  # as published for ELECTRA
CORRECTIVE_DETECTION_WEIGHT = 20.0


class MaskedLanguageModel(nn.Module):
    """The encoder and an output layer tied to its character embeddings, computed at masked places only."""

    def __init__(self, encoder: Encoder, *, vocabulary: int, embedding: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.transform = nn.Sequential(nn.Linear(encoder.hidden_size, embedding), nn.GELU(), nn.LayerNorm(embedding))
        self.scale = nn.Parameter(torch.tensor(4.0))
        self.bias = nn.Parameter(torch.zeros(vocabulary))

    def logits(self, batch: MaskedBatch) -> Tensor:
        """Logits of the masked places.  Shape: (masked, vocabulary)."""
        return self.logits_of(hidden_states(self.encoder, batch.ids, batch.positions), batch.places)

    def logits_of(self, hidden: Tensor, places: Tensor) -> Tensor:
        """Logits of places of the flattened rows, from their hidden states.  Shape: (places, vocabulary)."""
        picked = self.transform(hidden.reshape(-1, hidden.shape[-1])[places])
        table = self.encoder.characters.weight
        return nn.functional.linear(picked * self.scale, table, self.bias)

    def forward(self, batch: MaskedBatch) -> Tensor:
        """Mean cross-entropy of the masked characters, in nats."""
        return nn.functional.cross_entropy(self.logits(batch).float(), batch.answers)


class ReplacedTokenDetection(nn.Module):
    """The encoder as detector, and a generator of a quarter of its size that shares its tables."""

    def __init__(self, encoder: Encoder, *, vocabulary: int, embedding: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.generator = MaskedLanguageModel(_generator(encoder), vocabulary=vocabulary, embedding=embedding)
        self.detector = _detector(encoder.hidden_size)

    def forward(self, batch: MaskedBatch) -> Tensor:
        """Loss of the generator and, weighted, of the detector."""
        logits = self.generator.logits(batch).float()
        guess = nn.functional.cross_entropy(logits, batch.answers)
        ids = batch.ids.reshape(-1).clone()
        ids[batch.places] = torch.multinomial(logits.detach().softmax(dim=-1), 1)[:, 0]
        replaced = torch.zeros(ids.shape, device=ids.device)
        replaced[batch.places] = (ids[batch.places] != batch.answers).float()
        ids = ids.reshape(batch.ids.shape)
        scores = self.detector(hidden_states(self.encoder, ids, batch.positions)).reshape(-1).float()
        real = ids.reshape(-1) >= len(SPECIALS)
        found = nn.functional.binary_cross_entropy_with_logits(scores[real], replaced[real])
        return guess + DETECTION_WEIGHT * found


class CorrectiveLanguageModel(nn.Module):
    """A masked language model that corrects and detects what a frozen one, `generator`, put into half of the masks."""

    def __init__(self, masked: MaskedLanguageModel, generator: MaskedLanguageModel) -> None:
        super().__init__()
        self.masked = masked
        self.generator = generator.eval().requires_grad_(False)
        self.detector = _detector(masked.encoder.hidden_size)

    def forward(self, batch: MaskedBatch) -> Tensor:
        """Mean cross-entropy of the hidden characters, in nats, and, weighted, that of the detector."""
        with torch.no_grad():
            guesses = torch.multinomial(self.generator.logits(batch).float().softmax(dim=-1), 1)[:, 0]
        filled = torch.rand(guesses.shape, device=guesses.device) < 0.5
        ids = batch.ids.reshape(-1).clone()
        ids[batch.places] = torch.where(filled, guesses, ids[batch.places])
        original = ids.clone()
        original[batch.places] = batch.answers
        hidden = hidden_states(self.masked.encoder, ids.reshape(batch.ids.shape), batch.positions)
        guess = nn.functional.cross_entropy(self.masked.logits_of(hidden, batch.places).float(), batch.answers)
        seen = ids >= len(SPECIALS)
        scores = self.detector(hidden).reshape(-1).float()[seen]
        found = nn.functional.binary_cross_entropy_with_logits(scores, (ids != original)[seen].float())
        return guess + CORRECTIVE_DETECTION_WEIGHT * found


def hidden_states(encoder: Encoder, ids: Tensor, positions: Tensor) -> Tensor:
    """Rows of plain text through the encoder.  Shape: (rows, width) → (rows, width, hidden)."""
    types = torch.where(ids == CLS, TITLE_TYPE, CITIZEN_TYPE)
    hidden: Tensor = encoder(ids, torch.ones_like(ids), types, positions)
    return hidden


def new_objective(
    name: Literal["masked", "replaced"], encoder: Encoder
) -> MaskedLanguageModel | ReplacedTokenDetection:
    """The objective over an encoder, its own layers untrained."""
    table = encoder.characters
    kind = MaskedLanguageModel if name == "masked" else ReplacedTokenDetection
    return kind(encoder, vocabulary=table.num_embeddings, embedding=table.embedding_dim)


def _detector(hidden: int) -> nn.Module:
    return nn.Sequential(nn.Linear(hidden, hidden), nn.GELU(), nn.Linear(hidden, 1))


def _generator(encoder: Encoder) -> Encoder:
    shape = encoder.backbone.config.to_dict()
    hidden = encoder.hidden_size * 2 // 5
    shape |= {"hidden_size": hidden, "intermediate_size": 4 * hidden, "num_attention_heads": 2, "num_hidden_layers": 2}
    small = ElectraConfig(**shape)
    small._attn_implementation = encoder.backbone.config._attn_implementation
    generator = new_encoder(small, encoder.lexicon)
    generator.backbone.set_input_embeddings(encoder.characters)
    return generator
