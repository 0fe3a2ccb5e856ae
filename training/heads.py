"""Heads: the encoder's hidden states → the logits of every task, in one graph.

Beside the encoder runs a lexical path: TF-IDF of characters and n-grams with a linear model, which on a few thousand
rows is hard to beat and here need not be beaten: the two learn apart, err apart, and answer together.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.encoding import TITLE
from models.spans import INSIDE, OUTSIDE
from models.taxonomy import Taxonomy
from training.config import HeadConfig
from training.lexicon import SIZES
from training.network import Encoder, Lexicon
from training.vocabulary import SPECIALS

_PREFIX, _SHARES = "to_", "shares_of_"
BESIDE = ("lexical.", _SHARES)  # how the weights of what stands beside the encoder begin
_OWN = 64  # size of the tagger's own character embeddings
_IMPOSSIBLE = -1e4  # a logit
_REACHES = (1, 2, 4)  # seven characters to each side in three steps


@dataclass(frozen=True, slots=True)
class HeadSpec:
    """A head with its labels in logit order; for a tree, the parents of each leaf on the levels above it."""

    config: HeadConfig
    labels: tuple[str, ...]
    parents: tuple[Tensor, ...] = ()

    @property
    def name(self) -> str:
        """Name of the head, which is also the name of the graph's output."""
        return self.config.name


def tree_parents(taxonomy: Taxonomy) -> tuple[Tensor, ...]:
    """For each level above the leaves, the node of every leaf.  Shape of each: (leaves,)."""
    depth = max(len(category.path) for category in taxonomy.categories)
    return tuple(torch.from_numpy(taxonomy.level(level).parent) for level in range(1, depth))


class LexicalPath(nn.Module):
    """A fitted linear model of a row's characters and n-grams, as two thin matrices. It is never trained with the rest.

    Input ids, shape (rows, width) → logits, shape (rows, outputs), all heads one after another. Row 0 of the tables
    stands for nothing, the lexicon's n-grams follow, then the characters.
    """

    def __init__(self, *, ngrams: int, characters: int, rank: int, outputs: int) -> None:
        super().__init__()
        self.ngrams = ngrams
        self.vectors = nn.Embedding(ngrams + characters, rank, padding_idx=0)
        self.weights = nn.Embedding(ngrams + characters, 1, padding_idx=0)
        self.outputs = nn.Linear(rank, outputs)
        self.requires_grad_(False)

    def forward(self, lexicon: Lexicon, input_ids: Tensor, token_types: Tensor) -> Tensor:
        places = lexical_places(lexicon, input_ids, ngrams=self.ngrams)
        counts = lexical_counts(token_types).unsqueeze(1)
        # Of unit length, as a TF-IDF vector is: long texts do not shout.
        scale = (counts @ self.weights(places).square()).squeeze(1).clamp(min=1e-6).rsqrt()
        logits: Tensor = self.outputs((counts @ self.vectors(places)).squeeze(1) * scale)
        return logits


def lexical_places(lexicon: Lexicon, input_ids: Tensor, *, ngrams: int) -> Tensor:
    """Feature of each character and each known n-gram of a row; 0 for none.  Shape: (rows, width × 4)."""
    plain = input_ids >= len(SPECIALS)
    characters = (input_ids + ngrams) * plain.to(torch.int64)
    return torch.cat([characters, *(lexicon.rows_of(input_ids, size) for size in SIZES)], dim=1)


def lexical_counts(token_types: Tensor) -> Tensor:
    """How much each of those features counts: twice in a title, which says in a line what the text is about.

    Shape: (rows, width) → (rows, width × 4).
    """
    return (1.0 + (token_types == TITLE).to(torch.float32)).repeat(1, 1 + len(SIZES))


class TreeHead(nn.Module):
    """Leaf logits with parts shared by all leaves of a parent, so that a rare leaf is found through its family."""

    def __init__(self, width: int, parents: Sequence[Tensor], *, leaves: int) -> None:
        super().__init__()
        self.leaf = nn.Linear(width, leaves)
        self.levels = nn.ModuleList(nn.Linear(width, int(parent.max()) + 1) for parent in parents)
        for number, parent in enumerate(parents):
            self.register_buffer(f"parent_{number}", parent.clone())
        nn.init.normal_(self.leaf.weight, std=0.01)

    def forward(self, features: Tensor) -> Tensor:
        logits: Tensor = self.leaf(features)
        for number, level in enumerate(self.levels):
            logits = logits + level(features)[:, getattr(self, f"parent_{number}")]
        return logits


class Tagger(nn.Module):
    """What the span heads read of each token: the encoder's state, the token itself, and then its neighbours.

    Hidden states and embeddings, shapes (rows, width, …), ids and mask (rows, width) → (rows, width, size). Where a
    span begins and ends is told by the characters around the edge more than by what the upper layers made of them.
    Neighbours are reached by products over shifted rows, which int8 serves as fast as the encoder's own; a
    convolution it would not.
    """

    def __init__(self, *, width: int, characters: int, size: int, dropout: float) -> None:
        super().__init__()
        self.characters = nn.Embedding(characters, _OWN)
        nn.init.normal_(self.characters.weight, std=0.3)
        self.enter = nn.Linear(width + _OWN, size)
        self.norms = nn.ModuleList(nn.LayerNorm(size) for _ in _REACHES)
        self.steps = nn.ModuleList(nn.Linear(3 * size, size) for _ in _REACHES)
        self.leave = nn.LayerNorm(size)
        self.dropout = nn.Dropout(dropout)

    def forward(self, hidden: Tensor, embeddings: Tensor, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        real = attention_mask.to(hidden.dtype).unsqueeze(-1)
        own = self.characters(input_ids).to(hidden.dtype)
        states = self.enter(self.dropout(torch.cat([hidden, embeddings.to(hidden.dtype), own], dim=-1))) * real
        for reach, norm, step in zip(_REACHES, self.norms, self.steps, strict=True):
            # Masked again: the norm's offset would make neighbours of the padding.
            states = states + nn.functional.gelu(step(_around(norm(states) * real, reach))) * real
        left: Tensor = self.leave(states)
        return left


def _around(states: Tensor, reach: int) -> Tensor:
    """Each place beside those that stand `reach` before and after it.  Shape: (rows, width, n) → (rows, width, 3n)."""
    width = states.shape[1]
    before = nn.functional.pad(states, (0, 0, reach, 0))[:, :width]
    after = nn.functional.pad(states, (0, 0, 0, reach))[:, reach:]
    return torch.cat([before, states, after], dim=-1)


class TicketModel(nn.Module):
    """Encoder and heads. Ids, mask, types, shape (rows, width) → logits by head, shape (rows, labels).

    Spans: (rows, width, kinds, 3). With a lexical path, logits of a document head are a blend of the encoder's and the
    path's; in training they are the encoder's alone, which would else learn next to nothing beside a path that knows
    most already (docs/decisions/0003).
    """

    def __init__(
        self, encoder: Encoder, heads: Sequence[HeadSpec], *, shared: int, tokens: int, dropout: float
    ) -> None:
        super().__init__()
        self.encoder = encoder
        hidden = encoder.hidden_size
        self.shared = nn.Sequential(nn.Linear(3 * hidden, shared), nn.GELU(), nn.LayerNorm(shared))
        table = encoder.characters
        self.tagger = Tagger(
            width=hidden + table.embedding_dim, characters=table.num_embeddings, size=tokens, dropout=dropout
        )
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleDict(
            {
                # A prefix, because a module may not be called `type`.
                f"{_PREFIX}{head.name}": _head(head, tokens if head.config.kind == "spans" else shared)
                for head in heads
            }
        )
        self.lexical: LexicalPath | None = None
        self._places: dict[str, slice] = {}
        self._spans = frozenset(head.name for head in heads if head.config.kind == "spans")

    def add_lexical(self, path: LexicalPath, places: Mapping[str, slice]) -> None:
        """Put a fitted path beside the encoder; `places` are the outputs of each head that it answers for."""
        self.lexical, self._places = path, dict(places)
        for name in places:
            self.register_buffer(f"{_SHARES}{name}", torch.tensor([0.5, 0.5]))

    def shares(self, name: str) -> Tensor:
        """What the encoder's and the path's logits of a head are multiplied by before they are added.  Shape: (2,)."""
        shares: Tensor = getattr(self, f"{_SHARES}{name}")
        return shares

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        token_types: Tensor,
        names: Collection[str] | None = None,
    ) -> dict[str, Tensor]:
        logits = self.read(input_ids, attention_mask, token_types, names)
        for name, values in ({} if self.training else self.beside(input_ids, token_types)).items():
            if name in logits:
                own, other = self.shares(name)
                logits[name] = logits[name] * own + values * other
        return logits

    def read(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        token_types: Tensor,
        names: Collection[str] | None = None,
    ) -> dict[str, Tensor]:
        """What the encoder says by itself; of all heads, unless some are named."""
        heads = {key.removeprefix(_PREFIX): head for key, head in self.heads.items()}
        heads = {name: head for name, head in heads.items() if names is None or name in names}
        embeddings = self.encoder.embed(input_ids)
        hidden = self.encoder(input_ids, attention_mask, token_types, embeddings=embeddings)
        features = self.dropout(self.features(hidden, attention_mask))
        if self._spans & heads.keys():
            tokens = self.dropout(self.tagger(hidden, embeddings, input_ids, attention_mask))
        logits = {}
        for name, head in heads.items():
            if name in self._spans:
                tags = head(tokens)
                logits[name] = tags.reshape(*tags.shape[:-1], -1, 3)
            else:
                logits[name] = head(features)
        return logits

    def beside(self, input_ids: Tensor, token_types: Tensor) -> dict[str, Tensor]:
        """What the lexical path says by itself; nothing where there is none."""
        if self.lexical is None or self.encoder.lexicon is None:
            return {}
        logits = self.lexical(self.encoder.lexicon, input_ids, token_types)
        return {name: logits[:, place] for name, place in self._places.items()}

    def keep(self, names: Sequence[str]) -> None:
        """Drop the heads that are not named: auxiliary tasks stay behind when a model is exported."""
        self.heads = nn.ModuleDict({f"{_PREFIX}{name}": self.heads[f"{_PREFIX}{name}"] for name in names})

    def features(self, hidden: Tensor, attention_mask: Tensor) -> Tensor:
        """What the document heads read of a row: first place, mean and maximum."""
        real = attention_mask.to(hidden.dtype).unsqueeze(-1)
        mean = (hidden * real).sum(dim=1) / real.sum(dim=1).clamp(min=1.0)
        most = (hidden + (real - 1.0) * 1e4).amax(dim=1)
        features: Tensor = self.shared(torch.cat([hidden[:, 0], mean, most], dim=-1))
        return features


def _head(head: HeadSpec, width: int) -> nn.Module:
    if head.config.kind == "tree":
        return TreeHead(width, head.parents, leaves=len(head.labels))
    return nn.Linear(width, len(head.labels) * (3 if head.config.kind == "spans" else 1))


def is_taught(head: HeadSpec, target: Tensor) -> bool:
    """Whether any row of a batch has a label of the head."""
    return bool((target >= 0).any() if head.config.kind in ("spans", "multi") else (target > 0).any())


def loss_of(head: HeadSpec, logits: Tensor, target: Tensor, *, smoothing: float) -> Tensor:
    """Mean loss of a head over its labelled rows; zero where none is labelled.

    Targets: single and tree, probabilities (rows, labels), all-zero rows unlabelled; multi, 0/1 (rows, labels), −1
    unlabelled; spans, tags (rows, width, kinds), −100 ignored, each judged given the tag before it.
    """
    if head.config.kind == "spans":
        return _markov_loss(logits, target)
    if head.config.kind == "multi":
        known = target[:, 0] >= 0
        if not bool(known.any()):
            return logits.sum() * 0.0
        return (
            nn.functional.binary_cross_entropy_with_logits(logits[known], target[known], reduction="sum") / known.sum()
        )
    known = target.sum(dim=1) > 0
    if not bool(known.any()):
        return logits.sum() * 0.0
    wanted = target[known]
    total = _soft_cross_entropy(logits[known], wanted, smoothing=smoothing)
    for parent in head.parents:
        predicted, gold = (_sum_leaves(scores, parent) for scores in (logits[known].softmax(dim=1), wanted))
        total = total - 0.5 * (gold * predicted.clamp(min=1e-6).log()).sum(dim=1).mean()
    return total


def _markov_loss(logits: Tensor, tags: Tensor) -> Tensor:
    """Cross-entropy of each tag given the true tag before it, per token, summed over the kinds.

    After outside a span may begin, but not go on; so inside is learnt only where a span has begun, and there alone the
    question is where it ends. Where a window cuts a span in two, its rest is no lesson.
    """
    before = nn.functional.pad(tags[:, :-1], (0, 0, 1, 0), value=-100)
    begun = before > OUTSIDE
    possible = torch.stack([torch.ones_like(begun), torch.ones_like(begun), begun], dim=-1)
    lesson = tags.masked_fill((tags == INSIDE) & ~begun, -100)
    total = nn.functional.cross_entropy(
        logits.masked_fill(~possible, _IMPOSSIBLE).reshape(-1, 3),
        lesson.reshape(-1),
        ignore_index=-100,
        reduction="sum",
    )
    return total / (tags[..., 0] != -100).sum().clamp(min=1)


def _sum_leaves(scores: Tensor, parent: Tensor) -> Tensor:
    """Scores of the parents.  Shape: (rows, leaves), (leaves,) → (rows, nodes)."""
    nodes = torch.zeros(scores.shape[0], int(parent.max()) + 1, dtype=scores.dtype, device=scores.device)
    return nodes.index_add_(1, parent.to(scores.device), scores)


def _soft_cross_entropy(logits: Tensor, target: Tensor, *, smoothing: float) -> Tensor:
    smoothed = target * (1 - smoothing) + smoothing / target.shape[1]
    return -(smoothed * logits.log_softmax(dim=1)).sum(dim=1).mean()


def total_loss(
    heads: Sequence[HeadSpec], logits: Mapping[str, Tensor], targets: Mapping[str, Tensor], *, smoothing: float
) -> Tensor:
    """Weighted sum over the heads."""
    losses = [
        head.config.weight * loss_of(head, logits[head.name].float(), targets[head.name], smoothing=smoothing)
        for head in heads
    ]
    return torch.stack(losses).sum()
