"""Stress: arrivals keep their time whatever the service does, and what is told of a service is what it did."""

from __future__ import annotations

import random
import threading
import time

import pytest

from evaluation.client import ask_all
from evaluation.plots import draw_waits
from evaluation.server import Server
from evaluation.stress import LOADS, due_times, stress
from models.document import Document
from tests.evaluation.listener import Decide, listening


def one_desk() -> Decide:
    """Ten milliseconds a ticket, one after another; who would wait for more than three others is turned away."""
    desk, places = threading.Lock(), threading.Semaphore(4)

    def decide(_: bytes) -> int:
        if not places.acquire(blocking=False):
            return 429
        with desk:
            time.sleep(0.01)
        places.release()
        return 200

    return decide


def test_arrivals_come_at_the_rate_that_was_asked_for() -> None:
    due = due_times(50, seconds=40, rng=random.Random(1))
    assert due == sorted(due)
    assert due[-1] < 40
    assert len(due) == pytest.approx(2_000, rel=0.1)


def test_a_wait_counts_from_when_a_ticket_was_due_even_if_no_connection_was_free() -> None:
    with listening(one_desk()) as url:
        sample = ask_all(url, [b"{}"] * 5, connections=1, limit_s=10, due_s=[0.0] * 5)
    assert sample.tickets == 5
    # The last one was due with the first, and four tickets of ten milliseconds went before it.
    assert max(sample.waits_ms) >= 50


def test_refusals_are_told_apart_from_answers() -> None:
    with listening(one_desk()) as url:
        sample = ask_all(url, [b"{}"] * 40, connections=40, limit_s=10, due_s=[0.0] * 40)
    assert sample.tickets + len(sample.refusal_waits_ms) == 40
    assert sample.errors == len(sample.refusal_waits_ms) > 0


def test_every_question_is_answered_and_what_is_not_ours_is_not_judged() -> None:
    documents = [Document.of("路灯不亮" * number) for number in range(1, 9)]
    with listening(one_desk()) as url:
        report = stress(Server(url), documents, seconds=0.5, shapes=8, longest=50)
    assert [one.load for one in report.waits] == list(LOADS)
    assert report.waits[0].errors == 0
    answers = {one.question: one for one in report.answers}
    assert len(answers) == len(report.answers) == 8
    overload = [one for question, one in answers.items() if question.startswith("3 × capacity")]
    assert [one.measured for one in overload][2] == "0"
    assert overload[3].met
    assert [one.measured for one in report.answers if one.met is None].count("not our process") == 2


def test_the_plot_stands_alone_and_names_its_lines() -> None:
    picture = draw_waits({"p50": [(0.5, 12.0), (0.9, 40.0)], "p99": [(0.5, 30.0), (0.9, 900.0)]}, across="a", up="b")
    assert picture.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert all(f">{told}<" in picture for told in ("p50", "p99", "10", "1000", "0.5", "a", "b"))
