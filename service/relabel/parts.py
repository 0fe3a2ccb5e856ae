"""Parts: the answers of a chunk of rows, one file each, whole or not there at all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from service.relabel.answer import Answer
from service.relabel.json_file import as_json
from service.relabel.plan import PARTS, write_whole
from service.relabel.record import Flaw


def part_path(folder: Path, chunk: int) -> Path:
    """File of a chunk, in folders of a thousand."""
    return folder / PARTS / f"{chunk // 1_000:05d}" / f"{chunk:08d}.jsonl"


def write_part(path: Path, answers: Sequence[Answer]) -> None:
    """Store the answers of a chunk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, "".join(as_json(_pack(answer)) + "\n" for answer in answers))


def read_parts(folder: Path, chunks: int) -> Iterator[Answer]:
    """All answers, in the order of the rows."""
    for chunk in range(chunks):
        with part_path(folder, chunk).open(encoding="utf-8") as lines:
            for line in lines:
                number, cells, flaw = json.loads(line)
                yield Answer(number, cells, Flaw(*flaw) if flaw else None)


def _pack(answer: Answer) -> list[object]:
    return [answer.number, answer.cells, [answer.flaw.code, answer.flaw.reason] if answer.flaw else None]
