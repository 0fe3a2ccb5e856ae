"""Stand-in: a model folder that any tool can load, of the shape of our encoder and with one classification head.

    python -m evaluation.peers.stand_in --base models/store/base --out /tmp/peers/model

A plain BERT for sequence classification: layers, heads, width, positions, vocabulary and tokenizer are the base's, the
weights are drawn at random. Lexicon and distance bias, which no other tool can load, are left out, so it has a little
less to compute than our own model. What it answers means nothing.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing

LABELS: Final = 400
_TYPES: Final = 2
_SPREAD: Final = 0.02  # BERT's own

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a BERT with a classification head."""

    layers: int
    heads: int
    width: int
    inner: int
    positions: int
    vocabulary: int
    labels: int

    @classmethod
    def of(cls, base: Path, *, labels: int = LABELS) -> Shape:
        """The base's sizes, and so many labels."""
        config = json.loads((base / "config.json").read_text(encoding="utf-8"))
        return cls(
            layers=config["num_hidden_layers"],
            heads=config["num_attention_heads"],
            width=config["hidden_size"],
            inner=config["intermediate_size"],
            positions=config["max_position_embeddings"],
            vocabulary=config["vocab_size"],
            labels=labels,
        )

    def describe(self) -> dict[str, object]:
        """The configuration that transformers reads."""
        names = [f"LABEL_{number}" for number in range(self.labels)]
        return {
            "architectures": ["BertForSequenceClassification"],
            "model_type": "bert",
            "dtype": "float32",
            "hidden_act": "gelu",
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "hidden_size": self.width,
            "intermediate_size": self.inner,
            "max_position_embeddings": self.positions,
            "vocab_size": self.vocabulary,
            "type_vocab_size": _TYPES,
            "pad_token_id": 0,
            "id2label": {str(number): name for number, name in enumerate(names)},
            "label2id": {name: number for number, name in enumerate(names)},
        }

    def embeddings(self) -> Iterator[tuple[str, int]]:
        """Name and rows of every embedding table; its columns are the width."""
        yield "bert.embeddings.word_embeddings", self.vocabulary
        yield "bert.embeddings.position_embeddings", self.positions
        yield "bert.embeddings.token_type_embeddings", _TYPES

    def projections(self) -> Iterator[tuple[str, tuple[int, int]]]:
        """Name and shape of every matrix that has a bias."""
        for layer in range(self.layers):
            prefix = f"bert.encoder.layer.{layer}"
            for part in ("self.query", "self.key", "self.value", "output.dense"):
                yield f"{prefix}.attention.{part}", (self.width, self.width)
            yield f"{prefix}.intermediate.dense", (self.inner, self.width)
            yield f"{prefix}.output.dense", (self.width, self.inner)
        yield "bert.pooler.dense", (self.width, self.width)
        yield "classifier", (self.labels, self.width)

    def norms(self) -> Iterator[str]:
        """Name of every layer norm."""
        yield "bert.embeddings.LayerNorm"
        for layer in range(self.layers):
            yield f"bert.encoder.layer.{layer}.attention.output.LayerNorm"
            yield f"bert.encoder.layer.{layer}.output.LayerNorm"


def write_stand_in(base: Path, out: Path, *, labels: int = LABELS) -> None:
    """Write configuration, weights and tokenizer, as transformers reads them, into the folder."""
    out.mkdir(parents=True, exist_ok=True)
    shape = Shape.of(base, labels=labels)
    (out / "config.json").write_text(json.dumps(shape.describe(), indent=1), encoding="utf-8")
    save_file(draw_weights(shape), out / "model.safetensors", metadata={"format": "pt"})
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    ends = [(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    tokenizer.save(str(out / "tokenizer.json"))
    about = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": shape.positions,
        "model_input_names": ["input_ids", "token_type_ids", "attention_mask"],
        **{f"{name.lower()}_token": f"[{name}]" for name in ("PAD", "UNK", "CLS", "SEP", "MASK")},
    }
    (out / "tokenizer_config.json").write_text(json.dumps(about, indent=1), encoding="utf-8")


def draw_weights(shape: Shape) -> dict[str, Floats]:
    """Every weight of a transformers BertForSequenceClassification, from a fixed seed."""
    chance = np.random.default_rng(0)

    def draw(rows: int, columns: int) -> Floats:
        return (chance.standard_normal((rows, columns)) * _SPREAD).astype(np.float32)

    weights = {f"{name}.weight": draw(rows, shape.width) for name, rows in shape.embeddings()}
    for name, (rows, columns) in shape.projections():
        weights |= {f"{name}.weight": draw(rows, columns), f"{name}.bias": np.zeros(rows, np.float32)}
    for name in shape.norms():
        weights |= {
            f"{name}.weight": np.ones(shape.width, np.float32),
            f"{name}.bias": np.zeros(shape.width, np.float32),
        }
    return weights


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="stand_in.py", description=__doc__)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--labels", type=int, default=LABELS)
    given = parser.parse_args()
    write_stand_in(given.base, given.out, labels=given.labels)


if __name__ == "__main__":
    main()
