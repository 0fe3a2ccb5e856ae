"""Predictor: documents in, predictions out — encoding, session and decoding composed. What evaluation and files use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from models.bundle import Bundle
from models.decoding import Floats, Logits, decode
from models.document import Document
from models.encoding import Encoded, Encoder, Window
from models.prediction import Prediction
from models.session import Session, Stop

MAX_PADDED_TOKENS = 512


class Predictor:
    """An opened bundle that answers. Safe to use from several threads at once."""

    def __init__(self, bundle: Bundle, *, encoder: Encoder, session: Session) -> None:
        self.bundle = bundle
        self._encoder = encoder
        self._session = session

    @classmethod
    def open(cls, path: Path, *, threads: int = 1, canary: bool = True) -> Predictor:
        """Open a bundle: hashes, names, shapes and the canary are checked before anything is answered.

        Errors: BundleError, CanaryError.
        """
        from models.canary import check_canary, check_shapes

        bundle = Bundle.open(path)
        manifest = bundle.manifest
        encoder = Encoder.open(
            bundle.file("tokenizer.json"), window=manifest.window, max_characters=manifest.max_characters
        )
        session = Session(bundle.file("model.onnx"), threads=threads)
        check_shapes(manifest, encoder=encoder, session=session)
        predictor = cls(bundle, encoder=encoder, session=session)
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

    def run(self, encoded: Sequence[Encoded], heads: Sequence[str] | None = None, *, stop: Stop | None = None) -> list[Logits]:
        """One pass of the encoder over all rows of the given documents; logits by document and head.

        Errors: DeadlineError, NonFiniteError.
        """
        asked = list(heads if heads is not None else self.heads)
        windows = [window for document in encoded for window in document.windows]
        logits = self._session.run(windows, asked, stop=stop)
        result: list[Logits] = []
        row = 0
        for document in encoded:
            count = len(document.windows)
            result.append({head: values[row : row + count] for head, values in logits.items()})
            row += count
        return result

    def decode(self, encoded: Encoded, logits: Logits) -> Prediction:
        """Logits of one document → its prediction."""
        return decode(encoded, logits, self.bundle.manifest.tasks)

    def predict(self, documents: Sequence[Document], heads: Sequence[str] | None = None) -> list[Prediction]:
        """Predictions in the order of the documents."""
        encoded = self.encode(documents)
        return [self.decode(e, logits) for e, logits in zip(encoded, self.logits(encoded, heads), strict=True)]

    def logits(self, encoded: Sequence[Encoded], heads: Sequence[str] | None = None) -> list[Logits]:
        """Logits of many documents, run in batches of rows of like length, returned in the given order."""
        asked = list(heads if heads is not None else self.heads)
        parts: list[dict[str, dict[int, Floats]]] = [{head: {} for head in asked} for _ in encoded]
        rows = [(place, number, w) for place, e in enumerate(encoded) for number, w in enumerate(e.windows)]
        for batch in batches_of(rows):
            values = self._session.run([window for _, _, window in batch], asked)
            for index, (place, number, window) in enumerate(batch):
                for head in asked:
                    value = values[head][index]
                    parts[place][head][number] = value[: window.width] if _is_per_token(self.bundle, head) else value
        return [{head: _stack(by_number) for head, by_number in part.items()} for part in parts]


def _is_per_token(bundle: Bundle, head: str) -> bool:
    return bundle.manifest.task(head).kind == "spans"


def _stack(by_number: dict[int, Floats]) -> Floats:
    values = [by_number[number] for number in range(len(by_number))]
    if len(values) == 1:
        return values[0][None]
    longest = max(value.shape[0] for value in values) if values[0].ndim > 1 else 0
    if longest:
        values = [np.pad(v, ((0, longest - v.shape[0]), *((0, 0) for _ in v.shape[1:]))) for v in values]
    return np.stack(values)


def batches_of(
    rows: Iterable[tuple[int, int, Window]], *, max_tokens: int = MAX_PADDED_TOKENS
) -> Iterator[list[tuple[int, int, Window]]]:
    """Rows of like length together, as long as longest row × rows stays within `max_tokens`."""
    batch: list[tuple[int, int, Window]] = []
    for row in sorted(rows, key=lambda row: row[2].width):
        if batch and row[2].width * (len(batch) + 1) > max_tokens:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
