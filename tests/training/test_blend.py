"""The blend trusts whoever is right, head by head, and the model answers with it; training hears the encoder alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from models.encoding import Encoder
from tests.smoke import CALLS
from training.batches import BatchMaker
from training.blend import _fit, blend
from training.config import HeadConfig, read_config
from training.dataset import Example, read_examples
from training.heads import HeadSpec, TicketModel
from training.labels import resolve_labels
from training.lexical import fit_lexical
from training.network import open_encoder

CONFIG = read_config(Path(__file__).parents[2] / "training" / "configs" / "smoke.toml")


@pytest.fixture(scope="module")
def made(base: Path) -> tuple[TicketModel, tuple[HeadSpec, ...], list[Example], Encoder]:
    """A network whose encoder knows nothing, beside a path that knows the calls by heart."""
    torch.manual_seed(1)
    examples = read_examples([CALLS], CONFIG.data, CONFIG.heads)
    heads = resolve_labels(CONFIG, examples).heads
    encoder = open_encoder(str(base))
    tokeniser = Encoder.open(base / "tokenizer.json", window=90, max_characters=20_000)
    assert encoder.lexicon is not None
    size = encoder.characters.num_embeddings
    fitted = fit_lexical(
        examples, range(len(examples)), heads, encoder.lexicon, tokeniser, characters=size, config=CONFIG.lexical
    )
    model = TicketModel(encoder, heads, shared=32, tokens=16, dropout=0.0)
    model.add_lexical(fitted.path, fitted.places)
    return model, heads, examples, tokeniser


def test_a_path_that_knows_outweighs_an_encoder_that_does_not(
    made: tuple[TicketModel, tuple[HeadSpec, ...], list[Example], Encoder],
) -> None:
    model, heads, examples, tokeniser = made
    rows = BatchMaker(examples, heads, tokeniser, row_tokens=4_000, seed=1)
    shares = blend(model, rows, heads)
    own, path = shares["departments"]
    assert path > 0.5
    assert own < path
    batch = rows.epoch(0)[0]
    model.eval()
    with torch.no_grad():
        answered = model(batch.ids, batch.mask, batch.types)["departments"]
        parts = [
            part["departments"]
            for part in (model.read(batch.ids, batch.mask, batch.types), model.beside(batch.ids, batch.types))
        ]
        model.train()
        learning = model(batch.ids, batch.mask, batch.types)["departments"]
    assert torch.allclose(answered, parts[0] * own + parts[1] * path, atol=2e-2)
    assert torch.allclose(learning, parts[0], atol=1e-4)


def test_an_encoder_that_is_right_counts_for_more_where_no_label_is_rare() -> None:
    """Of many labels the path knows those that the rows hardly show: there it keeps its share."""
    shares = {}
    for labels in (3, 30):
        target = torch.eye(labels).repeat(300 // labels, 1)
        generator = torch.Generator().manual_seed(1)
        right, noise = target * 2, torch.randn(len(target), labels, generator=generator)
        head = HeadSpec(HeadConfig(name="type", kind="single"), tuple(map(str, range(labels))))
        own, path = _fit(head, right, noise, target).tolist()
        shares[labels] = own / (own + path)
    assert shares[3] > shares[30] > 0.5
