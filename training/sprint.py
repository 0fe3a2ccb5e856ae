"""Sprint: a base goes on learning on a GPU, against the clock.

    python -m training.sprint --base models/store/base --parcels runs/parcels --seconds 700 --out runs/sprint

A lent machine is there for minutes, and nobody knows beforehand how fast it is: learning rate, share of domain text and
objective are therefore functions of the time that has passed, not of the step. Words are masked first; from the middle
on, the model as it then stands fills half of the masks (objective "corrective"), and at the end bodies find their
titles, too. Batches are drawn on the GPU. The run differs from time to time: what it leaves is the base, not a recipe
that gives the same bytes. The end may be moved while it runs: `ends` in the output folder holds it, in seconds since
1970. Parcels that arrive meanwhile are read from then on.
"""

from __future__ import annotations

import argparse
import copy
import json
import re
import time
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from training.device import Messages, Shelf, Text, draw_rows
from training.masking import Draw, MaskedBatch
from training.network import Encoder
from training.objectives import CorrectiveLanguageModel
from training.parcels import HELD_BACK, TITLED, unpack_tokens
from training.pretrain import PretrainConfig, new_optimiser, open_model
from training.shards import save_shards
from training.titles import TitleFinding

_MASKED_WEIGHT = 0.5  # of the words of a body beside its title, as in training.titles


class SprintConfig(BaseModel):
    """What a sprint does. A step reads `rows` rows of `width` tokens; `…_at` are shares of the whole time.

    Rates are peaks; tables learn at `table_rate` times the rate. Shards are kept at the times of `keep_at`, too.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = 7
    rows: int = 352
    width: int = 192
    mask_share: float = 0.2
    rate: float = 1.5e-3
    warm_share: float = 0.03
    table_rate: float = 0.5
    domain_share: float = 0.15
    domain_share_at_end: float = 0.5
    domain_rises_at: float = 0.6
    corrective_at: float = 0.5
    titles_at: float = 0.8
    titled_rows: int = 160
    titles_weight: float = 0.25
    temperature: float = 0.06
    size: int = 256
    keep_at: tuple[float, ...] = (0.25, 0.5, 0.7, 0.85)
    log_every: int = 50
    measure_every: int = 1000


class Clock:
    """The share of the sprint's time that has passed, by a file that says when it ends."""

    def __init__(self, out: Path, seconds: float) -> None:
        out.mkdir(parents=True, exist_ok=True)
        self._ends, self._began = out / "ends", time.time()
        self._ends.write_text(str(self._began + seconds))
        self._end = self._began + seconds

    def share(self) -> float:
        """From 0 to 1."""
        now = time.time()
        return 1.0 if now >= self._end else (now - self._began) / (self._end - self._began)

    def look(self) -> None:
        """Read the end again; one that is still being written counts from the next time on."""
        with suppress(ValueError):
            self._end = float(self._ends.read_text())


def rate_of(config: SprintConfig, share: float) -> float:
    """Learning rate after a share of the time: up in a moment, then down to nothing in a straight line."""
    if share < config.warm_share:
        return config.rate * max(share, 1e-3) / config.warm_share
    return config.rate * max(1.0 - share, 0.0) / (1.0 - config.warm_share)


def domain_share(config: SprintConfig, share: float) -> float:
    """Share of domain rows after a share of the time."""
    risen = max(0.0, share - config.domain_rises_at) / max(1.0 - config.domain_rises_at, 1e-6)
    return config.domain_share + (config.domain_share_at_end - config.domain_share) * risen


class Learner:
    """The model and what it is taught by at a time: masks, then its own earlier self, at the end titles, too."""

    def __init__(self, base: Path, config: SprintConfig, *, device: torch.device, compiled: bool) -> None:
        self.model = open_model(base).to(device)
        self.vocabulary = self.model.encoder.characters.num_embeddings
        self._config, self._device, self._compiled = config, device, compiled
        self._optimiser = new_optimiser(self.model, PretrainConfig(stages=(), table_rate=config.table_rate))
        self._corrective: CorrectiveLanguageModel | None = None
        self._finding: TitleFinding | None = None
        self._compile(self.model.encoder)

    def draw(self, text: Text, share: float) -> MaskedBatch:
        """The rows of a step at that share of the time."""
        given = self._config
        draw = Draw(
            rows=given.rows,
            width=given.width,
            domain_share=domain_share(given, share),
            mask_share=given.mask_share,
            positions=self.model.encoder.window,
        )
        return draw_rows(text, draw, vocabulary=self.vocabulary)

    def step(self, batch: MaskedBatch, messages: Messages, share: float) -> tuple[Tensor, Tensor | None]:
        """Learn from a batch; the loss of its words and, once titles are sought, the share of them found."""
        self._move_on(share)
        found = None
        with torch.autocast(self._device.type, dtype=torch.bfloat16):
            words = self.model(batch) if self._corrective is None else self._corrective(batch)
            loss = words
            if self._finding is not None:
                given = self._config
                titled = messages.draw(
                    rows=given.titled_rows, width=given.width, mask_share=given.mask_share, vocabulary=self.vocabulary
                )
                contrast, found = self._finding(titled, masked_weight=_MASKED_WEIGHT)
                loss = words + given.titles_weight * contrast
        loss.backward()
        groups = self._optimiser.param_groups
        nn.utils.clip_grad_norm_([weight for group in groups for weight in group["params"]], 1.0)
        for group in groups:
            group["lr"] = rate_of(self._config, share) * group["rate"]
        self._optimiser.step()
        self._optimiser.zero_grad(set_to_none=True)
        return words.detach(), found

    @torch.no_grad()
    def measure(self, batch: MaskedBatch) -> float:
        """Share of the hidden characters of a batch that the model names."""
        with torch.autocast(self._device.type, dtype=torch.bfloat16):
            best = self.model.logits(batch).argmax(dim=-1)
        return float((best == batch.answers).float().mean())

    def _move_on(self, share: float) -> None:
        given = self._config
        if self._corrective is None and share >= given.corrective_at:
            self._corrective = CorrectiveLanguageModel(self.model, copy.deepcopy(self.model)).to(self._device)
            self._compile(self._corrective.generator.encoder)
            self._add(self._corrective.detector)
        if self._finding is None and share >= given.titles_at:
            finding = TitleFinding(self.model, size=given.size, temperature=given.temperature)
            self._finding = finding.to(self._device)
            self._add(finding.pool)

    def _add(self, module: nn.Module) -> None:
        self._optimiser.add_param_group({"params": list(module.parameters()), "rate": 1.0, "weight_decay": 0.01})

    def _compile(self, encoder: Encoder) -> None:
        # Layer by layer: one compilation serves them all, and shapes are few.
        if self._compiled and encoder.lexicon is not None:
            encoder.lexicon.compile(dynamic=False)
            for name, part in encoder.backbone.named_modules():
                if re.fullmatch(r"encoder\.layer\.\d+", name):
                    part.compile(dynamic=False)


def sprint(config: SprintConfig, clock: Clock, *, base: Path, parcels: Path, out: Path, compiled: bool = True) -> Path:
    """Run until the time is over; returns the folder of shards. `compiled`: the layers, before the first step."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(config.seed)
    if compiled:
        torch.set_float32_matmul_precision("high")
        torch._dynamo.config.cache_size_limit = 64
    shelf, messages = Shelf(parcels, device), Messages(parcels / TITLED, device)
    learner = Learner(base, config, device=device, compiled=compiled)
    text = shelf.take()
    if text is None:
        raise SystemExit(f"{parcels} holds no parcels; write them with training.parcels")
    test = learner.draw(_held_back(parcels, device), 0.0)
    journal = _Journal(out / "loss.jsonl", config.log_every)
    keep = list(config.keep_at)
    step = 0
    while (share := clock.share()) < 1.0:
        if step % config.log_every == 0:
            clock.look()
            text = shelf.take() or text
        batch = learner.draw(text, share)
        loss, found = learner.step(batch, messages, share)
        step += 1
        journal.note(step, loss, found, share=share, tokens=batch.ids.numel(), read=len(text.tokens))
        if step % config.measure_every == 0:
            journal.measured(step, share, learner.measure(test))
        if keep and share >= keep[0]:
            save_shards(learner.model, out / f"at-{round(100 * keep.pop(0))}")
    journal.measured(step, 1.0, learner.measure(test))
    save_shards(learner.model, out / "end")
    return out / "end"


def _held_back(parcels: Path, device: torch.device) -> Text:
    """What is never read, as if it were the domain's text and general text."""
    kept = torch.from_numpy(unpack_tokens(parcels / HELD_BACK).astype("int32")).to(device)
    return Text(torch.cat([kept, kept]), len(kept))


class _Journal:
    """A line of JSON for every so many steps; losses stay on the device until one is due."""

    def __init__(self, path: Path, every: int) -> None:
        self._path, self._every = path, every
        self._measures = path.with_name("held-back.jsonl")
        self._losses: list[Tensor] = []
        self._found: list[Tensor] = []
        self._tokens, self._total, self._since = 0, 0, time.perf_counter()

    def note(self, step: int, loss: Tensor, found: Tensor | None, *, share: float, tokens: int, read: int) -> None:
        self._losses.append(loss)
        self._found += [] if found is None else [found.detach()]
        self._tokens += tokens
        if step % self._every == 0:
            mean = float(torch.stack(self._losses).mean())
            self._total += self._tokens
            speed = self._tokens / (time.perf_counter() - self._since)
            line = {"step": step, "share": round(share, 4), "loss": round(mean, 4), "tokens": self._total}
            line |= {"tokens_per_s": round(speed), "corpus": read}
            line |= {"titles_found": round(float(torch.stack(self._found).mean()), 4)} if self._found else {}
            self._add(self._path, line)
            self._losses, self._found = [], []
            self._tokens, self._since = 0, time.perf_counter()

    def measured(self, step: int, share: float, found: float) -> None:
        self._add(self._measures, {"step": step, "share": round(share, 4), "found": round(found, 4)})

    def _add(self, path: Path, line: Mapping[str, float]) -> None:
        text = json.dumps(dict(line))
        with path.open("a") as file:
            file.write(text + "\n")
        print(text, flush=True)  # noqa: T201 - what shows that it goes on


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--base", type=Path, required=True, help="the base to go on from")
    parser.add_argument("--parcels", type=Path, required=True, help="folder of training.parcels")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--config", type=Path, help="TOML of SprintConfig, instead of its defaults")
    parser.add_argument("--plain", action="store_true", help="compile nothing")
    given = parser.parse_args()
    config = SprintConfig.model_validate(tomllib.loads(given.config.read_text()) if given.config else {})
    clock = Clock(given.out, given.seconds)
    sprint(config, clock, base=given.base, parcels=given.parcels, out=given.out, compiled=not given.plain)


if __name__ == "__main__":
    main()
