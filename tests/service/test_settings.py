"""Settings come from the environment, and cores from what the container really has."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from pydantic import ValidationError

from models.registry import Registry
from service.processors import count_processors, give_way, read_quota
from service.settings import Settings
from tests.tiny import write_tiny

DIGEST = "a" * 64


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUQIU_PORT", "9000")
    monkeypatch.setenv("SUQIU_API_KEY_SHA256", f"{DIGEST}, {'B' * 64}")  # PowerShell prints capitals
    settings = Settings()
    assert (settings.port, settings.api_key_sha256) == (9000, (DIGEST, "b" * 64))
    assert settings.workers >= 1
    assert settings.bundle.parts[-3:] == ("models", "store", "default")


@pytest.mark.parametrize(("name", "value"), [("API_KEY_SHA256", "secret"), ("WORKERS", "0"), ("PORT", "70000")])
def test_a_setting_out_of_range_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"SUQIU_{name}", value)
    with pytest.raises(ValidationError):
        Settings()


def test_a_registry_takes_the_place_of_the_bundle(tmp_path: Path) -> None:
    bundle = write_tiny(tmp_path / "made")
    registry = Registry(tmp_path / "registry")
    registry.promote(registry.add(bundle.path).name)
    assert Settings(registry=registry.root).bundle_place() == registry.root / "tiny-1.0.0"
    assert Settings(bundle=bundle.path).bundle_place() == bundle.path


@pytest.fixture
def cgroup(tmp_path: Path) -> Path:
    (tmp_path / "pod" / "box").mkdir(parents=True)
    (tmp_path / "self").write_text("0::/pod/box\n")
    return tmp_path


def quota(cgroup: Path) -> float | None:
    return read_quota(process=cgroup / "self", tree=cgroup)


def test_the_smallest_quota_on_the_way_up_counts(cgroup: Path) -> None:
    assert quota(cgroup) is None
    (cgroup / "pod" / "box" / "cpu.max").write_text("max 100000\n")
    assert quota(cgroup) is None
    (cgroup / "pod" / "cpu.max").write_text("150000 100000\n")
    assert quota(cgroup) == 1.5
    assert count_processors(process=cgroup / "self", tree=cgroup) == 1


def test_a_quota_below_one_core_still_leaves_one(cgroup: Path) -> None:
    (cgroup / "pod" / "box" / "cpu.max").write_text("20000 100000\n")
    assert count_processors(process=cgroup / "self", tree=cgroup) == 1


def test_the_older_cgroups_are_read_too(tmp_path: Path) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("300000")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000")
    assert read_quota(process=tmp_path / "none", tree=tmp_path) == 3.0
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("-1")
    assert read_quota(process=tmp_path / "none", tree=tmp_path) is None


@pytest.mark.skipif(not hasattr(os, "setpriority"), reason="threads have a niceness on Linux alone")
def test_a_thread_gives_way_alone() -> None:
    found: list[int] = []

    def compute() -> None:
        give_way()
        found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    thread = threading.Thread(target=compute)
    thread.start()
    thread.join()
    assert found[0] > before or before == 19
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before
