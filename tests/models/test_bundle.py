"""A bundle is whole, or it is not opened; a draft is published, or it leaves nothing behind."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import pytest

from models.bundle import Bundle, write_bundle
from models.errors import BundleError, CanaryError
from models.manifest import BundleManifest
from models.predictor import Predictor
from tests.tiny import write_tiny


@pytest.fixture
def copy(tiny_bundle: Path, tmp_path: Path) -> Path:
    """A bundle that a test may break."""
    return Path(shutil.copytree(tiny_bundle, tmp_path / "copy"))


def change_manifest(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Rewrite the manifest, and the hashes of the files as they are now."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    for name in manifest["files"]:
        if (folder / name).is_file():
            manifest["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")


def test_a_published_bundle_opens_and_answers_its_canary(tiny_bundle: Path) -> None:
    assert Predictor.open(tiny_bundle).bundle.manifest.label == "tiny@1.0.0"


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "taxonomy.json", "canary.json"])
def test_a_torn_file_is_named(copy: Path, name: str) -> None:
    file = copy / name
    file.write_bytes(file.read_bytes()[:-7])
    with pytest.raises(BundleError, match=name):
        Bundle.open(copy)


def test_a_missing_file_is_named(copy: Path) -> None:
    (copy / "tokenizer.json").unlink()
    with pytest.raises(BundleError, match=r"tokenizer\.json"):
        Bundle.open(copy)


def test_a_symlink_is_refused_even_to_the_same_bytes(copy: Path, tiny_bundle: Path) -> None:
    (copy / "model.onnx").unlink()
    (copy / "model.onnx").symlink_to(tiny_bundle / "model.onnx")
    with pytest.raises(BundleError, match="no plain file"):
        Bundle.open(copy)


@pytest.mark.parametrize("name", ["../secret", "/etc/hostname", "a/b", "..", "."])
def test_a_path_out_of_the_folder_is_refused(copy: Path, name: str) -> None:
    (copy.parent / "secret").write_text("x", encoding="utf-8")
    change_manifest(copy, lambda manifest: manifest["files"].update({name: "0" * 64}))
    with pytest.raises(BundleError, match="no plain file"):
        Bundle.open(copy)


@pytest.mark.parametrize(
    "change",
    [
        {"format_version": 2},
        {"text_version": "other"},
        {"surprise": 1},
        {"version": "new"},
        {"window": "128"},
        {"name": "../x"},
    ],
)
def test_a_manifest_of_another_kind_is_refused(copy: Path, change: dict[str, object]) -> None:
    change_manifest(copy, lambda manifest: manifest.update(change))
    with pytest.raises(BundleError, match=r"manifest\.json"):
        Bundle.open(copy)


def test_a_folder_without_a_manifest_and_a_torn_one_are_refused(copy: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        Bundle.open(tmp_path / "nowhere")
    (copy / "manifest.json").write_text('{"name": "ti', encoding="utf-8")
    with pytest.raises(BundleError):
        Bundle.open(copy)


def test_labels_that_do_not_fit_the_model_are_refused(copy: Path) -> None:
    def drop_label(manifest: dict[str, Any]) -> None:
        next(task for task in manifest["tasks"] if task["name"] == "emotion")["labels"].pop()

    change_manifest(copy, drop_label)
    with pytest.raises(BundleError, match="head 'emotion' has outputs"):
        Predictor.open(copy)


def test_a_tree_that_does_not_fit_the_model_is_refused(copy: Path) -> None:
    rows = json.loads((copy / "taxonomy.json").read_text(encoding="utf-8"))
    (copy / "taxonomy.json").write_text(json.dumps(rows[::-1]), encoding="utf-8")
    change_manifest(copy, lambda _: None)
    with pytest.raises(BundleError, match=r"taxonomy\.json"):
        Predictor.open(copy)


def test_another_tokenizer_is_refused(copy: Path) -> None:
    tokenizer = json.loads((copy / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer["model"]["vocab"]["新"] = len(tokenizer["model"]["vocab"])
    (copy / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    change_manifest(copy, lambda _: None)
    with pytest.raises(BundleError, match="tokens"):
        Predictor.open(copy)


def test_a_swapped_model_is_found_by_its_canary(copy: Path, tmp_path: Path) -> None:
    other = write_tiny(tmp_path / "other", seed=9)
    shutil.copyfile(other.path / "model.onnx", copy / "model.onnx")
    change_manifest(copy, lambda _: None)
    with pytest.raises(CanaryError, match="canary sentence"):
        Predictor.open(copy)


@pytest.mark.parametrize(
    "canary",
    [
        "{}",
        "[]",
        '{"tolerance": 0.05, "sent',
        '{"tolerance": 9, "sentences": [], "logits": []}',
        '{"tolerance": 9, "sentences": ["a"], "logits": [{}]}',
    ],
)
def test_a_canary_that_asks_nothing_is_refused(copy: Path, canary: str) -> None:
    (copy / "canary.json").write_text(canary, encoding="utf-8")
    change_manifest(copy, lambda _: None)
    with pytest.raises(CanaryError):
        Predictor.open(copy)


def test_a_model_that_is_no_model_is_refused(copy: Path) -> None:
    (copy / "model.onnx").write_bytes(b"pickle")
    change_manifest(copy, lambda _: None)
    with pytest.raises(BundleError, match=r"model\.onnx"):
        Predictor.open(copy)


def test_weights_in_another_file_are_refused(copy: Path) -> None:
    model = onnx.load(str(copy / "model.onnx"))
    onnx.save_model(model, str(copy / "model.onnx"), save_as_external_data=True, location="weights", size_threshold=0)
    change_manifest(copy, lambda _: None)
    with pytest.raises(BundleError, match="another file"):
        Predictor.open(copy)


def test_a_published_bundle_is_never_overwritten(tiny_bundle: Path) -> None:
    before = (tiny_bundle / "manifest.json").read_bytes()
    with pytest.raises(BundleError, match="exists"):
        write_tiny(tiny_bundle, version="9.0.0")
    assert (tiny_bundle / "manifest.json").read_bytes() == before


def test_a_failed_draft_leaves_nothing_behind(tmp_path: Path) -> None:
    def fail(draft: Path) -> BundleManifest:
        (draft / "model.onnx").write_bytes(b"half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_bundle(tmp_path / "new", fail)
    assert list(tmp_path.iterdir()) == []


def test_a_draft_that_a_check_refuses_is_never_seen(tiny_bundle: Path, tmp_path: Path) -> None:
    def fill(draft: Path) -> BundleManifest:
        (draft / "model.onnx").write_bytes(b"x")
        return Bundle.open(tiny_bundle).manifest

    def check(draft: Path) -> None:
        assert (draft / "manifest.json").is_file()
        raise BundleError("not for us")

    with pytest.raises(BundleError, match="not for us"):
        write_bundle(tmp_path / "new", fill, check=check)
    assert list(tmp_path.iterdir()) == []


def test_drafts_of_writers_that_were_killed_are_removed_by_the_next_one_and_no_others(tmp_path: Path) -> None:
    """A process that writes holds a lock on its draft; one that was killed holds nothing."""
    killed, held, fresh, notes = (tmp_path / f".draft-x-{end}" for end in ("0" * 8, "1" * 8, "2" * 8, "notes"))
    for draft in (killed, held, fresh, notes):
        draft.mkdir()
        (draft / "model.onnx").write_bytes(b"half")
    for draft in (killed, held, notes):
        os.utime(draft, (1, 1))
    lock = os.open(held, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        write_tiny(tmp_path / "new")
    finally:
        os.close(lock)
    assert sorted(folder.name for folder in tmp_path.iterdir()) == [held.name, fresh.name, notes.name, "new"]


def test_a_digest_in_capitals_is_the_same_digest(copy: Path) -> None:
    def shout(manifest: dict[str, Any]) -> None:
        manifest["files"] = {name: digest.upper() for name, digest in manifest["files"].items()}

    change_manifest(copy, shout)
    assert Bundle.open(copy).manifest.label == "tiny@1.0.0"
