"""Device: token arrays and messages on a GPU, and batches drawn and masked there.

What training.masking and training.titles do on the processor, step by step the same for the same seed, is here a matter
of chance and of a few kernels: drawing 67,000 tokens in numpy takes as long as a step on a GPU.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from lzma import LZMAError
from pathlib import Path

import torch
from torch import Tensor

from training.corpus import TOKEN_MASK, WORD_START, Tokens
from training.masking import FREQUENT, Draw, MaskedBatch
from training.parcels import KINDS, LONGEST_TITLE, unpack_titled, unpack_tokens
from training.titles import TitledBatch
from training.vocabulary import CLS, FIRST_CHARACTER, MASK, PAD, SEP, SPECIALS

_WORD_START, _TOKEN = int(WORD_START), int(TOKEN_MASK)


@dataclass(slots=True)
class Text:
    """Domain and general tokens on the device, with the starts of words marked, one array after the other.

    Shape of tokens: (tokens,), int32; the first `domain` of them are the domain's.
    """

    tokens: Tensor
    domain: int


class Shelf:
    """The parcels of a folder, taken up as they arrive."""

    def __init__(self, folder: Path, device: torch.device) -> None:
        self._folder, self._device = folder, device
        self._parts: dict[str, Tensor] = {}

    def take(self) -> Text | None:
        """All that stands there, where something is new since the last time.

        Errors: SystemExit where one of the kinds has no parcel.
        """
        names = [file for kind in KINDS for file in sorted(self._folder.glob(f"{kind}-*.npy.xz"))]
        fresh = [file for file in names if file.name not in self._parts]
        if not fresh:
            return None
        with ThreadPoolExecutor(8) as pool:
            for file, tokens in zip(fresh, pool.map(_unpack_whole, fresh), strict=True):
                if tokens is not None:
                    self._parts[file.name] = torch.from_numpy(tokens.astype("int32")).to(self._device)
        arrays = {kind: [part for name, part in sorted(self._parts.items()) if name.startswith(kind)] for kind in KINDS}
        for kind, parts in arrays.items():
            if not parts:
                raise SystemExit(f"{self._folder} holds no {kind}-*.npy.xz; write the parcels with training.parcels")
        domain = torch.cat(arrays["domain"])
        return Text(torch.cat([domain, *arrays["general"]]), len(domain))


def _unpack_whole(file: Path) -> Tokens | None:
    """A parcel's tokens; None while it is still being written."""
    try:
        return unpack_tokens(file)
    except (EOFError, LZMAError, ValueError):
        return None


def draw_rows(text: Text, draw: Draw, *, vocabulary: int) -> MaskedBatch:
    """Rows from random places of the text, with whole words masked; drawn where the text lies."""
    device, rows, width = text.tokens.device, draw.rows, draw.width
    at_home = torch.rand(rows, device=device) < draw.domain_share
    general = len(text.tokens) - text.domain
    places = torch.where(
        at_home,
        torch.randint(0, text.domain - width, (rows,), device=device),
        text.domain + torch.randint(0, general - width, (rows,), device=device),
    )
    raw = text.tokens[places[:, None] + torch.arange(width - 1, device=device)]
    raw = torch.cat([torch.full((rows, 1), CLS | _WORD_START, device=device, dtype=raw.dtype), raw], dim=1).long()
    ids, where, answers = hide_words(raw, draw.mask_share, vocabulary=vocabulary)
    offsets = torch.randint(0, draw.positions - width + 1, (rows, 1), device=device)
    steps = torch.arange(width, device=device)[None, :]
    return MaskedBatch(ids, steps + torch.where(steps > 0, offsets, 0), where, answers)


def hide_words(raw: Tensor, mask_share: float, *, vocabulary: int) -> tuple[Tensor, Tensor, Tensor]:
    """Tokens with marked word starts → ids with whole words hidden, where, and what stood there.

    Shapes: (rows, width) → (rows, width), (masked,), (masked,). As training.masking does it, on the device.
    """
    ids = raw & _TOKEN
    words = (raw > _TOKEN).reshape(-1).cumsum(0)
    chosen = torch.rand(raw.numel() + 1, device=raw.device) < mask_share
    masked = (chosen[words].reshape(raw.shape) & (ids >= len(SPECIALS))).reshape(-1)
    places = masked.nonzero()[:, 0]
    answers = ids.reshape(-1)[places]
    fate = torch.rand(answers.shape, device=raw.device)
    stray = torch.randint_like(answers, FIRST_CHARACTER, min(FIRST_CHARACTER + FREQUENT, vocabulary))
    ids = ids.reshape(-1).clone()
    ids[places] = torch.where(fate < 0.8, MASK, torch.where(fate < 0.9, stray, answers))
    return ids.reshape(raw.shape), places, answers


class Messages:
    """Titles and bodies of messages on the device, padded, with the starts of words marked in bodies."""

    def __init__(self, file: Path, device: torch.device) -> None:
        titled = unpack_titled(file)
        self._titles = torch.full((len(titled), LONGEST_TITLE + 2), PAD, dtype=torch.int64)
        longest = max(len(one.body) for one in titled)
        self._bodies = torch.full((len(titled), longest), PAD, dtype=torch.int32)
        for row, one in enumerate(titled):
            title = one.title[:LONGEST_TITLE].astype("int64")
            self._titles[row, 0], self._titles[row, len(title) + 1] = CLS, SEP
            self._titles[row, 1 : len(title) + 1] = torch.from_numpy(title)
            self._bodies[row, : len(one.body)] = torch.from_numpy(one.body.astype("int32"))
        self._lengths = torch.tensor([len(one.body) for one in titled], device=device)
        self._titles, self._bodies = self._titles.to(device), self._bodies.to(device)

    def draw(self, *, rows: int, width: int, mask_share: float, vocabulary: int) -> TitledBatch:
        """Random messages, half of the bodies cut from anywhere."""
        device = self._titles.device
        picks = torch.randperm(len(self._titles), device=device)[:rows]
        lengths, room = self._lengths[picks], width - 2
        count = len(picks)
        first = (torch.rand(count, device=device) * (lengths - room + 1).clamp(min=1)).long()
        first = torch.where(torch.rand(count, device=device) < 0.5, first, 0)
        places = first[:, None] + torch.arange(room, device=device)
        inside = places < lengths[:, None]
        last = self._bodies.shape[1] - 1
        body = self._bodies[picks].gather(1, places.clamp(max=last)).long()
        body = torch.where(inside, body, PAD | _WORD_START)
        edge = torch.full((count, 1), CLS | _WORD_START, device=device)
        raw = torch.cat([edge, body, torch.full_like(edge, PAD | _WORD_START)], dim=1)
        raw.scatter_(1, (inside.sum(dim=1, keepdim=True) + 1), SEP | _WORD_START)
        ids, where, answers = hide_words(raw, mask_share, vocabulary=vocabulary)
        titles = self._titles[picks]
        same = (titles[:, None] == titles[None]).all(dim=2) & ~torch.eye(count, dtype=torch.bool, device=device)
        return TitledBatch(titles, ids, where, answers, same)
