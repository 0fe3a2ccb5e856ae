"""Parcels: a corpus → compressed files that travel to a lent machine, and that a sprint reads there.

    python -m training.parcels --corpus runs/corpus --titles 'tickets/*.jsonl.gz' --base models/store/base \\
        --out runs/parcels

A folder of parcels holds `domain-NN.npy.xz` and `general-NN.npy.xz` (token arrays as in training.corpus, without what
is held back), `held-back.npy.xz` (the domain's) and `titled.npz.xz` (titles and bodies of messages). They may reach
the machine one after another: a sprint takes up whatever stands there.
"""

from __future__ import annotations

import argparse
import io
import lzma
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.progress import track
from tokenizers import Tokenizer

from training.corpus import TOKEN_MASK, Tokens, expand, held_back_tokens, quiet_segmenter, training_tokens
from training.titles import Titled, read_titled
from training.vocabulary import CharacterTable
from training.whole import written_whole

PARCEL_TOKENS = 8_000_000
KINDS = ("domain", "general")
HELD_BACK, TITLED = "held-back.npy.xz", "titled.npz.xz"
LONGEST_TITLE = 32  # tokens
_LONGEST_BODY = 512  # what is behind says little that the title does
_THREADS = 2


def pack(corpus: Path, titled: Sequence[Titled], out: Path) -> None:
    """Write the parcels of a corpus; those that stand are kept."""
    out.mkdir(parents=True, exist_ok=True)
    jobs: list[tuple[str, Tokens]] = [(HELD_BACK, held_back_tokens(corpus, "domain"))]
    for kind in KINDS:
        tokens = training_tokens(corpus, kind)
        parts = [tokens[first : first + PARCEL_TOKENS] for first in range(0, len(tokens), PARCEL_TOKENS)]
        jobs += [(f"{kind}-{number:02}.npy.xz", part) for number, part in enumerate(parts)]
    with ThreadPoolExecutor(_THREADS) as pool:
        done = pool.map(lambda job: _write(out / job[0], lambda file: np.save(file, job[1])), jobs)
        for _ in track(done, description="packing", total=len(jobs)):
            pass
    _write(out / TITLED, lambda file: np.savez(file, allow_pickle=False, **_table(titled)))


def _table(titled: Sequence[Titled]) -> dict[str, npt.NDArray[np.uint16]]:
    """Titles and bodies one after another, with where each ends."""
    bodies = [one.body[:_LONGEST_BODY] for one in titled]
    return {
        "titles": np.concatenate([one.title for one in titled]),
        "title_lengths": np.array([len(one.title) for one in titled], dtype=np.uint16),
        "bodies": np.concatenate(bodies),
        "body_lengths": np.array([len(body) for body in bodies], dtype=np.uint16),
    }


def unpack_tokens(file: Path) -> Tokens:
    """The tokens of one parcel.  Shape: (tokens,)."""
    tokens: Tokens = np.load(io.BytesIO(lzma.decompress(file.read_bytes())))
    return tokens


def unpack_titled(file: Path) -> list[Titled]:
    """Titles and bodies as they were packed; of the title, the starts of words are gone."""
    stored = np.load(io.BytesIO(lzma.decompress(file.read_bytes())))
    titles, bodies = (
        np.split(stored[name], np.cumsum(stored[lengths].astype(np.int64))[:-1])
        for name, lengths in (("titles", "title_lengths"), ("bodies", "body_lengths"))
    )
    return [Titled(title & TOKEN_MASK, body) for title, body in zip(titles, bodies, strict=True)]


def _write(target: Path, save: Callable[[io.BytesIO], None]) -> None:
    if target.exists():
        return
    buffer = io.BytesIO()
    save(buffer)
    with written_whole(target) as draft:
        draft.write_bytes(lzma.compress(buffer.getvalue(), preset=9 | lzma.PRESET_EXTREME))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--corpus", type=Path, required=True, help="folder of token arrays (training.corpus)")
    parser.add_argument("--titles", action="append", required=True, help="JSONL with title and text; patterns")
    parser.add_argument("--base", type=Path, required=True, help="the base whose tokenizer wrote the corpus")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    quiet_segmenter()
    table = CharacterTable(Tokenizer.from_file(str(given.base / "tokenizer.json")))
    pack(given.corpus, read_titled(expand(given.titles), table), given.out)


if __name__ == "__main__":
    main()
