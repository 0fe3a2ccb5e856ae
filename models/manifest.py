"""Manifest: the contract of a bundle — what a model's outputs mean, and what was measured of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

TaskName = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,31}$")]
# Some tools write a digest in capitals.
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f]{64}$", to_lower=True)]
Share = Annotated[float, Field(ge=0, le=1)]
Tagging = Literal["independent", "markov"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Thresholds(_Strict):
    """When an answer may be used untouched (`auto`), and below which score it is withheld (`abstain`).

    `auto` is per label, chosen on data that was not trained on so that the labels answered reach `precision`; a label
    without an entry uses `auto_default`. A threshold above 1 means never.
    """

    precision: Share = 0.95
    auto: dict[str, Annotated[float, Field(ge=0)]] = {}
    auto_default: Annotated[float, Field(ge=0)] = 1.01
    abstain: Share = 0.0


class TaskSpec(_Strict):
    """One head: its kind, and its labels in the order of its logits.

    single  one label of several, softmax over (labels)
    tree    a leaf of the taxonomy, softmax over the leaves; a parent's score is the sum of its children's
    multi   any number of labels, sigmoid over (labels)
    spans   (kinds, 3) per token: outside, begin, inside; kinds may overlap. `tagging` says whether a tag is told by
            itself or given the tag before it; a span is told from the confidence `cutoff` on. `offsets`, of older
            bundles, are added to the logits of begin and inside of every kind
    """

    name: TaskName
    kind: Literal["single", "tree", "multi", "spans"]
    labels: tuple[str, ...]
    temperature: Annotated[float, Field(gt=0)] = 1.0
    tagging: Tagging = "independent"
    cutoff: Share = 0.4
    offsets: tuple[tuple[float, float], ...] = ()
    thresholds: Thresholds = Thresholds()

    @model_validator(mode="after")
    def _labels_are_distinct(self) -> TaskSpec:
        if len(set(self.labels)) != len(self.labels) or not self.labels:
            raise ValueError(f"labels of head '{self.name}' must be distinct and at least one")
        if self.offsets and (self.kind != "spans" or len(self.offsets) != len(self.labels)):
            raise ValueError(f"offsets of head '{self.name}' must be one pair per kind of span")
        if self.tagging != "independent" and self.kind != "spans":
            raise ValueError(f"head '{self.name}' marks no spans and has no tagging")
        return self

    @property
    def outputs(self) -> int:
        """Logits per row (per token, for spans)."""
        return len(self.labels) * (3 if self.kind == "spans" else 1)


class TrainingData(_Strict):
    """What the model was trained on: enough to recognise it again, none of its text."""

    sha256: str
    rows: int
    labelled: dict[str, int] = {}


class Figure(_Strict):
    """A measured share with its 95 % bootstrap interval and sample size."""

    value: float
    low: float
    high: float
    count: int


class BundleManifest(_Strict):
    """`manifest.json`. Opening a bundle checks every statement here that can be checked."""

    format_version: Literal[1] = 1
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
    version: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.-]+)?$")]
    created_at: AwareDatetime
    text_version: Literal["nfkc-lower-1"] = "nfkc-lower-1"
    window: Annotated[int, Field(ge=16, le=8192)]
    max_characters: Annotated[int, Field(ge=16)] = 20_000
    vocabulary: Annotated[int, Field(gt=0)]
    tasks: tuple[TaskSpec, ...]
    precision: Literal["fp32", "int8"] = "fp32"
    training: TrainingData | None = None
    metrics: dict[str, Figure] = {}
    parity: dict[str, float] = {}
    versions: dict[str, str] = {}
    files: dict[str, Digest]

    @property
    def label(self) -> str:
        """Name and version, as every reply carries them."""
        return f"{self.name}@{self.version}"

    @property
    def folder(self) -> str:
        """Name of its folder in a registry, by which `suqiu-models` knows it."""
        return f"{self.name}-{self.version}"

    def task(self, name: str) -> TaskSpec:
        """The head of that name; KeyError where the bundle has none."""
        for task in self.tasks:
            if task.name == name:
                return task
        raise KeyError(name)

    def has(self, name: str) -> bool:
        """Whether the bundle has a head of that name."""
        return any(task.name == name for task in self.tasks)
