"""Reading: predictions of a ticket → the parts of its answer, each composed by the module that knows how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from models.bundle import Bundle
from models.prediction import Prediction
from models.taxonomy import Taxonomy
from service.category import CategoryReading, read_category
from service.dispatch.decide import Dispatcher
from service.dispatch.order import Dispatch
from service.errors import ServiceError
from service.explain import Claim, Evidence
from service.form.field import Form
from service.form.fill import FormFiller
from service.sentiment import Sentiment, read_sentiment
from service.signals import read_signals
from service.ticket import Ticket

Part = Literal["form", "category", "dispatch", "sentiment"]
PARTS: Final[tuple[Part, ...]] = ("form", "category", "dispatch", "sentiment")

# What each part reads of a ticket.
HEADS: Final[Mapping[Part, tuple[str, ...]]] = {
    "form": ("spans", "spoken", "type", "title", "form"),
    "category": ("category", "type"),
    "dispatch": ("departments", "spans", "spoken", "category", "type", "territorial", "urgency", "risks", "form"),
    "sentiment": ("polarity", "emotion", "intensity", "urgency", "risks"),
}
# The head without which a part has no answer. A form is filled by exact recognisers even where no spans are known.
_NEEDS: Final[Mapping[Part, str]] = {"category": "category", "dispatch": "departments", "sentiment": "polarity"}
# What the curve of a call reads of each turn.
TURN_HEADS: Final = ("polarity", "emotion", "intensity")


@dataclass(frozen=True, slots=True)
class Reading:
    """The parts that were asked for and that the bundle can answer; the others are None.

    `evidence` are the words that decided the category, `unit_evidence` those that decided the model's first unit, where
    that was asked.
    """

    form: Form | None = None
    category: CategoryReading | None = None
    dispatch: Dispatch | None = None
    sentiment: Sentiment | None = None
    evidence: tuple[Evidence, ...] | None = None
    unit_evidence: tuple[Evidence, ...] | None = None
    truncated: bool = False


def list_claims(reading: Reading) -> dict[str, Claim]:
    """What can be explained of a reading: by head, the first category and the model's first unit."""
    claims = {}
    if reading.category and reading.category.candidates:
        first = reading.category.candidates[0]
        claims["category"] = Claim("category", first.code, first.score)
    if reading.dispatch and reading.dispatch.function:
        unit = reading.dispatch.function[0]
        claims["departments"] = Claim("departments", unit.unit, unit.score)
    return claims


class Reader(Protocol):
    """Composes the parts of an answer; the bundle's own, or a test's stand-in."""

    def read(
        self,
        ticket: Ticket,
        prediction: Prediction,
        *,
        turns: Mapping[int, Prediction],
        parts: tuple[Part, ...],
        top_k: int,
    ) -> Reading:
        """Predictions of the ticket and of its caller's turns → answer."""


class BundleReader:
    """The composers, opened with a bundle's taxonomy, gazetteer and city profile."""

    def __init__(self, *, filler: FormFiller, dispatcher: Dispatcher, taxonomy: Taxonomy) -> None:
        self._filler = filler
        self._dispatcher = dispatcher
        self._taxonomy = taxonomy

    @classmethod
    def open(cls, bundle: Bundle) -> BundleReader:
        """Read what the composers need. Errors: BundleError."""
        return cls(filler=FormFiller.open(bundle), dispatcher=Dispatcher.open(bundle), taxonomy=bundle.taxonomy)

    def read(
        self,
        ticket: Ticket,
        prediction: Prediction,
        *,
        turns: Mapping[int, Prediction],
        parts: tuple[Part, ...],
        top_k: int,
    ) -> Reading:
        """Predictions of the ticket and of its caller's turns → answer."""
        form = self._filler.fill(ticket, prediction) if {"form", "dispatch"} & {*parts} else None
        category = sentiment = dispatch = signals = None
        if "category" in parts:
            contrast = self._dispatcher.alarms.contrast
            category = read_category(ticket, prediction, taxonomy=self._taxonomy, top_k=top_k, contrast=contrast)
        if {"dispatch", "sentiment"} & {*parts}:
            # Once for both: urgency holds a dispatch back, and stands beside the sentiment.
            signals = read_signals(ticket, prediction, rules=self._dispatcher.alarms)
        if "dispatch" in parts and form is not None:
            dispatch = self._dispatcher.decide(ticket, prediction, form=form, signals=signals)
        if "sentiment" in parts:
            sentiment = read_sentiment(ticket, prediction, turn_predictions=turns, signals=signals)
        return Reading(
            form=form if "form" in parts else None,
            category=category,
            dispatch=dispatch,
            sentiment=sentiment,
            truncated=prediction.truncated,
        )


def parts_of(bundle: Bundle, asked: tuple[Part, ...]) -> tuple[Part, ...]:
    """Those of the asked parts that the bundle can answer. Errors: ServiceError 501 where that is none."""
    able = tuple(part for part in asked if part not in _NEEDS or bundle.manifest.has(_NEEDS[part]))
    if not able:
        label = bundle.manifest.label
        raise ServiceError(
            501, "part_unavailable", f"bundle {label} was not trained for {', '.join(asked)}; load another"
        )
    return able


def heads_of(bundle: Bundle, parts: tuple[Part, ...]) -> tuple[str, ...]:
    """Heads of the bundle that these parts read, each once."""
    return tuple(dict.fromkeys(head for part in parts for head in HEADS[part] if bundle.manifest.has(head)))
