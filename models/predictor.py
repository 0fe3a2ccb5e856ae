"""Predictor: documents in, predictions out — encoding, session and decoding composed. What evaluation and files use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from models.bundle import Bundle
from models.decoding import Logits, decode
from models.document import Document
from models.encoding import Encoded, Encoder, Window
from models.prediction import Prediction
from models.session import Provider, Session, Stop
from models.spans import Floats

RowLogits = Mapping[str, Floats]  # by head; shape (outputs,), spans (row's width, kinds, 3)


class Predictor:
    """An opened bundle that answers. Safe to use from several threads at once."""

    def __init__(self, bundle: Bundle, *, encoder: Encoder, session: Session, workers: int = 1) -> None:
        self.bundle = bundle
        self._encoder = encoder
        self._session = session
        self._workers = workers

    @classmethod
    def open(
        cls, path: Path, *, threads: int = 1, workers: int = 1, provider: Provider = "cpu", canary: bool = True
    ) -> Predictor:
        """Open a bundle: hashes, names, shapes and the canary are checked before anything is answered.

        `threads` compute one row; `workers` documents are predicted at once, which uses two cores far better than two
        threads in one row, and changes no answer.
        Errors: BundleError, CanaryError.
        """
        from models.canary import check_canary, check_labels, check_shapes

        bundle = Bundle.open(path)
        check_labels(bundle)
        manifest = bundle.manifest
        encoder = Encoder.open(
            bundle.file("tokenizer.json"), window=manifest.window, max_characters=manifest.max_characters
        )
        session = Session(bundle.file("model.onnx"), threads=threads, provider=provider)
        check_shapes(manifest, encoder=encoder, session=session)
        predictor = cls(bundle, encoder=encoder, session=session, workers=workers)
        if canary:
            check_canary(predictor)
        return predictor

    @property
    def heads(self) -> tuple[str, ...]:
        """Names of all heads of the bundle."""
        return tuple(task.name for task in self.bundle.manifest.tasks)

    def encode(self, documents: Sequence[Document]) -> list[Encoded]:
        """Documents → token rows. Errors: TextError."""
        return self._encoder.encode(documents)

    def run(self, encoded: Encoded, heads: Sequence[str] | None = None, *, stop: Stop | None = None) -> Logits:
        """One pass of the encoder over the rows of a document; logits by head, shape (windows, …).

        Errors: DeadlineError, NonFiniteError.
        """
        return join_rows(self.run_rows(encoded.windows, heads, stop=stop))

    def run_rows(
        self, windows: Sequence[Window], heads: Sequence[str] | None = None, *, stop: Stop | None = None
    ) -> list[RowLogits]:
        """Logits of each row, each computed by itself: an answer never depends on what is asked beside it.

        Errors: DeadlineError, NonFiniteError.
        """
        asked = list(heads if heads is not None else self.heads)
        return [self._session.run(window, asked, stop=stop) for window in windows]

    def decode(self, encoded: Encoded, logits: Logits) -> Prediction:
        """Logits of one document → its prediction."""
        return decode(encoded, logits, self.bundle.manifest.tasks)

    def predict(self, documents: Sequence[Document], heads: Sequence[str] | None = None) -> list[Prediction]:
        """Predictions in the order of the documents."""

        def answer(encoded: Encoded) -> Prediction:
            return self.decode(encoded, self.run(encoded, heads))

        if self._workers == 1 or len(documents) == 1:
            return [answer(encoded) for encoded in self.encode(documents)]
        # While one document's spans are decoded, another's rows are computed.
        with ThreadPoolExecutor(self._workers, thread_name_prefix="suqiu-predict") as pool:
            return list(pool.map(answer, self.encode(documents)))


def join_rows(rows: Sequence[RowLogits]) -> Logits:
    """Rows of one document under each other, by head; token logits are padded with zeros to the longest row."""
    return {head: _stack([row[head] for row in rows]) for head in rows[0]}


def _stack(values: Sequence[Floats]) -> Floats:
    if len(values) == 1:
        return values[0][None]
    if values[0].ndim > 1:
        longest = max(len(value) for value in values)
        values = [np.pad(value, [(0, longest - len(value)), *[(0, 0)] * (value.ndim - 1)]) for value in values]
    return np.stack(values)
