"""A base that learns titles goes on after a kill as if there had been none, and is not set against its own double."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from training.network import open_encoder
from training.pretrain import open_model
from training.titles import TitlesConfig, draw_titled, learn_titles, read_titled
from training.vocabulary import CLS, MASK, PAD, SEP, CharacterTable

CONFIG = TitlesConfig(steps=6, rows=4, width=24, warmup=2, size=8, log_every=2, save_every=2)
MATTERS = ("路灯坏了", "噪音扰民", "停水多日", "拖欠工资", "道路积水", "垃圾成堆", "电梯故障", "噪音扰民")


@pytest.fixture
def messages(tmp_path: Path) -> Path:
    """Messages with titles, and two rows that teach nothing."""
    rows = [
        {"title": f"小区{matter}", "text": f"{number}号楼的{matter}，请有关部门尽快处理，谢谢。"}
        for number, matter in enumerate(MATTERS)
    ]
    rows += [{"title": "", "text": "没有标题的一条留言，也是真实的。"}, {"title": "小区停电", "text": "快"}]
    file = tmp_path / "messages.jsonl"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return file


def table_of(base: Path) -> CharacterTable:
    return CharacterTable(Tokenizer.from_file(str(base / "tokenizer.json")))


def test_a_run_that_was_stopped_ends_where_an_unbroken_one_does(base: Path, messages: Path, tmp_path: Path) -> None:
    whole = learn_titles(CONFIG, base=base, data=[messages], out=tmp_path / "whole")
    learn_titles(CONFIG, base=base, data=[messages], out=tmp_path / "again", until=3)
    again = learn_titles(CONFIG, base=base, data=[messages], out=tmp_path / "again")
    first, second = (dict(open_encoder(str(folder)).named_parameters()) for folder in (whole, again))
    assert all(torch.equal(first[name], second[name]) for name in first)
    before = dict(open_encoder(str(base)).named_parameters())
    assert any(not torch.equal(before[name], first[name]) for name in first)
    assert open_model(whole).state_dict().keys() == open_model(base).state_dict().keys()  # it can be trained on


def test_only_messages_with_title_and_body_are_read_each_once(base: Path, messages: Path) -> None:
    assert len(read_titled([messages, messages], table_of(base))) == len(MATTERS)


def test_a_body_is_read_without_its_title(base: Path, tmp_path: Path) -> None:
    file = tmp_path / "one.jsonl"
    body = "昨晚开始整条街都是黑的，请派人来修。"
    file.write_text(json.dumps({"title": "路灯坏了", "text": f"路灯坏了 {body}"}, ensure_ascii=False))
    (titled,) = read_titled([file], table_of(base))
    file.write_text(json.dumps({"title": "路灯坏了", "text": body}, ensure_ascii=False))
    (plain,) = read_titled([file], table_of(base))
    assert np.array_equal(titled.body, plain.body)


def test_rows_of_equal_titles_are_no_rivals_and_padding_is_never_masked(base: Path, messages: Path) -> None:
    rows = read_titled([messages], table_of(base))
    config = CONFIG.model_copy(update={"rows": 8, "mask_share": 0.5})
    batch = draw_titled(rows, config, np.random.default_rng(1), step=0, vocabulary=400)
    doubles = [(i, j) for i in range(8) for j in range(8) if i != j and torch.equal(batch.titles[i], batch.titles[j])]
    assert len(doubles) == 2
    assert batch.same.nonzero().tolist() == sorted([list(pair) for pair in doubles])
    assert (batch.answers >= 5).all()
    special = torch.isin(batch.bodies, torch.tensor([PAD, CLS, SEP]))
    assert not special.reshape(-1)[batch.places].any()
    assert (batch.bodies == MASK).any()


def test_every_epoch_reads_each_message_once(base: Path, messages: Path) -> None:
    rows = read_titled([messages], table_of(base))
    seen = [
        tuple(title.tolist())
        for step in (2, 3)
        for title in draw_titled(rows, CONFIG, np.random.default_rng(step), step=step, vocabulary=400).titles
    ]
    assert len(seen) == len(MATTERS)
    assert len({tuple(t for t in title if t != PAD) for title in seen}) == len(set(MATTERS))


def test_too_few_messages_are_refused_with_their_number(base: Path, messages: Path, tmp_path: Path) -> None:
    config = CONFIG.model_copy(update={"rows": 9})
    with pytest.raises(SystemExit, match="8 messages"):
        learn_titles(config, base=base, data=[messages], out=tmp_path / "none")
