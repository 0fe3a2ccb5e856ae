"""Dataset: labelled files of any common format → examples, a report of what is wrong with them, and a fair split."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datasketch import MinHash, MinHashLSH

from evaluation.errors import LabelError
from evaluation.labelled import SINGLE_HEADS, GoldSpan, LabelledDocument, label_call, label_ticket
from models.spans import SPANS, SPOKEN
from training.config import DataConfig, HeadConfig
from training.marks import FORM_FIELDS, marks_of

_INTEGERS = ("intensity", "urgency")
_LISTS = ("departments", "risks")
_SHINGLE = 6
_NEAR_DUPLICATE = 0.7
_BEGINNING = 60  # characters that no two messages share by chance, greetings included


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled document, when it came in (for splits by time), and what else it teaches.

    `extra` are labels of auxiliary heads, `marks` spans of all heads but `spans`, `soft` a teacher's shares by head and
    label. Labels that are good enough to learn from, but not to be measured by, are `train_only`.
    """

    labelled: LabelledDocument
    extra: dict[str, str] = field(default_factory=dict)
    received_at: str | None = None
    marks: dict[str, tuple[GoldSpan, ...]] = field(default_factory=dict)
    soft: dict[str, dict[str, float]] = field(default_factory=dict)
    train_only: bool = False

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
    def text(self) -> str:
        """All that was said, for comparing documents."""
        return "\n".join(segment.text for segment in self.labelled.document.segments)


def read_examples(paths: Iterable[Path], config: DataConfig, heads: Sequence[HeadConfig]) -> list[Example]:
    """Rows of CSV, JSONL (also .gz, .xz), Excel or Parquet files, with the columns renamed as configured.

    Errors: LabelError naming file, row and column.
    """
    examples: list[Example] = []
    for path in paths:
        for number, row in enumerate(read_rows(path), start=1):
            try:
                # A row without an id is known by its place, so that every row can be named and told apart.
                examples.append(
                    _example({"id": f"{path.stem}:{number}", **_without_empty_id(row, config)}, config, heads)
                )
            except LabelError as error:
                raise LabelError(f"{path.name}, row {number}: {error}") from error
            if config.limit is not None and len(examples) >= config.limit:
                return examples
    return examples


def _without_empty_id(row: dict[str, Any], config: DataConfig) -> dict[str, Any]:
    named = config.columns.get("id", "id")
    given = row.get(named)
    rest = {key: value for key, value in row.items() if key not in ("id", named)}
    return {**rest, "id": str(given)} if given not in (None, "") else rest


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of one file, as they stand. CSV cells and Excel cells stay strings, so that codes keep leading zeros."""
    import pandas
    from datasets import load_dataset

    name = path.name.lower()
    if not path.is_file():
        raise LabelError(f"{path} is no file; name an existing CSV, JSONL, Excel or Parquet file")
    if name.endswith((".csv", ".csv.gz")):
        yield from pandas.read_csv(path, dtype=str, keep_default_na=False, encoding=_encoding_of(path)).to_dict(
            "records"
        )
    elif name.endswith((".xlsx", ".xls")):
        yield from pandas.read_excel(path, dtype=str, keep_default_na=False).to_dict("records")
    elif name.endswith(".parquet"):
        yield from load_dataset("parquet", data_files=str(path), split="train", streaming=True)
    elif name.endswith((".jsonl", ".jsonl.gz", ".jsonl.xz", ".json")):
        yield from _json_rows(path)
    else:
        raise LabelError(f"{path.name} is of no known format; use .csv, .jsonl, .xlsx or .parquet")


def _json_rows(path: Path) -> Iterator[dict[str, Any]]:
    # Line by line rather than through `datasets`: labelled rows are ragged (lists of spans, some absent), and one
    # schema for a whole file would fill every absent label with null and refuse mixed ones.
    import gzip
    import lzma

    opener = gzip.open if path.suffix == ".gz" else lzma.open if path.suffix == ".xz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def _encoding_of(path: Path) -> str:
    import gzip

    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def _example(row: dict[str, Any], config: DataConfig, heads: Sequence[HeadConfig]) -> Example:
    extra = {
        head.name: str(row[head.column])
        for head in heads
        if head.kind != "spans" and head.column is not None and row.get(head.column) not in (None, "")
    }
    if "turns" in row:
        labelled = label_call(row, mentions=True)
        marks = marks_of({**row, **_written_of(row["gold"])}, labelled.document, heads)
        marks |= _spoken(labelled, heads)
        return Example(labelled, extra, str(row.get("received_at") or "") or None, marks)
    wanted = ("text", "title", "id", "spans", *SINGLE_HEADS, *_LISTS)
    renamed = {ours: row.get(config.columns.get(ours, ours) if ours != "id" else "id") for ours in wanted}
    if not str(renamed.get("text") or renamed.get("title") or "").strip():
        raise LabelError("text is empty; map the text column, for example: --column text=content")
    labelled = label_ticket({key: _cell(key, value) for key, value in renamed.items() if value is not None})
    time = row.get(config.columns.get("received_at", "received_at"))
    marks = marks_of(row, labelled.document, heads) | _spoken(labelled, heads)
    train_only = row.get("train_only") in (True, "true", "1")
    return Example(labelled, extra, str(time) if time else None, marks, row.get("soft") or {}, train_only)


def _spoken(labelled: LabelledDocument, heads: Sequence[HeadConfig]) -> dict[str, tuple[GoldSpan, ...]]:
    """What the head of spoken words learns, where there is one: mentions of calls, and the spans of messages beside."""
    wanted = labelled.spans is not None and any(head.name == SPOKEN for head in heads)
    return {SPOKEN: labelled.spans or ()} if wanted else {}


def _written_of(gold: Mapping[str, Any]) -> dict[str, Any]:
    """What a person wrote of a call, as columns: its title and the fields of its form."""
    return {"ticket_title": gold.get("title"), FORM_FIELDS: gold.get("fields") or []}


def _cell(key: str, value: Any) -> Any:
    """What a spreadsheet cell means for this label: lists are split at separators, grades and flags are read."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if key in _LISTS:
        return [part.strip() for part in text.replace("；", ";").replace("、", ";").split(";") if part.strip()]
    if key == "spans":
        return json.loads(text) if text else None
    if not text:
        return None
    if key in _INTEGERS and text.isascii() and text.isdigit():
        return int(text)
    if key == "territorial":
        return text.lower() in ("1", "true", "yes", "是", "属地")
    return text


@dataclass(frozen=True, slots=True)
class Split:
    """Examples to train on, and examples of the same kind that no weight ever sees."""

    train: list[Example]
    validation: list[Example]


@dataclass(frozen=True, slots=True)
class DataReport:
    """What a person should know of the data before time is spent on it. Identifiers only, never text."""

    rows: int
    labelled: dict[str, int]
    duplicates: list[list[str]]
    conflicts: list[dict[str, str]]
    near_duplicate_groups: int
    rare: dict[str, dict[str, int]]
    leaks: list[str]
    sha256: str


def inspect(
    examples: Sequence[Example], groups: Sequence[int], *, held_out: Sequence[Example], config: DataConfig
) -> DataReport:
    """Duplicates, conflicting labels of equal texts, rare labels, and rows that also stand in the evaluation file."""
    by_text: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        by_text[_plain(example.text)].append(example)
    repeated = [same for same in by_text.values() if len(same) > 1]
    conflicts = [
        {"head": head, "ids": ", ".join(example.labelled.id for example in same)}
        for same in repeated
        for head in SINGLE_HEADS
        if len({example.label(head) for example in same} - {None}) > 1
    ]
    counts = {head: Counter(e.label(head) for e in examples if e.label(head)) for head in SINGLE_HEADS}
    held = {_plain(example.text) for example in held_out}
    return DataReport(
        rows=len(examples),
        labelled={head: sum(number.values()) for head, number in counts.items() if number},
        duplicates=[[example.labelled.id for example in same] for same in repeated],
        conflicts=conflicts,
        near_duplicate_groups=sum(1 for size in Counter(groups).values() if size > 1),
        rare={
            head: {str(label): n for label, n in sorted(number.items(), key=str) if n < config.rare_below}
            for head, number in counts.items()
            if number
        },
        leaks=[example.labelled.id for example in examples if _plain(example.text) in held],
        sha256=digest_of(examples),
    )


def digest_of(examples: Sequence[Example]) -> str:
    """A hash of texts and labels, in order: recognises the training data without holding it."""
    digest = hashlib.sha256()
    for example in examples:
        digest.update(repr((example.text, sorted(example.labelled.labels.items()), example.labelled.spans)).encode())
    return digest.hexdigest()


def group_similar(examples: Sequence[Example]) -> list[int]:
    """A group number for every example; near-duplicates (Jaccard ≥ 0.7 of character 6-grams, by MinHash) share one."""
    index = MinHashLSH(threshold=_NEAR_DUPLICATE, num_perm=64)
    parent = list(range(len(examples)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for place, example in enumerate(examples):
        text = _plain(example.text)
        shingles = {text[i : i + _SHINGLE].encode() for i in range(max(len(text) - _SHINGLE + 1, 1))}
        sketch = MinHash(num_perm=64, seed=1)
        sketch.update_batch(sorted(shingles))
        for other in index.query(sketch):
            parent[root(place)] = root(int(other))
        index.insert(str(place), sketch)
    return [root(place) for place in range(len(examples))]


def split(examples: Sequence[Example], groups: Sequence[int], config: DataConfig) -> Split:
    """Hold back about `validation_share`; groups of near-duplicates stay on one side.

    By similarity: a hash of the group's first text decides, so a grown file keeps its old split. By time: the latest
    rows are held back, as a city meets them. Rows that a teacher labelled are never held back: what is fitted on those
    (shares, temperatures, thresholds) would be fitted to the teacher. Of a text that people labelled, too, the
    teacher's row is left out, even where they read its beginning only. Nor are rows held back that are `train_only`;
    one that is like a row held back is left out.
    """
    if config.split_by == "time":
        order = sorted(range(len(examples)), key=lambda i: examples[i].received_at or "")
        late = {groups[i] for i in order[int(len(order) * (1 - config.validation_share)) :]}
        held = [groups[i] in late for i in range(len(examples))]
    else:
        held = [_share_of(examples[group].text) < config.validation_share for group in groups]
    by_people = {group for example, group in zip(examples, groups, strict=True) if not example.soft}
    begun = {_beginning(example) for example in examples if not example.soft}
    rows = list(zip(examples, groups, held, strict=True))
    measured = {group for example, group, out in rows if out and not example.soft and not example.train_only}
    train: list[Example] = []
    validation: list[Example] = []
    for example, group, out in rows:
        if example.soft:
            if group not in by_people and _beginning(example) not in begun:
                train.append(example)
        elif not example.train_only:
            (validation if out else train).append(example)
        elif group not in measured:
            train.append(example)
    return Split(train=train, validation=validation)


def _beginning(example: Example) -> str:
    return _plain(example.text)[:_BEGINNING]


def _share_of(text: str) -> float:
    return int.from_bytes(hashlib.sha256(_plain(text).encode()).digest()[:8], "big") / 2**64


def _plain(text: str) -> str:
    return "".join(character for character in text if character.isalnum())
