"""Schemas: what a caller may send, field by field, and the ticket that it becomes."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from models.document import Document, Role, Segment
from service.errors import Fault, ServiceError, invalid
from service.ticket import CHINA, Ticket, is_blank

MAX_BATCH_TICKETS = 256
MAX_TURNS = 1_000
_RFC_3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})?", re.ASCII)
_ROLES: dict[str, Role] = {"caller": "citizen", "agent": "agent"}


def _refuse_surrogates(text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(
            f"character {error.start} is a lone surrogate, which is no character; send valid UTF-8"
        ) from None
    return text


def _parse_time(text: str) -> str:
    read_time(text)
    return text


_CHARACTERS = AfterValidator(_refuse_surrogates)
Text = Annotated[str, _CHARACTERS]
Time = Annotated[str, Field(max_length=40, json_schema_extra={"format": "date-time"}), AfterValidator(_parse_time)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class TurnBody(_Body):
    """One turn of a call. `at` is in seconds from its beginning."""

    role: Literal["caller", "agent"]
    text: Text
    at: Annotated[float, Field(ge=0)] | None = None


class OptionsBody(_Body):
    """How the answer should look."""

    top_k: Annotated[int, Field(ge=1, le=50)] = 5
    explain: bool = False
    fields: Annotated[list[Annotated[str, Field(max_length=32), _CHARACTERS]], Field(max_length=64)] | None = None


def _fill_in(options: Any) -> Any:
    return OptionsBody() if options is None else options


class TicketBody(_Body):
    """A message (`text`) or a call (`dialogue`), and what is already known of it."""

    id: Annotated[str, Field(max_length=128), _CHARACTERS] | None = None
    text: Annotated[str, Field(min_length=1), _CHARACTERS] | None = None
    dialogue: Annotated[list[TurnBody], Field(min_length=1, max_length=MAX_TURNS)] | None = None
    title: Annotated[str, Field(max_length=500), _CHARACTERS] | None = None
    received_at: Time | None = None
    caller_phone: Annotated[str, Field(max_length=32), _CHARACTERS] | None = None
    area: Annotated[str, Field(max_length=64), _CHARACTERS] | None = None
    options: Annotated[OptionsBody, BeforeValidator(_fill_in)] = OptionsBody()

    @model_validator(mode="after")
    def _one_source(self) -> TicketBody:
        if (self.text is None) == (self.dialogue is None):
            raise ValueError("send exactly one of text and dialogue")
        return self

    def as_ticket(self, *, now: datetime) -> Ticket:
        """The ticket; `now` is when it was received if the caller does not say."""
        turns = self.dialogue or []
        segments = [Segment(turn.text, _ROLES[turn.role]) for turn in turns] or [Segment(self.text or "")]
        return Ticket(
            document=Document(tuple(segments), title=self.title or "", spoken=self.dialogue is not None),
            received_at=now if self.received_at is None else read_time(self.received_at),
            id=self.id,
            is_dialogue=self.dialogue is not None,
            caller_phone=self.caller_phone,
            area=self.area,
            turn_seconds=tuple(turn.at for turn in turns),
        )


class BatchBody(_Body):
    """Many tickets, answered at once. Each is checked by itself, so that a bad one spoils no other."""

    tickets: Annotated[list[Any], Field(min_length=1, max_length=MAX_BATCH_TICKETS)]


class BatchSchema(_Body):
    """The batch as documented: `BatchBody` with its tickets spelt out."""

    tickets: Annotated[list[TicketBody], Field(min_length=1, max_length=MAX_BATCH_TICKETS)]


def read_time(text: str) -> datetime:
    """An RFC 3339 time; without zone it is Shanghai's. Errors: ValueError."""
    if not _RFC_3339.fullmatch(text):
        raise ValueError("expected RFC 3339, such as 2026-01-31T08:30:00+08:00")
    try:
        # fromisoformat of 3.11 wants 3 or 6 digits of a second's fraction, and a capital T and Z.
        whole = re.sub(r"\.(\d+)", lambda part: "." + part[1][:6].ljust(6, "0"), text.upper())
        time = datetime.fromisoformat(whole)
    except ValueError:
        raise ValueError("no such date or time of day") from None
    if not 1990 <= time.year <= 2199:
        raise ValueError("the year is not between 1990 and 2199")
    return time.replace(tzinfo=CHINA) if time.tzinfo is None else time


def read_ticket(data: Any, *, max_characters: int) -> TicketBody:
    """Check one ticket. Errors: ServiceError 422."""
    try:
        body = TicketBody.model_validate(data)
    except ValidationError as error:
        raise invalid(error) from None
    characters = len(body.text or "") + len(body.title or "") + sum(len(turn.text) for turn in body.dialogue or ())
    if characters > max_characters:
        detail = f"the ticket has {characters} characters, at most {max_characters} are accepted; send a part of it"
        place = "text" if body.dialogue is None else "dialogue"
        raise ServiceError(422, "ticket_too_long", detail, faults=[Fault((place,), "ticket_too_long", detail)])
    _refuse_blank(body)
    return body


def _refuse_blank(body: TicketBody) -> None:
    place, texts = (
        ("text", [body.text]) if body.dialogue is None else ("dialogue", [turn.text for turn in body.dialogue])
    )
    if all(is_blank(text or "") for text in texts):
        what = "the text holds" if body.dialogue is None else "the turns hold"
        detail = f"{what} no readable character (only white space or invisible ones); send what the citizen said"
        raise ServiceError(422, "text_invalid", detail, faults=[Fault((place,), "text_invalid", detail)])


def read_batch(data: Any) -> list[Any]:
    """The tickets of a batch, not yet checked. Errors: ServiceError 422."""
    try:
        return BatchBody.model_validate(data).tickets
    except ValidationError as error:
        raise invalid(error) from None


def id_of(data: Any) -> str | None:
    """The caller's id of a ticket that is bad elsewhere, where it can be trusted."""
    given = data.get("id") if isinstance(data, dict) else None
    try:
        return _refuse_surrogates(given) if isinstance(given, str) and len(given) <= 128 else None
    except ValueError:
        return None
