"""A run that was killed goes on to the same weights, and leaves alone what was fitted beside the encoder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models.document import Document
from models.encoding import Encoder
from tests.smoke import CALLS
from training import finetune as loop
from training.config import FinetuneConfig, read_config
from training.dataset import Example, Split, read_examples
from training.heads import HeadSpec, LexicalPath, TicketModel
from training.labels import resolve_labels
from training.network import open_encoder

CONFIG = read_config(Path(__file__).parents[2] / "training" / "configs" / "smoke.toml")
GIVEN = FinetuneConfig(epochs=1, row_tokens=256, window=96, shared_size=8, token_size=8, save_every=2)


class KilledError(Exception):
    """The end of a process, as a test can survive it."""


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    """Some of the forty calls."""
    return read_examples([CALLS], CONFIG.data, CONFIG.heads)[:16]


def _model(base: Path, heads: tuple[HeadSpec, ...], *, path: float) -> TicketModel:
    torch.manual_seed(0)
    encoder = open_encoder(str(base))
    assert encoder.lexicon is not None
    model = TicketModel(encoder, heads, shared=8, tokens=8, dropout=0.1)
    ngrams, characters = encoder.lexicon.vectors.num_embeddings, encoder.characters.num_embeddings
    width = next(len(head.labels) for head in heads if head.name == "type")
    beside = LexicalPath(ngrams=ngrams, characters=characters, rank=2, outputs=width)
    torch.nn.init.constant_(beside.outputs.weight, path)
    model.add_lexical(beside, {"type": slice(0, width)})
    return model


def _finetune(base: Path, examples: list[Example], out: Path, *, path: float) -> TicketModel:
    heads = resolve_labels(CONFIG, examples).heads
    tokeniser = Encoder.open(base / "tokenizer.json", window=96, max_characters=20_000)
    split = Split(examples[:12], examples[12:])
    return loop.finetune(_model(base, heads, path=path), split, heads, tokeniser, config=GIVEN, seed=3, out=out)


def test_a_killed_run_ends_as_one_that_was_not(
    base: Path, examples: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = _finetune(base, examples, tmp_path / "whole", path=1.0)
    learn, steps = loop._learn, 0

    def learn_until_killed(*given: object, **named: object) -> float:
        nonlocal steps
        steps += 1
        if steps == 4:
            raise KilledError
        return learn(*given, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(loop, "_learn", learn_until_killed)
        with pytest.raises(KilledError):
            _finetune(base, examples, tmp_path / "killed", path=1.0)
    # The path was fitted anew meanwhile: what goes on is what was learnt.
    rest = _finetune(base, examples, tmp_path / "killed", path=2.0)
    assert rest.lexical is not None
    assert (rest.lexical.outputs.weight == 2.0).all()
    one, other = whole.state_dict(), rest.state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one if name != "lexical.outputs.weight")


def test_checked_rows_have_the_last_word_where_others_are_a_teachers_or_unchecked(
    base: Path, examples: list[Example]
) -> None:
    heads = resolve_labels(CONFIG, examples).heads
    tokeniser = Encoder.open(base / "tokenizer.json", window=96, max_characters=20_000)
    taught = [replace(one, soft={"type": {"投诉": 1.0}}) for one in examples[8:16]]
    taught += [replace(one, train_only=True) for one in examples[16:]]
    config = GIVEN.model_copy(update={"epochs": 2, "finish_epochs": 1})
    first, last = loop._stages([*examples[:8], *taught], heads, tokeniser, config=config, seed=3)
    assert first.end == last.begin == 2 * first.per_epoch
    assert last.end - last.begin == last.per_epoch < first.per_epoch
    assert last.epochs_before == 2
    (only,) = loop._stages(examples, heads, tokeniser, config=config, seed=3)
    assert only.end == 2 * only.per_epoch
    # What lasts is read to the end.
    lasting = [*taught[:-1], *(replace(one, lasting=True) for one in taught[-1:])]
    _, longer = loop._stages([*examples[:8], *lasting], heads, tokeniser, config=config, seed=3)
    rows = [sum(len(batch.ids) for batch in stage.maker.epoch(0)) for stage in (last, longer)]
    assert rows[1] == rows[0] + 1


def test_calls_are_read_as_often_as_asked(base: Path, examples: list[Example]) -> None:
    heads = resolve_labels(CONFIG, examples).heads
    tokeniser = Encoder.open(base / "tokenizer.json", window=96, max_characters=20_000)
    letter = replace(examples[0], labelled=replace(examples[0].labelled, document=Document.of("路灯坏了。" * 9)))
    assert examples[1].is_call
    assert not letter.is_call
    once, thrice = (
        sum(
            len(batch.ids)
            for stage in loop._stages(
                [*examples[1:5], letter],
                heads,
                tokeniser,
                config=GIVEN.model_copy(update={"call_repeats": times}),
                seed=3,
            )
            for batch in stage.maker.epoch(0)
        )
        for times in (1, 3)
    )
    assert (once, thrice) == (5, 13)
