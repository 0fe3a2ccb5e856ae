"""Pipeline: labelled rows → a published bundle, step by step, each step's output in a numbered folder of the run.

    runs/<id>/1-data 2-finetune 3-export 4-quantise 5-calibrate 6-evaluate 7-bundle 8-gate

A step whose output stands is not done again, so a killed run goes on where it stopped.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from rich.console import Console

from evaluation.baseline import measure_baseline
from evaluation.gate import GateResult, compare
from evaluation.judge import judge
from evaluation.labelled import LabelledDocument
from evaluation.page import render_page
from evaluation.report import Report, write_whole
from evaluation.run import build_report, headline, predict_all
from models.encoding import Encoder, Window
from models.manifest import TrainingData
from models.predictor import Predictor
from models.taxonomy import Taxonomy
from training.assemble import assemble
from training.audit import audit, write_audit
from training.batches import BatchMaker
from training.blend import blend
from training.calibrate import Calibration, calibrate
from training.config import TrainConfig
from training.dataset import DataReport, Example, Split, group_similar, inspect, read_examples, split
from training.export import export
from training.finetune import finetune
from training.heads import TicketModel
from training.labels import Labels, resolve_labels
from training.network import open_encoder
from training.parity import ParityError, check_drops
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
    out.mkdir(parents=True, exist_ok=True)
    (out / "config.json").write_text(config.model_dump_json(indent=1), encoding="utf-8")
    examples = read_examples(train, config.data, config.heads)
    held_out = read_examples([evaluate], config.data, config.heads) if evaluate is not None else []
    labels = resolve_labels(config, examples)
    report, parts = step_data(config, examples, held_out, out / "1-data")
    evaluated = held_out or parts.validation
    draft = _train(config, labels, parts, report, out)
    calibration = step_calibrate(draft, parts.validation, out / "5-calibrate")
    check_drops(calibration.drops, largest=config.quantise.largest_drop)
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
        )
    gate = step_gate(target, current, [e.labelled for e in evaluated], out / "8-gate") if current is not None else None
    return Outcome(bundle=target, report=summary, gate=gate)


def step_data(
    config: TrainConfig, examples: Sequence[Example], held_out: Sequence[Example], folder: Path
) -> tuple[DataReport, Split]:
    """Inspect and split; the report is written before any time is spent on training. Leaking rows are left out."""
    folder.mkdir(parents=True, exist_ok=True)
    groups = group_similar(examples)
    report = inspect(examples, groups, held_out=held_out, config=config.data)
    parts = split(examples, groups, config.data)
    leaks = set(report.leaks)
    parts = Split([e for e in parts.train if e.labelled.id not in leaks], parts.validation)
    write_whole(folder / "report.json", json.dumps(asdict(report), ensure_ascii=False, indent=1))
    ids = {"train": [e.labelled.id for e in parts.train], "validation": [e.labelled.id for e in parts.validation]}
    write_whole(folder / "split.json", json.dumps(ids, ensure_ascii=False))
    _CONSOLE.print(
        f"data: {report.rows} rows, {len(parts.train)} to train on, {len(parts.validation)} held back; "
        f"{len(report.duplicates)} repeated texts, {len(report.conflicts)} conflicts, {len(report.leaks)} leaks "
        f"left out ({folder / 'report.json'})"
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
        if config.quantise.precision == "int8":
            quantise(exported, served, _sample(parts.train, tokeniser, seed=config.seed))
        else:
            shutil.copyfile(exported, served)
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
