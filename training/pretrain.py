"""Pre-training: token arrays → the base encoder, by masked language modelling over whole words.

    python -m training.pretrain --config training/configs/pretrain.toml --corpus runs/corpus --out runs/base

A step is a function of the seed and its number: which blocks are read, which words are masked, what dropout does. A
killed run therefore goes on from its last checkpoint exactly as if it had not been stopped. Stages change row width,
share of domain text and learning rate; the last one anneals on domain text.
"""

from __future__ import annotations

import argparse
import json
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from accelerate import Accelerator
from pydantic import BaseModel, ConfigDict
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import ElectraConfig

from training.corpus import TOKEN_MASK, Tokens
from training.lexicon import build_lexicon
from training.network import Encoder, new_encoder, new_lexicon, open_encoder, save_encoder
from training.vocabulary import CLS, FIRST_CHARACTER, MASK, SPECIALS

OUTPUT_LAYER_FILE = "output_layer.safetensors"
TITLE_TYPE, CITIZEN_TYPE = 0, 1  # as models.encoding numbers them


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Shape(_Strict):
    """Size of the encoder."""

    layers: int = 4
    hidden: int = 320
    heads: int = 5
    feed_forward: int = 1280
    embedding: int = 128
    positions: int = 512
    token_types: int = 3
    lexicon_rows: int = 60_000
    lexicon_sample_tokens: int = 24_000_000


class Stage(_Strict):
    """A stretch of steps; the learning rate moves linearly from `lr_from` to `lr_to`."""

    steps: int
    width: int
    rows: int
    domain_share: float
    lr_from: float
    lr_to: float


class PretrainConfig(_Strict):
    """Everything that pre-training is a function of, beside the corpus."""

    seed: int = 7
    shape: Shape = Shape()
    stages: tuple[Stage, ...]
    mask_share: float = 0.2
    weight_decay: float = 0.01
    dropout: float = 0.0
    table_rate: float = 0.2
    log_every: int = 20
    save_every: int = 250


@dataclass(frozen=True, slots=True)
class MaskedBatch:
    """Shapes: ids (rows, width); places (masked,) into the flattened rows; answers (masked,)."""

    ids: Tensor
    positions: Tensor
    places: Tensor
    answers: Tensor


class MaskedLanguageModel(nn.Module):
    """The encoder and an output layer tied to its character embeddings, computed at masked places only."""

    def __init__(self, encoder: Encoder, *, vocabulary: int, embedding: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.transform = nn.Sequential(nn.Linear(encoder.hidden_size, embedding), nn.GELU(), nn.LayerNorm(embedding))
        self.scale = nn.Parameter(torch.tensor(4.0))
        self.bias = nn.Parameter(torch.zeros(vocabulary))

    def forward(self, batch: MaskedBatch) -> Tensor:
        """Logits of the masked places.  Shape: (masked, vocabulary)."""
        types = torch.where(batch.ids == CLS, TITLE_TYPE, CITIZEN_TYPE)
        hidden = self.encoder(batch.ids, torch.ones_like(batch.ids), types, batch.positions)
        picked = self.transform(hidden.reshape(-1, hidden.shape[-1])[batch.places])
        table = self.encoder.characters.weight
        return nn.functional.linear(picked * self.scale, table, self.bias)


def draw_batch(
    domain: Tokens,
    general: Tokens,
    stage: Stage,
    rng: np.random.Generator,
    *,
    config: PretrainConfig,
    vocabulary: int,
) -> MaskedBatch:
    """Rows of `width` tokens from random places, with whole words masked (80 % [MASK], 10 % random, 10 % kept)."""
    picks = []
    for from_domain in rng.random(stage.rows) < stage.domain_share:
        source = domain if from_domain else general
        start = int(rng.integers(0, len(source) - stage.width))
        picks.append(np.asarray(source[start : start + stage.width - 1]))
    raw = np.stack(picks)
    ids = np.concatenate([np.full((stage.rows, 1), CLS), (raw & TOKEN_MASK).astype(np.int64)], axis=1)
    starts = np.concatenate([np.ones((stage.rows, 1), dtype=bool), raw > TOKEN_MASK], axis=1)
    masked = choose_words(ids, starts, rng, share=config.mask_share)
    answers = ids[masked]
    fate = rng.random(answers.shape)
    random_ids = rng.integers(FIRST_CHARACTER, min(FIRST_CHARACTER + 3_000, vocabulary), size=answers.shape)
    ids[masked] = np.where(fate < 0.8, MASK, np.where(fate < 0.9, random_ids, answers))
    offsets = rng.integers(0, config.shape.positions - stage.width + 1, size=(stage.rows, 1))
    positions = np.arange(stage.width)[None, :] + np.where(np.arange(stage.width) > 0, offsets, 0)
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


def build_model(config: PretrainConfig, corpus: Path) -> MaskedLanguageModel:
    """The untrained model, with start vectors where the corpus folder holds a lexicon."""
    shape = config.shape
    stored = np.load(corpus / "lexicon.npz")
    vocabulary = stored["characters"].shape[0]
    electra = ElectraConfig(
        vocab_size=vocabulary,
        embedding_size=shape.embedding,
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.feed_forward,
        max_position_embeddings=shape.positions,
        type_vocab_size=shape.token_types,
        hidden_dropout_prob=config.dropout,
        attention_probs_dropout_prob=config.dropout,
        pad_token_id=0,
        # Twice as fast as the fused kernel at 128 tokens on a CPU without AMX: its backward pass is the slow part.
        attn_implementation="eager",  # type: ignore[call-arg]
    )
    encoder = new_encoder(electra, new_lexicon(stored["index"], stored["rows"]))
    with torch.no_grad():
        table = encoder.characters.weight
        known = torch.from_numpy(stored["characters"]).any(dim=1)
        table[known] = torch.from_numpy(stored["characters"])[known]
    return MaskedLanguageModel(encoder, vocabulary=vocabulary, embedding=shape.embedding)


def stage_of(config: PretrainConfig, step: int) -> tuple[Stage, float]:
    """The stage that a step belongs to, and its learning rate."""
    for stage in config.stages:
        if step < stage.steps:
            return stage, stage.lr_from + (stage.lr_to - stage.lr_from) * step / stage.steps
        step -= stage.steps
    return config.stages[-1], config.stages[-1].lr_to


def pretrain(
    config: PretrainConfig, *, corpus: Path, out: Path, start: Path | None = None, until: int | None = None
) -> Path:
    """Run or go on; returns the folder of the base encoder.

    `start` begins from a stored base instead of from nothing; `until` stops early, at that step.
    """
    out.mkdir(parents=True, exist_ok=True)
    accelerator = Accelerator(mixed_precision="bf16")
    torch.manual_seed(config.seed)
    model = open_model(start) if start is not None else build_model(config, corpus)
    vocabulary = int(model.bias.numel())
    optimiser = torch.optim.AdamW(_groups(model, config), lr=1e-3, betas=(0.9, 0.98), fused=True)
    model, optimiser = accelerator.prepare(model, optimiser)
    first = _resume(model, optimiser, out)
    domain, general = (np.load(corpus / f"{name}.npy", mmap_mode="r") for name in ("domain", "general"))
    total = min(sum(stage.steps for stage in config.stages), until if until is not None else 10**9)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    seconds, tokens, recent = time.perf_counter(), 0, []
    with Progress(*columns, TimeRemainingColumn()) as progress, (out / "loss.jsonl").open("a") as log:
        task = progress.add_task("pre-training", total=total, completed=first)
        for step in range(first, total):
            stage, rate = stage_of(config, step)
            rng = np.random.default_rng([config.seed, step])
            torch.manual_seed(config.seed * 1_000_003 + step)
            batch = draw_batch(domain, general, stage, rng, config=config, vocabulary=vocabulary)
            for group in optimiser.param_groups:
                group["lr"] = rate * group["rate"]
            with accelerator.autocast():
                logits = model(_to(batch, accelerator.device))
            loss = nn.functional.cross_entropy(logits.float(), batch.answers.to(logits.device))
            accelerator.backward(loss)
            accelerator.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            recent.append(float(loss.detach()))
            tokens += batch.ids.numel()
            progress.advance(task)
            if (step + 1) % config.log_every == 0:
                speed = tokens / (time.perf_counter() - seconds)
                line = {
                    "step": step + 1,
                    "loss": round(float(np.mean(recent)), 4),
                    "lr": rate,
                    "tokens_per_s": round(speed),
                }
                log.write(json.dumps(line) + "\n")
                log.flush()
                progress.update(task, description=f"loss {line['loss']}  {speed:,.0f} tokens/s")
                seconds, tokens, recent = time.perf_counter(), 0, []
            if (step + 1) % config.save_every == 0 or step + 1 == total:
                _save(model, optimiser, step + 1, out)
    return save_base(accelerator.unwrap_model(model), corpus / "tokenizer.json", out / "base")


def save_base(model: MaskedLanguageModel, tokenizer: Path, folder: Path) -> Path:
    """Write a base folder: the encoder, its tokenizer, and the output layer, from which another run can go on."""
    save_encoder(model.encoder, folder)
    (folder / "tokenizer.json").write_bytes(tokenizer.read_bytes())
    layer = {k: v.detach().half().contiguous() for k, v in model.state_dict().items() if not k.startswith("encoder.")}
    save_file(layer, folder / OUTPUT_LAYER_FILE)
    (folder / OUTPUT_LAYER_FILE).chmod(0o644)
    return folder


def open_model(base: Path) -> MaskedLanguageModel:
    """A stored base with its output layer. Errors: OSError where the folder holds none."""
    encoder = open_encoder(str(base))
    layer = load_file(base / OUTPUT_LAYER_FILE)
    vocabulary, embedding = layer["bias"].shape[0], encoder.characters.embedding_dim
    model = MaskedLanguageModel(encoder, vocabulary=vocabulary, embedding=embedding)
    model.load_state_dict({name: value.float() for name, value in layer.items()}, strict=False)
    return model


def _groups(model: MaskedLanguageModel, config: PretrainConfig) -> list[dict[str, object]]:
    # Adam moves every touched value by about the learning rate; at the full rate, a few meetings of a rare n-gram
    # would overwrite the start vector that was learnt from the whole corpus.
    tables = {n for n, p in model.named_parameters() if p.ndim == 2 and ("_embeddings." in n or "lexicon.vectors" in n)}
    plain = {n for n, p in model.named_parameters() if p.ndim < 2 or "gains" in n or "curves" in n}
    named = dict(model.named_parameters())
    return [
        {
            "params": [p for n, p in named.items() if n not in tables | plain],
            "weight_decay": config.weight_decay,
            "rate": 1.0,
        },
        {"params": [named[n] for n in sorted(plain)], "weight_decay": 0.0, "rate": 1.0},
        {"params": [named[n] for n in sorted(tables)], "weight_decay": 0.0, "rate": config.table_rate},
    ]


def _to(batch: MaskedBatch, device: torch.device) -> MaskedBatch:
    return MaskedBatch(
        ids=batch.ids.to(device),
        positions=batch.positions.to(device),
        places=batch.places.to(device),
        answers=batch.answers.to(device),
    )


def _save(model: nn.Module, optimiser: torch.optim.Optimizer, step: int, out: Path) -> None:
    draft = out / "checkpoint.draft.pt"
    torch.save({"model": model.state_dict(), "optimiser": optimiser.state_dict(), "step": step}, draft)
    draft.rename(out / "checkpoint.pt")


def _resume(model: nn.Module, optimiser: torch.optim.Optimizer, out: Path) -> int:
    stored = out / "checkpoint.pt"
    if not stored.exists():
        return 0
    state = torch.load(stored, map_location="cpu", weights_only=True)
    model.load_state_dict(state["model"])
    optimiser.load_state_dict(state["optimiser"])
    return int(state["step"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--config", type=Path, default=Path("training/configs/pretrain.toml"))
    parser.add_argument("--corpus", type=Path, required=True, help="folder of token arrays (training.corpus)")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="a base to go on from, instead of from nothing")
    parser.add_argument("--until", type=int, help="stop at this step; a later call goes on")
    given = parser.parse_args()
    config = PretrainConfig.model_validate(tomllib.loads(given.config.read_text()))
    shape = config.shape
    build_lexicon(given.corpus, rows=shape.lexicon_rows, dim=shape.embedding, sample_tokens=shape.lexicon_sample_tokens)
    pretrain(config, corpus=given.corpus, out=given.out, start=given.start, until=given.until)


if __name__ == "__main__":
    main()
