"""Dataset: labelled files of any common format → examples, a report of what is wrong with them, and a fair split."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from datasketch import MinHash, MinHashLSH

from evaluation.cells import check_columns, mean, moment_of, names_of_header, rename
from evaluation.errors import LabelError
from evaluation.labelled import SINGLE_HEADS, GoldSpan, LabelledDocument, label_call, label_ticket
from evaluation.rows import Tell, read_rows
from models.spans import SPANS, SPOKEN
from training.config import DataConfig, HeadConfig
from training.marks import FORM_FIELDS, marks_of

_SHINGLE = 6
_NEAR_DUPLICATE = 0.7
_HASHES = 128
_BANDS = (25, 5)  # finds 0.99 of the pairs at 0.7, and enough others that the estimate is asked, too
_BEGINNING = 60  # characters that no two messages share by chance, greetings included


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled document, when it came in (for splits by time), and what else it teaches.

    `extra` are labels of auxiliary heads, `marks` spans of all heads but `spans`, `soft` a teacher's shares by head and
    label. Labels that are good enough to learn from, but not to be measured by, are `train_only`; such a row is in the
    last epochs, too, where it is `lasting`.
    """

    labelled: LabelledDocument
    extra: dict[str, str] = field(default_factory=dict)
    received_at: str | None = None
    marks: dict[str, tuple[GoldSpan, ...]] = field(default_factory=dict)
    soft: dict[str, dict[str, float]] = field(default_factory=dict)
    train_only: bool = False
    lasting: bool = False

    @property
    def is_checked(self) -> bool:
        """Whether its labels may be measured by: neither a teacher's nor `train_only`."""
        return not (self.soft or self.train_only)

    def label(self, head: str) -> str | None:
        """The label of a single or tree head; None where it is unlabelled."""
        return self.extra.get(head) or self.labelled.labels.get(head)

    def spans_of(self, head: str) -> tuple[GoldSpan, ...] | None:
        """The spans of a head of spans; None where it is unlabelled.

        Where a head learns what was spoken, a call's mentions teach it alone: they follow the form's rules rather than
        the annotators', whom messages are read as.
        """
        if head == SPANS:
            return None if self.is_call and SPOKEN in self.marks else self.labelled.spans
        return self.marks.get(head)

    @property
    def is_call(self) -> bool:
        """Whether it was spoken, in turns."""
        return self.labelled.document.spoken

    @property
    def says_something(self) -> bool:
        """Whether there is a word to read."""
        return bool(self.text.strip() or self.labelled.document.title.strip())

    @property
    def text(self) -> str:
        """All that was said, for comparing documents."""
        return "\n".join(segment.text for segment in self.labelled.document.segments)


def read_examples(
    paths: Iterable[Path], config: DataConfig, heads: Sequence[HeadConfig], *, tell: Tell = lambda line: None
) -> list[Example]:
    """Rows of CSV, JSONL (also .gz, .xz), Excel or Parquet files, with the columns renamed as configured.

    What is left out of a file, such as titles above its header, is told. Errors: LabelError naming file, place and
    column.
    """
    examples: list[Example] = []
    seen: set[str] = set()
    paths = list(paths)
    named = names_of_header(config.columns)
    for path in paths:
        for number, row in enumerate(read_rows(path, named=named, tell=tell), start=1):
            seen |= row.cells.keys()
            try:
                # A row without an id is known by its place, so that every row can be named and told apart.
                examples.append(_example(row.cells, config, heads, place=f"{path.stem}:{number}"))
            except LabelError as error:
                raise LabelError(f"{path.name}, {row.place}: {error}") from error
            if config.limit is not None and len(examples) >= config.limit:
                return examples
    names = ", ".join(path.name for path in paths)
    check_columns(config.columns, seen, place=names)
    if not any(example.says_something for example in examples):
        raise LabelError(
            f"{names}: text is empty in every row; map the text column, for example: --column text=content"
        )
    return examples


def _example(cells: Mapping[str, Any], config: DataConfig, heads: Sequence[HeadConfig], *, place: str) -> Example:
    extra = {
        head.name: str(cells[head.column])
        for head in heads
        if head.kind != "spans" and head.column is not None and cells.get(head.column) not in (None, "")
    }
    train_only, lasting = (cells.get(name) in (True, "true", "1") for name in ("train_only", "lasting"))
    if "turns" in cells:
        labelled = label_call({"id": place, **cells}, mentions=True)
        marks = marks_of({**cells, **_written_of(cells["gold"])}, labelled.document, heads)
        marks |= _spoken(labelled, heads)
        time = str(cells.get("received_at") or "") or None
        return Example(labelled, extra, time, marks, train_only=train_only, lasting=lasting)
    row = mean(rename(cells, config.columns))
    labelled = label_ticket({**row, "id": row.get("id") or place})
    time = row.get("received_at")
    marks = marks_of(cells, labelled.document, heads) | _spoken(labelled, heads)
    return Example(labelled, extra, str(time) if time else None, marks, cells.get("soft") or {}, train_only, lasting)


def _spoken(labelled: LabelledDocument, heads: Sequence[HeadConfig]) -> dict[str, tuple[GoldSpan, ...]]:
    """What the head of spoken words learns, where there is one: mentions of calls, and the spans of messages beside."""
    wanted = labelled.spans is not None and any(head.name == SPOKEN for head in heads)
    return {SPOKEN: labelled.spans or ()} if wanted else {}


def _written_of(gold: Mapping[str, Any]) -> dict[str, Any]:
    """What a person wrote of a call, as columns: its title and the fields of its form."""
    return {"ticket_title": gold.get("title"), FORM_FIELDS: gold.get("fields") or []}


@dataclass(frozen=True, slots=True)
class Split:
    """Examples to train on, and examples of the same kind that no weight ever sees.

    On `validation` confidence is fitted; `measured` are held back from that, too, where no file of its own is measured.
    """

    train: list[Example]
    validation: list[Example]
    measured: list[Example] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DataReport:
    """What a person should know of the data before time is spent on it. Identifiers and labels only, never text.

    `labelled` counts rows that a head learns from, `unknown` rows by head and label that it has not; `blank` rows say
    nothing, `leaks` are (nearly) rows of the evaluation file: both are left out.
    """

    rows: int
    labelled: dict[str, int]
    unknown: dict[str, dict[str, int]]
    blank: list[str]
    duplicates: list[list[str]]
    conflicts: list[dict[str, str]]
    near_duplicate_groups: int
    rare: dict[str, dict[str, int]]
    leaks: list[str]
    sha256: str


def inspect(
    examples: Sequence[Example],
    groups: Sequence[int],
    *,
    leaks: Collection[int] = (),
    unknown: Mapping[str, Mapping[str, int]] = MappingProxyType({}),
    config: DataConfig,
) -> DataReport:
    """Duplicates, conflicting labels of equal texts, rare and unknown labels, and the rows that are left out."""
    by_text: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        by_text[_plain(example)].append(example)
    repeated = [same for words, same in by_text.items() if words and len(same) > 1]
    conflicts = [
        {"head": head, "ids": ", ".join(example.labelled.id for example in same)}
        for same in repeated
        for head in SINGLE_HEADS
        if len({example.label(head) for example in same} - {None}) > 1
    ]
    told = {head: Counter(e.label(head) for e in examples if e.label(head)) for head in SINGLE_HEADS}
    counts = {
        head: {str(label): n for label, n in number.items() if label not in unknown.get(head, ())}
        for head, number in told.items()
        if number
    }
    return DataReport(
        rows=len(examples),
        labelled={head: sum(number.values()) for head, number in counts.items()},
        unknown={head: dict(number) for head, number in unknown.items()},
        blank=[example.labelled.id for example in examples if not example.says_something],
        duplicates=[[example.labelled.id for example in same] for same in repeated],
        conflicts=conflicts,
        near_duplicate_groups=sum(1 for size in Counter(groups).values() if size > 1),
        rare={
            head: {label: n for label, n in sorted(number.items()) if n < config.rare_below}
            for head, number in counts.items()
        },
        leaks=[examples[place].labelled.id for place in sorted(leaks)],
        sha256=digest_of(examples),
    )


def digest_of(examples: Sequence[Example]) -> str:
    """A hash of texts and all that they teach, in order: recognises the training data without holding it."""
    digest = hashlib.sha256()
    for example in examples:
        one = example.labelled
        labels = (sorted(one.labels.items()), one.departments, one.second_category, sorted(one.risks or ()), one.spans)
        taught = (sorted(example.extra.items()), sorted(example.marks.items()), sorted(example.soft.items()))
        use = (example.train_only, *(["lasting"] if example.lasting else []))
        digest.update(repr((one.document, labels, one.risks is None, taught, *use)).encode())
    return digest.hexdigest()


def find_leaks(examples: Sequence[Example], groups: Sequence[int], *, held_out: int) -> set[int]:
    """Places of the rows that are (nearly) one of the last `held_out`, or hold the beginning of one."""
    last = len(examples) - held_out
    near = set(groups[last:])
    begun = {_beginning(example) for example in examples[last:] if example.says_something}
    return {place for place in range(last) if groups[place] in near or _beginning(examples[place]) in begun}


def group_similar(examples: Sequence[Example]) -> list[int]:
    """A group for every example, by the place of its first one; near-duplicates share one.

    They are alike by Jaccard ≥ 0.7 of character 6-grams, as 128 hashes of MinHash estimate it. The same rows in the
    same order make the same groups in every process.
    """
    index = MinHashLSH(num_perm=_HASHES, params=_BANDS)
    sketches: list[MinHash] = []
    first = list(range(len(examples)))

    def root(place: int) -> int:
        while first[place] != place:
            first[place] = first[first[place]]
            place = first[place]
        return place

    for place, example in enumerate(examples):
        text = _plain(example)
        shingles = {text[i : i + _SHINGLE].encode() for i in range(max(len(text) - _SHINGLE + 1, 1))}
        sketch = MinHash(num_perm=_HASHES, seed=1)
        sketch.update_batch(sorted(shingles))
        for other in sorted(map(int, index.query(sketch))):
            if sketch.jaccard(sketches[other]) >= _NEAR_DUPLICATE:
                old, new = sorted((root(place), root(other)))
                first[new] = old
        index.insert(str(place), sketch)
        sketches.append(sketch)
    return [root(place) for place in range(len(examples))]


def split(
    examples: Sequence[Example],
    groups: Sequence[int],
    config: DataConfig,
    *,
    leaks: Collection[int] = (),
    measure: bool = False,
) -> Split:
    """Hold back about `validation_share`, half of it to be measured on where `measure` is set.

    Groups of near-duplicates stay on one side; rows that leak or say nothing are on none. By similarity: a hash of the
    group's first text decides, so a grown file keeps its old split. By time: the latest rows are held back, as a city
    meets them. Rows that a teacher labelled are never held back: what is fitted on those (shares, temperatures,
    thresholds) would be fitted to the teacher. Of a text that people labelled, too, the teacher's row is left out, even
    where they read its beginning only. Nor are rows held back that are `train_only`; one that is like a row held back,
    or begins like it, is left out.
    Errors: LabelError where rows are to be split by time and have none.
    """
    late = _late(examples, groups, config) if config.split_by == "time" else None
    shares = {group: _share_of(examples[group]) for group in set(groups)}
    held = [shares[g] < config.validation_share if late is None else g in late for g in groups]
    checked = [one.is_checked for one in examples]
    by_people = {group for one, group in zip(examples, groups, strict=True) if not one.soft}
    begun = {_beginning(one) for one in examples if not one.soft}
    kept_back = {group for group, out, own in zip(groups, held, checked, strict=True) if out and own}
    begun_back = {_beginning(one) for one, out, own in zip(examples, held, checked, strict=True) if out and own}
    parts = Split([], [], [])
    for place, (one, group) in enumerate(zip(examples, groups, strict=True)):
        if place in leaks or not one.says_something:
            continue
        if checked[place]:
            half = shares[group] < config.validation_share / 2 if late is None else shares[group] < 0.5
            side = parts.train if not held[place] else parts.measured if measure and half else parts.validation
            side.append(one)
        elif one.soft:
            if group not in by_people and _beginning(one) not in begun:
                parts.train.append(one)
        elif group not in kept_back and _beginning(one) not in begun_back:
            parts.train.append(one)
    return parts


def _late(examples: Sequence[Example], groups: Sequence[int], config: DataConfig) -> set[int]:
    times = [moment_of(one.received_at or "") for one in examples]
    for one, time in zip(examples, times, strict=True):
        if time is None and one.is_checked:
            raise LabelError(
                f"row {one.labelled.id} has no time that can be read, and split_by is 'time'; "
                "map it, for example: --column received_at=受理时间, or split by similarity"
            )
    order = sorted(range(len(examples)), key=lambda place: times[place] or "")
    return {groups[place] for place in order[int(len(order) * (1 - config.validation_share)) :]}


def _beginning(example: Example) -> str:
    return _plain(example)[:_BEGINNING]


def _share_of(example: Example) -> float:
    return int.from_bytes(hashlib.sha256(_plain(example).encode()).digest()[:8], "big") / 2**64


def _plain(example: Example) -> str:
    return "".join(character for character in example.text or example.labelled.document.title if character.isalnum())
