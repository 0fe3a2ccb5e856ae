"""Vocabulary: one token per character, learnt from the corpus and written as a single tokenizer.json.

Folding (NFKC, lower case, invisible characters, runs of white space) is part of the file, so training and serving
cannot drift, and the tokenizer keeps the offsets of every token in the original text. A character outside the table
is spelt by its UTF-8 bytes (`<0xE5>` …): a citizen's rare name is never `[UNK]`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from tokenizers import Regex, Tokenizer, normalizers
from tokenizers.models import BPE

SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
PAD, UNK, CLS, SEP, MASK = range(5)
FIRST_BYTE = len(SPECIALS)
FIRST_CHARACTER = FIRST_BYTE + 256

# Control, format and variation characters carry no words, and some reverse or hide text.
_INVISIBLE = r"[\p{Cc}&&[^\t\n\r]]|\p{Cf}|[\x{FE00}-\x{FE0F}]|\x{FFFD}"


def folding() -> normalizers.Normalizer:
    """The folding that tokenizer.json applies before it looks characters up."""
    return normalizers.Sequence(
        [
            normalizers.NFKC(),
            normalizers.Lowercase(),
            normalizers.Replace(Regex(_INVISIBLE), ""),
            normalizers.Replace(Regex(r"\s+"), " "),
        ]
    )


def learn_vocabulary(texts: Iterable[str], *, max_characters: int = 7_900, min_count: int = 3) -> Tokenizer:
    """Count the characters of `texts` after folding and keep the most frequent ones.

    `texts` may weigh a source by repeating it. Ties are broken by code point, so that equal input gives an equal file.
    """
    fold = folding()
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(fold.normalize_str(text))
    ranked = sorted((c for c, n in counts.items() if n >= min_count), key=lambda c: (-counts[c], c))
    return tokenizer_of(ranked[:max_characters])


def tokenizer_of(characters: list[str]) -> Tokenizer:
    """A tokenizer over the given characters, in this order, after the special and the byte tokens."""
    tokens = [*SPECIALS, *(f"<0x{byte:02X}>" for byte in range(256)), *characters]
    vocabulary = {token: index for index, token in enumerate(tokens)}
    tokenizer = Tokenizer(BPE(vocab=vocabulary, merges=[], unk_token="[UNK]", byte_fallback=True))
    tokenizer.normalizer = folding()
    tokenizer.add_special_tokens(list(SPECIALS))
    tokenizer.encode_special_tokens = True
    return tokenizer


class CharacterTable:
    """The same look-up as the tokenizer's, vectorised over whole documents, for encoding a corpus of 10⁸ characters."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        vocabulary: dict[str, int] = tokenizer.get_vocab()
        self._fold = tokenizer.normalizer
        self._ids = np.full(0x110000, -1, dtype=np.int32)
        for token, index in vocabulary.items():
            if len(token) == 1:
                self._ids[ord(token)] = index

    def fold(self, text: str) -> str:
        """The text as the tokenizer sees it."""
        return str(self._fold.normalize_str(text)) if self._fold is not None else text

    def ids(self, folded: str) -> npt.NDArray[np.int32]:
        """Ids of a folded text, one per character; −1 where the character is spelt by bytes.  Shape: (characters,)."""
        points = np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        return self._ids[points]

    @staticmethod
    def bytes_of(character: str) -> list[int]:
        """The byte tokens that spell a character outside the table."""
        return [FIRST_BYTE + byte for byte in character.encode("utf-8", "replace")]
