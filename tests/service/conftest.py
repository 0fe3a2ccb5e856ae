"""Doors over the tiny bundle: a running service with a reader that shows what the model saw, and its log."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from models.bundle import Bundle
from models.prediction import Prediction
from models.taxonomy import Taxonomy
from service.alarm import open_default_rules
from service.app import create_app
from service.category import read_category
from service.form.field import MISSING, Field, Form, Place, Question
from service.house import House
from service.reading import Part, Reading
from service.sentiment import read_sentiment
from service.settings import Settings
from service.telemetry import Log
from service.ticket import Ticket

POISON = "王王王"


@dataclass(frozen=True)
class PlainReader:
    """Puts the model's spans into the form as they are; breaks on a ticket that holds the poison."""

    taxonomy: Taxonomy

    @classmethod
    def open(cls, bundle: Bundle) -> PlainReader:
        return cls(bundle.taxonomy)

    def read(
        self,
        ticket: Ticket,
        prediction: Prediction,
        *,
        turns: Mapping[int, Prediction],
        parts: tuple[Part, ...],
        top_k: int,
    ) -> Reading:
        if any(POISON in segment.text for segment in ticket.document.segments):
            raise ValueError(f"cannot read {ticket.document.segments[0].text}")
        fields = {"caller_name": MISSING}
        for number, span in enumerate(prediction.spans):
            raw = ticket.document.segments[span.segment].text[span.start : span.end]
            place = Place(span.segment, span.start, span.end)
            fields[f"{span.kind}_{number}"] = Field(raw, raw, (place,), span.confidence, "model", "filled")
        form = Form(
            fields, title="题", content="文", missing=("caller_name",), ask=(Question("caller_name", "贵姓？"),)
        )
        return Reading(
            form=form if "form" in parts else None,
            category=read_category(
                ticket, prediction, taxonomy=self.taxonomy, contrast=open_default_rules().contrast, top_k=top_k
            )
            if "category" in parts
            else None,
            sentiment=read_sentiment(ticket, prediction, turn_predictions=turns) if "sentiment" in parts else None,
            truncated=prediction.truncated,
        )


@dataclass(frozen=True)
class Doors:
    """A running service: its client, what it is made of, and its log."""

    client: TestClient
    house: House
    stream: io.StringIO

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self.client.post(path, json=body, headers={name.replace("_", "-"): v for name, v in headers.items()})

    def post_raw(self, path: str, body: bytes, **headers: str) -> Any:
        sent = {"Content-Type": "application/json", **{name.replace("_", "-"): v for name, v in headers.items()}}
        return self.client.post(path, content=body, headers=sent)

    @property
    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


OpenDoors = Callable[..., Doors]


def wait_ready(client: TestClient) -> None:
    """Poll until the bundle is loaded; a test that hangs here is ended by its timeout."""
    while client.get("/readyz").json()["state"] == "loading":
        time.sleep(0.005)


@pytest.fixture
def open_doors(tiny_bundle: Path) -> Iterator[OpenDoors]:
    """Starts services with given settings; all are stopped at the end of the test."""
    with ExitStack() as stack:

        def start(*, ready: bool = True, open_reader: Any = PlainReader.open, **settings: Any) -> Doors:
            stream = io.StringIO()
            chosen = Settings(**{"bundle": tiny_bundle, "workers": 2, **settings})
            app = create_app(chosen, log=Log(stream=stream), open_reader=open_reader)
            client = stack.enter_context(TestClient(app, raise_server_exceptions=False))
            if ready:
                wait_ready(client)
            return Doors(client, app.state.house, stream)

        yield start


@pytest.fixture
def doors(open_doors: OpenDoors) -> Doors:
    """A service with the settings that it has by default."""
    return open_doors()
