"""Calibration on held-back rows finds spans that the plain best tag misses, and leaves alone what it cannot judge."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from evaluation.labelled import label_ticket
from models.decoding import BEGIN, INSIDE, OUTSIDE, decode_spans
from models.encoding import Encoded, Encoder
from models.manifest import TaskSpec
from training.calibrate import fit_offsets
from training.dataset import Example
from training.vocabulary import tokenizer_of

TOKENS = Encoder(tokenizer_of(list("昨晚停电了好")), window=64, max_characters=500)
SPANS = TaskSpec(name="spans", kind="spans", labels=("time", "location"))


def timid(encoded: Encoded) -> np.ndarray:
    """Logits that know the first character of 昨晚 and hesitate at the second."""
    window = encoded.windows[0]
    logits = np.zeros((1, window.width, 2, 3), dtype=np.float32)
    logits[..., OUTSIDE] = 4.0
    logits[0, window.body_at, 0, BEGIN] = 6.0
    logits[0, window.body_at + 1, 0, INSIDE] = 3.4
    return logits


def test_spans_that_end_too_early_are_completed_and_nothing_is_invented() -> None:
    rows = [Example(label_ticket({"text": "昨晚停电了", "spans": [{"kind": "time", "start": 0, "end": 2}]}))] * 20
    encoded = TOKENS.encode([row.labelled.document for row in rows])
    logits = [timid(one) for one in encoded]
    before = decode_spans(encoded[0], [(SPANS, logits[0])])
    assert [(span.start, span.end) for span in before] == [(0, 1)]
    fitted = fit_offsets(SPANS, rows, encoded, logits)
    after = decode_spans(encoded[0], [(fitted, logits[0])])
    assert [(span.kind, span.start, span.end) for span in after] == [("time", 0, 2)]
    # No row has a location, so nothing says how its logits should move.
    assert fitted.offsets[1] == (0.0, 0.0)


def test_offsets_must_fit_the_kinds() -> None:
    with pytest.raises(ValidationError, match="one pair per kind"):
        TaskSpec(name="spans", kind="spans", labels=("time", "location"), offsets=((0.0, 1.0),))
