"""Document: what the encoder reads of a ticket — a title and one segment of text, or one segment per turn of a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models.errors import TextError

Role = Literal["citizen", "agent"]


@dataclass(frozen=True, slots=True)
class Segment:
    """One text with its speaker. Offsets anywhere in the product are code points into `text` as it was sent."""

    text: str
    role: Role = "citizen"


@dataclass(frozen=True, slots=True)
class Document:
    """Segments in order, and the title if there is one. `spoken`: the turns of a call, not a written message."""

    segments: tuple[Segment, ...]
    title: str = ""
    spoken: bool = False

    def __post_init__(self) -> None:
        for place, text in [("title", self.title), *((f"segment {i}", s.text) for i, s in enumerate(self.segments))]:
            if any("\ud800" <= character <= "\udfff" for character in text):
                raise TextError(f"{place} holds a lone surrogate, which is no character; send valid UTF-8")

    @classmethod
    def of(cls, text: str, *, title: str = "") -> Document:
        """The document of a written message."""
        return cls(segments=(Segment(text),), title=title)

    @property
    def characters(self) -> int:
        """Length of title and segments together, in code points."""
        return len(self.title) + sum(len(segment.text) for segment in self.segments)
