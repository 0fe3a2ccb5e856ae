"""Record: one row as it was read, and the protocols of what reads and what writes rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Kind = Literal["cell", "text", "number", "integer", "flag"]
Cells = Mapping[str, Any]


class RelabelError(Exception):
    """What ends a job; the message names place, fact and remedy.

    `safe` says it without names of columns, which in a file without a header are a citizen's words; for whoever reads
    it in another place than the caller's own screen. `passing` faults are gone once the machine has room again.
    """

    def __init__(self, message: str, *, safe: str | None = None, passing: bool = False) -> None:
        super().__init__(message)
        self.safe = safe or message
        self.passing = passing


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a row cannot be answered. Never holds what the row says."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Record:
    """A row by its number in the source, from 1; `flaw` is set where it could not be read as a row."""

    number: int
    cells: Cells
    flaw: Flaw | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the output. Cells of the source keep the type that they have there."""

    name: str
    kind: Kind = "cell"


class Source(Protocol):
    """Rows in a fixed order, as often as they are asked for, in constant memory."""

    def count(self) -> int:
        """Number of rows."""

    def columns(self) -> list[str]:
        """Names of all columns, in order. Known once every record was read, where rows differ in their columns."""

    def records(self) -> Iterator[Record]:
        """The rows, from the first."""


class Sink(Protocol):
    """Takes rows in order. What was written counts only once it is finished."""

    def write(self, row: Sequence[Any]) -> None:
        """One row, cells in the order of the columns."""

    def finish(self) -> None:
        """Close; everything is on disk, or committed, when this returns."""
