"""App: the service put together from its settings. Nothing happens until its lifespan begins."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from models.bundle import Bundle
from service.border import Border, record_of
from service.errors import ServiceError, problem_of
from service.house import House
from service.openapi import openapi_of
from service.reading import BundleReader, Reader
from service.routes_jobs import job_routes
from service.routes_live import live_routes
from service.routes_models import model_routes
from service.routes_pages import add_pages
from service.routes_probes import probe_routes
from service.routes_tickets import ticket_routes
from service.settings import Settings
from service.telemetry import Log

_CODES = {404: "not_found", 405: "method_not_allowed"}


def create_app(
    settings: Settings | None = None,
    *,
    log: Log | None = None,
    open_reader: Callable[[Bundle], Reader] = BundleReader.open,
) -> FastAPI:
    """The service. Its bundle is opened in the background when the lifespan begins; /readyz tells when it is."""
    settings = settings or Settings()
    house = House(settings, log=log or Log(level=settings.log_level), open_reader=open_reader)

    @asynccontextmanager
    async def live(_: FastAPI) -> AsyncIterator[None]:
        house.log.tell("started", version=house.version)
        house.begin_load()
        house.jobs.begin()
        yield
        await house.jobs.close()
        house.close()

    app = FastAPI(
        title="suqiu 诉求",
        version=house.version,
        description="Text in, ticket out: reads what citizens tell a 12345 hotline.",
        lifespan=live,
        docs_url=None,
        redoc_url=None,
        # A path with one slash too many is none of ours: a redirect would go to whatever host the request names.
        redirect_slashes=False,
    )
    app.state.house = house
    app.add_exception_handler(ServiceError, _tell_problem)
    app.add_exception_handler(HTTPException, _tell_http)
    for router in (ticket_routes(), live_routes(), job_routes(), model_routes(), probe_routes()):
        app.include_router(router)
    add_pages(app)
    app.add_middleware(Border, log=house.log, metrics=house.metrics)

    def openapi() -> dict[str, Any]:
        return openapi_of(app)

    app.openapi = openapi  # type: ignore[method-assign]
    return app


async def _tell_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ServiceError)
    record = record_of(request)
    record.code = error.code
    return problem_of(error, request_id=record.request_id)


async def _tell_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _CODES.get(error.status_code, "request_invalid")
    response = await _tell_problem(request, ServiceError(error.status_code, code, "see /docs for what is served here"))
    response.headers.update(error.headers or {})
    return response
