"""The pages: everything they need comes from this service, under a strict policy."""

from __future__ import annotations

import re

import pytest

from service.routes_pages import STATIC
from tests.service.conftest import Doors

OWN = [path for path in STATIC.iterdir() if path.is_file()]


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_page_and_all_its_assets_are_served_locally(doors: Doors, path: str) -> None:
    page = doors.client.get(path)
    assert page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "connect-src 'self';" in policy  # which covers the socket of /v1/live, too
    assets = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
    assert len(assets) >= 3
    for asset in assets:
        reply = doors.client.get(asset)
        assert reply.status_code == 200
        assert reply.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("file", OWN, ids=lambda file: str(file.name))
def test_a_page_names_no_other_host_and_writes_no_markup_from_text(file: object) -> None:
    text = file.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    without_namespace = text.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|//cdn", without_namespace)
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|\beval\(|\son\w+=\"|style=\"", text)


def test_the_page_brings_its_live_view(doors: Doors) -> None:
    page = doors.client.get("/").text
    for asset in ("page-live.css", "page-live-view.js", "page-live-door.js", "page-live.js"):
        assert f'"/static/{asset}"' in page
    used = {
        name for file in STATIC.glob("page*.js") for name in re.findall(r'\bat\("([\w-]+)"\)', file.read_text("utf-8"))
    }
    assert used <= set(re.findall(r'\bid="([\w-]+)"', page))


def test_the_licence_travels_with_what_was_taken_over() -> None:
    assert "Apache License" in (STATIC / "swagger" / "LICENSE").read_text(encoding="utf-8")


def test_a_path_out_of_the_static_folder_is_not_served(doors: Doors) -> None:
    for path in ("/static/../settings.py", "/static/%2e%2e/settings.py", "/static//etc/passwd"):
        assert doors.client.get(path).status_code == 404


def test_the_description_documents_every_route_with_its_bodies(doors: Doors) -> None:
    document = doors.client.get("/openapi.json").json()
    for part in ("form", "category", "dispatch", "sentiment", "intake"):
        for path in (f"/v1/{part}", f"/v1/{part}/batch"):
            post = document["paths"][path]["post"]
            assert "$ref" in post["requestBody"]["content"]["application/json"]["schema"]
            assert {"200", "413", "415", "422", "429", "503"} <= post["responses"].keys()
    refs = set(re.findall(r"#/components/schemas/([\w.-]+)", str(document)))
    assert refs <= document["components"]["schemas"].keys()


def test_the_description_documents_metrics_as_text_and_what_a_reload_refuses(doors: Doors) -> None:
    paths = doors.client.get("/openapi.json").json()["paths"]
    assert paths["/metrics"]["get"]["responses"]["200"]["content"].keys() == {"text/plain"}
    assert {"200", "401", "403", "409"} <= paths["/v1/models/reload"]["post"]["responses"].keys()


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_page_can_be_asked_for_its_head(doors: Doors, path: str) -> None:
    reply = doors.client.head(path)
    assert (reply.status_code, reply.content) == (200, b"")
    assert reply.headers["content-type"].startswith("text/html")


def test_the_description_documents_the_live_session_and_its_messages(doors: Doors) -> None:
    document = doors.client.get("/openapi.json").json()
    get = document["paths"]["/v1/live"]["get"]
    assert get["responses"].keys() == {"101", "401", "403", "426", "429", "503"}
    assert {"LiveBody", "StartBody", "TurnBody", "LiveNews", "LiveFault"} <= document["components"]["schemas"].keys()
    assert "LiveNews" in str(get["responses"]["101"])
    for word in ("start", "turns", "amend", "end", "key.KEY"):
        assert word in get["description"]
    assert document["components"]["schemas"]["LiveNews"]["required"] == ["fields", "turns", "model", "ms"]
