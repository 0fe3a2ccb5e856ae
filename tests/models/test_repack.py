"""A city changes its files under a new version; the model and the old bundle stay as they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import models
from models.bundle import Bundle, sha256_of
from models.errors import BundleError
from models.repack import repack


def test_the_city_s_file_is_in_the_new_bundle_and_not_in_the_old_one(tiny_bundle: Path, tmp_path: Path) -> None:
    city = tmp_path / "city"
    city.mkdir()
    (city / "form.toml").write_text("# ours\n", encoding="utf-8")
    before = sha256_of(tiny_bundle / "manifest.json")
    made = repack(tiny_bundle, city, version="9.9.9-ours", target=tmp_path / "made")
    assert Bundle.open(made.path).file("form.toml").read_text(encoding="utf-8") == "# ours\n"
    assert made.manifest.version == "9.9.9-ours"
    assert sha256_of(made.path / "model.onnx") == sha256_of(tiny_bundle / "model.onnx")
    assert sha256_of(tiny_bundle / "manifest.json") == before


def test_a_folder_without_city_files_is_refused(tiny_bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="holds none of"):
        repack(tiny_bundle, tmp_path, version="1.0.0", target=tmp_path / "made")
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("name", "meant"),
    [("profle.toml", "profile.toml"), ("divisions.tsv", "divisions.tsv.gz"), ("place.tsv", "places.tsv")],
)
def test_a_misspelt_file_is_named_instead_of_left_out(tiny_bundle: Path, tmp_path: Path, name: str, meant: str) -> None:
    (tmp_path / "form.toml").write_text("", encoding="utf-8")
    (tmp_path / name).write_text("", encoding="utf-8")
    with pytest.raises(BundleError, match=f"{name} would not be read; call it {meant},"):
        repack(tiny_bundle, tmp_path, version="1.0.0", target=tmp_path / "made")


def test_notes_and_old_copies_may_stand_in_the_folder(tiny_bundle: Path, tmp_path: Path) -> None:
    for name in ("form.toml", "form-old.toml", "README.md", ".form.toml.swp", "notes.txt"):
        (tmp_path / name).write_text("", encoding="utf-8")
    assert repack(tiny_bundle, tmp_path, version="1.0.1", target=tmp_path / "made").holds("form.toml")


def test_a_malformed_version_is_said_before_anything_is_written(tiny_bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "form.toml").write_text("", encoding="utf-8")
    with pytest.raises(BundleError, match="version '2026-11' is not of the form"):
        repack(tiny_bundle, tmp_path, version="2026-11", target=tmp_path / "made")


def test_a_history_of_returned_orders_comes_along(tiny_bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "returns.toml").write_text('version = "1"\nsent = 1\nreturned = 0\n', encoding="utf-8")
    assert repack(tiny_bundle, tmp_path, version="1.0.1", target=tmp_path / "made").holds("returns.toml")


def write_tree(folder: Path, rows: list[dict[str, Any]]) -> None:
    (folder / "form.toml").write_text("", encoding="utf-8")
    (folder / "taxonomy.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows[0].update(code="080199"),
        lambda rows: rows[0]["path"].__setitem__(2, "油烟"),
        lambda rows: rows.pop(),
        lambda rows: rows.append({"code": "990101", "path": ["其他", "其他", "其他"]}),
    ],
)
def test_a_tree_that_only_training_could_bring_into_force_is_refused(
    tiny_bundle: Path, tmp_path: Path, change: Callable[[list[dict[str, Any]]], None]
) -> None:
    rows = json.loads((tiny_bundle / "taxonomy.json").read_text(encoding="utf-8"))
    change(rows)
    write_tree(tmp_path, rows)
    with pytest.raises(BundleError, match=r"1 leaves differ|2 leaves differ"):
        repack(tiny_bundle, tmp_path, version="1.0.1", target=tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_the_same_tree_with_other_definitions_and_in_another_order_is_no_hindrance(
    tiny_bundle: Path, tmp_path: Path
) -> None:
    rows = json.loads((tiny_bundle / "taxonomy.json").read_text(encoding="utf-8"))
    write_tree(tmp_path, [{**row, "definition": "路边的灯不亮"} for row in reversed(rows)])
    made = repack(tiny_bundle, tmp_path, version="1.0.1", target=tmp_path / "made")
    assert sha256_of(made.path / "taxonomy.json") == sha256_of(tiny_bundle / "taxonomy.json")


def test_the_shipped_city_folder_goes_onto_the_shipped_bundle(tmp_path: Path) -> None:
    store = Path(next(iter(models.__path__))) / "store"
    assert repack(store / "default", store / "city", version="9.0.0", target=tmp_path / "made").holds("profile.toml")


def test_the_model_card_tells_of_both_bundles(tmp_path: Path) -> None:
    shipped = Path(next(iter(models.__path__))) / "store" / "default"
    (tmp_path / "form.toml").write_text("", encoding="utf-8")
    carded = repack(shipped, tmp_path, version="9.0.0", target=tmp_path / "made")
    first, _, told = carded.file("MODEL_CARD.md").read_text(encoding="utf-8").splitlines()[:3]
    assert first == f"# {carded.manifest.label}"
    assert Bundle.open(shipped).manifest.label in told
