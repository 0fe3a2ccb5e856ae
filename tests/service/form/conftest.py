"""Conftest: the shipped form and gazetteer, and a short way to write a talk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from models.document import Document, Segment
from models.prediction import Prediction
from service.city import DEFAULT_CITY
from service.form.address.gazetteer import Gazetteer
from service.form.fill import FormFiller
from service.form.talk import Talk
from service.ticket import CHINA, Ticket

RECEIVED = datetime(2025, 10, 15, 10, 30, tzinfo=CHINA)
MakeTicket = Callable[..., Ticket]


@pytest.fixture(scope="session")
def gazetteer() -> Gazetteer:
    return Gazetteer.open(DEFAULT_CITY / "divisions.tsv.gz")


@pytest.fixture(scope="session")
def filler() -> FormFiller:
    return FormFiller.open()


@pytest.fixture(scope="session")
def silent() -> Prediction:
    """A model that found nothing."""
    return Prediction(answers={}, spans=(), truncated=False)


@pytest.fixture(scope="session")
def make_ticket() -> MakeTicket:
    """Lines that begin with "A:" are the call-taker's, the others the citizen's."""

    def make(*lines: str, phone: str | None = None, area: str | None = None, title: str = "") -> Ticket:
        segments = tuple(
            Segment(line.removeprefix("A:"), "agent" if line.startswith("A:") else "citizen") for line in lines
        )
        return Ticket(Document(segments, title), RECEIVED, is_dialogue=len(lines) > 1, caller_phone=phone, area=area)

    return make


@pytest.fixture(scope="session")
def talk(make_ticket: MakeTicket) -> Callable[..., Talk]:
    return lambda *lines: Talk.of(make_ticket(*lines))
