"""Batches: examples → padded tensors with a target for every head, as a function of the seed and the step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from evaluation.labelled import GoldSpan
from models.document import Document, Segment
from models.encoding import Encoded, Encoder
from models.spans import BEGIN, INSIDE, SPOKEN
from training.dataset import Example
from training.heads import HeadSpec

Floats = npt.NDArray[np.float32]

# Weight of the second and third unit beside the most responsible one.
_UNIT_WEIGHTS = (0.75, 0.17, 0.08)
_SECOND_CATEGORY = 0.15
_MOST_ROWS = 128
_SOFT_WEIGHT = 0.5  # a teacher's word against a person's
_UNSPOKEN = str.maketrans(dict.fromkeys('，。！？；：、,.!?;:“”"()（）《》…—', " "))


@dataclass(frozen=True, slots=True)
class Batch:
    """Shapes: ids, mask, types (rows, width); targets as `heads.loss_of` reads them."""

    ids: Tensor
    mask: Tensor
    types: Tensor
    targets: Mapping[str, Tensor]

    def to(self, device: torch.device) -> Batch:
        """The same batch on a device."""
        targets = {name: target.to(device) for name, target in self.targets.items()}
        return Batch(self.ids.to(device), self.mask.to(device), self.types.to(device), targets)


class BatchMaker:
    """Draws batches of rows of like length. One window per example; of a long one, another window in each epoch."""

    def __init__(
        self,
        examples: Sequence[Example],
        heads: Sequence[HeadSpec],
        tokenizer: Encoder,
        *,
        row_tokens: int,
        seed: int,
    ) -> None:
        self._examples = examples
        self._heads = heads
        self._tokenizer = tokenizer
        self._row_tokens = row_tokens
        self._seed = seed
        self._targets = [labels_of(example, heads) for example in examples]
        self._taught = [_taught(example) for example in examples]

    def epoch(self, number: int, *, drop_title: float = 0.0, drop_punctuation: float = 0.0) -> list[Batch]:
        """All examples once, in an order and with changes that are functions of seed and epoch."""
        rng = np.random.default_rng([self._seed, number])
        documents = [
            change(example.labelled.document, rng, drop_title=drop_title, drop_punctuation=drop_punctuation)
            for example in self._examples
        ]
        encoded = self._tokenizer.encode(documents)
        rows = [int(rng.integers(len(one.windows))) for one in encoded]
        order = rng.permutation(len(encoded))
        # Sorted within pools of two thousand: rows of like length meet, yet never the same ones twice. Rows of one set
        # stay among themselves: a head's loss is a mean over its rows, and one ticket among a hundred addresses would
        # count as much as a batch of tickets.
        pools = [order[start : start + 2_000].tolist() for start in range(0, len(order), 2_000)]
        groups: list[list[int]] = []
        for pool in pools:
            for kind in sorted({self._taught[i] for i in pool}):
                members = [i for i in pool if self._taught[i] == kind]
                members.sort(key=lambda i: encoded[i].windows[rows[i]].width)
                groups += _cut(members, [encoded[i].windows[rows[i]].width for i in members], self._row_tokens)
        return [self._batch(groups[i], encoded, rows) for i in rng.permutation(len(groups)).tolist()]

    def _batch(self, members: list[int], encoded: Sequence[Encoded], rows: Sequence[int]) -> Batch:
        windows = [encoded[i].windows[rows[i]] for i in members]
        width = max(window.width for window in windows)
        ids, mask, types = (torch.zeros(len(members), width, dtype=torch.int64) for _ in range(3))
        for row, window in enumerate(windows):
            ids[row, : window.width] = torch.from_numpy(window.ids)
            mask[row, : window.width] = 1
            types[row, : window.width] = torch.from_numpy(window.types)
        targets = {}
        for head in self._heads:
            if head.config.kind == "spans":
                tags = np.full((len(members), width, len(head.labels)), -100, dtype=np.int64)
                for row, i in enumerate(members):
                    _tag(tags[row], self._examples[i].spans_of(head.name), encoded[i], rows[i], head.labels)
                targets[head.name] = torch.from_numpy(tags)
            else:
                targets[head.name] = torch.from_numpy(np.stack([self._targets[i][head.name] for i in members]))
        return Batch(ids, mask, types, targets)


def _taught(example: Example) -> tuple[str, ...]:
    """What a row teaches, as far as sets of data differ in it."""
    labelled = example.labelled
    marks = {name: spans for name, spans in example.marks.items() if name != SPOKEN}  # as `spans`, which is counted
    given = {"labels": labelled.labels, "extra": example.extra, "spans": labelled.spans is not None, **marks}
    return tuple(sorted(name for name, value in {**given, "soft": example.soft}.items() if value))


def change(document: Document, rng: np.random.Generator, *, drop_title: float, drop_punctuation: float) -> Document:
    """A document as it might also have come in: without its title, or without punctuation as a transcript.

    Marks become spaces one for one, so every span keeps its place.
    """
    if document.title and rng.random() < drop_title:
        document = replace(document, title="")
    if rng.random() < drop_punctuation:
        segments = tuple(Segment(s.text.translate(_UNSPOKEN), s.role) for s in document.segments)
        document = replace(document, segments=segments)
    return document


def _cut(members: list[int], widths: list[int], row_tokens: int) -> list[list[int]]:
    groups: list[list[int]] = []
    for member, width in zip(members, widths, strict=True):
        if groups and width * (len(groups[-1]) + 1) <= row_tokens and len(groups[-1]) < _MOST_ROWS:
            groups[-1].append(member)
        else:
            groups.append([member])
    return groups


def targets_of(examples: Sequence[Example], heads: Sequence[HeadSpec]) -> dict[str, Floats]:
    """Targets of all document heads.  Shape: by head (examples, labels)."""
    rows = [labels_of(example, heads) for example in examples]
    return {head.name: np.stack([row[head.name] for row in rows]) for head in heads if head.config.kind != "spans"}


def labels_of(example: Example, heads: Sequence[HeadSpec]) -> dict[str, Floats]:
    """Targets of one example.  Shape: by document head (labels,)."""
    targets = {}
    for head in heads:
        if head.config.kind == "spans":
            continue
        target = np.zeros(len(head.labels), dtype=np.float32)
        place = {label: index for index, label in enumerate(head.labels)}
        if head.name in example.soft:
            for taught, share in example.soft[head.name].items():
                if taught in place:
                    target[place[taught]] = share if head.config.kind == "multi" else share * _SOFT_WEIGHT
        elif head.config.kind == "multi":
            risks = example.labelled.risks
            target[:] = -1 if risks is None else [label in risks for label in head.labels]
        elif head.name == "departments":
            for unit, weight in zip(example.labelled.departments, _UNIT_WEIGHTS, strict=False):
                if unit in place:
                    target[place[unit]] += weight
            target /= max(float(target.sum()), 1e-6)
        else:
            label = example.label(head.name)
            if label in place:
                target[place[label]] = 1.0
                second = example.labelled.second_category
                if head.name == "category" and second in place and second != label:
                    target[place[label]] -= _SECOND_CATEGORY
                    target[place[second]] += _SECOND_CATEGORY
        targets[head.name] = target
    return targets


def _tag(
    tags: npt.NDArray[np.int64],
    spans: Sequence[GoldSpan] | None,
    encoded: Encoded,
    row: int,
    kinds: Sequence[str],
) -> None:
    """Write the tags of one row: every body token of a labelled document is outside, begin or inside of each kind."""
    if spans is None:
        return
    window = encoded.windows[row]
    body = np.zeros((len(encoded.segment), len(kinds)), dtype=np.int64)
    body[encoded.start == encoded.end] = -100
    for span in spans:
        if span.kind not in kinds:
            continue
        inside = (encoded.segment == span.segment) & (encoded.start >= span.start) & (encoded.end <= span.end)
        places = np.flatnonzero(inside & (encoded.start < encoded.end))
        if places.size:
            kind = kinds.index(span.kind)
            body[places, kind] = INSIDE
            body[places[0], kind] = BEGIN
    part = slice(window.first, window.first + window.body_tokens)
    tags[window.body_at : window.body_at + window.body_tokens] = body[part]
