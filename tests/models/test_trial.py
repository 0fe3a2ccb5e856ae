"""What the service refuses is refused before it is published or becomes current, with the service's own reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.cli import main
from models.errors import RefusedError
from models.registry import Registry
from models.repack import repack
from models.trial import can_serve, try_city
from tests.tiny import write_tiny

_RULE = """city = "海州"
version = "1"
fallback = "cgw"
[[rules]]
id = "lamps"
when.category = ["999999"]
then.lead = "cgw"
"""


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """A good bundle that is current, and one whose profile names a category that its tree has not."""
    registry = Registry(tmp_path / "bundles")
    registry.add(write_tiny(tmp_path / "made").path)
    city = tmp_path / "city"
    city.mkdir()
    (city / "profile.toml").write_text(_RULE, encoding="utf-8")
    repack(registry.root / "tiny-1.0.0", city, version="1.0.1", target=registry.root / "tiny-1.0.1")
    registry.promote("tiny-1.0.0")
    return registry


def test_the_service_can_be_asked_where_the_tests_run() -> None:
    assert can_serve()


def test_a_bundle_with_the_files_of_any_city_passes(tiny_bundle: Path) -> None:
    try_city(tiny_bundle)


def test_a_bundle_without_some_heads_passes(tmp_path: Path) -> None:
    try_city(write_tiny(tmp_path / "few", without=("departments", "spans", "category")).path)


def test_the_reason_is_the_services_own(registry: Registry) -> None:
    with pytest.raises(RefusedError, match=r"the service refuses it: city_file_invalid: profile.toml, line 6: .*99"):
        try_city(registry.root / "tiny-1.0.1")


def test_the_service_is_asked_by_its_own_code_wherever_the_command_runs(
    tiny_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "service").mkdir()
    (tmp_path / "service" / "__init__.py").write_text("raise RuntimeError('another service')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    try_city(tiny_bundle)


def test_no_command_lets_a_bundle_by_that_the_service_refuses(
    registry: Registry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = ["--root", str(registry.root)]
    source, city = str(registry.root / "tiny-1.0.0"), str(tmp_path / "city")
    for command in (
        ["promote", "tiny-1.0.1"],
        ["verify", "tiny-1.0.1"],
        ["repack", source, "--city", city, "--version", "1.0.2"],
    ):
        assert main([*root, *command]) == 1
        assert "bundle_refused: the service refuses it: city_file_invalid: profile.toml" in capsys.readouterr().err
    assert registry.current().name == "tiny-1.0.0"
    assert not (registry.root / "tiny-1.0.2").exists()


def test_a_rollback_to_what_the_service_refuses_changes_nothing(
    registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    registry.promote("tiny-1.0.1")
    registry.promote("tiny-1.0.0")
    assert main(["--root", str(registry.root), "rollback"]) == 1
    assert "bundle_refused" in capsys.readouterr().err
    assert registry.current().name == "tiny-1.0.0"
