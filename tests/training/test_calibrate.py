"""Calibration on held-back rows chooses the chance from which a span is told, and leaves alone what it cannot judge."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from evaluation.labelled import label_ticket
from models.encoding import Encoded, Encoder
from models.manifest import TaskSpec
from models.spans import BEGIN, INSIDE, OUTSIDE, decode_spans
from training.calibrate import fit_cutoff
from training.dataset import Example
from training.vocabulary import tokenizer_of

TOKENS = Encoder(tokenizer_of(list("昨晚停电了好")), window=64, max_characters=500)
SPANS = TaskSpec(name="spans", kind="spans", labels=("time", "location"), tagging="markov", cutoff=0.4)


def rows_of(spans: int, without: int) -> list[Example]:
    """Messages with a time, and messages without one."""
    time = [{"kind": "time", "start": 0, "end": 2}]
    given = [time] * spans + [[]] * without
    return [Example(label_ticket({"text": "昨晚停电了", "spans": one})) for one in given]


def logits_of(encoded: Encoded, *, sure: float) -> np.ndarray:
    """Logits that see a time in 昨晚 with a chance of `sure`."""
    window = encoded.windows[0]
    logits = np.zeros((1, window.width, 2, 3), dtype=np.float32)
    logits[..., OUTSIDE] = 9.0
    logits[0, window.body_at, 0, [OUTSIDE, BEGIN]] = np.log([1 - sure, sure])
    logits[0, window.body_at + 1, 0, INSIDE] = 18.0
    return logits


@pytest.mark.parametrize(("spans", "without", "told"), [(60, 40, True), (60, 600, False)])
def test_a_doubtful_span_is_told_if_that_was_right_often_enough(spans: int, without: int, told: bool) -> None:
    rows = rows_of(spans, without)
    encoded = TOKENS.encode([row.labelled.document for row in rows])
    # Half of the times are seen clearly; the others look like the doubtful places of messages without a time.
    logits = [logits_of(one, sure=0.9 if n < spans // 2 else 0.3) for n, one in enumerate(encoded)]
    fitted = fit_cutoff(SPANS, rows, encoded, logits)
    assert bool(decode_spans(encoded[-1], [(fitted, logits[-1])])) is told
    assert len(decode_spans(encoded[0], [(fitted, logits[0])])) == 1


def test_a_head_with_few_spans_keeps_its_cutoff() -> None:
    rows = rows_of(5, 100)
    encoded = TOKENS.encode([row.labelled.document for row in rows])
    assert fit_cutoff(SPANS, rows, encoded, [logits_of(one, sure=0.4) for one in encoded]) == SPANS


def test_a_head_that_the_form_weighs_is_told_early() -> None:
    rows = rows_of(60, 40)
    encoded = TOKENS.encode([row.labelled.document for row in rows])
    marks = SPANS.model_copy(update={"name": "form"})
    assert fit_cutoff(marks, rows, encoded, [logits_of(one, sure=0.9) for one in encoded]).cutoff < SPANS.cutoff


def test_offsets_must_fit_the_kinds() -> None:
    with pytest.raises(ValidationError, match="one pair per kind"):
        TaskSpec(name="spans", kind="spans", labels=("time", "location"), offsets=((0.0, 1.0),))
