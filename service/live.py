"""Live: a call while it is running — what was said so far, what the model has read of it, what was told already.

A document's heads need the whole document, and a call of forty turns costs 120 ms a pass. So the model reads all of a
call only while that is short, and again when the call ends; in between it reads each new turn once, after as many
earlier turns as fit into a short window. The recognisers read every turn every time (8 ms for forty turns).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.document import Document, Segment
from models.prediction import Answer, Prediction, Span
from service.errors import Fault, ServiceError, invalid
from service.form.field import Form
from service.replies import form_reply, urgency_reply
from service.schemas import MAX_TURNS, TicketBody, TurnBody, read_time
from service.sentiment import Sentiment
from service.ticket import Ticket

WHOLE_CHARACTERS = 240  # up to here every pass reads the whole call
WINDOW_CHARACTERS = 140  # a new turn and what was said right before it
MAX_TURNS_A_MESSAGE = 64
_ROLES: Mapping[str, Any] = {"caller": "citizen", "agent": "agent"}
_URGENCY = "urgency"  # the one head that a few turns are enough for
_JITTER = 0.05  # a confidence that moved by less is not told again


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class StartBody(_Message):
    """What is known of the call before it begins, in the words of a ticket."""

    id: str | None = None
    received_at: str | None = None
    caller_phone: str | None = None
    area: str | None = None
    fields: list[str] | None = None


class LiveBody(_Message):
    """One message: the call begins, somebody has spoken, or the call is over.

    `amend` takes back the turn that was sent last, for a recogniser of speech that corrects itself: the turns sent with
    it stand in its place, or nothing does.
    """

    start: StartBody | None = None
    turns: Annotated[list[TurnBody], Field(max_length=MAX_TURNS_A_MESSAGE)] = []
    amend: bool = False
    end: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> LiveBody:
        if self.start is None and not self.turns and not self.end and not self.amend:
            raise ValueError("send start, turns, amend or end")
        return self


@dataclass(frozen=True, slots=True)
class Passage:
    """What the model should read next: turns from `first` on, of which those from `fresh` on are new to it."""

    document: Document
    first: int
    fresh: int
    whole: bool


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the model answers of a call when it has read so many of its turns."""

    turns: int
    answers: Mapping[str, Answer]
    truncated: bool


_NOTHING_HEARD = _Heard(0, {}, truncated=False)


@dataclass(slots=True)
class LiveCall:
    """One running call. Belongs to one connection."""

    received_at: datetime
    id: str | None = None
    caller_phone: str | None = None
    area: str | None = None
    only: tuple[str, ...] | None = None
    turns: list[TurnBody] = field(default_factory=list)
    _read: int = 0  # turns that the model has read
    _spans: tuple[Span, ...] = ()
    _heard: list[_Heard] = field(default_factory=list)  # what the model said after which turn, the latest last
    _told: dict[str, Any] = field(default_factory=dict)

    def begin(self, body: StartBody) -> None:
        """Take what is known of the call. Errors: ServiceError 422, also after the first turn."""
        if self.turns:
            raise _refused("start", "the call has begun already; send start first")
        try:
            # The checks are those of a ticket.
            given = body.model_dump(exclude={"fields"}, exclude_none=True)
            ticket = TicketBody.model_validate({**given, "text": "-", "options": {"fields": body.fields}})
        except ValidationError as error:
            raise invalid(error, what="call") from None
        self.id, self.caller_phone, self.area = ticket.id, ticket.caller_phone, ticket.area
        self.received_at = read_time(ticket.received_at) if ticket.received_at else self.received_at
        self.only = tuple(body.fields) if body.fields is not None else None

    def hear(self, body: LiveBody, *, max_characters: int) -> None:
        """Take what was said. Errors: ServiceError 422 where the call becomes too long; then nothing is taken."""
        turns = self.turns[:-1] if body.amend else self.turns
        turns = [*turns, *body.turns]
        if body.amend and not (self.turns or body.turns):
            raise _refused("amend", "the call has no turn that it could take back; send what was said")
        if len(turns) > MAX_TURNS:
            raise _refused("turns", f"the call has {len(turns)} turns, at most {MAX_TURNS} are accepted; end it")
        if (characters := sum(len(turn.text) for turn in turns)) > max_characters:
            raise _refused("turns", f"the call has {characters} characters, at most {max_characters} are accepted")
        if body.amend:
            # What the model said of the turn that is gone must not stand: where none replaces it, the one before is
            # read anew.
            self._forget(len(self.turns) - (1 if body.turns else 2))
        self.turns = turns

    def passage(self, *, whole: bool = False) -> Passage | None:
        """What the model should read now; None if it has read it all. `whole`: all of the call in one document."""
        if not self.turns or (self._read == len(self.turns) and not whole):
            return None
        if whole or sum(len(turn.text) for turn in self.turns) <= WHOLE_CHARACTERS:
            return Passage(self._document(0), 0, 0, whole=True)
        first = self._read
        room = WINDOW_CHARACTERS - sum(len(turn.text) for turn in self.turns[first:])
        while first and (room := room - len(self.turns[first - 1].text)) >= 0:
            first -= 1
        return Passage(self._document(first), first, self._read, whole=False)

    def learn(self, passage: Passage, prediction: Prediction | None) -> None:
        """Keep what the model has read of a passage; None if it could not be read at all."""
        self._read = passage.first + len(passage.document.segments)
        if prediction is None:
            return
        found = [replace(span, segment=span.segment + passage.first) for span in prediction.spans]
        kept = [] if passage.whole else [span for span in self._spans if span.segment < passage.fresh]
        self._spans = (*kept, *(span for span in found if span.segment >= passage.fresh))
        before = self._heard[-1] if self._heard else _NOTHING_HEARD
        if passage.whole:
            self._heard.append(_Heard(self._read, prediction.answers, prediction.truncated))
        elif _rank(prediction.answers) > _rank(before.answers):
            answers = {**before.answers, _URGENCY: prediction.answers[_URGENCY]}
            self._heard.append(_Heard(self._read, answers, before.truncated))

    def ticket(self) -> Ticket:
        """The call so far."""
        return Ticket(
            self._document(0),
            self.received_at,
            id=self.id,
            is_dialogue=True,
            caller_phone=self.caller_phone,
            area=self.area,
            turn_seconds=tuple(turn.at for turn in self.turns),
        )

    def prediction(self) -> Prediction:
        """What the model has said of it so far."""
        heard = self._heard[-1] if self._heard else _NOTHING_HEARD
        return Prediction(answers=heard.answers, spans=self._spans, truncated=heard.truncated)

    def changes(self, form: Form, sentiment: Sentiment | None = None) -> dict[str, Any]:
        """What is new since the last time: changed fields, and what else of form and urgency changed.

        Errors: ServiceError 422 for a field that the form has not; it is told once, and from then on all fields come.
        """
        only, self.only = self.only, None
        reply = form_reply(form, is_dialogue=True, only=only).model_dump(mode="json")
        self.only = only
        if sentiment is not None:
            reply |= urgency_reply(sentiment, is_dialogue=True).model_dump(mode="json")
        fields = reply.pop("fields")
        told = self._told.setdefault("fields", {})
        changed = {name: value for name, value in fields.items() if not _alike(told.get(name, _UNSAID), value)}
        news = {name: value for name, value in reply.items() if name not in self._told or self._told[name] != value}
        told.update(changed)
        self._told.update(news)
        return {"fields": changed, **news}

    def _document(self, first: int) -> Document:
        return Document(tuple(Segment(turn.text, _ROLES[turn.role]) for turn in self.turns[first:]), spoken=True)

    def _forget(self, turn: int) -> None:
        self._read = min(self._read, max(turn, 0))
        self._heard = [heard for heard in self._heard if heard.turns <= turn]
        self._spans = tuple(span for span in self._spans if span.segment < turn)


_UNSAID: Mapping[str, Any] = {"status": "missing", "value": None, "alternatives": [], "confidence": 0.0}


def _rank(answers: Mapping[str, Answer]) -> int:
    """Urgency as the model sees it; −1 before it has said anything."""
    return int(answers[_URGENCY].best.label) if _URGENCY in answers else -1


def _alike(told: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    if value["status"] == told["status"] == "missing":
        return True
    same = all(told.get(key) == value[key] for key in value if key != "confidence")
    return same and abs(told["confidence"] - value["confidence"]) < _JITTER


def read_live(data: Any) -> LiveBody:
    """Check one message. Errors: ServiceError 422."""
    try:
        return LiveBody.model_validate(data)
    except ValidationError as error:
        raise invalid(error, what="message") from None


def _refused(place: str, detail: str) -> ServiceError:
    return ServiceError(422, "call_refused", detail, faults=[Fault((place,), "call_refused", detail)])
