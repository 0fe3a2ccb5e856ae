"""The path in the graph answers as the model that it was fitted as, and what it says unseen comes from strangers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sparse
import torch

from evaluation.labelled import LabelledDocument
from models.document import Document
from models.encoding import Encoded, Encoder
from tests.smoke import CALLS
from training.batches import targets_of
from training.config import LexicalConfig, read_config
from training.dataset import Example, read_examples
from training.heads import HeadSpec
from training.labels import define, resolve_labels
from training.lexical import Fitted, count_features, fit_lexical, spread
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


def _fit(
    base: Path,
    examples: list[Example],
    heads: tuple[HeadSpec, ...],
    definitions: Sequence[Example] = (),
    **given: int,
) -> Fitted:
    encoder = open_encoder(str(base))
    assert encoder.lexicon is not None
    config = LexicalConfig(**given)
    return fit_lexical(
        examples,
        range(len(examples)),
        heads,
        encoder.lexicon,
        _tokeniser(base),
        characters=encoder.characters.num_embeddings,
        config=config,
        definitions=definitions,
    )


def _tokeniser(base: Path) -> Encoder:
    return Encoder.open(base / "tokenizer.json", window=2_000, max_characters=20_000)


def _inputs(encoded: Encoded) -> tuple[torch.Tensor, torch.Tensor]:
    window = encoded.windows[0]
    return torch.from_numpy(window.ids)[None], torch.from_numpy(window.types)[None]


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
        logits = fitted.path(lexicon, *_inputs(encoded))[0, fitted.places["departments"]]
        hits += int(logits.argmax()) == int(gold[number].argmax())
    unseen = (fitted.unseen["departments"].argmax(axis=1) == gold.argmax(axis=1)).sum()
    assert hits > unseen


def test_padding_changes_nothing(base: Path, examples: list[Example], heads: tuple[HeadSpec, ...]) -> None:
    fitted, lexicon = _fit(base, examples, heads), _lexicon(base)
    given = _inputs(_tokeniser(base).encode([examples[0].labelled.document])[0])
    padded = [torch.nn.functional.pad(one, (0, 30)) for one in given]
    assert torch.allclose(fitted.path(lexicon, *given), fitted.path(lexicon, *padded), atol=1e-5)


def test_what_is_said_unseen_does_not_know_the_labels(
    base: Path, examples: list[Example], heads: tuple[HeadSpec, ...]
) -> None:
    honest = _fit(base, examples, heads).unseen
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


def test_a_title_counts_twice(base: Path) -> None:
    bare, titled = (_count(base, Document.of("路灯不亮", title=title)) for title in ("", "路灯"))
    said = titled - bare
    assert set(said.data) == {2.0}
    assert len(said.data) >= 2


def _count(base: Path, document: Document) -> sparse.csr_matrix:
    example = Example(LabelledDocument("1", document, {}))
    return count_features([example], _lexicon(base), _tokeniser(base), characters=10_000)


def test_of_many_rows_some_of_every_label_are_fitted(
    base: Path, examples: list[Example], heads: tuple[HeadSpec, ...]
) -> None:
    first = next(head for head in heads if head.config.kind != "spans")
    gold = targets_of(examples, heads)[first.name].argmax(axis=1)
    rows = np.arange(len(examples))
    some = spread(rows, gold, most=len(set(gold)))
    assert set(gold[some]) == set(gold)
    assert spread(rows, gold, most=100).tolist() == rows.tolist()
    assert np.isfinite(_fit(base, examples, heads, most_rows=20).unseen[first.name]).all()


def test_a_leaf_without_a_ticket_is_told_by_its_definition(base: Path, examples: list[Example]) -> None:
    labels = resolve_labels(CONFIG, examples)
    tree = next(head for head in labels.heads if head.config.kind == "tree")
    seen = {example.label(tree.name) for example in examples}
    told = [one for one in define(labels) if one.label(tree.name) not in seen]
    lexicon, tokeniser = _lexicon(base), _tokeniser(base)
    ranks: dict[str, list[int]] = {}
    for name, definitions in (("without", []), ("with", told)):
        fitted = _fit(base, examples, labels.heads, definitions)
        assert len(fitted.unseen[tree.name]) == len(examples)
        ranks[name] = []
        for one in told[::40]:
            logits = fitted.path(lexicon, *_inputs(tokeniser.encode([one.labelled.document])[0]))[0]
            leaves = logits[fitted.places[tree.name]]
            own = leaves[tree.labels.index(str(one.label(tree.name)))]
            ranks[name].append(int((leaves > own).sum()))
    assert np.median(ranks["with"]) < 5 < np.median(ranks["without"])
