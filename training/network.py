"""Network: one Chinese BERT encoder with a lexicon of character n-grams beside its character embeddings."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, ElectraConfig, ElectraModel, PreTrainedModel

from training.lexicon import BUCKETS, MULTIPLIERS, SALTS, SIZES
from training.vocabulary import SPECIALS

LEXICON_FILE = "lexicon.safetensors"
REACH = 64  # distances beyond this count as this


class Lexicon(nn.Module):
    """Vectors of the known n-grams that cover each character, added to the character's own embedding.

    Input ids, shape (rows, width) → vectors, shape (rows, width, dim). An n-gram adds to each of its characters
    through a gain of its own, so that first and last characters of a word can be told apart. Padding and special
    tokens belong to no n-gram, hence a row's vectors never depend on how far it was padded.
    """

    index: Tensor

    def __init__(self, index: Tensor, *, rows: int, dim: int) -> None:
        super().__init__()
        self.register_buffer("index", index.to(torch.int32))
        self.vectors = nn.Embedding(rows, dim, padding_idx=0)
        self.gains = nn.Parameter(torch.full((sum(SIZES), dim), 0.5))

    def forward(self, input_ids: Tensor) -> Tensor:
        total = torch.zeros(1, dtype=self.gains.dtype, device=input_ids.device)
        first = 0
        for size in SIZES:
            vectors = self.vectors(self.rows_of(input_ids, size))
            for offset in range(size):
                moved = nn.functional.pad(vectors, (0, 0, offset, 0))[:, : input_ids.shape[1]]
                total = total + moved * self.gains[first + offset]
            first += size
        return total

    def rows_of(self, input_ids: Tensor, size: int) -> Tensor:
        """Row of the n-gram that starts at each place; 0 where none is known.  Shape: (rows, width)."""
        ids = nn.functional.pad(input_ids, (0, size - 1))
        width = input_ids.shape[1]
        bucket = torch.full_like(input_ids, SALTS[size])
        plain = torch.ones_like(input_ids, dtype=torch.bool)
        for offset in range(size):
            part = ids[:, offset : offset + width]
            bucket = bucket + part * MULTIPLIERS[offset]
            plain = plain & (part >= len(SPECIALS))
        bucket = torch.remainder(bucket, BUCKETS - 1) + 1
        rows = self.index.index_select(0, bucket.reshape(-1)).reshape(bucket.shape)
        known: Tensor = rows.to(torch.int64) * plain.to(torch.int64)
        return known


class RelativeBias(nn.Module):
    """A learnt bias of attention by distance, one curve per head, the same in all layers.

    Width → bias, shape (1, heads, width, width). The curves start local: one head looks at the place before, one at
    the place after, the others ever farther. Without it, masked language modelling stayed for millions of tokens at
    what single characters tell (docs/decisions/0001), because attention first has to find the neighbours.
    """

    def __init__(self, *, heads: int, reach: int = REACH) -> None:
        super().__init__()
        distance = torch.arange(-reach, reach + 1, dtype=torch.float32)
        curves = [-1.5 * (distance + 1).abs(), -1.5 * (distance - 1).abs()]
        curves += [-(0.4 * 0.3**number) * distance.abs() for number in range(heads - 2)]
        self.curves = nn.Parameter(torch.stack(curves[:heads]).clamp(min=-12.0))
        self._reach = reach

    def forward(self, places: Tensor) -> Tensor:
        """Bias between all places of a row.  Shape: (width,) → (1, heads, width, width)."""
        distance = (places[None, :] - places[:, None]).clamp(-self._reach, self._reach) + self._reach
        width = places.shape[0]
        bias = self.curves.index_select(1, distance.reshape(-1))
        return bias.reshape(1, self.curves.shape[0], width, width)


class Encoder(nn.Module):
    """A transformers backbone, and what a base of our own adds to it: the lexicon and the bias by distance.

    Ids, mask and token types, shape (rows, width) → hidden states, shape (rows, width, hidden).
    """

    def __init__(
        self, backbone: PreTrainedModel, lexicon: Lexicon | None = None, bias: RelativeBias | None = None
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.lexicon = lexicon
        self.bias = bias

    @property
    def hidden_size(self) -> int:
        return int(self.backbone.config.hidden_size)

    @property
    def characters(self) -> nn.Embedding:
        """The character embeddings."""
        table = self.backbone.get_input_embeddings()
        assert isinstance(table, nn.Embedding)
        return table

    @property
    def window(self) -> int:
        """Longest row that the position embeddings allow, in tokens."""
        return int(self.backbone.config.max_position_embeddings)

    def embed(self, input_ids: Tensor) -> Tensor:
        """Characters, and the known n-grams that cover them.  Shape: (rows, width) → (rows, width, embedding)."""
        embeddings: Tensor = self.characters(input_ids)
        return embeddings if self.lexicon is None else embeddings + self.lexicon(input_ids)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        token_types: Tensor,
        position_ids: Tensor | None = None,
        *,
        embeddings: Tensor | None = None,
    ) -> Tensor:
        known_types = int(self.backbone.config.type_vocab_size)
        outputs = self.backbone(
            inputs_embeds=self.embed(input_ids) if embeddings is None else embeddings,
            attention_mask=self._attention(attention_mask),
            token_type_ids=token_types.clamp(max=known_types - 1),
            position_ids=position_ids,
        )
        hidden: Tensor = outputs.last_hidden_state
        return hidden

    def _attention(self, mask: Tensor) -> Tensor:
        """What is added to the scores: nothing may look at padding, and distance counts.  Shape: (rows, heads, …)."""
        if self.bias is None:
            return mask
        width = mask.shape[1]
        if torch.compiler.is_exporting():
            # In the graph the bias of the longest row is a constant: cutting a corner out of it is a few copies of
            # whole rows, where looking up each pair of places took a seventh of a run.
            bias = self.bias(torch.arange(self.window, device=mask.device))[:, :, :width, :width]
        else:
            bias = self.bias(torch.arange(width, device=mask.device))
        padding = (1.0 - mask[:, None, None, :].to(bias.dtype)) * -1e4
        scores: Tensor = bias + padding
        return scores


def new_encoder(config: ElectraConfig, lexicon: Lexicon | None) -> Encoder:
    """An untrained encoder; positions start as sinusoids, so that neighbouring places are alike from the first step."""
    backbone = ElectraModel(config)
    positions = backbone.embeddings.position_embeddings.weight
    with torch.no_grad():
        positions.copy_(sinusoids(*positions.shape) * 0.02)
    return Encoder(backbone, lexicon, RelativeBias(heads=config.num_attention_heads))


def untrained(encoder: Encoder) -> Encoder:
    """A new encoder of the same shape and n-grams that has learnt nothing: what a base is compared with.

    Errors: ValueError for a base of another kind than ours.
    """
    lexicon = None
    if encoder.lexicon is not None:
        lexicon = Lexicon(
            encoder.lexicon.index.clone(),
            rows=encoder.lexicon.vectors.num_embeddings,
            dim=encoder.lexicon.gains.shape[1],
        )
        with torch.no_grad():
            lexicon.vectors.weight[1:].normal_(std=encoder.backbone.config.initializer_range)
            lexicon.vectors.weight[0].zero_()
    config = encoder.backbone.config
    if not isinstance(config, ElectraConfig):
        raise ValueError(f"a {config.model_type} cannot start anew here; name a base that training.pretrain wrote")
    return new_encoder(copy.deepcopy(config), lexicon)


def sinusoids(places: int, dim: int) -> Tensor:
    """Sinusoidal position vectors (Vaswani et al. 2017).  Shape: (places, dim)."""
    rates = torch.exp(torch.arange(0, dim, 2) * (-np.log(10_000.0) / dim))
    angles = torch.arange(places)[:, None] * rates
    vectors = torch.zeros(places, dim)
    vectors[:, 0::2], vectors[:, 1::2] = angles.sin(), angles.cos()
    return vectors


def new_lexicon(index: npt.NDArray[np.int32], vectors: npt.NDArray[np.float32]) -> Lexicon:
    """A lexicon that starts from given vectors, shape (rows, dim)."""
    lexicon = Lexicon(torch.from_numpy(index), rows=vectors.shape[0], dim=vectors.shape[1])
    with torch.no_grad():
        lexicon.vectors.weight.copy_(torch.from_numpy(vectors))
    return lexicon


def save_encoder(encoder: Encoder, folder: Path) -> None:
    """Write config.json, model.safetensors (fp16) and, where the base is our own, lexicon and bias."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {k: v.half() if v.is_floating_point() else v for k, v in encoder.backbone.state_dict().items()}
    encoder.backbone.save_pretrained(folder, state_dict=state)
    if encoder.lexicon is not None and encoder.bias is not None:
        weights = {
            "bias": encoder.bias.curves.detach().half(),
            "index": encoder.lexicon.index.to(torch.uint16),
            "vectors": encoder.lexicon.vectors.weight.detach().half().contiguous(),
            "gains": encoder.lexicon.gains.detach().half(),
        }
        save_file(weights, folder / LEXICON_FILE)
    # safetensors writes for its owner only, and a bundle's reader is another user.
    for file in folder.glob("*.safetensors"):
        file.chmod(0o644)


def open_encoder(base: str) -> Encoder:
    """Open the shipped base, another local folder, or a hub name such as `bert-base-chinese`.

    Errors: OSError of transformers, naming the folder or the hub name, where nothing can be loaded.
    """
    stored = Path(base) / LEXICON_FILE
    config = AutoConfig.from_pretrained(base)
    # Our bias is added to the scores, which the fused kernels of transformers do not all take.
    kernel = "eager" if stored.is_file() else None
    backbone = AutoModel.from_pretrained(base, config=config, dtype=torch.float32, attn_implementation=kernel)
    if not stored.is_file():
        return Encoder(backbone)
    weights = load_file(stored)
    rows, dim = weights["vectors"].shape
    lexicon = Lexicon(weights["index"], rows=rows, dim=dim)
    with torch.no_grad():
        lexicon.vectors.weight.copy_(weights["vectors"].float())
        lexicon.gains.copy_(weights["gains"].float())
    bias = RelativeBias(heads=backbone.config.num_attention_heads)
    with torch.no_grad():
        bias.curves.copy_(weights["bias"].float())
    return Encoder(backbone, lexicon, bias)
