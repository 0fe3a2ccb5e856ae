"""Errors of the doors: each carries its status and a stable code, and leaves as RFC 9457 `application/problem+json`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError
from starlette.responses import Response

from models.errors import DeadlineError, ModelError, NonFiniteError, TextError

# A key that a caller made up may itself be a phone or a name; only what looks like a field name is shown again.
_SHOWN = re.compile(r"[a-z_]{1,32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a request: where, of what kind, and why; never the value itself."""

    loc: tuple[str | int, ...]
    type: str
    msg: str

    def as_json(self) -> dict[str, Any]:
        """The fault as callers see it."""
        return {"loc": list(self.loc), "type": self.type, "msg": self.msg}


class ServiceError(Exception):
    """Anything that ends a request, or one ticket of a batch, otherwise than with an answer."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        faults: Sequence[Fault] = (),
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.faults = tuple(faults)
        self.retry_after_seconds = retry_after_seconds

    def as_json(self) -> dict[str, Any]:
        """The members that a problem document and a batch entry have in common."""
        body: dict[str, Any] = {
            "type": f"urn:suqiu:error:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        if self.faults:
            body["errors"] = [fault.as_json() for fault in self.faults]
        return body


def problem_of(error: ServiceError, *, request_id: str) -> Response:
    """The reply that an error becomes. ASCII-escaped, so that nothing in it can break a reader."""
    headers = {"Cache-Control": "no-store"}
    if error.retry_after_seconds is not None:
        headers["Retry-After"] = str(error.retry_after_seconds)
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    body = json.dumps({**error.as_json(), "request_id": request_id}, ensure_ascii=True)
    return Response(body, status_code=error.status, headers=headers, media_type="application/problem+json")


def invalid(error: ValidationError, *, what: str = "ticket") -> ServiceError:
    """422 for a ticket, or a job, that breaks its schema: place, kind and reason of the first 20 faults, no input."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    faults = [
        Fault(tuple(_shown(part) for part in fault["loc"]), fault["type"], _tell(fault["type"], fault["msg"]))
        for fault in found[:20]
    ]
    places = "; ".join(f"{'.'.join(map(str, fault.loc)) or what}: {fault.msg}" for fault in faults[:3])
    return ServiceError(422, f"{what}_invalid", f"{places}; see /docs for the schema", faults=faults)


def _tell(kind: str, text: str) -> str:
    # Pydantic names the class, which is nothing to the caller.
    return "Input should be an object" if kind == "model_type" else text.removeprefix("Value error, ")


def error_of(error: ModelError) -> ServiceError:
    """What an error of the model room means to the caller."""
    if isinstance(error, TextError):
        return ServiceError(422, error.code, str(error), faults=[Fault(("text",), error.code, str(error))])
    if isinstance(error, DeadlineError):
        return ServiceError(503, error.code, str(error), retry_after_seconds=2)
    if isinstance(error, NonFiniteError):
        return ServiceError(500, error.code, str(error))
    return ServiceError(500, error.code, "the bundle cannot answer; see the service's log, or roll the bundle back")


def internal_error() -> ServiceError:
    """500 without a word about what happened: that stands in the log, under the request's id."""
    return ServiceError(500, "internal_error", "the service failed; report the request_id to its operators")


def _shown(part: str | int) -> str | int:
    return part if isinstance(part, int) or _SHOWN.fullmatch(part) else "…"
