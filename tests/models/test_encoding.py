"""Documents become rows: every token in a window, every token's place in the text as sent."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from models.document import Document, Segment
from models.encoding import AGENT, CITIZEN, TITLE, Encoded, Encoder, window_starts
from models.errors import TextError
from tests.tiny import WINDOW, tiny_tokenizer

DEFAULT_BUNDLE = Path(__file__).parent.parent.parent / "models" / "store" / "default"
STATUS = Path("/proc/self/status")

MANY = "小区楼下的烧烤店每天营业到凌晨两点，油烟往上排。"


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(tiny_tokenizer(), window=WINDOW, max_characters=20_000)


def one(encoder: Encoder, document: Document) -> Encoded:
    (encoded,) = encoder.encode([document])
    return encoded


@pytest.mark.parametrize("tokens", [0, 1, 61, 62, 63, 127, 128, 500, 9_999])
@pytest.mark.parametrize("room", [15, 61, 127, 511])
def test_windows_cover_every_token_and_overlap(tokens: int, room: int) -> None:
    starts = window_starts(tokens, room)
    covered = np.zeros(max(tokens, 1), dtype=bool)
    for start in starts:
        assert 0 <= start <= max(tokens - room, 0)
        covered[start : start + room] = True
    assert covered.all()
    assert all(later - earlier <= room - min(64, room // 2) + 1 for earlier, later in pairwise(starts))


@pytest.mark.parametrize("title", ["", "烧烤店油烟" * 40])
def test_a_long_text_is_read_whole(encoder: Encoder, title: str) -> None:
    text = MANY * 40
    encoded = one(encoder, Document.of(text, title=title))
    assert not encoded.truncated
    assert all(window.width <= WINDOW for window in encoded.windows)
    seen = {place for w in encoded.windows for place in range(w.first, w.first + w.body_tokens)}
    assert seen == set(range(len(encoded.segment)))
    assert "".join(text[s:e] for s, e in zip(encoded.start, encoded.end, strict=True)) == text


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        ("小😀区𠮷店", "小😀区𠮷店"),
        ("１３８ＡＢ", "１３８ＡＢ"),
        ("小\u200b区\ufeff楼\u202e下", "小区楼下"),
    ],
)
def test_tokens_stand_where_the_caller_sent_them(encoder: Encoder, text: str, readable: str) -> None:
    encoded = one(encoder, Document.of(text))
    assert encoded.end.max() <= len(text)
    places = sorted({(int(s), int(e)) for s, e in zip(encoded.start, encoded.end, strict=True) if s < e})
    assert "".join(text[s:e] for s, e in places).replace("\u200b", "").replace("\ufeff", "") == readable


def test_turns_keep_their_speaker_and_are_kept_apart(encoder: Encoder) -> None:
    document = Document((Segment("您好", "agent"), Segment("", "citizen"), Segment("小区")), title="题")
    encoded = one(encoder, document)
    (window,) = encoded.windows
    assert (
        window.types.tolist()
        == [TITLE] * window.body_at + [AGENT] * (window.width - window.body_at - 3) + [CITIZEN] * 3
    )
    assert set(encoded.segment.tolist()) == {0, 2}
    assert (encoded.start == encoded.end).sum() == 2


def test_special_tokens_in_a_text_are_plain_text(encoder: Encoder) -> None:
    encoded = one(encoder, Document.of("[SEP]小[CLS]"))
    assert (encoded.windows[0].ids == tiny_tokenizer().token_to_id("[SEP]")).sum() == 1


def test_only_beyond_the_limit_is_a_text_truncated() -> None:
    encoder = Encoder(tiny_tokenizer(), window=WINDOW, max_characters=20)
    assert not one(encoder, Document.of("小" * 20)).truncated
    cut = one(encoder, Document.of("小" * 21))
    assert cut.truncated
    assert cut.end.max() == 20


@pytest.mark.parametrize("text", ["", "\u200b", "\ufeff\u202e"])
def test_a_text_without_a_readable_character_is_refused(encoder: Encoder, text: str) -> None:
    with pytest.raises(TextError):
        encoder.encode([Document.of(text)])


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(TextError):
        Document.of("小\ud800")


def test_a_tokenizer_without_its_special_tokens_is_refused(tmp_path: Path) -> None:
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel

    with pytest.raises(TextError):
        Encoder(Tokenizer(WordLevel({"a": 0}, unk_token="a")), window=WINDOW, max_characters=9)


@pytest.mark.skipif(not STATUS.exists(), reason="the system does not tell a process's memory there")
def test_texts_are_not_kept_in_memory() -> None:
    encoder = Encoder.open(DEFAULT_BUNDLE / "tokenizer.json", window=512, max_characters=20_000)
    letters = [chr(0x4E00 + place) for place in range(3_000)]
    generator = random.Random(0)

    def read(count: int) -> None:
        for _ in range(count):
            encoder.encode([Document.of("".join(generator.sample(letters, 70)))])

    read(300)
    before = _resident_kib()
    read(5_000)
    # The tokenizer's own memory of words would hold 2 KiB of each.
    assert _resident_kib() - before < 4_000


def _resident_kib() -> int:
    lines = STATUS.read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("RssAnon")).split()[1])
