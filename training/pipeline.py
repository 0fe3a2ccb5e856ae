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
from models.naming import shown
from models.predictor import Predictor
from models.repack import files_of_city
from models.taxonomy import Taxonomy
from models.trial import can_serve, try_city
from training.assemble import assemble
from training.audit import audit, write_audit
from training.batches import BatchMaker
from training.blend import blend
from training.calibrate import Calibration, calibrate
from training.city import check_city, find_city
from training.claim import claimed
from training.config import TrainConfig
from training.dataset import (
    DataReport,
    Example,
    Split,
    find_leaks,
    group_similar,
    inspect,
    read_examples,
    split,
)  # fmt: skip
from training.export import export
from training.finetune import finetune
from training.heads import TicketModel
from training.hub import check_base, find_tokenizer, open_base
from training.labels import Labels, count_unknown, is_labelled, resolve_labels, reword
from training.parity import check_drops, check_flips
from training.publish import Draft, publish, task_of, with_tasks, write_draft
from training.quantise import quantise
from training.whole import written_whole

REFERENCE = "reference.onnx"  # the graph as it was trained, beside the one that is served
_ROUNDING_ROWS = 192
_CONSOLE = Console(stderr=True)
_UNTRIED = (
    "city: its files (profile, form, places, signals) are not looked at: the service is not installed here; pip "
    "install 'suqiu[serve]', or run suqiu-models verify where it is before you promote the bundle"
)


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
    # What is wrong with bundle, base and city is told now, not after hours.
    if current is not None:
        Bundle.open(current)
    files_of_city(find_city(config))
    check_base(config.base_name())
    examples = reword(config, read_examples(train, config.data, config.heads, tell=_tell))
    held_out = (
        reword(config, read_examples([evaluate], config.data, config.heads, tell=_tell)) if evaluate is not None else []
    )
    labels = resolve_labels(config, examples)
    _check_held_out(held_out, labels, evaluate)
    if can_serve():
        check_city(config, labels, [task_of(head) for head in labels.published])
    else:
        _CONSOLE.print(_UNTRIED, markup=False)
    with claimed(out, config, examples, held_out):
        return _run(config, labels, examples, held_out, train=train, evaluate=evaluate, out=out, current=current)


def _run(
    config: TrainConfig, labels: Labels, examples: Sequence[Example], held_out: Sequence[Example],
    *, train: Sequence[Path], evaluate: Path | None, out: Path, current: Path | None,
) -> Outcome:  # fmt: skip
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
            check=try_city if can_serve() else lambda draft: None,
        )
    gate = step_gate(target, current, [e.labelled for e in evaluated], out / "8-gate") if current is not None else None
    return Outcome(bundle=target, report=summary, gate=gate)


def _tell(line: str) -> None:
    _CONSOLE.print(f"data: {line}", markup=False)


def _check_held_out(held_out: Sequence[Example], labels: Labels, place: Path | None) -> None:
    if held_out and not any(is_labelled(head.config, held_out) for head in labels.published):
        raise LabelError(
            f"{place}: no row has a label of any head that is trained; name its columns as those of --data"
        )


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
        some = ", ".join(f"{shown(label)} ({count})" for label, count in list(counts.items())[:5])
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
    encoder = open_base(base)
    window = min(config.finetune.window, encoder.window)
    tokenizer = find_tokenizer(base, draft_folder)
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
        with written_whole(exported) as unfinished:
            export(trained, names, unfinished)
    served = draft_folder / "model.onnx"
    if not served.exists():
        _CONSOLE.print(f"quantise: {config.quantise.precision}")
        with written_whole(served) as unfinished:
            if config.quantise.precision == "int8":
                quantise(exported, unfinished, _sample(parts.train, tokeniser, seed=config.seed))
            else:
                shutil.copyfile(exported, unfinished)
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
