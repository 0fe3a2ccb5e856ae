"""Attach: labels whose texts may not be published → labelled rows, where the texts are at hand.

    python -m training.attach --labels training/annotations/messages.jsonl --texts unlabelled.jsonl.gz --out read.jsonl

Other people's messages stay out of the repository; what was read in them is ours. So a line of the label file names its
text by a digest, says how many of its characters were read, and gives spans as places; this step puts the two together.
The file that it writes holds what citizens wrote: keep it as you keep the tickets.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from evaluation.errors import LabelError
from evaluation.rows import read_rows
from training.whole import written_whole

_PLACE = ("key", "characters")


def key_of(title: str, text: str) -> str:
    """What a label file calls a text: 16 hexadecimal digits of the SHA-256 of title and text without outer blanks."""
    return hashlib.sha256(f"{title.strip()}\n{text.strip()}".encode()).hexdigest()[:16]


def detach(row: Mapping[str, Any], *, text: str) -> dict[str, Any]:
    """A labelled row whose `text` is the beginning of `text` → its line of the label file, without a word of it.

    Errors: LabelError where the row's text does not begin the whole one.
    """
    title, read = str(row.get("title") or ""), str(row["text"])
    if not text.strip().startswith(read):
        raise LabelError(f"row {row.get('id')}: its text is not the beginning of the whole text; cut at the end only")
    labels = {name: value for name, value in row.items() if name not in ("id", "title", "text", *_PLACE)}
    return {"key": key_of(title, text), "characters": len(read), **labels}


def attach(
    labels: Iterable[Mapping[str, Any]],
    texts: Iterable[Mapping[str, Any]],
    *,
    without: Collection[str] = (),
    apart: Collection[str] = (),
) -> Iterator[dict[str, Any]]:
    """Label lines and rows with title and text → labelled rows as training reads them, in the order of the texts.

    A line whose text is not among them gives no row. Labels named in `without` are left out. Those named in
    `apart` are called `<name>_read`: what these readers call urgent is learnt by a head of its own, not taken for what
    others call so. The rows are `train_only`: nobody checked who labelled them.
    Errors: LabelError where a line lacks a column or names more characters than its text has.
    """
    waiting = {_known(line, "key"): line for line in labels}
    for row in texts:
        title, text = str(row.get("title") or "").strip(), str(row.get("text") or "").strip()
        if (line := waiting.pop(key_of(title, text), None)) is None:
            continue
        characters = int(_known(line, "characters"))
        if not 0 < characters <= len(text):
            raise LabelError(f"label {line['key']}: {characters} characters were read of a text that has {len(text)}")
        rest = {
            f"{name}_read" if name in apart else name: value
            for name, value in line.items()
            if name not in (*_PLACE, *without)
        }
        yield {"id": f"read-{line['key']}", "title": title, "text": text[:characters], "train_only": True, **rest}


def _known(line: Mapping[str, Any], column: str) -> Any:
    if column not in line:
        raise LabelError(f"a label line has no '{column}'; write the file with training.attach.detach")
    return line[column]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--labels", type=Path, action="append", required=True, help="a label file; repeatable")
    parser.add_argument("--texts", type=Path, action="append", required=True, help="rows with title and text")
    parser.add_argument("--without", action="append", default=[], help="a label to leave out; repeatable")
    parser.add_argument("--apart", action="append", default=[], help="a label to call <name>_read; repeatable")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    labels = [line.cells for path in given.labels for line in read_rows(path)]
    known = {name for line in labels for name in line}
    if unknown := [name for name in (*given.without, *given.apart) if name not in known]:
        parser.exit(1, f"no line has a label '{unknown[0]}'; there are {', '.join(sorted(known - {*_PLACE}))}\n")
    texts = (row.cells for path in given.texts for row in read_rows(path))
    with written_whole(given.out) as draft:
        found = 0
        with draft.open("w", encoding="utf-8") as file:
            for row in attach(labels, texts, without=given.without, apart=given.apart):
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                found += 1
        if not found:
            parser.exit(1, "none of the labels has its text in the files given; name the files that were read\n")
    lost = f"; {len(labels) - found} have no text in the files given" if found < len(labels) else ""
    Console(stderr=True).print(f"{found} of {len(labels)} labels have their text{lost}: {given.out}")


if __name__ == "__main__":
    main()
