"""The corpus on disk says the same as the texts it was made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from training.corpus import TOKEN_MASK, WORD_START, encode_document, quiet_segmenter
from training.vocabulary import SEP, CharacterTable, tokenizer_of

TOKENIZER = tokenizer_of(list("小区附近有人扰民,。"))


def test_a_document_is_its_tokens_and_a_separator() -> None:
    tokens = encode_document("小区扰民", CharacterTable(TOKENIZER))
    assert (tokens & TOKEN_MASK).tolist() == [*TOKENIZER.encode("小区扰民", add_special_tokens=False).ids, SEP]


def test_words_begin_where_jieba_cuts() -> None:
    tokens = encode_document("小区扰民", CharacterTable(TOKENIZER))
    assert (tokens >= WORD_START).tolist() == [True, False, True, False, True]


def test_a_spelt_character_starts_one_word_at_its_first_byte() -> None:
    tokens = encode_document("龘", CharacterTable(TOKENIZER))
    assert (tokens >= WORD_START).tolist() == [True, False, False, True]


def test_repeated_documents_are_encoded_once(corpus: Path) -> None:
    domain, general = np.load(corpus / "domain.npy"), np.load(corpus / "general.npy")
    assert domain.size == general.size
    tokenizer = Tokenizer.from_file(str(corpus / "tokenizer.json"))
    assert int((domain & TOKEN_MASK).max()) < tokenizer.get_vocab_size()


def test_the_segmenters_cache_is_not_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    quiet_segmenter()
    assert not [*tmp_path.iterdir()]
