"""Pre-training: token arrays → the base encoder.

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
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from pydantic import BaseModel, ConfigDict
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import ElectraConfig

from training.corpus import training_tokens
from training.curve import draw_curve
from training.lexicon import build_lexicon
from training.masking import Draw, draw_batch
from training.network import Encoder, new_encoder, new_lexicon, open_encoder, save_encoder
from training.objectives import (
    CorrectiveLanguageModel,
    MaskedLanguageModel,
    ObjectiveName,
    ReplacedTokenDetection,
    new_objective,
)
from training.whole import written_whole

OUTPUT_LAYER_FILE = "output_layer.safetensors"

Objective = MaskedLanguageModel | ReplacedTokenDetection | CorrectiveLanguageModel


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
    objective: ObjectiveName = "masked"
    mask_share: float = 0.2
    weight_decay: float = 0.01
    dropout: float = 0.0
    table_rate: float = 0.2
    log_every: int = 20
    save_every: int = 250


def build_encoder(config: PretrainConfig, corpus: Path) -> Encoder:
    """The untrained encoder; its tables start from the vectors of the corpus folder's lexicon."""
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
    return encoder


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
    Errors: SystemExit where the objective needs a base to start from and none is given.
    """
    out.mkdir(parents=True, exist_ok=True)
    accelerator = Accelerator(mixed_precision="bf16")
    torch.manual_seed(config.seed)
    model = _new_model(config, corpus) if start is None else _go_on(config, start)
    vocabulary = _encoder_of(model).characters.num_embeddings
    model, optimiser = accelerator.prepare(model, new_optimiser(model, config))
    first = resume(model, optimiser, out)
    domain, general = (training_tokens(corpus, name) for name in ("domain", "general"))
    total = min(sum(stage.steps for stage in config.stages), until if until is not None else 10**9)
    journal = Journal(out / "loss.jsonl", every=config.log_every, first=first)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, TimeRemainingColumn()) as progress:
        task = progress.add_task("pre-training", total=total, completed=first)
        for step in range(first, total):
            stage, rate = stage_of(config, step)
            rng = np.random.default_rng([config.seed, step])
            torch.manual_seed(config.seed * 1_000_003 + step)
            batch = draw_batch(domain, general, _draw(config, stage), rng, vocabulary=vocabulary)
            with accelerator.autocast():
                loss = model(batch.to(accelerator.device))
            accelerator.backward(loss)
            accelerator.clip_grad_norm_(model.parameters(), 1.0)
            for group in optimiser.param_groups:
                group["lr"] = rate * group["rate"]
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            line = journal.note(step + 1, float(loss.detach()), rate=rate, tokens=batch.ids.numel())
            progress.update(task, advance=1, description=line)
            if (step + 1) % config.save_every == 0 or step + 1 == total:
                save(model, optimiser, step + 1, out)
    return save_base(accelerator.unwrap_model(model), corpus / "tokenizer.json", out / "base")


def new_optimiser(model: nn.Module, config: PretrainConfig) -> torch.optim.Optimizer:
    """Adam, with tables at a rate of their own and no decay of vectors.

    Muon for the matrices of the layers was level with it at equal time (docs/decisions/0004).
    """
    named = {name: value for name, value in model.named_parameters() if value.requires_grad}
    # Adam moves every touched value by about the learning rate; at the full rate, a few meetings of a rare n-gram
    # would overwrite the start vector that was learnt from the whole corpus.
    tables = {n for n, p in named.items() if p.ndim == 2 and ("_embeddings." in n or "lexicon.vectors" in n)}
    plain = {n for n, p in named.items() if p.ndim < 2 or "gains" in n or "curves" in n}
    rest = [p for n, p in named.items() if n not in tables | plain]
    groups = [
        {"params": rest, "weight_decay": config.weight_decay, "rate": 1.0},
        {"params": [named[n] for n in sorted(plain)], "weight_decay": 0.0, "rate": 1.0},
        {"params": [named[n] for n in sorted(tables)], "weight_decay": 0.0, "rate": config.table_rate},
    ]
    return torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.98), fused=True)


def save_base(model: Objective, tokenizer: Path, folder: Path) -> Path:
    """Write a base folder: the encoder, its tokenizer and, where the objective trains one, the output layer."""
    save_encoder(_encoder_of(model), folder)
    (folder / "tokenizer.json").write_bytes(tokenizer.read_bytes())
    if not isinstance(model, ReplacedTokenDetection):
        state = (model.masked if isinstance(model, CorrectiveLanguageModel) else model).state_dict()
        layer = {k: v.detach().half().contiguous() for k, v in state.items() if not k.startswith("encoder.")}
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


class Journal:
    """One line of JSON for every so many steps: mean loss, learning rate, tokens a second."""

    def __init__(self, path: Path, *, every: int, first: int) -> None:
        self._path, self._every = path, every
        if path.exists():
            # What a killed run noted after its last checkpoint is done, and noted, again.
            kept = [line for line in path.read_text().splitlines() if json.loads(line)["step"] <= first]
            path.write_text("".join(line + "\n" for line in kept))
        self._losses: list[float] = []
        self._found: list[float] = []
        self._tokens, self._since = 0, time.perf_counter()
        self._line = "pre-training"

    def note(self, step: int, loss: float, *, rate: float, tokens: int, found: float | None = None) -> str:
        """Take one step in; what to show beside the bar. `found` is a share of right answers, where there is one."""
        self._losses.append(loss)
        self._found += [] if found is None else [found]
        self._tokens += tokens
        if step % self._every == 0:
            speed = self._tokens / (time.perf_counter() - self._since)
            mean = round(float(np.mean(self._losses)), 4)
            line = {"step": step, "loss": mean, "lr": rate, "tokens_per_s": round(speed)}
            line |= {"found": round(float(np.mean(self._found)), 4)} if self._found else {}
            with self._path.open("a") as file:
                file.write(json.dumps(line) + "\n")
            self._line = f"loss {mean}  {speed:,.0f} tokens/s"
            self._found = []
            self._losses, self._tokens, self._since = [], 0, time.perf_counter()
        return self._line


def _new_model(config: PretrainConfig, corpus: Path) -> Objective:
    if config.objective == "corrective":
        raise SystemExit('objective "corrective" fills masks with a base that exists: name one with --start')
    return new_objective(config.objective, build_encoder(config, corpus))


def _go_on(config: PretrainConfig, start: Path) -> Objective:
    if config.objective == "replaced":
        return new_objective(config.objective, open_encoder(str(start)))
    model = open_model(start)
    return model if config.objective == "masked" else CorrectiveLanguageModel(model, open_model(start))


def _encoder_of(model: Objective) -> Encoder:
    return model.masked.encoder if isinstance(model, CorrectiveLanguageModel) else model.encoder


def _draw(config: PretrainConfig, stage: Stage) -> Draw:
    return Draw(
        rows=stage.rows,
        width=stage.width,
        domain_share=stage.domain_share,
        mask_share=config.mask_share,
        positions=config.shape.positions,
    )


def save(model: nn.Module, optimiser: torch.optim.Optimizer, step: int, out: Path) -> None:
    """Write the checkpoint after a step, whole or not at all."""
    with written_whole(out / "checkpoint.pt") as draft:
        torch.save({"model": model.state_dict(), "optimiser": optimiser.state_dict(), "step": step}, draft)


def resume(model: nn.Module, optimiser: torch.optim.Optimizer, out: Path) -> int:
    """Take up the checkpoint, if there is one; the step to go on with."""
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
    if given.start is None:
        build_lexicon(
            given.corpus, rows=shape.lexicon_rows, dim=shape.embedding, sample_tokens=shape.lexicon_sample_tokens
        )
    pretrain(config, corpus=given.corpus, out=given.out, start=given.start, until=given.until)
    draw_curve([given.out / "loss.jsonl"], given.out / "loss.svg")


if __name__ == "__main__":
    main()
