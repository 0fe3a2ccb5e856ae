"""Spans: exact and overlapping, one partner each, kind by kind."""

from __future__ import annotations

from evaluation.labelled import GoldSpan
from evaluation.spans import SpanCounts, count_spans
from models.prediction import Span


def count(gold: list[GoldSpan], found: list[Span]) -> SpanCounts:
    return count_spans([gold], [found], kinds=["time", "demand"])


def span(kind: str, start: int, end: int, *, segment: int = 0) -> Span:
    return Span(kind, segment, start, end, 0.9)


def test_exact_spans_overlap_too() -> None:
    counts = count([GoldSpan(0, 0, 4, "time")], [span("time", 0, 4)])
    assert counts.exact.tolist() == counts.overlapping.tolist() == [[1, 0]]


def test_a_shared_character_overlaps_and_touching_ends_do_not() -> None:
    gold = [GoldSpan(0, 2, 4, "time")]
    assert count(gold, [span("time", 3, 9)]).overlapping.tolist() == [[1, 0]]
    assert count(gold, [span("time", 4, 9)]).overlapping.tolist() == [[0, 0]]


def test_kinds_and_segments_are_kept_apart() -> None:
    gold = [GoldSpan(0, 0, 4, "time")]
    assert count(gold, [span("demand", 0, 4), span("time", 0, 4, segment=1)]).overlapping.sum() == 0


def test_one_long_answer_stands_for_one_mark_only() -> None:
    gold = [GoldSpan(0, 0, 2, "time"), GoldSpan(0, 4, 6, "time"), GoldSpan(0, 8, 10, "time")]
    assert count(gold, [span("time", 0, 10)]).overlapping.tolist() == [[1, 0]]


def test_a_near_miss_does_not_take_the_partner_of_a_hit() -> None:
    gold = [GoldSpan(0, 0, 6, "time"), GoldSpan(0, 4, 9, "time")]
    counts = count(gold, [span("time", 3, 5), span("time", 4, 9)])
    assert counts.exact.tolist() == [[1, 0]]
    assert counts.overlapping.tolist() == [[2, 0]]


def test_a_kind_that_the_head_does_not_know_is_missed() -> None:
    counts = count([GoldSpan(0, 0, 4, "phone")], [])
    assert counts.kinds == ("time", "demand", "phone")
    assert counts.gold.tolist() == [[0, 0, 1]]
