"""Corpus: text files → token arrays on disk, the input of pre-training.

    python -m training.corpus --general 'corpus/*.jsonl.xz' --domain 'tickets/*.jsonl' --out runs/corpus

One array per domain (`general.npy`, `domain.npy`), uint16, shape (tokens,): documents one after another, each closed by
`[SEP]`. The highest bit marks the first token of a word (jieba), which is what whole-word masking needs. Fixed arrays
make a run resumable to the same state: a step is a function of the seed and the step number.
"""

from __future__ import annotations

import argparse
import glob
import json
import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from training.vocabulary import SEP, CharacterTable, learn_vocabulary
from training.whole import written_whole

Tokens = npt.NDArray[np.uint16]  # shape (tokens,); word starts carry WORD_START
WORD_START = np.uint16(0x8000)
TOKEN_MASK = np.uint16(0x7FFF)
_CHUNK_CHARS = 2_000_000
_HELD_BACK = 200_000  # tokens at the end of an array that no training step reads


def read_texts(paths: Iterable[Path], *, min_chars: int = 8) -> Iterator[str]:
    """Stream `title` and `text` of JSONL files (plain, .gz or .xz) through `datasets`, one document per row.

    Exact repetitions and texts shorter than `min_chars` are left out.
    """
    from datasets import load_dataset

    seen: set[int] = set()
    for path in paths:
        rows = load_dataset("json", data_files=str(path), split="train", streaming=True)
        for row in rows:
            text = "\n".join(part for part in (row.get("title"), row.get("text")) if part)
            key = hash(text)
            if len(text) >= min_chars and key not in seen:
                seen.add(key)
                yield text


def encode_document(text: str, table: CharacterTable) -> Tokens:
    """Token ids of one document with its word starts marked, closed by `[SEP]`.  Shape: (tokens,)."""
    # Where it is used, as `datasets` is: a lent machine reads token arrays and has neither.
    import jieba

    folded = table.fold(text)
    ids = table.ids(folded)
    starts = np.zeros(len(folded), dtype=bool)
    position = 0
    for word in jieba.cut(folded, HMM=False):
        starts[position] = True
        position += len(word)
    tokens = ids.astype(np.uint16)
    tokens[starts] |= WORD_START
    spelt = np.flatnonzero(ids < 0)
    if spelt.size:
        pieces: list[Tokens] = []
        done = 0
        for index in spelt.tolist():
            byte_ids = np.array(table.bytes_of(folded[index]), dtype=np.uint16)
            byte_ids[0] |= WORD_START
            pieces += [tokens[done:index], byte_ids]
            done = index + 1
        tokens = np.concatenate([*pieces, tokens[done:]])
    return np.append(tokens, np.uint16(SEP) | WORD_START)


def quiet_segmenter() -> None:
    """Load the word list that word starts are told by, without a word."""
    import jieba

    jieba.setLogLevel(logging.WARNING)
    # jieba unmarshals its cache, and the default place is a name in /tmp that anyone may have written first.
    with TemporaryDirectory(prefix="suqiu-jieba-") as place:
        jieba.dt.tmp_dir = place
        jieba.initialize()


_TABLE: CharacterTable | None = None


def _open_worker(tokenizer_json: str) -> None:
    global _TABLE
    quiet_segmenter()
    _TABLE = CharacterTable(Tokenizer.from_str(tokenizer_json))


def _encode_chunk(texts: list[str]) -> Tokens:
    assert _TABLE is not None
    return np.concatenate([encode_document(text, _TABLE) for text in texts])


def encode_corpus(texts: Iterable[str], tokenizer: Tokenizer, target: Path, *, processes: int = 2) -> int:
    """Encode all documents into `target` (a .npy file); returns the number of tokens.

    Written beside the target and renamed, so a killed run leaves no half array.
    """
    pieces: list[Tokens] = []
    with ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_open_worker, initargs=(tokenizer.to_str(),)
    ) as pool:
        pieces.extend(pool.map(_encode_chunk, _chunks(texts)))
    tokens = np.concatenate(pieces)
    with written_whole(target) as draft:
        np.save(draft, tokens)
    return int(tokens.size)


def _chunks(texts: Iterable[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    size = 0
    for text in texts:
        chunk.append(text)
        size += len(text)
        if size >= _CHUNK_CHARS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def prepare_corpus(general: list[Path], domain: list[Path], out: Path, *, processes: int = 2) -> None:
    """Learn the vocabulary and encode both domains into `out`; what already stands there is kept.

    Domain files count four times when the characters are chosen: their rare characters are the ones that will be met.
    """
    out.mkdir(parents=True, exist_ok=True)
    vocabulary = out / "tokenizer.json"
    if not vocabulary.exists():
        weighted = (text for paths in (general, domain, domain, domain, domain) for text in read_texts(paths))
        learn_vocabulary(weighted).save(str(vocabulary))
    tokenizer = Tokenizer.from_file(str(vocabulary))
    counts = {}
    for name, paths in (("domain", domain), ("general", general)):
        target = out / f"{name}.npy"
        if not target.exists():
            encode_corpus(read_texts(paths), tokenizer, target, processes=processes)
        counts[name] = int(np.load(target, mmap_mode="r").size)
    (out / "corpus.json").write_text(json.dumps({"tokens": counts, "files": len(general) + len(domain)}, indent=1))


def training_tokens(corpus: Path, name: str) -> Tokens:
    """The part of an array that pre-training may read, mapped from disk."""
    tokens: Tokens = np.load(corpus / f"{name}.npy", mmap_mode="r")
    return tokens[: -_held_back(tokens)]


def held_back_tokens(corpus: Path, name: str) -> Tokens:
    """The rest, at most a hundredth of it: what intrinsic checks measure on."""
    tokens: Tokens = np.load(corpus / f"{name}.npy", mmap_mode="r")
    return tokens[-_held_back(tokens) :]


def _held_back(tokens: Tokens) -> int:
    return min(_HELD_BACK, max(1, len(tokens) // 100))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--general", nargs="+", required=True, help="JSONL files or patterns of general text")
    parser.add_argument("--domain", nargs="+", required=True, help="JSONL files or patterns of citizens' messages")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    general, domain = (expand(patterns) for patterns in (given.general, given.domain))
    prepare_corpus(general, domain, given.out, processes=given.processes)


def expand(patterns: list[str]) -> list[Path]:
    """Files that match the patterns. Errors: SystemExit where there is none."""
    files = [Path(name) for pattern in patterns for name in sorted(glob.glob(pattern))]
    if not files:
        raise SystemExit(f"{' '.join(patterns)} matches no file; name JSONL files with a 'text' in each line")
    return files


if __name__ == "__main__":
    main()
