"""Stand-in: transformers loads the folder as it is, and cuts and frames a text as BERT does."""

from __future__ import annotations

import json
from pathlib import Path

from tokenizers import Tokenizer
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from evaluation.peers.speed import MAX_TOKENS, cap
from evaluation.peers.stand_in import write_stand_in

BASE = Path(__file__).parents[3] / "models/store/base"


def test_transformers_finds_every_weight(tmp_path: Path) -> None:
    write_stand_in(BASE, tmp_path, labels=7)
    model, about = AutoModelForSequenceClassification.from_pretrained(tmp_path, output_loading_info=True)
    assert not any(about.values())
    theirs = json.loads((BASE / "config.json").read_text(encoding="utf-8"))
    same = ("num_hidden_layers", "num_attention_heads", "hidden_size", "intermediate_size", "vocab_size")
    assert [getattr(model.config, name) for name in same] == [theirs[name] for name in same]
    assert model.config.num_labels == 7


def test_a_capped_text_fills_the_row_of_a_peer_and_no_more(tmp_path: Path) -> None:
    write_stand_in(BASE, tmp_path, labels=2)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    text = cap("小区楼下油烟扰民①𠮷" * 200, Tokenizer.from_file(str(tmp_path / "tokenizer.json")))
    ids = tokenizer(text)["input_ids"]
    assert MAX_TOKENS - 8 <= len(ids) - 2 <= MAX_TOKENS
    assert tokenizer.convert_ids_to_tokens([ids[0], ids[-1]]) == ["[CLS]", "[SEP]"]
    assert cap("短", Tokenizer.from_file(str(tmp_path / "tokenizer.json"))) == "短"
