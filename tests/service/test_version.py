"""Which release runs is told where an operator looks: API, metrics, log."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import pytest

from service.version import own_version
from tests.service.conftest import Doors


def test_the_release_is_told_by_the_api_the_metrics_and_the_log(doors: Doors) -> None:
    release = version("suqiu")
    assert doors.client.get("/openapi.json").json()["info"]["version"] == release
    assert f'suqiu_info{{version="{release}"}} 1.0' in doors.client.get("/metrics").text
    assert [line["version"] for line in doors.log if line["event"] == "started"] == [release]


def test_files_that_nobody_installed_have_no_release(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> str:
        raise PackageNotFoundError

    monkeypatch.setattr("service.version.version", missing)
    assert own_version() == "0"
