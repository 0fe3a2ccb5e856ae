"""OpenAPI: how routes that read their own bodies are documented, so that /docs shows every field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field, create_model
from pydantic.json_schema import models_json_schema
from starlette.responses import Response

from service.jobs.options import JobOptions, PathBody
from service.jobs.replies import JobAnswer, JobPage
from service.live import LiveBody
from service.replies import (
    CategoryReply,
    DispatchReply,
    FieldReply,
    FormReply,
    IntakeReply,
    QuestionReply,
    SentimentReply,
    TransferReply,
)
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


class Reloaded(BaseModel):
    """The bundle that answers now."""

    model: str
    request_id: str


class JobForm(BaseModel):
    """An upload; `options` is a part of JSON, which may be left out."""

    file: bytes
    options: JobOptions = JobOptions()


class BadTicket(BaseModel):
    """What stands in a batch's results for a ticket that could not be answered."""

    id: str | None
    error: Problem


def _left_out_if_unchanged(schema: dict[str, Any]) -> None:
    del schema["default"]


_NEWS: Any = Field(default=None, json_schema_extra=_left_out_if_unchanged)


class LiveNews(BaseModel):
    """What a message changed: each changed field whole, and what else changed; what is left out stands as it was told.

    `urgency`, `transfer` and `verify` are those of the sentiment: an emergency is told while the caller speaks. `ms` is
    how long it took, `turns` how many have been heard.
    """

    fields: dict[str, FieldReply]
    title: str = _NEWS
    content: str = _NEWS
    missing: list[str] = _NEWS
    ask: list[QuestionReply] = _NEWS
    urgency: int = _NEWS
    transfer: TransferReply | None = _NEWS
    verify: str | None = _NEWS
    turns: int
    model: str
    ms: float


class LiveProblem(Problem):
    """A problem, and if waiting may help, how long."""

    retry_after_seconds: int | None = None


class LiveFault(BaseModel):
    """Why a message could not be answered; `turns` is how many turns of the call are kept all the same."""

    error: LiveProblem
    turns: int


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
_JOB_ERRORS = {
    401: "no valid key",
    404: "no such job of this key",
    408: "the body stalled",
    409: "the Idempotency-Key stands for another request; or the job has no result (yet)",
    413: "the file or the body is too large",
    415: "neither multipart/form-data nor application/json",
    422: "the job breaks the schema, or its path is not allowed: location and reason, never the input",
    429: "too many jobs of this key at once; see Retry-After",
    500: "the service failed; see the log under the request_id",
    501: "this service has no jobs",
    503: "the database of jobs does not answer; see Retry-After",
    507: "no room for the file",
}
_JOB_TITLES = {
    "create": "回填任务 · relabel a file (upload, or a path on the server)",
    "list": "my jobs, newest first",
    "tell": "state, progress and counts of a job",
    "delete": "cancel a job, or forget one that has ended; its files are removed",
    "result": "download the rows with predictions beside them",
    "quarantine": "download the rows that could not be answered, with reasons (JSONL)",
    "summary": "what came of it, as a page or as JSON",
}
_JOB_REPLIES: dict[str, type[BaseModel]] = {"create": JobAnswer, "list": JobPage, "tell": JobAnswer}
_JOB_ERRORS_OF: dict[str, tuple[int, ...]] = {
    "create": (401, 408, 409, 413, 415, 422, 429, 500, 501, 503, 507),
    "list": (401, 422, 500, 501, 503),
    "tell": (401, 404, 500, 501, 503),
    "delete": (401, 404, 500, 501, 503),
    "result": (401, 404, 409, 500, 501, 503),
    "quarantine": (401, 404, 409, 500, 501, 503),
    "summary": (401, 404, 409, 422, 500, 501, 503),
}
_JOB_QUERIES: dict[str, dict[str, dict[str, Any]]] = {
    "list": {"limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}, "after": {"type": "string"}},
    "summary": {"format": {"type": "string", "enum": ["html", "json"]}},
}
_JOB_HEADERS: dict[str, tuple[str, ...]] = {"create": ("Idempotency-Key",)}
_DOWNLOADS = {
    "result": ("text/csv", "application/jsonl", "application/vnd.apache.parquet", "application/octet-stream"),
    "quarantine": ("application/jsonl",),
    "summary": ("text/html", "application/json"),
}
_RELOAD_ERRORS = {
    401: "no valid admin key",
    403: "no admin key is set up",
    409: "the bundle that is current now is no good; the old one goes on answering",
    503: "draining; see Retry-After",
}
_LIVE_ERRORS = {
    401: "no valid key",
    403: "asked by a page of another site",
    426: "asked without an upgrade; nothing else would stand in a session's way",
    429: "too many calls are followed already; see Retry-After",
    503: "loading, failed or draining; see Retry-After",
}
_LIVE = """
One WebSocket is one call. Keys as elsewhere; a page, which cannot set headers, offers the subprotocols `suqiu` and
`key.KEY` (percent-encoded where it must be).

Text messages of JSON in, as `LiveBody`:

```
{"start": {"received_at": "2025-10-15T10:30:00+08:00", "caller_phone": "…", "area": "…"}}   optional, first
{"turns": [{"role": "agent", "text": "请问您贵姓？"}, {"role": "caller", "text": "免贵姓王"}]}
{"turns": [{"role": "caller", "text": "免贵姓汪"}], "amend": true}      takes back the turn that was sent last
{"amend": true}                                                    and nothing takes its place
{"end": true}
```

Each is answered in order with `LiveNews` (merge it into what was told before), or with `LiveFault`, after which the
session goes on. `turns` counts the turns that are kept, after a fault too: do not send them again. A `start` by itself
is answered with what is known and what to ask first. Only an `end` before any turn stays without an answer.

```
{"fields": {"caller_name": {"value": "汪", …}}, "missing": ["district"], "ask": [{"field": "district", "text": "…"}],
 "turns": 2, "model": "…", "ms": 17.3}
```

`urgency`, `transfer` (the line that should take over now) and `verify` (why to ask at once whether it is an emergency)
come as soon as they change: show them first. After `end` the whole call is read once more, and the service closes with
1000. Other codes: 1001 after a silence, 1009 a message too large, 1011 a fault of ours, 1012 the service is stopping.
"""


def describe_live() -> dict[str, Any]:
    """Documentation of the WebSocket, as that of the GET that it begins with: OpenAPI knows no messages."""
    refs = {model: {"$ref": _REF.format(model=model.__name__)} for model in (LiveBody, LiveNews, LiveFault)}
    content = {"application/json": {"schema": {"oneOf": [refs[LiveNews], refs[LiveFault]]}}}
    protocol = {"name": "Sec-WebSocket-Protocol", "in": "header", "schema": {"type": "string"}}
    return {
        "summary": "通话实时填单 · follow a running call (WebSocket)",
        "description": _LIVE,
        "status_code": 101,
        "response_model": None,
        "response_class": Response,
        "responses": {
            101: {"description": "a session; these are its messages", "content": content},
            **_problems(_LIVE_ERRORS),
        },
        "openapi_extra": {
            "parameters": [{**protocol, "example": "suqiu, key.KEY"}],
            "x-websocket": {"in": refs[LiveBody], "out": content["application/json"]["schema"]},
        },
    }


def describe_metrics() -> dict[str, Any]:
    """Documentation of the metrics, which are text."""
    content = {"text/plain": {"schema": {"type": "string"}}}
    return {
        "summary": "Prometheus metrics",
        "response_class": Response,
        "responses": {200: {"description": "metrics in Prometheus' text format", "content": content}},
    }


def describe_reload() -> dict[str, Any]:
    """Documentation of the reload."""
    return {
        "summary": "load the current bundle (admin key)",
        "response_model": Reloaded,
        "responses": _problems(_RELOAD_ERRORS),
    }


def describe_jobs(name: str) -> dict[str, Any]:
    """Documentation of a route of jobs."""
    extra: dict[str, Any] = {"parameters": _parameters(name)}
    if name == "create":
        media = {"multipart/form-data": JobForm, "application/json": PathBody}
        content = {kind: {"schema": {"$ref": _REF.format(model=model.__name__)}} for kind, model in media.items()}
        extra["requestBody"] = {"required": True, "content": content}
    return {
        "summary": _JOB_TITLES[name],
        "response_model": _JOB_REPLIES.get(name),
        "responses": _problems({status: _JOB_ERRORS[status] for status in _JOB_ERRORS_OF[name]}),
        "openapi_extra": extra,
    }


def describe_download(name: str) -> dict[str, Any]:
    """Documentation of a route that sends a file of a job."""
    content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in _DOWNLOADS[name]}
    found = describe_jobs(name)
    found["responses"][200] = {"description": "the file", "content": content}
    return {**found, "response_class": Response}


def describe_ticket(name: str) -> dict[str, Any]:
    """Documentation of a route for one ticket, as arguments of `add_api_route`."""
    return _describe(_TITLES[name], request=TicketBody, reply=_ANSWERS[name])


def describe_batch(name: str) -> dict[str, Any]:
    """Documentation of a route for many tickets."""
    return _describe(f"{_TITLES[name]} (batch)", request=BatchSchema, reply=_BATCHES[name])


def _describe(summary: str, *, request: type[BaseModel], reply: type[BaseModel]) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": _REF.format(model=request.__name__)}}}
    return {
        "summary": summary,
        "response_model": reply,
        "responses": _problems(_ERRORS),
        "openapi_extra": {"requestBody": {"required": True, "content": content}},
    }


def _problems(texts: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    problem = {"application/problem+json": {"schema": {"$ref": _REF.format(model="Problem")}}}
    return {status: {"description": text, "content": problem} for status, text in texts.items()}


def _parameters(name: str) -> list[dict[str, Any]]:
    queries = [{"name": key, "in": "query", "schema": schema} for key, schema in _JOB_QUERIES.get(name, {}).items()]
    headers = [{"name": key, "in": "header", "schema": {"type": "string"}} for key in _JOB_HEADERS.get(name, ())]
    path = {"name": "job_id", "in": "path", "required": True, "schema": {"type": "string"}}
    return [*queries, *headers, *([] if name in ("create", "list") else [path])]


def openapi_of(app: FastAPI) -> dict[str, Any]:
    """The whole document, with the schemas of the bodies that routes read themselves; made once."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        own: list[tuple[type[BaseModel], Any]] = [
            (m, "validation")
            for m in (TicketBody, BatchSchema, PathBody, JobForm, Problem, LiveBody, LiveNews, LiveFault)
        ]
        _, schema = models_json_schema(own, ref_template=_REF)
        document["components"]["schemas"].update(schema["$defs"])
        document["security"] = [{"key": []}, {}]
        document["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        app.openapi_schema = document
    return app.openapi_schema
