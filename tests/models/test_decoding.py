"""Logits become scores, and one head of spans is read where there are two."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.decoding import decode, merge_windows
from models.manifest import TaskSpec
from tests.models.documents import as_logits, encoded

TASK = TaskSpec(name="spans", kind="spans", labels=("time", "demand"))


def test_windows_are_merged_by_the_text_that_each_holds() -> None:
    document = encoded(9, room=6, starts=(0, 6))
    merged = merge_windows(document, np.array([[3, 0], [0, 3]], dtype=np.float32))
    assert merged.tolist() == pytest.approx([2, 1])


def test_a_document_of_one_window_keeps_its_logits() -> None:
    logits = np.array([[0.1, -7.3]], dtype=np.float32)
    assert (merge_windows(encoded(9, room=10, starts=(0,)), logits) == logits[0]).all()


@pytest.mark.parametrize(("spoken", "kind"), [(False, "time"), (True, "demand")])
def test_a_call_is_read_by_the_head_of_what_was_spoken_and_a_message_by_the_other(spoken: bool, kind: str) -> None:
    document = replace(encoded(4, room=10, starts=(0,)), spoken=spoken)
    logits = {"spans": as_logits([[0, 1, 2, 0], [0] * 4]), "spoken": as_logits([[0] * 4, [0, 1, 2, 0]])}
    prediction = decode(document, logits, (TASK, TASK.model_copy(update={"name": "spoken"})))
    assert [span.kind for span in prediction.spans] == [kind]


@pytest.mark.parametrize("head", ["spans", "spoken"])
def test_where_there_is_one_head_of_spans_it_reads_calls_and_messages(head: str) -> None:
    task, logits = TASK.model_copy(update={"name": head}), {head: as_logits([[0, 1, 2, 0], [0] * 4])}
    for spoken in (False, True):
        document = replace(encoded(4, room=10, starts=(0,)), spoken=spoken)
        assert [span.kind for span in decode(document, logits, (task,)).spans] == ["time"]
