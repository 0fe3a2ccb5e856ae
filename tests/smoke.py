"""Smoke: a base encoder small enough for tests, and the forty calls, written for this project, that it learns from."""

from __future__ import annotations

import json
from pathlib import Path

from training.corpus import prepare_corpus
from training.lexicon import build_lexicon
from training.pretrain import PretrainConfig, Shape, Stage

CALLS = Path(__file__).parent / "examples" / "calls.jsonl"

SMOKE = PretrainConfig(
    shape=Shape(layers=2, hidden=32, heads=2, feed_forward=64, embedding=16, positions=96, lexicon_rows=300),
    stages=(Stage(steps=6, width=32, rows=8, domain_share=0.5, lr_from=1e-3, lr_to=1e-3),),
    log_every=2,
    save_every=2,
)


def call_rows() -> list[dict[str, object]]:
    """The forty calls."""
    return [json.loads(line) for line in CALLS.read_text(encoding="utf-8").splitlines()]


def prepare_smoke_corpus(folder: Path) -> Path:
    """Token arrays, vocabulary and lexicon of the calls' turns, in `folder`."""
    texts = folder / "texts.jsonl"
    turns = [{"text": turn["text"]} for row in call_rows() for turn in row["turns"]]  # type: ignore[attr-defined]
    texts.write_text("\n".join(json.dumps(turn, ensure_ascii=False) for turn in turns), encoding="utf-8")
    prepare_corpus([texts], [texts], folder, processes=1)
    build_lexicon(folder, rows=300, dim=16, sample_tokens=5_000)
    return folder
