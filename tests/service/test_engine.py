"""The engine with the real composers: all four parts from one pass, and only the heads that are needed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from models.document import Document
from models.errors import TextError
from models.predictor import Predictor
from service.asks import Ask, encode_asks
from service.reading import HEADS, PARTS, BundleReader, heads_of
from service.schemas import TicketBody
from service.ticket import CHINA, Ticket
from tests.service.conftest import Doors, OpenDoors

CALL: dict[str, Any] = {
    "dialogue": [
        {"role": "agent", "text": "您好，请问有什么可以帮您？"},
        {"role": "caller", "text": "小区楼下烧烤店油烟太大，电话一三八零零一三八零零零"},
    ],
    "received_at": "2026-03-01T09:30:00+08:00",
}


@pytest.fixture
def real(open_doors: OpenDoors) -> Doors:
    """A service with the composers that it ships with."""
    return open_doors(open_reader=BundleReader.open)


def ticket_of(body: dict[str, Any]) -> Ticket:
    return TicketBody.model_validate(body).as_ticket(now=datetime(2026, 3, 1, tzinfo=CHINA))


def test_a_call_comes_back_as_fields_category_departments_and_sentiment(real: Doors) -> None:
    reply = real.post("/v1/intake", CALL).json()
    phone = reply["form"]["fields"]["contact_phone"]
    assert phone["value"] == "13800138000"
    (span,) = phone["spans"]
    assert CALL["dialogue"][span["turn"]]["text"][span["start"] : span["end"]] == phone["raw"]
    assert {"title", "content", "missing", "ask"} <= reply["form"].keys()
    assert len(reply["category"]["candidates"]) == 5
    assert {"territory", "lead", "assist", "function", "candidates", "reasons", "decision"} <= reply["dispatch"].keys()
    assert all({"unit", "name", "score"} == unit.keys() for unit in reply["dispatch"]["function"])
    assert [point["turn"] for point in reply["sentiment"]["curve"]] == [1]
    assert {"urgency", "risks", "transfer", "emotion"} <= reply["sentiment"].keys()


def test_each_part_alone_says_what_it_says_in_intake(real: Doors) -> None:
    whole = real.post("/v1/intake", CALL).json()
    for part in PARTS:
        single = real.post(f"/v1/{part}", CALL).json()
        assert {name: single[name] for name in whole[part]} == whole[part]


def test_one_pass_computes_only_the_heads_that_are_needed(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []
    run_rows = Predictor.run_rows

    def spy(self: Predictor, windows: Sequence[Any], heads: Sequence[str] | None = None, **rest: Any) -> Any:
        seen.append(list(heads or ()))
        return run_rows(self, windows, heads, **rest)

    monkeypatch.setattr(Predictor, "run_rows", spy)
    doors.post("/v1/category", {"text": "小区"})
    assert seen == [["category", "type"]]
    seen.clear()
    doors.post("/v1/intake", {"text": "小区"})
    lacking = {"title", "form", "spoken"}  # in the tiny bundle
    wanted = {head for heads in HEADS.values() for head in heads} - lacking
    assert [sorted(heads) for heads in seen] == [sorted(wanted)]


def test_heads_that_the_bundle_lacks_are_not_asked_for(predictor: Predictor) -> None:
    assert heads_of(predictor.bundle, PARTS)[:2] == ("spans", "type")
    assert len(set(heads_of(predictor.bundle, PARTS))) == len(heads_of(predictor.bundle, PARTS))


def test_a_ticket_that_cannot_be_read_leaves_the_others_readable(predictor: Predictor) -> None:
    asks = [Ask(ticket_of({"text": text})) for text in ("小区", "\u200b", "路灯", "\ufeff")]
    encoded = encode_asks(predictor, asks, turns=True)
    assert [isinstance(one, TextError) for one in encoded] == [False, True, False, True]


def test_all_texts_go_through_one_call_of_the_tokenizer(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    encode = Predictor.encode

    def spy(self: Predictor, documents: Sequence[Document]) -> Any:
        calls.append(len(documents))
        return encode(self, documents)

    monkeypatch.setattr(Predictor, "encode", spy)
    encode_asks(predictor, [Ask(ticket_of(CALL)), Ask(ticket_of({"text": "小区"}))], turns=True)
    assert calls == [3]
