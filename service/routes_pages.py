"""Page routes: the page for people at /, and /docs. Every asset is served from here: the networks are closed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import APIRouter, FastAPI
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC: Final = Path(__file__).parent / "static"
_PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Swagger UI writes style attributes.
_DOCS_POLICY: Final = _PAGE_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")


class Assets(StaticFiles):
    """Files that a browser may keep as long as it asks whether they have changed."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One file."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def add_pages(app: FastAPI) -> None:
    """GET and HEAD of /, /docs, /static."""
    router = APIRouter(include_in_schema=False)
    router.add_api_route("/", show_page, methods=["GET", "HEAD"])
    router.add_api_route("/docs", show_docs, methods=["GET", "HEAD"])
    app.include_router(router)
    app.mount("/static", Assets(directory=STATIC), name="static")


async def show_page() -> Response:
    """Paste a message or a call, and see the ticket."""
    return FileResponse(STATIC / "page.html", headers={"Content-Security-Policy": _PAGE_POLICY})


async def show_docs() -> Response:
    """Swagger UI over /openapi.json."""
    return FileResponse(STATIC / "docs.html", headers={"Content-Security-Policy": _DOCS_POLICY})
