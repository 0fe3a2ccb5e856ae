"""Targets say what the labels say, at the tokens that the spans cover, in every window of a long text."""

from __future__ import annotations

import numpy as np
import torch

from evaluation.labelled import label_ticket
from models.encoding import Encoder
from models.spans import BEGIN, INSIDE
from training.batches import BatchMaker, change
from training.config import HeadConfig
from training.dataset import Example
from training.heads import HeadSpec
from training.vocabulary import tokenizer_of

TOKENS = Encoder(tokenizer_of(list("在路口三次停电请修好啊，")), window=24, max_characters=500)
SPANS = HeadSpec(HeadConfig(name="spans", kind="spans"), ("location", "demand"))
TYPE = HeadSpec(HeadConfig(name="type", kind="single"), ("投诉", "求助"))
UNITS = HeadSpec(HeadConfig(name="departments", kind="single"), ("dl", "jd", "sw"))
RISKS = HeadSpec(HeadConfig(name="risks", kind="multi"), ("群体", "舆情"))


def batch_of(row: dict[str, object], heads: list[HeadSpec]) -> dict[str, torch.Tensor]:
    maker = BatchMaker([Example(label_ticket(row))], heads, TOKENS, row_tokens=512, seed=1)
    return dict(maker.epoch(0)[0].targets)


def test_nested_spans_have_tags_of_their_own_kind() -> None:
    spans = [{"kind": "demand", "start": 0, "end": 5}, {"kind": "location", "start": 1, "end": 3}]
    tags = batch_of({"text": "在路口停电", "spans": spans}, [SPANS])["spans"][0]
    # Place 0 is [CLS]; the body begins at 1.
    assert tags[1:6, 1].tolist() == [BEGIN, INSIDE, INSIDE, INSIDE, INSIDE]
    assert tags[1:6, 0].tolist() == [0, BEGIN, INSIDE, 0, 0]
    assert tags[0].tolist() == [-100, -100]


def test_a_document_without_spans_trains_nothing_and_one_with_none_trains_outside() -> None:
    assert set(batch_of({"text": "停电"}, [SPANS])["spans"].flatten().tolist()) == {-100}
    assert 0 in batch_of({"text": "停电", "spans": []}, [SPANS])["spans"].flatten().tolist()


def test_missing_labels_are_masked() -> None:
    targets = batch_of({"text": "停电"}, [TYPE, UNITS, RISKS])
    assert targets["type"].sum() == 0
    assert targets["departments"].sum() == 0
    assert targets["risks"].tolist() == [[-1, -1]]


def test_the_most_responsible_unit_weighs_most_and_unknown_units_are_ignored() -> None:
    target = batch_of({"text": "停电", "departments": ["dl", "mars", "jd"]}, [UNITS])["departments"][0]
    assert target.argmax() == 0
    assert target[1] > 0
    assert float(target.sum()) == 1.0


def test_every_window_of_a_long_text_is_drawn_in_some_epoch() -> None:
    text = "在路口停电请修好啊" * 8
    spans = [{"kind": "location", "start": len(text) - 8, "end": len(text) - 6}]
    maker = BatchMaker([Example(label_ticket({"text": text, "spans": spans}))], [SPANS], TOKENS, row_tokens=512, seed=1)
    begins = [int((maker.epoch(number)[0].targets["spans"][..., 0] == BEGIN).sum()) for number in range(12)]
    assert 0 in begins
    assert 1 in begins


def test_a_transcript_without_punctuation_keeps_every_place() -> None:
    document = label_ticket({"text": "停电，请修好。"}).document
    changed = change(document, np.random.default_rng(0), drop_title=0, drop_punctuation=1)
    assert changed.segments[0].text == "停电 请修好 "


def test_rows_of_different_sets_never_share_a_batch() -> None:
    tickets = [Example(label_ticket({"text": "路口停电", "type": "投诉"})) for _ in range(7)]
    addresses = [Example(label_ticket({"text": "在路口"}), marks={"spans": ()}) for _ in range(5)]
    other = HeadSpec(HeadConfig(name="address", kind="spans", column="entities"), ("location",))
    maker = BatchMaker([*tickets, *addresses], [TYPE, other], TOKENS, row_tokens=512, seed=1)
    sizes = [sorted({float(row.sum()) for row in batch.targets["type"]}) for batch in maker.epoch(0)]
    assert sorted(sizes) == [[0.0], [1.0]]
