"""The path in the graph answers as the linear model that it was fitted as, and offsets come from strangers' rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from models.encoding import Encoder
from tests.smoke import CALLS
from training.batches import targets_of
from training.config import LexicalConfig, read_config
from training.dataset import Example, read_examples
from training.heads import HeadSpec
from training.labels import resolve_labels
from training.lexical import Fitted, count_features, fit_lexical
from training.network import Lexicon, open_encoder

CONFIG = read_config(Path(__file__).parents[2] / "training" / "configs" / "smoke.toml")


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    """The forty calls."""
    return read_examples([CALLS], CONFIG.data, CONFIG.heads)


@pytest.fixture(scope="module")
def heads(examples: list[Example]) -> tuple[HeadSpec, ...]:
    """Every head of the smoke configuration."""
    return resolve_labels(CONFIG, examples).heads


def _fit(base: Path, examples: list[Example], heads: tuple[HeadSpec, ...], **given: int) -> Fitted:
    encoder = open_encoder(str(base))
    assert encoder.lexicon is not None
    config = LexicalConfig(penalty=1e-3, **given)
    return fit_lexical(
        examples,
        range(len(examples)),
        heads,
        encoder.lexicon,
        _tokeniser(base),
        characters=encoder.characters.num_embeddings,
        config=config,
    )


def _tokeniser(base: Path) -> Encoder:
    return Encoder.open(base / "tokenizer.json", window=2_000, max_characters=20_000)


def _lexicon(base: Path) -> Lexicon:
    lexicon = open_encoder(str(base)).lexicon
    assert lexicon is not None
    return lexicon


def test_the_path_knows_its_own_rows(base: Path, examples: list[Example], heads: tuple[HeadSpec, ...]) -> None:
    fitted = _fit(base, examples, heads)
    lexicon = _lexicon(base)
    gold = targets_of(examples, heads)["departments"]
    hits = 0
    for number, encoded in enumerate(_tokeniser(base).encode([e.labelled.document for e in examples])):
        logits = fitted.path(lexicon, torch.from_numpy(encoded.windows[0].ids)[None])[0, fitted.places["departments"]]
        hits += int(logits.argmax()) == int(gold[number].argmax())
    assert hits >= 0.95 * len(examples)


def test_padding_changes_nothing(base: Path, examples: list[Example], heads: tuple[HeadSpec, ...]) -> None:
    fitted, lexicon = _fit(base, examples, heads), _lexicon(base)
    ids = torch.from_numpy(_tokeniser(base).encode([examples[0].labelled.document])[0].windows[0].ids)[None]
    padded = torch.nn.functional.pad(ids, (0, 30))
    assert torch.allclose(fitted.path(lexicon, ids), fitted.path(lexicon, padded), atol=1e-5)


def test_offsets_of_an_example_do_not_know_its_labels(
    base: Path, examples: list[Example], heads: tuple[HeadSpec, ...]
) -> None:
    honest = _fit(base, examples, heads, folds=5).offsets
    gold = targets_of(examples, heads)["departments"].argmax(axis=1)
    right = (honest["departments"].argmax(axis=1) == gold).mean()
    # By heart it would be near 1 (above); from the other calls alone it cannot be.
    assert right < 0.9


def test_counts_are_of_characters_and_known_ngrams(base: Path, examples: list[Example]) -> None:
    counts = count_features(examples[:2], _lexicon(base), _tokeniser(base), characters=10_000)
    said = len("".join(segment.text for segment in examples[0].labelled.document.segments))
    ngrams = _lexicon(base).vectors.num_embeddings
    assert counts[0, ngrams:].sum() == pytest.approx(said, rel=0.05)
    assert np.all(counts[:, 0].toarray() == 0)
