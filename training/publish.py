"""Publish: graph, tokenizer, city files and figures → a bundle."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from evaluation.figures import Figures
from models.bundle import Bundle, Check, write_bundle
from models.canary import canary_of
from models.encoding import Encoder
from models.manifest import BundleManifest, Figure, Tagging, TaskSpec, TrainingData
from models.predictor import Predictor
from models.repack import CITY_FILES
from models.session import Session
from training.city import gather_city
from training.config import TrainConfig
from training.heads import HeadSpec
from training.labels import Labels

_ON_THE_CARD = frozenset(
    {"accuracy", "macro_f1", "micro_f1", "top3", "top5", "exact_f1", "overlap_f1", "calibration_error", "coverage95"}
)
_WORDS = {"type": "demand type", "departments": "lead unit", "territorial": "hosting by territory"}


@dataclass(frozen=True, slots=True)
class Draft:
    """A folder with everything but figures, canary and card: what calibration and evaluation run on."""

    folder: Path
    manifest: BundleManifest

    def predictor(self, model: str = "model.onnx", *, workers: int = 1) -> Predictor:
        """A predictor over the unpublished files; `model` names the graph."""
        encoder = Encoder.open(
            self.folder / "tokenizer.json", window=self.manifest.window, max_characters=self.manifest.max_characters
        )
        session = Session(self.folder / model, threads=1)
        # Not published yet, so nothing to verify: the files are listed with hashes that are still to be taken.
        listed = {file.name: "0" * 64 for file in self.folder.iterdir()}
        bundle = Bundle(self.folder, self.manifest.model_copy(update={"files": listed}))
        return Predictor(bundle, encoder=encoder, session=session, workers=workers)


def write_draft(
    folder: Path, *, config: TrainConfig, labels: Labels, tokenizer: Path, training: TrainingData, window: int
) -> Draft:
    """Gather tokenizer, tree and city files beside the graph in `folder`."""
    shutil.copyfile(tokenizer, folder / "tokenizer.json")
    gather_city(folder, config=config, labels=labels)
    encoder = Encoder.open(folder / "tokenizer.json", window=window, max_characters=20_000)
    manifest = BundleManifest(
        name=config.name,
        version=config.version,
        created_at=datetime.now(UTC).replace(microsecond=0),
        window=window,
        vocabulary=encoder.vocabulary,
        tasks=tuple(task_of(head) for head in labels.published),
        precision=config.quantise.precision,
        training=training,
        versions=versions(),
        files={},
    )
    return Draft(folder, manifest)


def task_of(head: HeadSpec) -> TaskSpec:
    """What the manifest says of a head before it is calibrated."""
    tagging: Tagging = "markov" if head.config.kind == "spans" else "independent"
    return TaskSpec(name=head.name, kind=head.config.kind, labels=head.labels, tagging=tagging)


def versions() -> dict[str, str]:
    """Versions of what made the model."""
    from importlib.metadata import version

    return {name: version(name) for name in ("torch", "transformers", "onnx", "onnxruntime", "tokenizers", "numpy")}


def with_tasks(draft: Draft, tasks: Sequence[TaskSpec]) -> Draft:
    """The draft with calibrated heads."""
    return Draft(draft.folder, draft.manifest.model_copy(update={"tasks": tuple(tasks)}))


def publish(
    draft: Draft,
    target: Path,
    *,
    metrics: Mapping[str, Figure],
    parity: Mapping[str, float],
    report_html: str,
    baseline: Mapping[str, Figures],
    measured_on: str,
    about: str = "",
    check: Check = lambda draft: None,
) -> Bundle:
    """Write the bundle: draft files, canary, figures, report and card; whole and past `check`, or not at all.

    Errors: BundleError.
    The card says what the figures were `measured_on`, and what it is `about`.
    """
    manifest = draft.manifest.model_copy(update={"metrics": dict(metrics), "parity": dict(parity)})
    final = Draft(draft.folder, manifest)

    def fill(folder: Path) -> BundleManifest:
        for name in ("model.onnx", "tokenizer.json", "taxonomy.json", *CITY_FILES):
            if (draft.folder / name).is_file():
                shutil.copyfile(draft.folder / name, folder / name)
        (folder / "canary.json").write_text(canary_of(final.predictor()), encoding="utf-8")
        (folder / "report.html").write_text(report_html, encoding="utf-8")
        card = write_card(manifest, baseline, measured_on=measured_on, about=about)
        (folder / "MODEL_CARD.md").write_text(card, encoding="utf-8")
        return manifest

    return write_bundle(target, fill, check=check)


def write_card(manifest: BundleManifest, baseline: Mapping[str, Figures], *, measured_on: str, about: str = "") -> str:
    """The model card: what it is, what it was trained on, how good it is, what it is not for."""
    lines = [
        f"# {manifest.label}",
        "",
        f"Reads messages and calls to a Chinese government hotline (12345): {', '.join(_abilities(manifest))}.",
        "",
        f"- created {manifest.created_at.isoformat()}",
        f"- format {manifest.format_version}, served as {manifest.precision}",
    ]
    if manifest.training is not None:
        lines.append(f"- trained on {manifest.training.rows} labelled rows (sha256 {manifest.training.sha256[:16]}…)")
    lines += [
        f"- window {manifest.window} tokens; longer texts are read whole, in windows, up to "
        f"{manifest.max_characters} characters",
        "",
        "## Figures",
        "",
        f"On {measured_on}, with 95 % bootstrap interval and sample size; TF-IDF + linear SVM beside.",
        "",
        "| figure | value | interval | n | SVM |",
        "|---|---|---|---|---|",
        *_figures(manifest, baseline),
        "",
        "## Limits",
        "",
        *([about.strip(), ""] if about.strip() else []),
        "Rare labels are often missed: see the per-class tables in report.html. Confidence is calibrated on rows held",
        "back from the training sources; other texts (other dialects, another tree) need their own calibration. Not",
        "for deciding on a person.",
        "",
    ]
    return "\n".join(lines)


def _abilities(manifest: BundleManifest) -> list[str]:
    """What its heads tell, in words."""
    kinds = {label for task in manifest.tasks if task.kind == "spans" for label in task.labels}
    told = [_WORDS.get(task.name, task.name) for task in manifest.tasks if task.kind != "spans"]
    return [*told, *([f"spans of {len(kinds)} kinds"] if kinds else [])]


def _figures(manifest: BundleManifest, baseline: Mapping[str, Figures]) -> Iterator[str]:
    for name, figure in manifest.metrics.items():
        head, _, rest = name.rpartition(".")
        if rest in _ON_THE_CARD:
            other = baseline.get(head, {}).get(rest)
            beside = f"{other.value:.3f}" if other is not None else ""
            interval = f"{figure.low:.3f}–{figure.high:.3f}"
            yield f"| {name} | {figure.value:.3f} | {interval} | {figure.count} | {beside} |"
