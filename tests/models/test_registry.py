"""The registry never lets a bad bundle become current, and finds its way back."""

from __future__ import annotations

import shutil
from pathlib import Path
from threading import Thread

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


def test_a_bundle_that_the_check_refuses_never_becomes_current_by_either_way(registry: Registry) -> None:
    def refuse(place: Path) -> None:
        raise BundleError(f"{place.name} is not for us")

    registry.promote("tiny-1.0.0")
    with pytest.raises(BundleError, match=r"tiny-2.0.0 is not for us"):
        registry.promote("tiny-2.0.0", check=refuse)
    registry.promote("tiny-2.0.0")
    with pytest.raises(BundleError, match=r"tiny-1.0.0 is not for us"):
        registry.rollback(check=refuse)
    assert registry.current().name == "tiny-2.0.0"


@pytest.fixture
def long_history(tmp_path: Path) -> Registry:
    """Three good bundles, promoted one after the other."""
    registry = Registry(tmp_path / "bundles")
    for version in ("1.0.0", "2.0.0", "3.0.0"):
        registry.promote(registry.add(write_tiny(tmp_path / version, version=version).path).name)
    return registry


def test_a_rollback_goes_past_a_bundle_that_is_gone_only_where_it_is_told_to(long_history: Registry) -> None:
    shutil.rmtree(long_history.root / "tiny-2.0.0")
    told = r"tiny-2.0.0, current before tiny-3.0.0, is no longer in .* is tiny-1.0.0: .* rollback --skip-removed"
    with pytest.raises(BundleError, match=told):
        long_history.rollback()
    assert long_history.current().name == "tiny-3.0.0"
    assert long_history.rollback(skip_removed=True).name == "tiny-1.0.0"
    assert long_history.history() == ["tiny-1.0.0"]


def test_a_rollback_with_nothing_left_to_go_to_says_so(long_history: Registry) -> None:
    for name in ("tiny-1.0.0", "tiny-2.0.0"):
        shutil.rmtree(long_history.root / name)
    with pytest.raises(BundleError, match=r"none is left in .* promote NAME"):
        long_history.rollback(skip_removed=True)


def test_a_rollback_leads_away_from_a_current_bundle_that_is_gone(long_history: Registry) -> None:
    shutil.rmtree(long_history.root / "tiny-3.0.0")
    with pytest.raises(BundleError, match=r"tiny-3.0.0, the current bundle, is no longer in"):
        long_history.current()
    assert long_history.rollback().name == "tiny-2.0.0"


def test_the_current_bundle_is_never_removed_and_the_one_before_it_only_by_force(long_history: Registry) -> None:
    with pytest.raises(BundleError, match=r"tiny-3.0.0 is current"):
        long_history.remove("tiny-3.0.0", force=True)
    with pytest.raises(BundleError, match=r"tiny-2.0.0 is what a rollback leads to; .* remove tiny-2.0.0 --force"):
        long_history.remove("tiny-2.0.0")
    assert long_history.names() == ["tiny-1.0.0", "tiny-2.0.0", "tiny-3.0.0"]
    removed = long_history.remove("tiny-2.0.0", force=True)
    assert removed.before == "tiny-1.0.0"
    assert removed.bytes > 1000
    assert long_history.rollback().name == "tiny-1.0.0"


def test_a_bundle_that_was_current_once_may_be_removed_and_is_forgotten(long_history: Registry) -> None:
    long_history.promote("tiny-1.0.0")
    long_history.promote("tiny-3.0.0")
    assert long_history.remove("tiny-2.0.0").before == "tiny-1.0.0"
    assert long_history.history() == ["tiny-1.0.0", "tiny-3.0.0", "tiny-1.0.0", "tiny-3.0.0"]
    assert not [*long_history.root.glob(".*")]


def test_bundles_between_two_mentions_of_the_same_one_may_go_without_a_rollback_to_itself(
    long_history: Registry,
) -> None:
    long_history.promote("tiny-1.0.0")
    long_history.remove("tiny-3.0.0", force=True)
    long_history.remove("tiny-2.0.0", force=True)
    assert long_history.history() == ["tiny-1.0.0"]


def test_of_a_bundle_that_stands_elsewhere_only_the_link_is_removed(long_history: Registry) -> None:
    elsewhere = (long_history.root / "tiny-1.0.0").rename(long_history.root.parent / "elsewhere")
    (long_history.root / "tiny-1.0.0").symlink_to(elsewhere)
    assert long_history.remove("tiny-1.0.0").bytes == 0
    assert (elsewhere / "manifest.json").is_file()
    assert long_history.names() == ["tiny-2.0.0", "tiny-3.0.0"]


def test_a_removal_that_was_killed_is_ended_by_the_next(long_history: Registry) -> None:
    shutil.copytree(long_history.root / "tiny-1.0.0", long_history.root / ".removed-tiny-0.9.0.1")
    long_history.remove("tiny-1.0.0")
    assert not [*long_history.root.glob(".removed-*")]


def test_who_removes_waits_for_who_promotes(long_history: Registry) -> None:
    def check(place: Path) -> None:
        waiting.start()
        waiting.join(0.3)
        assert place.is_dir()

    def remove() -> None:
        with pytest.raises(BundleError, match=r"tiny-1.0.0 is current"):
            Registry(long_history.root).remove("tiny-1.0.0")

    waiting = Thread(target=remove)
    long_history.promote("tiny-1.0.0", check=check)
    waiting.join()
    assert "tiny-1.0.0" in long_history.names()


def test_a_bundle_may_be_named_as_replies_name_it(registry: Registry) -> None:
    assert registry.promote("tiny@1.0.0").name == "tiny-1.0.0"
    assert registry.history() == ["tiny-1.0.0"]
    with pytest.raises(BundleError, match=r"holds no bundle 'tiny@1.0.1'; did you mean tiny-1.0.0\?"):
        registry.place("tiny@1.0.1")


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


def test_what_the_command_line_says_to_do_next_is_about_the_same_registry(
    long_history: Registry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = ["--root", str(long_history.root)]
    again = f"suqiu-models --root {long_history.root} "
    new = write_tiny(tmp_path / "new", version="4.0.0").path
    assert main([*root, "add", str(new)]) == 0
    assert capsys.readouterr().out == f"added tiny-4.0.0; run: {again}promote tiny-4.0.0\n"
    assert main([*root, "promote", "nothing"]) == 1
    assert f"{again}list" in capsys.readouterr().err
    assert main([*root, "verify", "tiny@4.0.0"]) == 0
    assert "tiny-4.0.0 is whole" in capsys.readouterr().out
    assert main([*root, "remove", "tiny-2.0.0"]) == 1
    assert f"{again}remove tiny-2.0.0 --force" in capsys.readouterr().err
    assert main([*root, "remove", "tiny-1.0.0"]) == 0
    assert "MB are free; a rollback leads to tiny-2.0.0" in capsys.readouterr().out


def test_the_list_stands_where_the_current_bundle_is_gone(
    long_history: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("tiny-1.0.0", "tiny-3.0.0"):
        shutil.rmtree(long_history.root / name)
    assert main(["--root", str(long_history.root), "list"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("  tiny-2.0.0")
    assert "but current once: tiny-3.0.0, tiny-1.0.0" in told.err
    assert "tiny-3.0.0 is the current bundle: put it back, or promote another" in told.err


def test_one_torn_bundle_does_not_hide_the_others(long_history: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    (long_history.root / "tiny-1.0.0" / "manifest.json").write_text("{", encoding="utf-8")
    assert main(["--root", str(long_history.root), "list"]) == 0
    first, *others = capsys.readouterr().out.splitlines()
    assert first.startswith("  tiny-1.0.0  cannot be read: ")
    assert [line.split("  ")[0:1] for line in others] == [[""], ["* tiny-3.0.0"]]


def test_a_registry_that_nobody_may_write_to_is_told_in_a_line(
    long_history: Registry, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "rename", refuse)
    assert main(["--root", str(long_history.root), "remove", "tiny-1.0.0"]) == 1
    assert "tiny-1.0.0: Permission denied; see who may read and write there" in capsys.readouterr().err
    assert long_history.history() == ["tiny-1.0.0", "tiny-2.0.0", "tiny-3.0.0"]


def test_a_registry_without_a_service_beside_it_says_what_it_did_not_look_at(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("models.cli.can_serve", lambda: False)
    assert main(["--root", str(registry.root), "promote", "tiny-1.0.0"]) == 0
    assert "were not looked at: the service is not installed here" in capsys.readouterr().err
