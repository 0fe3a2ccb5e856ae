"""Audit: what a model that never saw a row says of its label → the rows and the pairs of labels worth a person's look.

Confident learning (Northcutt et al. 2021): a label is disputed where another one is at least as probable as it usually
is for the rows that carry it. The probabilities are the lexical path's with the row left out, which cost nothing more.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.taxonomy import Taxonomy
from training.batches import Floats
from training.dataset import Example
from training.heads import HeadSpec

_HEADER = ("rank", "id", "head", "label", "label_name", "suggested", "suggested_name", "p_label", "p_suggested")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Dispute:
    """One row whose label is disputed; `margin` is what the suggested label has more than the given one."""

    row: int
    head: str
    label: str
    suggested: str
    p_label: float
    p_suggested: float

    @property
    def margin(self) -> float:
        return self.p_suggested - self.p_label


def dispute(
    head: HeadSpec, given: npt.NDArray[np.int64], rows: npt.NDArray[np.int64], probabilities: Floats
) -> list[Dispute]:
    """Disputed labels of one head, most disputed first.  Shapes: given, rows (n,), probabilities (n, labels)."""
    own = probabilities[np.arange(len(given)), given]
    usual = np.full(len(head.labels), np.inf)
    for label in np.unique(given):
        usual[label] = own[given == label].mean()
    eligible = np.where(probabilities >= usual, probabilities, -1.0)
    eligible[np.arange(len(given)), given] = -1.0
    other = eligible.argmax(axis=1)
    score = eligible[np.arange(len(given)), other]
    found = [
        Dispute(int(rows[i]), head.name, head.labels[given[i]], head.labels[other[i]], float(own[i]), float(score[i]))
        for i in np.flatnonzero(score > own)
    ]
    return sorted(found, key=lambda one: -one.margin)


def audit(examples: Sequence[Example], heads: Sequence[HeadSpec], unseen: Mapping[str, Floats]) -> list[Dispute]:
    """Disputed labels of all heads with one label per row, most disputed first."""
    found: list[Dispute] = []
    for head in heads:
        if head.name not in unseen or head.config.kind not in ("single", "tree"):
            continue
        place = {label: index for index, label in enumerate(head.labels)}
        rows = np.array([i for i, e in enumerate(examples) if e.label(head.name) in place], dtype=np.int64)
        given = np.array([place[str(examples[i].label(head.name))] for i in rows], dtype=np.int64)
        if len(rows):
            found += dispute(head, given, rows, _softmax(unseen[head.name][rows]))
    return sorted(found, key=lambda one: -one.margin)


def write_audit(folder: Path, examples: Sequence[Example], disputes: Sequence[Dispute], taxonomy: Taxonomy) -> None:
    """`audit.csv`, a row per dispute with the text and a column for the verdict, and `confused.csv`, pairs of labels.

    Both open in Excel. They hold what citizens wrote: keep them as you keep the training data.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "audit.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*_HEADER, "title", "text", "verdict"])
        for rank, one in enumerate(disputes, start=1):
            document = examples[one.row].labelled.document
            shares = (f"{one.p_label:.3f}", f"{one.p_suggested:.3f}")
            names = (one.label, _name(one.label, taxonomy), one.suggested, _name(one.suggested, taxonomy))
            cells = (document.title, examples[one.row].text, "")
            writer.writerow([rank, examples[one.row].labelled.id, one.head, *names, *shares, *map(_guard, cells)])
    pairs = Counter((one.head, one.label, one.suggested) for one in disputes)
    with (folder / "confused.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["head", "label", "label_name", "suggested", "suggested_name", "rows"])
        for (head, label, suggested), number in sorted(pairs.items(), key=lambda item: (-item[1], item[0])):
            names = (label, _name(label, taxonomy), suggested, _name(suggested, taxonomy))
            writer.writerow([head, *names, number])


def _name(label: str, taxonomy: Taxonomy) -> str:
    category = taxonomy.by_code.get(label)
    return " / ".join(category.path) if category else label


def _guard(cell: str) -> str:
    return "\t" + cell if cell.startswith(_FORMULA) else cell


def _softmax(logits: Floats) -> Floats:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=1, keepdims=True)
    return shares
