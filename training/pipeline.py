"""Pipeline: labelled rows → a published bundle, step by step, each step's output in a numbered folder of the run.

    runs/<id>/1-data 2-finetune 3-export 4-quantise 5-calibrate 6-evaluate 7-bundle 8-gate

A step whose output stands is not done again, so a killed run goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from rich.console import Console

from evaluation.baseline import measure_baseline
from evaluation.errors import LabelError
from evaluation.gate import GateResult, compare
from evaluation.judge import judge
from evaluation.labelled import LabelledDocument
from evaluation.page import render_page
from evaluation.report import Report, write_whole
from evaluation.run import build_report, headline, predict_all
from models.bundle import Bundle
from models.encoding import Encoder, Window
from models.manifest import TrainingData
from models.predictor import Predictor
from models.taxonomy import Taxonomy
from training.assemble import assemble
from training.audit import audit, write_audit
from training.batches import BatchMaker
from training.blend import blend
from training.calibrate import Calibration, calibrate
from training.config import ConfigError, TrainConfig
from training.dataset import (
    DataReport,
    Example,
    Split,
    digest_of,
    find_leaks,
    group_similar,
    inspect,
    read_examples,
    split,
)  # fmt: skip
from training.export import export
from training.finetune import finetune
from training.heads import TicketModel
from training.labels import Labels, count_unknown, is_labelled, resolve_labels, reword
from training.network import open_encoder
from training.parity import ParityError, check_drops, check_flips
from training.publish import Draft, publish, with_tasks, write_draft
from training.quantise import quantise

REFERENCE = "reference.onnx"  # the graph as it was trained, beside the one that is served
_ROUNDING_ROWS = 192
_CONSOLE = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run ends with; `gate` is None where there was nothing to compare with."""

    bundle: Path
    report: Report
    gate: GateResult | None


def run_pipeline(
    config: TrainConfig, *, train: Sequence[Path], evaluate: Path | None, out: Path, current: Path | None
) -> Outcome:
    """All steps. Errors: ConfigError, LabelError, ParityError, BundleError."""
    if current is not None:
        Bundle.open(current)  # what is wrong with it is told now, not after hours
    examples = reword(config, read_examples(train, config.data, config.heads))
    held_out = reword(config, read_examples([evaluate], config.data, config.heads)) if evaluate is not None else []
    labels = resolve_labels(config, examples)
    _check_held_out(held_out, labels, evaluate)
    _claim(out, config, examples, held_out)
    report, parts = step_data(config, examples, held_out, labels, out / "1-data")
    evaluated = held_out or parts.measured
    draft = _train(config, labels, parts, report, out)
    calibration = step_calibrate(draft, parts.validation, out / "5-calibrate")
    check_drops(calibration.drops, largest=config.quantise.largest_drop)
    check_flips(calibration.parity, calibration.tasks)
    draft = with_tasks(draft, calibration.tasks)
    summary = step_evaluate(
        draft, [e.labelled for e in evaluated], parts, source=evaluate or train[0], out=out / "6-evaluate"
    )
    target = out / "7-bundle" / f"{config.name}-{config.version}"
    if not target.exists():
        publish(
            draft,
            target,
            metrics=headline(summary),
            parity=calibration.parity.figures(),
            report_html=render_page(summary),
            baseline=summary.baseline,
            measured_on=f"{evaluate.name}" if evaluate else "rows held back from training and calibration",
            about=config.about,
        )
    gate = step_gate(target, current, [e.labelled for e in evaluated], out / "8-gate") if current is not None else None
    return Outcome(bundle=target, report=summary, gate=gate)


def _check_held_out(held_out: Sequence[Example], labels: Labels, place: Path | None) -> None:
    if held_out and not any(is_labelled(head.config, held_out) for head in labels.published):
        raise LabelError(
            f"{place}: no row has a label of any head that is trained; name its columns as those of --data"
        )


def _claim(out: Path, config: TrainConfig, examples: Sequence[Example], held_out: Sequence[Example]) -> None:
    """The folder is this run's. Errors: ConfigError where another run, of other rows or settings, stands in it.

    Name, version and card may change: nothing that is learnt depends on them.
    """
    out.mkdir(parents=True, exist_ok=True)
    settings = config.model_dump_json(exclude={"name", "version", "about"})
    key = {
        "settings": hashlib.sha256(settings.encode()).hexdigest(),
        "rows": digest_of(examples),
        "evaluated rows": digest_of(held_out),
    }
    kept = out / "run.json"
    before = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else key
    changed = [name for name, value in key.items() if before.get(name) != value]
    if changed:
        raise ConfigError(f"{out} holds a run with other {' and '.join(changed)}; choose another --out, or empty it")
    write_whole(kept, json.dumps(key, indent=1))
    write_whole(out / "config.json", config.model_dump_json(indent=1))


def step_data(
    config: TrainConfig, examples: Sequence[Example], held_out: Sequence[Example], labels: Labels, folder: Path
) -> tuple[DataReport, Split]:
    """Inspect and split; the report is written before any time is spent on training. Leaking rows are left out.

    Without rows of their own to evaluate on, half of those held back are measured on and the other half fits
    confidence. Errors: LabelError where a side would be empty.
    """
    folder.mkdir(parents=True, exist_ok=True)
    groups = group_similar([*examples, *held_out])
    leaks = find_leaks([*examples, *held_out], groups, held_out=len(held_out))
    groups = groups[: len(examples)]
    unknown = count_unknown(examples, labels.heads)
    report = inspect(examples, groups, leaks=leaks, unknown=unknown, config=config.data)
    parts = split(examples, groups, config.data, leaks=leaks, measure=not held_out)
    write_whole(folder / "report.json", json.dumps(asdict(report), ensure_ascii=False, indent=1))
    sides = {"train": parts.train, "validation": parts.validation, "measured": held_out or parts.measured}
    ids = {name: [one.labelled.id for one in side] for name, side in sides.items()}
    write_whole(folder / "split.json", json.dumps(ids, ensure_ascii=False))
    _CONSOLE.print(
        f"data: {report.rows} rows, {len(parts.train)} to train on, {len(parts.validation)} to fit confidence on, "
        f"{len(sides['measured'])} to measure on; {len(report.duplicates)} repeated texts, {len(report.conflicts)} "
        f"conflicts, {len(report.leaks)} leaks and {len(report.blank)} blank rows left out ({folder / 'report.json'})",
        markup=False,
    )
    for name, counts in report.unknown.items():
        some = ", ".join(f"{label} ({count})" for label, count in list(counts.items())[:5])
        _CONSOLE.print(f"data: {name}: nothing is learnt from {len(counts)} unknown labels: {some}", markup=False)
    if empty := [name for name, side in sides.items() if not side]:
        raise LabelError(
            f"of {len(examples)} rows none is left for {' and '.join(empty)}: near-duplicates stay on one side, so "
            "rows must differ; give more of them, or another validation_share"
        )
    return report, parts


def _train(config: TrainConfig, labels: Labels, parts: Split, report: DataReport, out: Path) -> Draft:
    draft_folder = out / "4-quantise"
    draft_folder.mkdir(parents=True, exist_ok=True)
    base = config.base_name()
    torch.manual_seed(config.seed)
    encoder = open_encoder(base)
    window = min(config.finetune.window, encoder.window)
    tokenizer = Path(base) / "tokenizer.json"
    if not tokenizer.is_file():
        tokenizer = _hub_tokenizer(base, draft_folder)
    names = [head.name for head in labels.published]
    tokeniser = Encoder.open(tokenizer, window=window, max_characters=20_000)
    exported = out / "3-export" / "model.onnx"
    if not exported.exists():
        folder = out / "2-finetune"
        made = assemble(encoder, labels, parts, tokeniser, config=config, folder=folder)
        if made.unseen is not None:
            disputes = audit(parts.train, labels.heads, made.unseen)
            write_audit(out / "1-data", parts.train, disputes, labels.taxonomy)
            _CONSOLE.print(f"audit: {len(disputes)} labels are disputed ({out / '1-data' / 'audit.csv'})")
        trained = finetune(
            made.model,
            parts,
            labels.heads,
            tokeniser,
            config=config.finetune,
            seed=config.seed,
            out=folder,
        )
        _blend(trained, labels, parts, tokeniser, config=config, folder=folder)
        exported.parent.mkdir(parents=True, exist_ok=True)
        _CONSOLE.print("export: writing the graph")
        export(trained, names, exported.with_suffix(".draft"))
        exported.with_suffix(".draft").rename(exported)
    served = draft_folder / "model.onnx"
    if not served.exists():
        _CONSOLE.print(f"quantise: {config.quantise.precision}")
        unfinished = served.with_suffix(".draft")
        if config.quantise.precision == "int8":
            quantise(exported, unfinished, _sample(parts.train, tokeniser, seed=config.seed))
        else:
            shutil.copyfile(exported, unfinished)
        unfinished.rename(served)
    shutil.copyfile(exported, draft_folder / REFERENCE)
    training = TrainingData(sha256=report.sha256, rows=len(parts.train), labelled=report.labelled)
    return write_draft(
        draft_folder, config=config, labels=labels, tokenizer=tokenizer, training=training, window=window
    )


def _sample(rows: Sequence[Example], tokeniser: Encoder, *, seed: int) -> list[Window]:
    """First windows of some training rows, by which the int8 form is made: tickets and calls, not lists of names."""
    read = [row for row in rows if row.labelled.labels or row.is_call] or [*rows]
    drawn = random.Random(seed).sample(read, min(_ROUNDING_ROWS, len(read)))
    return [one.windows[0] for one in tokeniser.encode([row.labelled.document for row in drawn])]


def _blend(
    model: TicketModel, labels: Labels, parts: Split, tokeniser: Encoder, *, config: TrainConfig, folder: Path
) -> None:
    rows = BatchMaker(
        parts.validation, labels.heads, tokeniser, row_tokens=config.finetune.row_tokens, seed=config.seed
    )
    shares = blend(model, rows, labels.heads)
    write_whole(folder / "shares.json", json.dumps(shares))
    _CONSOLE.print("blend (encoder, path): " + ", ".join(f"{name} {pair}" for name, pair in shares.items()))


def _hub_tokenizer(base: str, folder: Path) -> Path:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(base)
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise ParityError(f"{base} has no fast tokenizer; choose a base with a tokenizer.json")
    target = folder / "base-tokenizer.json"
    backend.save(str(target))
    return target


def step_calibrate(draft: Draft, validation: Sequence[Example], folder: Path) -> Calibration:
    """Temperatures and thresholds on rows that were not trained on; parity of the served with the trained graph."""
    folder.mkdir(parents=True, exist_ok=True)
    found = calibrate(draft.predictor(workers=2), draft.predictor(REFERENCE, workers=2), validation)
    summary = {task.name: task.model_dump(exclude={"labels"}) for task in found.tasks}
    write_whole(folder / "calibration.json", json.dumps(summary, ensure_ascii=False, indent=1))
    drops = {name: asdict(drop) for name, drop in found.drops.items()}
    write_whole(folder / "parity.json", json.dumps({**asdict(found.parity), "drops": drops}, indent=1))
    worst = max(found.parity.flips, key=lambda name: found.parity.flips[name])
    _CONSOLE.print(f"parity: at most {found.parity.flips[worst]:.2%} of best labels changed by serving ({worst})")
    return found


def step_evaluate(
    draft: Draft, documents: Sequence[LabelledDocument], parts: Split, *, source: Path, out: Path
) -> Report:
    """Figures of the served graph on rows of the evaluation file, beside the linear baseline on the same rows.

    The baseline learns from checked rows alone, not from `train_only` ones, so that it stays the same yardstick.
    """
    out.mkdir(parents=True, exist_ok=True)
    predictor = draft.predictor(workers=2)
    predictions = predict_all(predictor, documents)
    trained_on = [example.labelled for example in parts.train if not example.train_only]
    taxonomy = Taxonomy.open(draft.folder / "taxonomy.json")
    baseline = measure_baseline(trained_on, documents, taxonomy=taxonomy)
    report = build_report(predictor.bundle, documents, predictions, data=source, baseline=baseline)
    write_whole(out / "report.json", report.to_json())
    write_whole(out / "report.html", render_page(report))
    _CONSOLE.print(f"evaluate: {out / 'report.html'}")
    return report


def step_gate(candidate: Path, current: Path, documents: Sequence[LabelledDocument], folder: Path) -> GateResult:
    """Candidate against current on the same rows."""
    folder.mkdir(parents=True, exist_ok=True)
    judged = []
    for path in (candidate, current):
        predictor = Predictor.open(path, workers=2)
        bundle = predictor.bundle
        predictions = predict_all(predictor, documents)
        judged.append(judge(predictions, documents, tasks=bundle.manifest.tasks, taxonomy=bundle.taxonomy))
    result = compare(*judged)
    write_whole(folder / "gate.json", result.to_json())
    return result
