"""Intrinsic checks of a base: how often it finds masked words, and ten fill-ins that a person can read.

python -m training.intrinsic --base models/store/base --domain dev.jsonl --corpus runs/corpus
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from training.corpus import TOKEN_MASK, Tokens, encode_document, held_back_tokens, read_texts
from training.masking import MaskedBatch, choose_words
from training.objectives import MaskedLanguageModel
from training.pretrain import open_model
from training.vocabulary import CLS, FIRST_BYTE, FIRST_CHARACTER, MASK, CharacterTable

# Written for this project; □ is masked.
SENTENCES = (
    "小区楼下的烧烤店油烟□□，影响居民休息。",
    "公司拖欠农民工□□已经三个月了。",
    "请问新生儿怎么办理□□登记？",
    "这条路上没有红绿□，孩子过马路很危险。",
    "我家的自来□已经停了两天。",
    "希望有关□□尽快处理这个问题。",
    "工地夜间施工□□扰民，根本没法睡觉。",
    "开发商一直不给业主办理房产□。",
    "公交□司机态度恶劣，不按站停靠。",
    "医院乱□费，请物价部门查一查。",
)


@dataclass(frozen=True, slots=True)
class Intrinsic:
    """Share of masked tokens found, on how many, and the share of tokens of the text that are spelt by bytes."""

    accuracy: float
    masked: int
    spelt: float


def measure(model: MaskedLanguageModel, tokens: Tokens, *, width: int = 128) -> Intrinsic:
    """Mask 15 % of the words of held-back tokens, once, with a fixed seed."""
    ids = (tokens & TOKEN_MASK).astype(np.int64)
    spelt = float(((ids >= FIRST_BYTE) & (ids < FIRST_CHARACTER)).mean())
    rows = len(tokens) // (width - 1)
    body = ids[: rows * (width - 1)].reshape(rows, width - 1)
    starts = (tokens > TOKEN_MASK)[: rows * (width - 1)].reshape(rows, width - 1)
    ids = np.concatenate([np.full((rows, 1), CLS), body], axis=1)
    starts = np.concatenate([np.ones((rows, 1), dtype=bool), starts], axis=1)
    right = total = 0
    for first in range(0, rows, 32):
        part = ids[first : first + 32].copy()
        masked = choose_words(part, starts[first : first + 32], np.random.default_rng(first), share=0.15)
        answers = part[masked]
        part[masked] = MASK
        found = _best(model, part, masked)
        right += int((found == answers).sum())
        total += len(answers)
    return Intrinsic(right / max(total, 1), total, spelt)


def fill_in(model: MaskedLanguageModel, tokenizer: Tokenizer, sentence: str) -> str:
    """The sentence with the best character at each □."""
    ids = [CLS, *tokenizer.encode(sentence.replace("□", "\ue000"), add_special_tokens=False).ids]
    # The private character is spelt by three bytes, which stand for one mask.
    spelt = tokenizer.encode("\ue000", add_special_tokens=False).ids
    row: list[int] = []
    while ids:
        row.append(MASK if ids[: len(spelt)] == spelt else ids[0])
        ids = ids[len(spelt) :] if row[-1] == MASK else ids[1:]
    array = np.array([row])
    best = iter(_best(model, array, array == MASK).tolist())
    return "".join(
        f"【{tokenizer.id_to_token(next(best))}】" if character == "□" else character for character in sentence
    )


@torch.no_grad()
def _best(model: MaskedLanguageModel, ids: np.ndarray, masked: np.ndarray) -> np.ndarray:
    rows, width = ids.shape
    positions = torch.arange(width).expand(rows, width)
    places = torch.from_numpy(np.flatnonzero(masked))
    batch = MaskedBatch(ids=torch.from_numpy(ids), positions=positions, places=places, answers=places)
    found: np.ndarray = model.eval().logits(batch).argmax(dim=1).numpy()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--domain", type=Path, required=True, help="held-back JSONL, never part of the corpus")
    parser.add_argument("--corpus", type=Path, help="folder of token arrays; the end of the general one is held back")
    given = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(given.base / "tokenizer.json"))
    model, table = open_model(given.base), CharacterTable(tokenizer)
    domain = np.concatenate([encode_document(text, table) for text in read_texts([given.domain])])
    found: dict[str, object] = {"domain": asdict(measure(model, domain))}
    if given.corpus is not None:
        found["general"] = asdict(measure(model, held_back_tokens(given.corpus, "general")))
    found["fill_ins"] = [fill_in(model, tokenizer, sentence) for sentence in SENTENCES]
    print(json.dumps(found, ensure_ascii=False, indent=1))  # noqa: T201 - the command's output


if __name__ == "__main__":
    main()
