"""A served graph that lost answers is refused; one that only tips ties is not."""

from __future__ import annotations

import numpy as np
import pytest

from models.manifest import TaskSpec
from training.parity import Drop, Parity, ParityError, check_drops, check_flips, count_drop

ALLOWED = 0.003
ROWS = 553


def test_lost_and_won_answers_are_counted_where_they_are_labelled() -> None:
    gold = np.array([0, 0, 1, 1, -1])
    trained = np.array([[0.9, 0.1], [0.6, 0.4], [0.55, 0.45], [0.2, 0.8], [0.9, 0.1]], dtype=np.float32)
    served = np.array([[2.0, 0.0], [0.0, 0.1], [0.0, 0.1], [0.0, 1.0], [0.0, 9.0]], dtype=np.float32)
    drop = count_drop(gold, trained, served)
    assert (drop.lost, drop.won, drop.rows) == (1, 1, 4)
    # Two answers changed, and the trained graph held its own likelier by 0.2 and 0.1.
    assert drop.expected == pytest.approx(0.3 / 4)


def test_a_head_without_labels_loses_nothing() -> None:
    check_drops(
        {"type": count_drop(np.full(3, -1), np.zeros((3, 2), np.float32), np.zeros((3, 2), np.float32))}, largest=0
    )


@pytest.mark.parametrize(("lost", "won", "expected"), [(5, 0, 0.0002), (12, 8, 0.001), (0, 6, 0.0), (1, 0, 0.003)])
def test_ties_may_tip(lost: int, won: int, expected: float) -> None:
    check_drops({"type": Drop(lost, won, ROWS, expected)}, largest=ALLOWED)


@pytest.mark.parametrize(
    ("lost", "won", "expected"),
    [
        (9, 0, 0.0002),  # no coin falls so: the trained graph was right without being sure
        (30, 10, 0.002),
        (3, 2, 0.0031),  # few are labelled as they were lost, but it was sure of what was changed
    ],
)
def test_what_is_lost_beyond_chance_is_refused(lost: int, won: int, expected: float) -> None:
    with pytest.raises(ParityError, match=f"'type'.*loses {lost} and wins {won} of {ROWS}"):
        check_drops({"polarity": Drop(0, 0, ROWS, 0.0), "type": Drop(lost, won, ROWS, expected)}, largest=ALLOWED)


def test_a_served_head_of_spans_that_changes_many_tags_is_refused() -> None:
    tasks = (
        TaskSpec(name="category", kind="single", labels=("a",)),
        TaskSpec(name="spans", kind="spans", labels=("time",)),
    )

    def parity(spans: float) -> Parity:
        return Parity(largest={}, mean={}, flips={"category": 0.2, "spans": spans}, batch_drift=0.0, documents=10)

    check_flips(parity(0.02), tasks)
    with pytest.raises(ParityError, match=r"head 'spans': served, 12.00% of its decisions change"):
        check_flips(parity(0.12), tasks)
