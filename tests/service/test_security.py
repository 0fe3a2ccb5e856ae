"""Keys: who is let in, and who is not."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from service.security import matches
from tests.service.conftest import Doors, OpenDoors
from tests.tiny import write_tiny

KEY, OTHER, ADMIN = "kou-ling-1", "kou-ling-2", "guan-li"
DIGESTS = [hashlib.sha256(key.encode()).hexdigest() for key in (KEY, OTHER)]


@pytest.fixture
def locked(open_doors: OpenDoors) -> Doors:
    admin = hashlib.sha256(ADMIN.encode()).hexdigest()
    return open_doors(api_key_sha256=",".join(DIGESTS), admin_key_sha256=(admin,))


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer no"}, {"X_API_Key": "no"}, {"Authorization": f"Basic {KEY}"},
                {"Authorization": f"Bearer {DIGESTS[0]}"}, {"Authorization": "Bearer"}],
)  # fmt: skip
def test_without_a_valid_key_a_ticket_is_401(locked: Doors, headers: dict[str, str]) -> None:
    for path in ("/v1/intake", "/v1/form/batch"):
        reply = locked.post(path, {"text": "小区"}, **headers)
        assert (reply.status_code, reply.json()["code"]) == (401, "key_invalid")
        assert reply.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "headers", [{"Authorization": f"Bearer {KEY}"}, {"authorization": f"bearer {OTHER}"}, {"X_API_Key": KEY}]
)
def test_any_of_the_keys_opens(locked: Doors, headers: dict[str, str]) -> None:
    assert locked.post("/v1/category", {"text": "小区"}, **headers).status_code == 200


def test_probes_and_pages_ask_for_no_key(locked: Doors) -> None:
    for path in ("/healthz", "/readyz", "/metrics", "/", "/docs", "/openapi.json"):
        assert locked.client.get(path).status_code == 200


def test_a_key_that_is_no_text_matches_nothing() -> None:
    assert not matches("", DIGESTS)
    assert not matches("口令\udcff", DIGESTS)
    assert matches(KEY, DIGESTS)


def test_reloading_takes_an_admin_key(locked: Doors, open_doors: OpenDoors) -> None:
    assert locked.post("/v1/models/reload", None, Authorization=f"Bearer {KEY}").status_code == 401
    reply = locked.post("/v1/models/reload", None, Authorization=f"Bearer {ADMIN}")
    assert (reply.status_code, reply.json()["model"]) == (200, "tiny@1.0.0")
    assert open_doors().post("/v1/models/reload", None).json()["code"] == "admin_disabled"


def test_a_bad_bundle_is_refused_and_the_old_one_goes_on(open_doors: OpenDoors, tmp_path: Path) -> None:
    place = tmp_path / "served"
    write_tiny(place)
    admin = hashlib.sha256(ADMIN.encode()).hexdigest()
    doors = open_doors(bundle=place, admin_key_sha256=(admin,))
    before = doors.post("/v1/category", {"text": "小区"}).json()
    place.rename(tmp_path / "old")
    write_tiny(place, version="2.0.0", poison=True)
    reply = doors.post("/v1/models/reload", None, Authorization=f"Bearer {ADMIN}")
    assert reply.status_code == 409
    after = doors.post("/v1/category", {"text": "小区"}).json()
    assert after["candidates"] == before["candidates"]
    assert after["model"] == "tiny@1.0.0"
    assert doors.client.get("/readyz").status_code == 200
    place.rename(tmp_path / "bad")
    write_tiny(place, version="3.0.0", seed=3)
    assert doors.post("/v1/models/reload", None, Authorization=f"Bearer {ADMIN}").json()["model"] == "tiny@3.0.0"
    assert doors.post("/v1/category", {"text": "小区"}).json()["model"] == "tiny@3.0.0"
