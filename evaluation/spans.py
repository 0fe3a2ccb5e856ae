"""Spans beside the marked ones: counts per document and kind, exact and overlapping."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.labelled import GoldSpan
from evaluation.metrics import Integers
from evaluation.resample import Floats
from models.prediction import Span


@dataclass(frozen=True, slots=True)
class SpanCounts:
    """Shapes: rows (documents,), others (documents, kinds).

    exact        answered spans with the very segment, start and end of a marked one
    overlapping  pairs of an answered and a marked span that share a character; each span is in one pair at most, so
                 one long answer cannot stand for three short marks
    """

    kinds: tuple[str, ...]
    rows: Integers
    gold: Floats
    predicted: Floats
    exact: Floats
    overlapping: Floats


def count_spans(
    gold: Sequence[Iterable[GoldSpan]],
    predicted: Sequence[Iterable[Span]],
    *,
    kinds: Sequence[str],
    rows: Integers | None = None,
) -> SpanCounts:
    """Counts of documents' marked and answered spans; kinds that the head does not know are added at the end."""
    marked = [list(spans) for spans in gold]
    every = (*kinds, *sorted({span.kind for spans in marked for span in spans} - set(kinds)))
    counts = np.zeros((4, len(marked), len(every)))
    for row, (wanted, answered) in enumerate(zip(marked, predicted, strict=True)):
        found = [GoldSpan(span.segment, span.start, span.end, span.kind) for span in answered]
        for column, kind in enumerate(every):
            of_gold = {span for span in wanted if span.kind == kind}
            of_found = {span for span in found if span.kind == kind}
            pairs = _pair(sorted(of_gold), sorted(of_found))
            counts[:, row, column] = len(of_gold), len(of_found), len(of_gold & of_found), pairs
    return SpanCounts(every, np.arange(len(marked)) if rows is None else rows, *counts)


def _pair(gold: list[GoldSpan], found: list[GoldSpan]) -> int:
    # Equal spans first, so that a near miss does not take the partner of a hit; then in reading order.
    equal = set(gold) & set(found)
    left = [span for span in gold if span not in equal]
    pairs = len(equal)
    for span in found:
        if span in equal:
            continue
        partner = next((other for other in left if _overlap(span, other)), None)
        if partner is not None:
            left.remove(partner)
            pairs += 1
    return pairs


def _overlap(first: GoldSpan, second: GoldSpan) -> bool:
    return first.segment == second.segment and first.start < second.end and second.start < first.end
