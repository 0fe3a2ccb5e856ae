"""Body: the bytes of a request → checked JSON, with every limit applied before anything is believed."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable
from typing import Any

from starlette.requests import ClientDisconnect, Request

from service.errors import Fault, ServiceError
from service.settings import Settings

_LARGE = 65_536  # bytes


class ClientGoneError(Exception):
    """The caller hung up before the answer."""


async def read_json(request: Request, settings: Settings, *, count: Callable[[int], None] | None = None) -> Any:
    """Parse a JSON body; `count` is told the size of each piece of it.

    Errors: ServiceError 408 too slow, 413 too large (chunked too), 415 not plain UTF-8 JSON, 422 no valid JSON; what
    `count` raises; ClientGoneError.
    """
    check_headers(request, max_bytes=settings.max_body_bytes)
    body = bytearray()
    try:
        async with asyncio.timeout(settings.body_seconds):
            async for chunk in request.stream():
                if count is not None:
                    count(len(chunk))
                body += chunk
                if len(body) > settings.max_body_bytes:
                    raise _too_large(settings.max_body_bytes)
    except TimeoutError:
        detail = f"the body did not arrive within {settings.body_seconds:g} s; send it at once"
        raise ServiceError(408, "body_timeout", detail) from None
    except ClientDisconnect:
        raise ClientGoneError from None
    # A large body takes longer to parse than a ticket takes to answer: whoever waits meanwhile is not held up.
    return await asyncio.to_thread(parse_json, bytes(body)) if len(body) > _LARGE else parse_json(bytes(body))


def check_headers(request: Request, *, max_bytes: int) -> None:
    """Refuse by headers alone what would be refused anyway."""
    media, _, parameters = request.headers.get("content-type", "").partition(";")
    if media.strip().lower() != "application/json":
        raise ServiceError(415, "content_type_unsupported", "send Content-Type: application/json")
    charset = parameters.strip().lower().partition("charset=")[2].strip("\"' ")
    if charset not in ("", "utf-8", "utf8"):
        raise ServiceError(415, "charset_unsupported", "the body must be UTF-8; convert it first")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise ServiceError(415, "content_encoding_unsupported", "compressed bodies are not read; send it plain")
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:20]) > max_bytes:
        raise _too_large(max_bytes)


def parse_json(body: bytes) -> Any:
    """JSON as RFC 8259 has it, without duplicate names, NaN, or numbers beyond a double.

    Errors: ServiceError 422.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _bad_json("encoding_invalid", f"byte {error.start} is not UTF-8; send UTF-8") from None
    try:
        return json.loads(
            text, object_pairs_hook=_distinct, parse_constant=_no_constant, parse_float=_finite, parse_int=_short
        )
    except json.JSONDecodeError as error:
        raise _bad_json("json_invalid", f"no JSON at character {error.pos}: {error.msg}") from None
    except RecursionError:
        raise _bad_json("json_too_deep", "the body is nested too deeply; see /docs for the schema") from None


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _bad_json("json_duplicate_key", "an object names a field twice; send each once")
    return fields


def _no_constant(_: str) -> Any:
    raise _bad_json("json_invalid", "NaN and Infinity are no JSON; leave the field out")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _bad_json("json_invalid", "a number is beyond the range of a double")
    return value


def _short(text: str) -> int:
    if len(text) > 20:
        raise _bad_json("json_invalid", "a whole number has more than 20 digits; send it as text")
    return int(text)


def _bad_json(code: str, detail: str) -> ServiceError:
    return ServiceError(422, code, detail, faults=[Fault(("body",), code, detail)])


def _too_large(max_bytes: int) -> ServiceError:
    return ServiceError(413, "body_too_large", f"the body exceeds {max_bytes} bytes; send fewer tickets at once")
