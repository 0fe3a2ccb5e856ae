"""Agreement: how often two annotators of the project's own data agreed. What a head can reach at best on such labels.

Source: ../shared/data/README.md, "Agreement of two annotators on 240 doubly labelled messages". The annotators were of
one kind, so agreement with a city's staff will be lower.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

MESSAGES: Final = 240


@dataclass(frozen=True, slots=True)
class Agreement:
    """Share of messages on which two annotators agreed, and Cohen's kappa."""

    accuracy: float
    kappa: float


@dataclass(frozen=True, slots=True)
class SpanAgreement:
    """F1 of one annotator's spans against the other's; `overlap` is None where only one figure was given."""

    exact: float
    overlap: float | None = None


HEADS: Final[Mapping[str, Agreement]] = MappingProxyType(
    {
        "category_l1": Agreement(0.95, 0.94),
        "category_l2": Agreement(0.93, 0.93),
        "category_l3": Agreement(0.90, 0.89),
        "type": Agreement(0.91, 0.87),
        "departments": Agreement(0.89, 0.88),
        "territorial": Agreement(0.84, 0.67),
        "polarity": Agreement(0.97, 0.92),
        "emotion": Agreement(0.88, 0.83),
        "intensity": Agreement(0.88, 0.81),
        "urgency": Agreement(0.88, 0.75),
    }
)

SPANS: Final[Mapping[str, SpanAgreement]] = MappingProxyType(
    {
        "caller_name": SpanAgreement(1.0),
        "phone": SpanAgreement(0.90),
        "location": SpanAgreement(0.79, 0.87),
        "time": SpanAgreement(0.77, 0.86),
        "target_entity": SpanAgreement(0.72, 0.85),
        "amount": SpanAgreement(0.87, 0.91),
        "people_count": SpanAgreement(0.71, 0.82),
        "demand": SpanAgreement(0.69, 0.89),
    }
)
