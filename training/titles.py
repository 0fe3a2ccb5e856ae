"""Titles: a base learns what a message is about by finding its title among those of the others in its batch.

    python -m training.titles --base models/store/base --data 'tickets/*.jsonl.gz' --out runs/titles

Masked language modelling teaches places, never the pooled whole that categories and departments are read from. Citizens
name the matter of their message in its title; the body, without it, has to lie near its own title and far from others.
Words of the body are masked all the while, so that nothing learnt before is lost. A step is a function of the seed and
its number, and a killed run goes on from its last checkpoint.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from pydantic import BaseModel, ConfigDict
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from tokenizers import Tokenizer
from torch import Tensor, nn

from training.corpus import TOKEN_MASK, Tokens, encode_document, expand, quiet_segmenter
from training.curve import draw_curve
from training.masking import choose_words, hide
from training.objectives import CITIZEN_TYPE, TITLE_TYPE, MaskedLanguageModel
from training.pretrain import Journal, PretrainConfig, new_optimiser, open_model, resume, save, save_base
from training.vocabulary import CLS, PAD, SEP, CharacterTable

_LONGEST_TITLE = 32
_SHORTEST = 4, 16  # characters of a title, and of a body, that say anything


class TitlesConfig(BaseModel):
    """Everything that the run is a function of, beside its data. A batch is `rows` messages cut to `width` tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = 7
    steps: int = 1200
    rows: int = 64
    width: int = 128
    rate: float = 3e-4
    warmup: int = 60
    temperature: float = 0.06
    size: int = 256
    mask_share: float = 0.15
    masked_weight: float = 0.5
    log_every: int = 20
    save_every: int = 100


@dataclass(frozen=True, slots=True)
class Titled:
    """A message: the tokens of its title and of its body, with the starts of words marked."""

    title: Tokens
    body: Tokens


@dataclass(frozen=True, slots=True)
class TitledBatch:
    """Titles and bodies, padded; `same` marks pairs of rows with equal titles.

    Shapes: ids (rows, width); places, answers (masked,) into the flattened bodies; same (rows, rows).
    """

    titles: Tensor
    bodies: Tensor
    places: Tensor
    answers: Tensor
    same: Tensor


class TitleFinding(nn.Module):
    """A masked language model whose pooled bodies are compared with pooled titles."""

    def __init__(self, masked: MaskedLanguageModel, *, size: int, temperature: float) -> None:
        super().__init__()
        self.masked = masked
        hidden = masked.encoder.hidden_size
        self.pool = nn.Sequential(nn.Linear(3 * hidden, hidden), nn.GELU(), nn.Linear(hidden, size))
        self.temperature = temperature

    def forward(self, batch: TitledBatch, *, masked_weight: float) -> tuple[Tensor, Tensor]:
        """The loss, and the share of bodies that lie nearest to their own title."""
        hidden = self._read(batch.bodies, CITIZEN_TYPE)
        bodies = self._pooled(hidden, batch.bodies)
        titles = self._pooled(self._read(batch.titles, TITLE_TYPE), batch.titles)
        scores = (bodies @ titles.T).float() / self.temperature
        scores = scores.masked_fill(batch.same, -1e4)
        own = torch.arange(len(scores), device=scores.device)
        contrast = nn.functional.cross_entropy(scores, own) + nn.functional.cross_entropy(scores.T, own)
        logits = self.masked.logits_of(hidden, batch.places).float()
        guess = nn.functional.cross_entropy(logits, batch.answers)
        return contrast + masked_weight * guess, (scores.argmax(dim=1) == own).float().mean()

    def _read(self, ids: Tensor, kind: int) -> Tensor:
        types = torch.where(ids == CLS, TITLE_TYPE, kind)
        hidden: Tensor = self.masked.encoder(ids, (ids != PAD).to(ids.dtype), types)
        return hidden

    def _pooled(self, hidden: Tensor, ids: Tensor) -> Tensor:
        """Unit vectors of rows, from what the heads of tickets read: first place, mean and maximum."""
        real = (ids != PAD).to(hidden.dtype).unsqueeze(-1)
        mean = (hidden * real).sum(dim=1) / real.sum(dim=1)
        most = (hidden + (real - 1.0) * 1e4).amax(dim=1)
        return nn.functional.normalize(self.pool(torch.cat([hidden[:, 0], mean, most], dim=-1)).float(), dim=-1)


def read_titled(paths: Iterable[Path], table: CharacterTable) -> list[Titled]:
    """Messages that have a title, each once; a body that begins with its title is read without it."""
    from datasets import load_dataset

    seen: set[str] = set()
    found: list[Titled] = []
    for path in paths:
        for row in load_dataset("json", data_files=str(path), split="train", streaming=True):
            title, text = ((row.get(name) or "").strip() for name in ("title", "text"))
            text = text.removeprefix(title).strip()
            if len(title) < _SHORTEST[0] or len(text) < _SHORTEST[1] or text in seen:
                continue
            seen.add(text)
            found.append(Titled(encode_document(title[:_LONGEST_TITLE], table)[:-1], encode_document(text, table)[:-1]))
    return found


def draw_titled(
    rows: Sequence[Titled], config: TitlesConfig, rng: np.random.Generator, *, step: int, vocabulary: int
) -> TitledBatch:
    """The messages of a step: every epoch reads each once, its body from the beginning or from anywhere."""
    epoch, place = divmod(step, len(rows) // config.rows)
    order = np.random.default_rng([config.seed, epoch, 1]).permutation(len(rows))
    picks = [rows[i] for i in order[place * config.rows : (place + 1) * config.rows]]
    bodies = [_cut(pick.body, config.width - 2, rng) for pick in picks]
    ids, starts = _pad(bodies)
    masked = choose_words(ids, starts, rng, share=config.mask_share)
    answers = hide(ids, masked, rng, vocabulary=vocabulary)
    titles, _ = _pad([pick.title for pick in picks])
    same = (titles[:, None] == titles[None]).all(axis=2) & ~np.eye(len(titles), dtype=bool)
    arrays = (titles, ids, np.flatnonzero(masked), answers, same)
    return TitledBatch(*(torch.from_numpy(array) for array in arrays))


def _cut(body: Tokens, room: int, rng: np.random.Generator) -> Tokens:
    start = int(rng.integers(0, max(1, len(body) - room + 1))) if rng.random() < 0.5 else 0
    return body[start : start + room]


def _pad(rows: Sequence[Tokens]) -> tuple[np.ndarray, np.ndarray]:
    """Rows between [CLS] and [SEP], with the starts of words; what pads is a word of its own."""
    width = max(map(len, rows)) + 2
    ids = np.full((len(rows), width), PAD, dtype=np.int64)
    starts = np.ones((len(rows), width), dtype=bool)
    for number, row in enumerate(rows):
        end = len(row) + 1
        ids[number, 0], ids[number, 1:end], ids[number, end] = CLS, row & TOKEN_MASK, SEP
        starts[number, 1:end] = row > TOKEN_MASK
    return ids, starts


def learn_titles(
    config: TitlesConfig, *, base: Path, data: Sequence[Path], out: Path, until: int | None = None
) -> Path:
    """Run or go on; returns the folder of the base. `until` stops early, at that step."""
    out.mkdir(parents=True, exist_ok=True)
    quiet_segmenter()
    tokenizer = base / "tokenizer.json"
    rows = read_titled(data, CharacterTable(Tokenizer.from_file(str(tokenizer))))
    if len(rows) < config.rows:
        raise SystemExit(f"only {len(rows)} messages have a title and a body; a step reads {config.rows}: add data")
    accelerator = Accelerator(mixed_precision="bf16")
    torch.manual_seed(config.seed)
    model = TitleFinding(open_model(base), size=config.size, temperature=config.temperature)
    vocabulary = model.masked.encoder.characters.num_embeddings
    model, optimiser = accelerator.prepare(model, new_optimiser(model, PretrainConfig(stages=())))
    first = resume(model, optimiser, out)
    journal = Journal(out / "loss.jsonl", every=config.log_every, first=first)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, TimeRemainingColumn()) as progress:
        task = progress.add_task(f"titles of {len(rows)} messages", total=config.steps, completed=first)
        for step in range(first, min(config.steps, until or config.steps)):
            torch.manual_seed(config.seed * 1_000_003 + step)
            rng = np.random.default_rng([config.seed, step])
            batch = draw_titled(rows, config, rng, step=step, vocabulary=vocabulary)
            with accelerator.autocast():
                loss, found = model(batch, masked_weight=config.masked_weight)
            accelerator.backward(loss)
            accelerator.clip_grad_norm_(model.parameters(), 1.0)
            rate = config.rate * min((step + 1) / config.warmup, (config.steps - step) / config.steps)
            for group in optimiser.param_groups:
                group["lr"] = rate * group["rate"]
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            tokens = batch.bodies.numel() + batch.titles.numel()
            line = journal.note(step + 1, float(loss.detach()), rate=rate, tokens=tokens, found=float(found))
            progress.update(task, advance=1, description=line)
            if (step + 1) % config.save_every == 0 or step + 1 == config.steps:
                save(model, optimiser, step + 1, out)
    return save_base(accelerator.unwrap_model(model).masked, tokenizer, out / "base")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--config", type=Path, help="TOML of TitlesConfig, instead of its defaults")
    parser.add_argument("--base", type=Path, required=True, help="a base with its output layer, to go on from")
    parser.add_argument(
        "--data", action="append", required=True, help="JSONL with title and text; patterns, repeatable"
    )
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    config = TitlesConfig.model_validate(tomllib.loads(given.config.read_text()) if given.config else {})
    learn_titles(config, base=given.base, data=expand(given.data), out=given.out)
    draw_curve([given.out / "loss.jsonl"], given.out / "loss.svg")


if __name__ == "__main__":
    main()
