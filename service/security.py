"""Security: who may ask. Keys are known by their SHA-256 only and compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from urllib.parse import unquote

from starlette.requests import HTTPConnection

from service.errors import ServiceError


def check_key(request: HTTPConnection, digests: Sequence[str]) -> None:
    """Let a request with one of the keys pass; without any digest, everyone. Errors: ServiceError 401."""
    if digests and not matches(read_key(request), digests):
        detail = "no valid key; send Authorization: Bearer KEY, or X-API-Key: KEY"
        raise ServiceError(401, "key_invalid", detail)


def check_admin_key(request: HTTPConnection, digests: Sequence[str]) -> None:
    """Let a request with an admin key pass. Errors: ServiceError 401, and 403 where no such key was set up."""
    if not digests:
        raise ServiceError(403, "admin_disabled", "no admin key is set up; set SUQIU_ADMIN_KEY_SHA256, or send SIGHUP")
    check_key(request, digests)


def read_key(request: HTTPConnection) -> str:
    """The key that a request or a session carries, or an empty text.

    A page cannot set headers of a WebSocket: there the key may come as the subprotocol `key.KEY`, percent-encoded where
    it holds what a subprotocol may not, such as the `=` at the end of base64.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    offered = [one.strip() for one in request.headers.get("sec-websocket-protocol", "").split(",")]
    named = next((one.removeprefix("key.") for one in offered if one.startswith("key.")), "")
    return request.headers.get("x-api-key", "") or unquote(named)


def matches(key: str, digests: Sequence[str]) -> bool:
    """Whether the key is one of those; takes as long whichever it is, or if it is none."""
    digest = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
    return sum(hmac.compare_digest(digest, known) for known in digests) > 0
