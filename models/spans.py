"""Spans: token logits → the words that are marked, with the edges that are likeliest together.

Every kind is a chain of its own over outside, begin and inside. What is asked of a token is not only whether it belongs
to a span, but where one begins and whether it goes on; the product along the way is the chance of the whole span
(a maximum-entropy Markov model, McCallum et al. 2000). Where two ends are likely, the likelier is taken, and not the
place between them at which the sum of both falls below a half, which is in the middle of a word.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.encoding import Encoded
from models.manifest import TaskSpec
from models.prediction import Span

Floats = npt.NDArray[np.float32]

OUTSIDE, BEGIN, INSIDE = 0, 1, 2
# Two heads mark the same kinds: in what was written as annotators do, in what was spoken as the form needs them.
SPANS, SPOKEN = "spans", "spoken"

_LEAST = 0.02  # a span that is less likely is not looked at
_LONGEST = 128  # tokens; the longest of 65,000 marked spans has 124 characters
_GONE = 1e-3  # a chain that is inside with less than this is outside
_NEVER = -30.0  # a logit
_READING_ORDER = attrgetter("segment", "start", "end", "kind")


class Candidate(NamedTuple):
    """A stretch of tokens, both ends counted, and the chance that a span stands exactly there."""

    first: int
    last: int
    chance: float


def join_windows(encoded: Encoded, logits: Floats) -> Floats:
    """Token logits of the whole body, each token from the window in which it stands farthest from an edge.

    Shape: (windows, width, …) → (body tokens, …).
    """
    joined = np.zeros((len(encoded.segment), *logits.shape[2:]), dtype=np.float32)
    inner = np.full(len(encoded.segment), -1, dtype=np.int64)
    for row, window in enumerate(encoded.windows):
        places = np.arange(window.body_tokens)
        depth = np.minimum(places, window.body_tokens - 1 - places)
        target = slice(window.first, window.first + window.body_tokens)
        better = depth > inner[target]
        body = logits[row, window.body_at : window.body_at + window.body_tokens]
        joined[target][better] = body[better]
        inner[target] = np.maximum(inner[target], depth)
    return joined


def decode_spans(encoded: Encoded, heads: Sequence[tuple[TaskSpec, Floats]]) -> tuple[Span, ...]:
    """Spans of all heads, in reading order; those of one kind do not overlap.  Shape: (windows, width, kinds, 3)."""
    spans = [s for task, logits in heads for s in tell_spans(encoded, task, find_candidates(encoded, task, logits))]
    return tuple(sorted(spans, key=_READING_ORDER))


def tell_spans(encoded: Encoded, task: TaskSpec, candidates: Sequence[Sequence[Candidate]]) -> list[Span]:
    """Of the candidates of every kind, the spans to tell: the likeliest edges wherever one is likely at all.

    The confidence of a span is the sum of its own chance and those of all that overlap it, at most 1: how likely one of
    its kind stands here, be its edges these or a little off. It is told from the head's `cutoff` on.
    """
    spans = []
    for kind, own in zip(task.labels, candidates, strict=True):
        for (first, last, _), confidence in _choose(own, cutoff=task.cutoff):
            start, end = int(encoded.start[first]), int(encoded.end[last])
            spans.append(Span(kind, int(encoded.segment[first]), start, end, confidence))
    return spans


def find_candidates(encoded: Encoded, task: TaskSpec, logits: Floats) -> list[list[Candidate]]:
    """The stretches that are likely enough to be looked at, by kind.  Shape: (windows, width, kinds, 3)."""
    if not len(encoded.segment):
        return [[] for _ in task.labels]
    joined = join_windows(encoded, logits)
    if task.offsets:
        joined[:, :, BEGIN:] += np.array(task.offsets, dtype=np.float32)
    joined /= np.float32(task.temperature)
    # A separator ends every span: no field runs over from one turn into the next.
    joined[encoded.start == encoded.end] = (0.0, _NEVER, _NEVER)
    begins, goes_on = (_markov if task.tagging == "markov" else _independent)(joined)
    found: list[list[Candidate]] = [[] for _ in task.labels]
    for kind in np.flatnonzero((begins >= _LEAST).any(axis=0)).tolist():
        found[kind] = _without_marks(_stretches(begins[:, kind], goes_on[:, kind].tolist()), encoded.marks)
    return found


def _without_marks(candidates: Sequence[Candidate], marks: npt.NDArray[np.bool_]) -> list[Candidate]:
    """Marks are no words: no span begins or ends with one. What is the same without them is one candidate."""
    chances: dict[tuple[int, int], float] = {}
    for first, last, chance in candidates:
        while first <= last and marks[first]:
            first += 1
        while last >= first and marks[last]:
            last -= 1
        if first <= last:
            chances[first, last] = chances.get((first, last), 0.0) + chance
    return sorted(Candidate(first, last, chance) for (first, last), chance in chances.items())


def _choose(candidates: Sequence[Candidate], *, cutoff: float) -> Iterator[tuple[Candidate, float]]:
    """The likeliest, with its own chance and those of all that overlap it together; then the likeliest of the rest.

    Candidates come in order of their first tokens: what may overlap one stands near it, however long the text is.
    """
    firsts = [candidate.first for candidate in candidates]
    taken = [False] * len(candidates)
    for place in sorted(range(len(candidates)), key=lambda place: -candidates[place].chance):
        if taken[place]:
            continue
        best, about = candidates[place], 0.0
        near = range(bisect_left(firsts, best.first - _LONGEST), bisect_right(firsts, best.last))
        for other in near:
            if not taken[other] and candidates[other].last >= best.first:
                about += candidates[other].chance
                taken[other] = True
        if about >= cutoff:
            yield best, min(about, 1.0)


def _stretches(begins: Floats, goes_on: list[float]) -> list[Candidate]:
    """From every token at which a span may begin, the ends that it may have."""
    found = []
    for first in np.flatnonzero(begins >= _LEAST).tolist():
        alive = float(begins[first])
        last = first
        while alive >= _LEAST and last - first < _LONGEST:
            further = goes_on[last + 1] if last + 1 < len(goes_on) else 0.0
            chance = alive * (1.0 - further)
            if chance >= _LEAST:
                found.append(Candidate(first, last, chance))
            alive *= further
            last += 1
    return found


def _markov(logits: Floats) -> tuple[Floats, Floats]:
    """Logits of each tag given the tag before → chances that a span begins at a token, and that one goes on to it.

    Shape: (tokens, kinds, 3) → twice (tokens, kinds).
    """
    outside, begin, inside = _powers(logits)
    # After outside, where nothing goes on.
    begin_alone = 1.0 / (1.0 + np.exp(np.minimum(logits[..., OUTSIDE] - logits[..., BEGIN], 80.0)))
    total = outside + begin + inside
    begin_after, goes_on = begin / total, inside / total
    begins = np.where(begin_alone >= _LEAST, begin_alone, np.float32(0.0))
    for kind in np.flatnonzero((begins > 0).any(axis=0)).tolist():
        _follow(begins[:, kind], begin_after[:, kind], goes_on[:, kind])
    return begins, goes_on


def _follow(begins: Floats, begin_after: Floats, goes_on: Floats) -> None:
    """Along one chain, in place: a span begins the likelier, the less likely another holds the token before."""
    alone, after, further = begins.tolist(), begin_after.tolist(), goes_on.tolist()
    done = 0
    for place in np.flatnonzero(begins).tolist():
        if place < done:
            continue
        held = 0.0
        for token in range(place, len(alone)):
            here = (1.0 - held) * alone[token] + held * after[token]
            begins[token] = here
            held = here + held * further[token]
            done = token + 1
            if held < _GONE:
                break


def _independent(logits: Floats) -> tuple[Floats, Floats]:
    """The same from logits of each tag by itself: a span goes on as far as the next token is as surely inside.

    Shape: (tokens, kinds, 3) → twice (tokens, kinds).
    """
    outside, begin, inside = _powers(logits)
    total = outside + begin + inside
    begins, insides = begin / total, inside / total
    goes_on = np.zeros_like(begins)
    goes_on[1:] = np.minimum(insides[1:] / np.maximum((begins + insides)[:-1], 1e-30), 1.0)
    return begins, goes_on


def _powers(logits: Floats) -> list[Floats]:
    """Exponentials of each tag's logits, of the largest 1.  Shape: (tokens, kinds, 3) → three of (tokens, kinds)."""
    # Tag by tag: numpy reduces an axis of three slowly.
    tags = [logits[..., tag] for tag in (OUTSIDE, BEGIN, INSIDE)]
    highest = np.maximum(np.maximum(tags[0], tags[1]), tags[2])
    return [np.exp(tag - highest) for tag in tags]
