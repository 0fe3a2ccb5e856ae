"""A sprint leaves a base that has learnt, ends when the clock says so, and comes back in pieces."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.smoke import call_rows
from tests.training.test_titles import table_of
from training.corpus import training_tokens
from training.device import Messages, Shelf, Text, draw_rows, hide_words
from training.masking import Draw
from training.parcels import HELD_BACK, TITLED, pack, unpack_titled, unpack_tokens
from training.pretrain import open_model
from training.shards import load_shards, save_shards
from training.sprint import Clock, SprintConfig, domain_share, rate_of, sprint
from training.titles import read_titled
from training.vocabulary import CLS, MASK, PAD, SEP, SPECIALS

CONFIG = SprintConfig(rows=4, width=24, titled_rows=4, size=8, log_every=1, measure_every=2, keep_at=(0.3,))
CPU = torch.device("cpu")


class Steps(Clock):
    """A clock that goes on by a step whenever it is looked at."""

    def __init__(self, out: Path, steps: int) -> None:
        super().__init__(out, 1000)
        self._shares = iter([step / steps for step in range(steps + 1)])

    def share(self) -> float:
        return next(self._shares)


@pytest.fixture(scope="module")
def parcels(corpus: Path, base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parcels")
    letters = folder / "letters.jsonl"
    rows = [
        {"title": row["gold"]["title"], "text": "".join(turn["text"] for turn in row["turns"])}  # type: ignore[index,attr-defined]
        for row in call_rows()
    ]
    letters.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    pack(corpus, read_titled([letters], table_of(base)), folder)
    return folder


def test_parcels_hold_what_may_be_read_and_apart_from_it_what_may_not(parcels: Path, corpus: Path) -> None:
    domain = np.concatenate([unpack_tokens(file) for file in sorted(parcels.glob("domain-*"))])
    assert np.array_equal(domain, training_tokens(corpus, "domain"))
    whole = np.load(corpus / "domain.npy")
    assert np.array_equal(np.concatenate([domain, unpack_tokens(parcels / HELD_BACK)]), whole)


def test_letters_come_out_of_their_parcel_as_they_went_in(parcels: Path, base: Path) -> None:
    rows = read_titled([parcels / "letters.jsonl"], table_of(base))
    found = unpack_titled(parcels / TITLED)
    assert len(found) == len(rows) > 20
    for one, other in zip(found, rows, strict=True):
        assert np.array_equal(one.title, other.title & 0x7FFF)
        assert np.array_equal(one.body, other.body[:512])


def test_a_sprint_leaves_a_base_that_has_learnt(parcels: Path, base: Path, tmp_path: Path) -> None:
    end = sprint(CONFIG, Steps(tmp_path, 9), base=base, parcels=parcels, out=tmp_path, compiled=False)
    before, after = open_model(base), load_shards(open_model(base), end)
    moved = {n for n, v in after.state_dict().items() if not torch.equal(v, before.state_dict()[n])}
    assert any("encoder.layer" in name for name in moved)
    assert any("lexicon.vectors" in name for name in moved)
    assert not any("lexicon.index" in name for name in moved)
    assert (tmp_path / "at-30").is_dir()
    lines = [json.loads(line) for line in (tmp_path / "loss.jsonl").read_text().splitlines()]
    assert [line["share"] for line in lines] == pytest.approx([step / 9 for step in range(9)], abs=1e-3)
    assert ["titles_found" in line for line in lines] == [False] * 8 + [True]
    assert [json.loads(line)["step"] for line in (tmp_path / "held-back.jsonl").read_text().splitlines()][-1] == 9


def test_shards_are_small_and_a_lost_one_is_told(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.shards._SHARD_BYTES", 20_000)
    model = open_model(base)
    save_shards(model, tmp_path / "end")
    files = sorted((tmp_path / "end").iterdir())
    assert len(files) > 2
    assert all(file.stat().st_size < 40_000 for file in files)
    again = load_shards(open_model(base), tmp_path / "end").state_dict()
    assert all(torch.equal(value.half(), again[name].half()) for name, value in model.state_dict().items())
    files[1].unlink()
    with pytest.raises(SystemExit, match="a shard did not come back"):
        load_shards(open_model(base), tmp_path / "end")


def test_parcels_that_arrive_later_are_read_from_then_on(parcels: Path, tmp_path: Path) -> None:
    (domain,) = parcels.glob("domain-*")
    (tmp_path / domain.name).write_bytes(domain.read_bytes())
    shelf = Shelf(tmp_path, CPU)
    with pytest.raises(SystemExit, match="general"):
        shelf.take()
    (general,) = parcels.glob("general-*")
    (tmp_path / general.name).write_bytes(general.read_bytes())
    first = shelf.take()
    assert first is not None
    assert shelf.take() is None
    (tmp_path / "general-01.npy.xz").write_bytes(general.read_bytes())
    second = shelf.take()
    assert second is not None
    assert len(second.tokens) - len(first.tokens) == len(first.tokens) - first.domain
    assert second.domain == first.domain


def test_a_parcel_that_is_still_on_its_way_is_read_later(parcels: Path, tmp_path: Path) -> None:
    for file in parcels.glob("*-*.npy.xz"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (general,) = parcels.glob("general-*")
    half = tmp_path / "general-01.npy.xz"
    half.write_bytes(general.read_bytes()[:200])
    shelf = Shelf(tmp_path, CPU)
    first = shelf.take()
    half.write_bytes(general.read_bytes())
    second = shelf.take()
    assert first is not None
    assert second is not None
    assert len(second.tokens) > len(first.tokens)


def test_the_end_can_be_moved_while_it_runs(tmp_path: Path) -> None:
    clock = Clock(tmp_path, 1000)
    assert clock.share() < 0.1
    (tmp_path / "ends").write_text("")
    clock.look()
    assert clock.share() < 0.1
    (tmp_path / "ends").write_text("0")
    clock.look()
    assert clock.share() == 1.0


def test_words_are_hidden_whole_and_special_tokens_never() -> None:
    start = 0x8000
    raw = torch.tensor([[CLS | start, 300 | start, 301, 302 | start, 303, SEP | start, 304 | start, PAD | start]])
    torch.manual_seed(1)
    hidden = 0
    for _ in range(100):
        ids, places, answers = hide_words(raw, 0.5, vocabulary=400)
        where = set(places.tolist())
        assert (1 in where) == (2 in where)
        assert (3 in where) == (4 in where)
        assert not where & {0, 5, 7}
        assert answers.tolist() == [raw[0, place] & 0x7FFF for place in places.tolist()]
        hidden += int((ids == MASK).sum())
    assert 150 < hidden < 250  # 100 × 5 places × half of them × four fifths


def test_rows_come_from_both_texts() -> None:
    text = Text(torch.cat([torch.full((500,), 300), torch.full((500,), 301)]).to(torch.int32) | 0x8000, 500)
    torch.manual_seed(2)
    batch = draw_rows(text, Draw(rows=400, width=16, domain_share=0.3, mask_share=0.0, positions=96), vocabulary=400)
    assert 0.2 < float((batch.ids[:, 1] == 300).float().mean()) < 0.4
    assert (batch.ids[:, 0] == CLS).all()
    assert int(batch.positions.max()) < 96


def test_the_domain_gains_on_the_rest_toward_the_end() -> None:
    shares = [domain_share(CONFIG, time) for time in (0.0, 0.6, 0.8, 1.0)]
    assert shares == pytest.approx([0.15, 0.15, 0.325, 0.5])


def test_bodies_are_padded_and_closed_and_no_rival_of_their_double(parcels: Path) -> None:
    messages = Messages(parcels / TITLED, CPU)
    torch.manual_seed(3)
    batch = messages.draw(rows=16, width=40, mask_share=0.2, vocabulary=400)
    assert batch.bodies.shape == (16, 40)
    assert ((batch.bodies == SEP).sum(dim=1) == 1).all()
    after = (batch.bodies == SEP).cumsum(dim=1) - (batch.bodies == SEP).long()
    assert (batch.bodies[after > 0] == PAD).all()
    assert (batch.answers >= len(SPECIALS)).all()
    assert not batch.same.diagonal().any()


def test_the_rate_rises_in_a_moment_and_ends_at_nothing() -> None:
    assert rate_of(CONFIG, CONFIG.warm_share) == pytest.approx(CONFIG.rate)
    assert 0 < rate_of(CONFIG, 0.0) < CONFIG.rate / 10
    assert rate_of(CONFIG, 1.0) == 0.0
