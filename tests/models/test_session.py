"""Runs: only what is asked, stopped when told, never a value that is no number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

from models.document import Document
from models.encoding import Window
from models.errors import BundleError, DeadlineError, NonFiniteError
from models.predictor import Predictor
from models.session import Session, Stop
from tests.tiny import write_tiny


def test_only_the_asked_heads_come_back(predictor: Predictor) -> None:
    (encoded,) = predictor.encode([Document.of("小区")])
    logits = predictor.run(encoded, ["type", "risks"])
    assert {head: values.shape for head, values in logits.items()} == {"type": (1, 7), "risks": (1, 9)}


def test_a_stop_that_was_set_before_prevents_the_run(predictor: Predictor) -> None:
    stop = Stop()
    stop.set()
    (encoded,) = predictor.encode([Document.of("小区")])
    with pytest.raises(DeadlineError):
        predictor.run(encoded, ["type"], stop=stop)


def test_a_stop_ends_the_run_that_is_going_on_and_no_later_one() -> None:
    stop, options = Stop(), ort.RunOptions()
    assert stop.watch(options)
    stop.set()
    assert options.terminate
    assert not stop.watch(ort.RunOptions())
    finished, untouched = Stop(), ort.RunOptions()
    assert finished.watch(untouched)
    finished.release()
    finished.set()
    assert not untouched.terminate


def test_a_provider_that_is_not_installed_is_named(tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ort, "get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(BundleError, match="no cuda provider; install the build that has it, or choose cpu"):
        Predictor.open(tiny_bundle, provider="cuda")


def test_a_logit_that_is_no_number_is_an_error(tmp_path: Path) -> None:
    session = Session(write_tiny(tmp_path / "bad", poison=True).path / "model.onnx", threads=1)
    row = Window(np.array([2, 70, 3]), np.array([0, 1, 1]), 1, 0, 2)
    with pytest.raises(NonFiniteError, match="head 'type'"):
        session.run(row, ["type"])


def test_documents_are_answered_in_order_and_alike_alone_and_together(predictor: Predictor) -> None:
    texts = ["小区" * n for n in (200, 1, 30, 3)] + ["请问电话", "😀"]
    together = predictor.predict([Document.of(text) for text in texts])
    for text, among in zip(texts, together, strict=True):
        (alone,) = predictor.predict([Document.of(text)])
        for head, answer in alone.answers.items():
            assert (among.answers[head].scores == answer.scores).all()
        assert [(s.kind, s.start, s.end) for s in among.spans] == [(s.kind, s.start, s.end) for s in alone.spans]
