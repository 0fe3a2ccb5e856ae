"""Reload: an administrator's changed profile answers without a restart; a broken one never replaces a good one."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from models.registry import Registry
from models.repack import repack
from service.reading import BundleReader
from tests.service.conftest import Doors, OpenDoors

ADMIN = "admin-key-of-this-test"
TEXT = {"text": "小区楼下烧烤店油烟太大"}
RULE = '\n[[rules]]\nid = "ours"\nwhen.words = ["烧烤"]\nthen.lead = "{}"\n'


def publish(registry: Registry, source: Path, folder: Path, *, version: str, lead: str) -> None:
    """A bundle of the source with one more rule, made current."""
    folder.mkdir()
    table = 'city = "试验市"\nversion = "1"\nfallback = "zwb"\n' + RULE.format(lead)
    (folder / "profile.toml").write_text(table, encoding="utf-8")
    made = repack(source, folder, version=version, target=registry.root / f"tiny-{version}")
    registry.promote(made.path.name)


def reload(doors: Doors) -> Any:
    return doors.post("/v1/models/reload", None, Authorization=f"Bearer {ADMIN}")


def test_a_changed_profile_answers_after_a_reload_and_a_broken_one_is_refused_with_its_line(
    tiny_bundle: Path, tmp_path: Path, open_doors: OpenDoors
) -> None:
    registry = Registry(tmp_path / "bundles")
    publish(registry, tiny_bundle, tmp_path / "a", version="1.1.0", lead="sthj")
    doors = open_doors(
        open_reader=BundleReader.open,
        registry=registry.root,
        admin_key_sha256=hashlib.sha256(ADMIN.encode()).hexdigest(),
    )
    assert doors.post("/v1/dispatch", TEXT).json()["lead"]["unit"] == "sthj"
    publish(registry, tiny_bundle, tmp_path / "b", version="1.2.0", lead="ga")
    assert doors.post("/v1/dispatch", TEXT).json()["lead"]["unit"] == "sthj"
    assert reload(doors).json()["model"] == "tiny@1.2.0"
    assert doors.post("/v1/dispatch", TEXT).json()["lead"]["unit"] == "ga"
    publish(registry, tiny_bundle, tmp_path / "c", version="1.3.0", lead="nobody")
    refused = reload(doors)
    assert refused.status_code == 409
    assert "profile.toml, line 8: rules[1].then.lead: 'nobody' is no unit" in refused.json()["detail"]
    assert doors.post("/v1/dispatch", TEXT).json()["lead"]["unit"] == "ga"
