"""Fine-tuning: examples → the weights of encoder and heads, all tasks at once.

Resumable: a step is a function of the seed and its number, and a checkpoint is written every `save_every` steps. What
is kept at the end is the running average of the weights, which on a few thousand rows is steadier than the last ones.
"""

from __future__ import annotations

import copy
import json
import math
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from accelerate import Accelerator
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor, nn

from models.encoding import Encoder as Tokeniser
from training.batches import Batch, BatchMaker
from training.config import FinetuneConfig
from training.dataset import Example, Split
from training.heads import BESIDE, HeadSpec, TicketModel, is_taught, total_loss
from training.whole import written_whole


def finetune(
    model: TicketModel,
    split: Split,
    heads: Sequence[HeadSpec],
    tokeniser: Tokeniser,
    *,
    config: FinetuneConfig,
    seed: int,
    out: Path,
) -> TicketModel:
    """Train, or go on from the checkpoint in `out`; returns the averaged model."""
    out.mkdir(parents=True, exist_ok=True)
    if config.threads is not None:
        torch.set_num_threads(config.threads)
    accelerator = Accelerator(mixed_precision="bf16")
    torch.manual_seed(seed)
    stages = _stages(split.train, heads, tokeniser, config=config, seed=seed)
    check = BatchMaker(split.validation, heads, tokeniser, row_tokens=config.row_tokens, seed=seed)
    averaged = copy.deepcopy(model)
    optimiser = torch.optim.AdamW(parameter_groups(model, config), betas=(0.9, 0.98), fused=True)
    model, optimiser = accelerator.prepare(model, optimiser)
    total = stages[-1].end
    first = _resume(model, averaged, optimiser, out)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, TimeRemainingColumn()) as progress, (out / "log.jsonl").open("a") as log:
        task = progress.add_task("fine-tuning", total=total, completed=first)
        if first:
            progress.console.print(f"fine-tuning: goes on after step {first} of {total}, where this run was stopped")
        losses: list[float] = []
        started = time.perf_counter()
        batches: list[Batch] = []
        for step in range(first, total):
            stage = next(stage for stage in stages if step < stage.end)
            epoch, place = divmod(step - stage.begin, stage.per_epoch)
            if place == 0 or not batches:
                batches = stage.maker.epoch(
                    stage.epochs_before + epoch,
                    drop_title=config.drop_title,
                    drop_punctuation=config.drop_punctuation,
                )
            torch.manual_seed(seed * 1_000_003 + step)
            _set_rate(optimiser, _schedule(step, total, config.warmup_share))
            # The number of batches of an epoch moves by one or two with the window drawn for long documents.
            batch = batches[place % len(batches)].to(accelerator.device)
            losses.append(_learn(model, optimiser, batch, heads, accelerator, smoothing=config.label_smoothing))
            _average(averaged, accelerator.unwrap_model(model), decay=min(config.average, (step + 1) / (step + 10)))
            progress.update(
                task, advance=1, description=f"fine-tuning, loss {sum(losses[-20:]) / len(losses[-20:]):.3f}"
            )
            last = step + 1 == total
            if not progress.console.is_terminal and (step + 1) % config.tell_every == 0:
                pace = (time.perf_counter() - started) / (step + 1 - first)
                progress.console.print(
                    f"step {step + 1} of {total}, loss {sum(losses[-20:]) / len(losses[-20:]):.3f}, {pace:.2f} s a step"
                )
            if place + 1 == stage.per_epoch or last:
                line = {
                    "step": step + 1,
                    "loss": round(sum(losses) / len(losses), 4),
                    "seconds": round(time.perf_counter() - started),
                    "validation": accuracy(averaged, check, heads),
                }
                losses = []
                log.write(json.dumps(line, ensure_ascii=False) + "\n")
                log.flush()
                progress.console.print(json.dumps(line, ensure_ascii=False))
            if (step + 1) % config.save_every == 0 or last:
                _save(model, averaged, optimiser, step + 1, out)
    averaged.eval()
    return averaged


@dataclass(frozen=True, slots=True)
class _Stage:
    """Steps from `begin` to before `end` on the rows of one maker."""

    maker: BatchMaker
    per_epoch: int
    begin: int
    end: int
    epochs_before: int


def _stages(
    rows: Sequence[Example], heads: Sequence[HeadSpec], tokeniser: Tokeniser, *, config: FinetuneConfig, seed: int
) -> list[_Stage]:
    """All rows, and at last the checked and lasting ones: others show the way, a city's own have the last word."""
    rows = [row for row in rows for _ in range(config.call_repeats if row.is_call else 1)]
    last = [row for row in rows if row.is_checked or row.lasting]
    plan = [(rows, config.epochs)]
    if len(last) < len(rows):
        plan.append((last, config.finish_epochs))
    stages: list[_Stage] = []
    begin = epochs = 0
    for part, wanted in plan:
        if not part or not wanted:
            continue
        maker = BatchMaker(part, heads, tokeniser, row_tokens=config.row_tokens, seed=seed)
        per_epoch = len(maker.epoch(0))
        end = begin + max(1, round(per_epoch * wanted))
        stages.append(_Stage(maker, per_epoch, begin, end, epochs))
        begin, epochs = end, epochs + math.ceil(wanted)
    return stages


def _learn(
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    batch: Batch,
    heads: Sequence[HeadSpec],
    accelerator: Accelerator,
    *,
    smoothing: float,
) -> float:
    """One step on one batch; its loss."""
    # Heads that these rows say nothing of would cost time and teach nothing.
    taught = [head for head in heads if is_taught(head, batch.targets[head.name])]
    if not taught:
        return 0.0
    with accelerator.autocast():
        logits = model(batch.ids, batch.mask, batch.types, [head.name for head in taught])
    loss = total_loss(taught, logits, batch.targets, smoothing=smoothing)
    accelerator.backward(loss)
    accelerator.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    optimiser.zero_grad(set_to_none=True)
    return float(loss.detach())


def parameter_groups(model: TicketModel, config: FinetuneConfig) -> list[dict[str, object]]:
    """Groups of parameters by learning rate: heads, each encoder layer (lower ones slower), embedding tables."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = defaultdict(list)
    layers = int(model.encoder.backbone.config.num_hidden_layers)
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        decay = 0.0 if parameter.ndim < 2 else config.weight_decay
        if name.startswith("encoder."):
            table = "_embeddings." in name or "lexicon.vectors" in name
            depth = int(name.split(".layer.")[1].split(".")[0]) if ".layer." in name else -1
            rate = config.table_rate if table else config.encoder_rate * config.layer_decay ** (layers - 1 - depth)
            groups[rate, 0.0 if table else decay].append(parameter)
        else:
            groups[config.head_rate, decay].append(parameter)
    return [
        {"params": members, "lr": rate, "peak": rate, "weight_decay": decay}
        for (rate, decay), members in groups.items()
    ]


def accuracy(model: TicketModel, maker: BatchMaker, heads: Sequence[HeadSpec]) -> dict[str, float]:
    """Share of right answers per head on the rows of a maker, to watch a run by; real figures come from evaluation."""
    right: dict[str, float] = defaultdict(float)
    count: dict[str, float] = defaultdict(float)
    model.eval()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for batch in maker.epoch(0):
            logits = model(batch.ids, batch.mask, batch.types)
            for head in heads:
                if head.config.kind in ("single", "tree"):
                    target = batch.targets[head.name]
                    known = target.sum(dim=1) > 0
                    hits = logits[head.name].argmax(dim=1) == target.argmax(dim=1)
                    right[head.name] += float((hits & known).sum())
                    count[head.name] += float(known.sum())
    return {name: round(right[name] / count[name], 4) for name in right if count[name]}


def _schedule(step: int, total: int, warmup_share: float) -> float:
    warm = max(1.0, total * warmup_share)
    return min((step + 1) / warm, max(0.0, (total - step) / max(1.0, total - warm)))


def _set_rate(optimiser: torch.optim.Optimizer, share: float) -> None:
    for group in optimiser.param_groups:
        group["lr"] = group["peak"] * share


@torch.no_grad()
def _average(averaged: nn.Module, model: nn.Module, *, decay: float) -> None:
    for kept, new in zip(averaged.parameters(), model.parameters(), strict=True):
        if new.requires_grad:
            kept.lerp_(new.detach().to(kept.device), 1 - decay)


def _save(model: nn.Module, averaged: nn.Module, optimiser: torch.optim.Optimizer, step: int, out: Path) -> None:
    state = {
        "model": _learnt(model.state_dict()),
        "averaged": _learnt(averaged.state_dict()),
        "optimiser": optimiser.state_dict(),
        "step": step,
    }
    with written_whole(out / "checkpoint.pt") as draft:
        torch.save(state, draft)


def _learnt(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Without the path beside the encoder, which is fitted, not learnt here, and kept in a file of its own."""
    return {name: value for name, value in state.items() if not name.startswith(BESIDE)}


def _resume(model: nn.Module, averaged: nn.Module, optimiser: torch.optim.Optimizer, out: Path) -> int:
    stored = out / "checkpoint.pt"
    if not stored.exists():
        return 0
    state = torch.load(stored, map_location="cpu", weights_only=True)
    for network, name in ((model, "model"), (averaged, "averaged")):
        network.load_state_dict({**network.state_dict(), **_learnt(state[name])})
    optimiser.load_state_dict(state["optimiser"])
    return int(state["step"])
