"""Model routes: which bundle answers, and loading the one that is current now."""

from __future__ import annotations

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from models.errors import ModelError
from service.border import record_of
from service.errors import ServiceError
from service.house import house_of
from service.openapi import describe_reload
from service.security import check_admin_key


def model_routes() -> APIRouter:
    """POST /v1/models/reload."""
    router = APIRouter(prefix="/v1/models", tags=["models"])
    router.add_api_route("/reload", reload_bundle, methods=["POST"], **describe_reload())
    return router


async def reload_bundle(request: Request) -> Response:
    """Swap to the current bundle; a bad one is refused with 409 and the old one goes on answering."""
    house, record = house_of(request), record_of(request)
    check_admin_key(request, house.settings.admin_key_sha256)
    try:
        record.bundle = await house.engine.load()
    except ModelError as error:
        raise ServiceError(409, error.code, f"{error} (still answering: {house.engine.bundle})") from error
    body = {"model": record.bundle, "request_id": record.request_id}
    return Response(orjson.dumps(body), media_type="application/json")
