"""Shards: a model's weights in fp16, in files that fit through a narrow door, and the base that they make.

    python -m training.shards --base models/store/base --shards runs/sprint/end --out runs/base

What never changes (the lexicon's index, the tokenizer) is not in them: it comes from the base that the run began with.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor, cat

from training.objectives import MaskedLanguageModel
from training.pretrain import open_model, save_base

_SHARD_BYTES = 15_000_000


def save_shards(model: MaskedLanguageModel, folder: Path) -> None:
    """Write the weights, in files of at most 15 MB; the folder appears when it is whole."""
    draft = folder.with_name(folder.name + ".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    shard: dict[str, Tensor] = {}
    number = size = 0
    for key, part in _parts(model):
        if shard and size + part.nbytes > _SHARD_BYTES:
            save_file(shard, draft / f"{number}.safetensors")
            shard, number, size = {}, number + 1, 0
        shard[key] = part
        size += part.nbytes
    save_file(shard, draft / f"{number}.safetensors")
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)


def _parts(model: MaskedLanguageModel) -> list[tuple[str, Tensor]]:
    """Weights by name and number of the part; matrices in two halves."""
    parts = []
    for name, value in model.state_dict().items():
        if value.is_floating_point():
            half = value.detach().half().cpu()
            pieces = half.split((half.shape[0] + 1) // 2) if half.ndim == 2 else [half]
            parts += [(f"{name}:{number}", piece.contiguous()) for number, piece in enumerate(pieces)]
    return parts


def load_shards(model: MaskedLanguageModel, folder: Path) -> MaskedLanguageModel:
    """Put the weights of shards into a model of the same shape.

    Errors: SystemExit where a shard is missing.
    """
    pieces: dict[str, dict[int, Tensor]] = {}
    for file in folder.glob("*.safetensors"):
        for key, value in load_file(file).items():
            name, number = key.rsplit(":", 1)
            pieces.setdefault(name, {})[int(number)] = value.float()
    for name, value in model.state_dict().items():
        if not value.is_floating_point():
            continue
        found = [piece for _, piece in sorted(pieces.get(name, {}).items(), key=_number)]
        whole = cat(found) if found and value.ndim else found[0] if found else None
        if whole is None or whole.shape != value.shape:
            raise SystemExit(f"{folder} lacks {name}, whole: a shard did not come back, or it is another shape's")
        value.copy_(whole)
    return model


def _number(pair: tuple[int, Tensor]) -> int:
    return pair[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--base", type=Path, required=True, help="the base that the run began with")
    parser.add_argument("--shards", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    model = load_shards(open_model(given.base), given.shards)
    save_base(model, given.base / "tokenizer.json", given.out)


if __name__ == "__main__":
    main()
