"""OpenAPI: how routes that read their own bodies are documented, so that /docs shows every field."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, create_model
from pydantic.json_schema import models_json_schema

from service.replies import CategoryReply, DispatchReply, FormReply, IntakeReply, SentimentReply
from service.schemas import BatchSchema, TicketBody

_REF = "#/components/schemas/{model}"
_TITLES = {
    "form": "智能填单 · fill the form",
    "category": "诉求分类 · categorise",
    "dispatch": "智能派单 · find the responsible units",
    "sentiment": "情绪与风险 · read sentiment, urgency and risks",
    "intake": "一次完成 · all four from one pass",
}
_PARTS: dict[str, type[BaseModel]] = {
    "form": FormReply,
    "category": CategoryReply,
    "dispatch": DispatchReply,
    "sentiment": SentimentReply,
    "intake": IntakeReply,
}


class FaultReply(BaseModel):
    """One thing wrong with a request; never the value itself."""

    loc: list[str | int]
    type: str
    msg: str


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[FaultReply] = []
    request_id: str | None = None


class BadTicket(BaseModel):
    """What stands in a batch's results for a ticket that could not be answered."""

    id: str | None
    error: Problem


_ENVELOPE: dict[str, Any] = {"model": (str, ...), "request_id": (str, ...)}
_OWN: dict[str, Any] = {"id": (str | None, None), "truncated": (bool, False)}
_ENTRIES: dict[str, type[BaseModel]] = {
    name: create_model(f"{name.title()}Entry", __base__=part, **_OWN) for name, part in _PARTS.items()
}
_ANSWERS: dict[str, type[BaseModel]] = {
    name: create_model(f"{name.title()}Answer", __base__=entry, **_ENVELOPE) for name, entry in _ENTRIES.items()
}
_BATCHES: dict[str, type[BaseModel]] = {
    name: create_model(f"{name.title()}Batch", results=(list[entry | BadTicket], ...), **_ENVELOPE)  # type: ignore[valid-type]
    for name, entry in _ENTRIES.items()
}
_ERRORS = {
    401: "no valid key",
    408: "the body came too slowly",
    413: "the body is too large",
    415: "not plain UTF-8 JSON",
    422: "the ticket breaks the schema: location and reason, never the input",
    500: "the service or its bundle failed; see the log under the request_id",
    501: "the bundle was not trained for this part",
    429: "too many tickets at once; see Retry-After",
    503: "loading, overloaded, draining, or past the deadline; see Retry-After",
}


def describe_ticket(name: str) -> dict[str, Any]:
    """Documentation of a route for one ticket, as arguments of `add_api_route`."""
    return _describe(_TITLES[name], request=TicketBody, reply=_ANSWERS[name])


def describe_batch(name: str) -> dict[str, Any]:
    """Documentation of a route for many tickets."""
    return _describe(f"{_TITLES[name]} (batch)", request=BatchSchema, reply=_BATCHES[name])


def _describe(summary: str, *, request: type[BaseModel], reply: type[BaseModel]) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": _REF.format(model=request.__name__)}}}
    problem = {"application/problem+json": {"schema": {"$ref": _REF.format(model="Problem")}}}
    return {
        "summary": summary,
        "response_model": reply,
        "responses": {status: {"description": text, "content": problem} for status, text in _ERRORS.items()},
        "openapi_extra": {"requestBody": {"required": True, "content": content}},
    }


def openapi_of(app: FastAPI) -> dict[str, Any]:
    """The whole document, with the schemas of the bodies that routes read themselves; made once."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        own: list[tuple[type[BaseModel], Any]] = [(m, "validation") for m in (TicketBody, BatchSchema, Problem)]
        _, schema = models_json_schema(own, ref_template=_REF)
        document["components"]["schemas"].update(schema["$defs"])
        document["security"] = [{"key": []}, {}]
        document["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        app.openapi_schema = document
    return app.openapi_schema
