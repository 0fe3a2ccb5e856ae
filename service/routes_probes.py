"""Probe routes: alive, ready, metrics. They ask for no key, take no place, and are never refused."""

from __future__ import annotations

import orjson
from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from service.house import house_of
from service.openapi import describe_metrics


def probe_routes() -> APIRouter:
    """GET /healthz, /readyz, /metrics."""
    router = APIRouter(tags=["probes"])
    router.add_api_route("/healthz", tell_alive, methods=["GET"], summary="the process answers")
    router.add_api_route("/readyz", tell_ready, methods=["GET"], summary="tickets are welcome (503 while they are not)")
    router.add_api_route("/metrics", tell_metrics, methods=["GET"], **describe_metrics())
    return router


async def tell_alive(request: Request) -> Response:
    """The event loop turns."""
    return Response(orjson.dumps({"alive": True}), media_type="application/json")


async def tell_ready(request: Request) -> Response:
    """Whether a load balancer should send tickets here."""
    house = house_of(request)
    ready = house.state == "ready"
    body = orjson.dumps({"ready": ready, "state": house.state, "model": house.engine.bundle})
    return Response(body, status_code=200 if ready else 503, media_type="application/json")


async def tell_metrics(request: Request) -> Response:
    """Counters, gauges and histograms."""
    return Response(house_of(request).metrics.render(), media_type=CONTENT_TYPE_LATEST)
