"""Assemble: encoder, heads and the fitted lexical path → the network to fine-tune, kept so that a run can go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from models.encoding import Encoder as Tokeniser
from training.batches import Floats
from training.config import TrainConfig
from training.dataset import Split, group_similar
from training.heads import TicketModel
from training.labels import Labels, define
from training.lexical import Fitted, fit_lexical
from training.network import Encoder
from training.whole import written_whole


@dataclass(frozen=True, slots=True)
class Assembled:
    """An untrained network with its path, and logits of the training examples by a path that never saw them."""

    model: TicketModel
    unseen: Mapping[str, Floats] | None


def assemble(
    encoder: Encoder, labels: Labels, parts: Split, tokeniser: Tokeniser, *, config: TrainConfig, folder: Path
) -> Assembled:
    """The network; the path is fitted once and then read from the folder."""
    given = config.finetune
    model = TicketModel(encoder, labels.heads, shared=given.shared_size, tokens=given.token_size, dropout=given.dropout)
    answers = any(head.config.kind != "spans" for head in labels.published)
    if not config.lexical.enabled or encoder.lexicon is None or not answers:
        return Assembled(model, None)
    stored = folder / "lexical.pt"
    if not stored.exists():
        folder.mkdir(parents=True, exist_ok=True)
        groups = group_similar(parts.train)
        fitted = fit_lexical(
            parts.train,
            groups,
            labels.heads,
            encoder.lexicon,
            tokeniser,
            characters=encoder.characters.num_embeddings,
            config=config.lexical,
            definitions=define(labels),
        )
        with written_whole(stored) as draft:
            torch.save(fitted, draft)
    # Written by this function a moment ago or by the run that goes on here: our own file, not a stranger's.
    fitted = torch.load(stored, weights_only=False)
    assert isinstance(fitted, Fitted)
    model.add_lexical(fitted.path, fitted.places)
    return Assembled(model, fitted.unseen)
