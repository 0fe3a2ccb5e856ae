"""The registry never lets a bad bundle become current, and finds its way back."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.cli import main
from models.errors import BundleError
from models.registry import Registry
from tests.tiny import write_tiny


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """Two good bundles and one whose model answers NaN."""
    registry = Registry(tmp_path / "bundles")
    for version, poison in (("1.0.0", False), ("2.0.0", False), ("3.0.0", True)):
        registry.add(write_tiny(tmp_path / version, version=version, poison=poison).path)
    return registry


def test_it_lists_what_was_added_and_nothing_else(registry: Registry) -> None:
    (registry.root / ".draft-x").mkdir()
    (registry.root / ".draft-x" / "manifest.json").write_text("{}", encoding="utf-8")
    (registry.root / "notes").mkdir()
    assert registry.names() == ["tiny-1.0.0", "tiny-2.0.0", "tiny-3.0.0"]
    assert Registry(registry.root / "nowhere").names() == []


def test_promote_and_roll_back(registry: Registry) -> None:
    with pytest.raises(BundleError, match="no current bundle"):
        registry.current()
    registry.promote("tiny-1.0.0")
    registry.promote("tiny-2.0.0")
    registry.promote("tiny-2.0.0")
    assert registry.current().name == "tiny-2.0.0"
    assert registry.rollback().name == "tiny-1.0.0"
    with pytest.raises(BundleError, match="no earlier bundle"):
        registry.rollback()


def test_a_bad_bundle_never_becomes_current(registry: Registry) -> None:
    registry.promote("tiny-1.0.0")
    (registry.root / "tiny-2.0.0" / "tokenizer.json").write_text("{}", encoding="utf-8")
    for name in ("tiny-2.0.0", "tiny-3.0.0", "tiny-4.0.0", "../1.0.0", ".", ""):
        with pytest.raises(BundleError):
            registry.promote(name)
        assert registry.current().name == "tiny-1.0.0"


def test_rolling_back_to_a_bundle_that_has_gone_bad_changes_nothing(registry: Registry) -> None:
    registry.promote("tiny-1.0.0")
    registry.promote("tiny-2.0.0")
    (registry.root / "tiny-1.0.0" / "model.onnx").write_bytes(b"torn")
    with pytest.raises(BundleError):
        registry.rollback()
    assert registry.current().name == "tiny-2.0.0"


def test_a_torn_note_is_said_so(registry: Registry) -> None:
    (registry.root / "current.json").write_text('{"hist', encoding="utf-8")
    with pytest.raises(BundleError, match="torn"):
        registry.current()


def test_the_command_line_shows_promotes_and_refuses(registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    root = ["--root", str(registry.root)]
    assert main([*root, "promote", "tiny-1.0.0"]) == 0
    assert main([*root, "promote", "tiny-2.0.0"]) == 0
    assert main([*root, "list"]) == 0
    assert "* tiny-2.0.0" in capsys.readouterr().out
    assert main([*root, "show", "tiny-1.0.0"]) == 0
    assert "category" in capsys.readouterr().out
    assert main([*root, "verify", "tiny-1.0.0"]) == 0
    assert main([*root, "rollback"]) == 0
    assert "tiny-1.0.0 is current again" in capsys.readouterr().out
    assert main([*root, "promote", "tiny-3.0.0"]) == 1
    assert "bundle" in capsys.readouterr().err
