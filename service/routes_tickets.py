"""Ticket routes: one ticket or a batch → form, category, dispatch, sentiment, or all four from one pass (intake)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeVar

import orjson
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from models.errors import ModelError
from service.asks import Ask
from service.body import ClientGoneError, read_json
from service.border import Record, record_of
from service.engine import Answers
from service.errors import ServiceError, error_of, internal_error
from service.house import House, house_of
from service.openapi import describe_batch, describe_ticket
from service.reading import PARTS, Part, Reading
from service.replies import IntakeReply, category_reply, dispatch_reply, form_reply, sentiment_reply
from service.schemas import TicketBody, id_of, read_batch, read_ticket
from service.security import check_key
from service.ticket import CHINA

T = TypeVar("T")

ROUTES: Mapping[str, tuple[Part, ...]] = {**{part: (part,) for part in PARTS}, "intake": PARTS}


def ticket_routes() -> APIRouter:
    """POST /v1/{form,category,dispatch,sentiment,intake} and their /batch."""
    router = APIRouter(prefix="/v1", tags=["tickets"], dependencies=[Depends(require_key)])
    for name, parts in ROUTES.items():
        router.add_api_route(f"/{name}", _one(name, parts), methods=["POST"], name=name, **describe_ticket(name))
        router.add_api_route(
            f"/{name}/batch", _many(name, parts), methods=["POST"], name=f"{name}_batch", **describe_batch(name)
        )
    return router


async def require_key(request: Request) -> None:
    """Dependency: refuse a caller without a key, before a byte of the body is read."""
    check_key(request, house_of(request).settings.api_key_sha256)


def _one(name: str, parts: tuple[Part, ...]) -> Any:
    async def answer(request: Request) -> Response:
        return await answer_ticket(request, name=name, parts=parts)

    return answer


def _many(name: str, parts: tuple[Part, ...]) -> Any:
    async def answer(request: Request) -> Response:
        return await answer_batch(request, name=name, parts=parts)

    return answer


async def answer_ticket(request: Request, *, name: str, parts: tuple[Part, ...]) -> Response:
    """One ticket in, one reply out."""
    house, record = house_of(request), record_of(request)
    record.tickets = record.failed_tickets = 1
    settings = house.settings
    house.admission.check()
    house.admission.check_wait()
    with house.admission.hold_body() as count:
        body = read_ticket(await read_json(request, settings, count=count), max_characters=settings.max_characters)
        with house.admission.admit(1):
            work = house.engine.answer([_ask(body)], parts, deadline_ms=settings.deadline_ms)
            answers = await answer_unless_gone(request, work)
    _note(record, answers)
    reply = _reply(body, _reading_of(answers.outcomes[0], house, record), name=name)
    record.failed_tickets = 0
    return _send({**reply, "model": answers.bundle, "request_id": record.request_id})


async def answer_batch(request: Request, *, name: str, parts: tuple[Part, ...]) -> Response:
    """Up to 256 tickets in, a reply or an error for each out, in order."""
    house, record = house_of(request), record_of(request)
    settings = house.settings
    house.admission.check()
    with house.admission.hold_body() as count:
        tickets = read_batch(await read_json(request, settings, count=count))
        record.tickets = record.failed_tickets = len(tickets)
        bodies = [_read(ticket, max_characters=settings.max_characters) async for ticket in _in_turns(tickets)]
        asks = [_ask(body) for body in bodies if isinstance(body, TicketBody)]
        with house.admission.admit(len(tickets)):
            work = house.engine.answer(asks, parts, deadline_ms=settings.batch_deadline_ms, bulk=True)
            answers = await answer_unless_gone(request, work)
    _note(record, answers)
    outcomes = iter(answers.outcomes)
    results = []
    async for ticket, body in _in_turns(list(zip(tickets, bodies, strict=True))):
        try:
            if isinstance(body, ServiceError):
                raise body
            results.append(_reply(body, _reading_of(next(outcomes), house, record), name=name))
        except ServiceError as error:
            results.append({"id": id_of(ticket), "error": error.as_json()})
    record.failed_tickets = sum("error" in result for result in results)
    return _send({"results": results, "model": answers.bundle, "request_id": record.request_id})


async def _in_turns(items: Sequence[T]) -> AsyncIterator[T]:
    """The items one by one; between any two, the others of the house have a turn."""
    for item in items:
        yield item
        await asyncio.sleep(0)


async def answer_unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Do the work as long as the caller waits for it. Errors: ClientGoneError, with the work cancelled."""
    answering, listening = asyncio.create_task(work), asyncio.create_task(_hear_disconnect(request))
    try:
        await asyncio.wait({answering, listening}, return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            raise ClientGoneError
        return answering.result()
    finally:
        answering.cancel()
        listening.cancel()
        await asyncio.wait({answering, listening})
        if not answering.cancelled():
            answering.exception()  # else asyncio prints what nobody came for


async def _hear_disconnect(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _ask(body: TicketBody) -> Ask:
    return Ask(body.as_ticket(now=datetime.now(CHINA)), top_k=body.options.top_k, explain=body.options.explain)


def _read(ticket: Any, *, max_characters: int) -> TicketBody | ServiceError:
    try:
        return read_ticket(ticket, max_characters=max_characters)
    except ServiceError as error:
        return error


def _note(record: Record, answers: Answers) -> None:
    record.bundle = answers.bundle
    record.timings_ms.update(answers.timings_ms)


def _reading_of(outcome: Reading | BaseException, house: House, record: Record) -> Reading:
    """The reading, or why there is none. Errors: ServiceError."""
    if isinstance(outcome, Reading):
        return outcome
    if isinstance(outcome, ServiceError):
        raise outcome
    if isinstance(outcome, ModelError):
        error = error_of(outcome)
        if error.status == HTTPStatus.INTERNAL_SERVER_ERROR:  # of the bundle, not of the text or the clock
            house.log.fail("ticket_failed", outcome, request_id=record.request_id)
        raise error
    if isinstance(outcome, asyncio.CancelledError):
        raise ServiceError(503, "draining", "the service is stopping; ask again", retry_after_seconds=1)
    house.log.fail("ticket_failed", outcome, request_id=record.request_id)
    raise internal_error()


def _reply(body: TicketBody, reading: Reading, *, name: str) -> dict[str, Any]:
    is_dialogue = body.dialogue is not None
    parts = IntakeReply(
        form=form_reply(reading.form, is_dialogue=is_dialogue, only=body.options.fields) if reading.form else None,
        category=category_reply(reading.category, evidence=reading.evidence, is_dialogue=is_dialogue)
        if reading.category
        else None,
        dispatch=dispatch_reply(reading.dispatch, evidence=reading.unit_evidence, is_dialogue=is_dialogue)
        if reading.dispatch
        else None,
        sentiment=sentiment_reply(reading.sentiment, is_dialogue=is_dialogue) if reading.sentiment else None,
    ).model_dump(mode="json")
    reply = {"id": body.id, **(parts if name == "intake" else parts[name])}
    # Said only where it happened: the text was longer than the bundle reads.
    return {**reply, "truncated": True} if reading.truncated else reply


def _send(reply: dict[str, Any]) -> Response:
    return Response(orjson.dumps(reply), media_type="application/json")
