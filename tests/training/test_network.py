"""A row's hidden states depend on its own text alone, and a stored base opens as what was stored."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertModel

from training.network import Encoder, open_encoder, save_encoder, untrained

# bf16-free arithmetic on another number of rows; far above rounding, far below any effect.
TOLERANCE = 1e-5


def ask(encoder: Encoder, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        hidden: torch.Tensor = encoder.eval()(ids, mask, mask)
    return hidden


def test_padding_does_not_change_a_row(base: Path) -> None:
    encoder = open_encoder(str(base))
    ids = torch.randint(261, 300, (1, 12), generator=torch.Generator().manual_seed(1))
    alone = ask(encoder, ids, torch.ones_like(ids))
    padded = torch.nn.functional.pad(ids, (0, 9))
    mask = torch.nn.functional.pad(torch.ones_like(ids), (0, 9))
    assert torch.allclose(ask(encoder, padded, mask)[:, :12], alone, atol=TOLERANCE)


def test_a_stored_base_answers_as_before_within_half_precision(base: Path, tmp_path: Path) -> None:
    encoder = open_encoder(str(base))
    save_encoder(encoder, tmp_path / "again")
    ids = torch.arange(261, 281)[None]
    before, after = (ask(e, ids, torch.ones_like(ids)) for e in (encoder, open_encoder(str(tmp_path / "again"))))
    assert torch.allclose(before, after, atol=TOLERANCE)
    assert encoder.lexicon is not None
    assert encoder.bias is not None


def test_a_plain_bert_from_a_folder_is_a_base_too(tmp_path: Path) -> None:
    config = BertConfig(
        vocab_size=400, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=64,
    )  # fmt: skip
    BertModel(config).save_pretrained(tmp_path / "bert")
    encoder = open_encoder(str(tmp_path / "bert"))
    ids = torch.arange(20)[None]
    # Our third token type (agent) is clamped to the two that BERT knows.
    with torch.no_grad():
        hidden = encoder.eval()(ids, torch.ones_like(ids), torch.full_like(ids, 2))
    assert hidden.shape == (1, 20, 32)
    assert encoder.lexicon is None
    assert encoder.window == 64


def test_a_base_that_is_nowhere_is_named_in_the_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no-such-base"):
        open_encoder(str(tmp_path / "no-such-base"))


def test_an_untrained_encoder_has_the_shape_of_its_base_and_nothing_that_it_learnt(base: Path) -> None:
    learnt = open_encoder(str(base))
    fresh = untrained(learnt)
    before, after = learnt.state_dict(), fresh.state_dict()
    assert {name: value.shape for name, value in before.items()} == {n: v.shape for n, v in after.items()}
    assert learnt.lexicon is not None
    assert fresh.lexicon is not None
    assert torch.equal(learnt.lexicon.index, fresh.lexicon.index)  # which n-grams there are is its shape
    tables = [name for name, value in before.items() if value.ndim == 2 and value.is_floating_point()]
    fixed = {"bias.curves", "lexicon.gains"}  # start from set values
    shared = [n for n in tables if n not in fixed and "position" not in n and torch.equal(before[n], after[n])]
    assert shared == []
    ids = torch.arange(261, 281)[None]
    assert not torch.allclose(ask(learnt, ids, torch.ones_like(ids)), ask(fresh, ids, torch.ones_like(ids)), atol=0.1)


def test_a_base_of_another_kind_cannot_start_anew() -> None:
    small = BertModel(BertConfig(vocab_size=30, hidden_size=8, num_hidden_layers=1, num_attention_heads=1))
    with pytest.raises(ValueError, match="a bert cannot start anew"):
        untrained(Encoder(small))
