"""Proof: base encoders → what they are worth on labelled tickets, over several seeds, beside the linear baseline.

    python -m training.proof --config training/configs/proof.toml --data train.jsonl --evaluate dev.jsonl \\
        --scratch none=models/store/base --base full=models/store/base --out runs/proof

Each base is fine-tuned in the same way; `results.jsonl` gets a line per base, seed and head, and a run that was killed
goes on after the last finished fine-tuning.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, stdev

import numpy as np
import numpy.typing as npt
import torch

from evaluation.baseline import measure_baseline
from evaluation.figures import take_single
from evaluation.scored import Scored, score_single, score_tree
from models.encoding import Encoder as Tokeniser
from models.taxonomy import Taxonomy
from training.assemble import assemble
from training.config import TrainConfig, check_config, read_config
from training.dataset import Example, Split, find_leaks, group_similar, read_examples, split
from training.finetune import finetune
from training.heads import HeadSpec, TicketModel
from training.labels import Labels, resolve_labels, reword
from training.network import Encoder, open_encoder, untrained

_ROWS = 32
_SHOWN = ("accuracy", "macro_f1")


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of one fine-tuned model; `seed` is None for the baseline, which has none."""

    base: str
    seed: int | None
    head: str
    accuracy: float
    macro_f1: float
    count: int


@dataclass(frozen=True, slots=True)
class _Tuned:
    model: TicketModel
    tokeniser: Tokeniser


def prove(
    config: TrainConfig,
    bases: Mapping[str, str],
    *,
    scratch: Collection[str] = (),
    train: Path,
    evaluate: Path | None,
    seeds: int,
    out: Path,
) -> list[Line]:
    """Fine-tune every base with every seed and measure it on the rows held out.

    Of the bases named in `scratch` only the shape is taken: their weights start anew with every seed.
    """
    out.mkdir(parents=True, exist_ok=True)
    examples = reword(config, read_examples([train], config.data, config.heads))
    if evaluate is not None:
        held_out = reword(config, read_examples([evaluate], config.data, config.heads))
        everything = [*examples, *held_out]
        leaks = find_leaks(everything, group_similar(everything), held_out=len(held_out))
        parts = Split([one for place, one in enumerate(examples) if place not in leaks], held_out)
    else:
        parts = split(examples, group_similar(examples), config.data)
    labels = resolve_labels(config, examples)
    lines = _read(out)
    if not any(line.base == "SVM" for line in lines):
        lines += _write(out, list(_of_baseline(parts, labels.taxonomy)))
    for seed in range(1, seeds + 1):
        for name, base in bases.items():
            if any((line.base, line.seed) == (name, seed) for line in lines):
                continue
            torch.manual_seed(seed)
            encoder = untrained(open_encoder(base)) if name in scratch else open_encoder(base)
            tuned = _tune(encoder, base, labels, parts, config, seed=seed, work=out / f"{name}-{seed}")
            scored = answer(tuned.model, labels.heads, tuned.tokeniser, parts.validation, labels.taxonomy)
            lines += _write(out, [_line(name, seed, one) for one in scored])
            shutil.rmtree(out / f"{name}-{seed}")
    return lines


def _tune(
    encoder: Encoder, base: str, labels: Labels, parts: Split, config: TrainConfig, *, seed: int, work: Path
) -> _Tuned:
    window = min(config.finetune.window, encoder.window)
    tokeniser = Tokeniser.open(Path(base) / "tokenizer.json", window=window, max_characters=20_000)
    made = assemble(encoder, labels, parts, tokeniser, config=config, folder=work)
    tuned = finetune(
        made.model,
        parts,
        labels.heads,
        tokeniser,
        config=config.finetune,
        seed=seed,
        out=work,
    )
    return _Tuned(tuned, tokeniser)


def answer(
    model: TicketModel,
    heads: Sequence[HeadSpec],
    tokeniser: Tokeniser,
    examples: Sequence[Example],
    taxonomy: Taxonomy,
) -> list[Scored]:
    """Answers of single and tree heads; the windows of a long document are averaged."""
    scores = _probabilities(model, heads, tokeniser, examples)
    found: list[Scored] = []
    for head in heads:
        rows = np.array([i for i, example in enumerate(examples) if example.label(head.name)], dtype=np.int64)
        gold = [str(examples[i].label(head.name)) for i in rows]
        if head.config.kind == "tree":
            found += score_tree(taxonomy, scores=scores[head.name][rows], gold=gold, rows=rows)
        else:
            found.append(score_single(head.name, head.labels, scores=scores[head.name][rows], gold=gold, rows=rows))
    return found


@torch.no_grad()
def _probabilities(
    model: TicketModel, heads: Sequence[HeadSpec], tokeniser: Tokeniser, examples: Sequence[Example]
) -> dict[str, npt.NDArray[np.float64]]:
    encoded = tokeniser.encode([example.labelled.document for example in examples])
    windows = sorted(
        ((i, window) for i, one in enumerate(encoded) for window in one.windows), key=lambda pair: pair[1].width
    )
    sums = {head.name: np.zeros((len(examples), len(head.labels))) for head in heads}
    for first in range(0, len(windows), _ROWS):
        part = windows[first : first + _ROWS]
        ids, mask, types = (torch.zeros(len(part), part[-1][1].width, dtype=torch.int64) for _ in range(3))
        for row, (_, window) in enumerate(part):
            ids[row, : window.width] = torch.from_numpy(window.ids)
            mask[row, : window.width] = 1
            types[row, : window.width] = torch.from_numpy(window.types)
        logits = model(ids, mask, types)
        for name, total in sums.items():
            np.add.at(total, [i for i, _ in part], logits[name].softmax(dim=1).numpy())
    return {name: total / total.sum(axis=1, keepdims=True) for name, total in sums.items()}


def table(lines: Sequence[Line]) -> str:
    """Mean and standard deviation over the seeds, as a Markdown table: a row per base, a column per head."""
    heads = list(dict.fromkeys(line.head for line in lines))
    cells: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in lines:
        cells[line.base, line.head].append(line)
    counts = {line.head: line.count for line in lines}
    rows = [
        "| base | " + " | ".join(f"{head} (n={counts[head]})" for head in heads) + " |",
        "|---" * (len(heads) + 1) + "|",
    ]
    for base in dict.fromkeys(line.base for line in lines):
        rows.append(f"| {base} | " + " | ".join(_cell(cells[base, head]) for head in heads) + " |")
    return "\n".join(rows)


def _cell(lines: Sequence[Line]) -> str:
    parts = []
    for key in _SHOWN:
        values = [float(getattr(line, key)) for line in lines]
        spread = f" ± {stdev(values):.3f}" if len(values) > 1 else ""
        parts.append(f"{mean(values):.3f}{spread}" if values else "–")
    return " / ".join(parts)


def _line(base: str, seed: int | None, scored: Scored) -> Line:
    statistics, every = take_single(scored, calibrated=False), np.ones((1, len(scored.gold)))
    accuracy, macro_f1 = (float(statistics[name](every)[0]) for name in _SHOWN)
    return Line(base, seed, scored.head, accuracy, macro_f1, len(scored.gold))


def _of_baseline(parts: Split, taxonomy: Taxonomy) -> Iterator[Line]:
    sides = ([example.labelled for example in side] for side in (parts.train, parts.validation))
    for head, figures in measure_baseline(*sides, taxonomy=taxonomy).items():
        if head.startswith("category") or head == "departments":
            accuracy = figures["accuracy"]
            yield Line("SVM", None, head, accuracy.value, figures["macro_f1"].value, accuracy.count)


def _read(out: Path) -> list[Line]:
    kept = out / "results.jsonl"
    return [Line(**json.loads(line)) for line in kept.read_text().splitlines()] if kept.exists() else []


def _write(out: Path, lines: list[Line]) -> list[Line]:
    with (out / "results.jsonl").open("a") as file:
        file.writelines(json.dumps(asdict(line)) + "\n" for line in lines)
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--config", type=Path, default=Path("training/configs/proof.toml"))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--evaluate", type=Path, help="rows to measure on; else the held-back share of the data")
    parser.add_argument("--column", action="append", default=[], help="OUR_NAME=THEIR_COLUMN")
    parser.add_argument("--base", action="append", default=[], help="NAME=FOLDER, repeatable")
    parser.add_argument("--scratch", action="append", default=[], help="NAME=FOLDER: its shape with new weights")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    bases, scratch = (dict(pair.split("=", 1) for pair in pairs) for pairs in (given.base, given.scratch))
    if not bases and not scratch:
        parser.error("no base to measure: give --base NAME=FOLDER or --scratch NAME=FOLDER")
    values = read_config(given.config).model_dump()
    values["data"]["columns"] |= dict(pair.split("=", 1) for pair in given.column)
    lines = prove(
        check_config(values, place=str(given.config)),
        bases | scratch,
        scratch=scratch,
        train=given.data,
        evaluate=given.evaluate,
        seeds=given.seeds,
        out=given.out,
    )
    print(table(lines))  # noqa: T201 - the command's output


if __name__ == "__main__":
    main()
