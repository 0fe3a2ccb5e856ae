"""A character of a citizen's text is never lost, and training looks characters up exactly as serving does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.vocabulary import CharacterTable, learn_vocabulary, tokenizer_of

TOKENIZER = tokenizer_of(list("小区噪音扰民诉求 ,。?1234567890abc"))


def test_a_rare_character_is_spelt_by_bytes_and_not_unknown() -> None:
    tokens = TOKENIZER.encode("龘小", add_special_tokens=False).tokens
    assert "[UNK]" not in tokens
    assert tokens == ["<0xE9>", "<0xBE>", "<0x98>", "小"]


def test_all_bytes_of_a_character_point_at_that_character() -> None:
    encoding = TOKENIZER.encode("小𠮷区", add_special_tokens=False)
    assert encoding.offsets == [(0, 1), *[(1, 2)] * 4, (2, 3)]


def test_full_width_digits_and_letters_are_folded_and_keep_their_places() -> None:
    encoding = TOKENIZER.encode("１２ＡＢ", add_special_tokens=False)
    assert encoding.tokens == ["1", "2", "a", "b"]
    assert encoding.offsets == [(0, 1), (1, 2), (2, 3), (3, 4)]


def test_invisible_characters_vanish_without_moving_the_others() -> None:
    encoding = TOKENIZER.encode("小\u200b\u202e区\x00", add_special_tokens=False)
    assert encoding.tokens == ["小", "区"]
    assert encoding.offsets[0] == (0, 1)
    assert encoding.offsets[1][1] == 4


def test_the_name_of_a_special_token_in_a_text_stays_text() -> None:
    encoding = TOKENIZER.encode("[SEP]", add_special_tokens=False)
    assert len(encoding.tokens) > 1
    assert TOKENIZER.token_to_id("[SEP]") not in encoding.ids


@given(st.text(max_size=60))
def test_the_corpus_table_gives_the_ids_of_the_tokenizer(text: str) -> None:
    table = CharacterTable(TOKENIZER)
    folded = table.fold(text)
    ids: list[int] = []
    for character, index in zip(folded, table.ids(folded).tolist(), strict=True):
        ids += [index] if index >= 0 else table.bytes_of(character)
    assert ids == TOKENIZER.encode(text, add_special_tokens=False).ids


@pytest.mark.parametrize("repeat", [1, 2])
def test_equal_texts_give_an_equal_vocabulary(repeat: int) -> None:
    texts = ["停水了停水了停水了", "噪音噪音噪音"] * repeat
    assert learn_vocabulary(texts).to_str() == learn_vocabulary(iter(texts)).to_str()
