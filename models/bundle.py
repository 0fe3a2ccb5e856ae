"""Bundle: a folder with a model and all it needs, immutable once published. Opened with checks, written by renaming."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from models.errors import BundleError
from models.lock import locked
from models.manifest import BundleManifest
from models.taxonomy import Department, Taxonomy, open_departments

Check = Callable[[Path], None]  # looks at the folder of a bundle; raises BundleError where it is no good

MANIFEST = "manifest.json"
REQUIRED = ("model.onnx", "tokenizer.json", "taxonomy.json", "departments.json", "canary.json")
_DRAFTS = ".draft-*-" + "[0-9a-f]" * 8
_FRESH_SECONDS = 3600  # a draft that is younger may be a writer's that has no lock yet, or one of another machine's


def sha256_of(path: Path) -> str:
    """Hex digest of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@dataclass(frozen=True)
class Bundle:
    """A bundle whose files were found to be the ones that were published."""

    path: Path
    manifest: BundleManifest

    @classmethod
    def open(cls, path: Path) -> Bundle:
        """Verify format, file list and every hash.

        Errors: BundleError naming the file, what is wrong with it, and what to do.
        """
        manifest = read_manifest(path)
        for name in REQUIRED:
            if name not in manifest.files:
                raise BundleError(f"{path.name}/{MANIFEST} does not list {name}; publish the bundle again")
        for name, digest in manifest.files.items():
            file = _inside(path, name)
            if sha256_of(file) != digest:
                raise BundleError(f"{path.name}/{name} is not the file that was published; copy the bundle again")
        return cls(path, manifest)

    def file(self, name: str) -> Path:
        """Path of one of the bundle's files. Errors: BundleError where the manifest does not list it."""
        if name not in self.manifest.files:
            raise BundleError(f"bundle {self.manifest.label} has no {name}; publish it with one")
        return self.path / name

    def holds(self, name: str) -> bool:
        """Whether the bundle has a file of that name."""
        return name in self.manifest.files

    @cached_property
    def taxonomy(self) -> Taxonomy:
        """The category tree, leaves in logit order."""
        return Taxonomy.open(self.file("taxonomy.json"))

    @cached_property
    def departments(self) -> dict[str, Department]:
        """Units by id."""
        return open_departments(self.file("departments.json"))


def read_manifest(path: Path) -> BundleManifest:
    """Parse a bundle's manifest. Errors: BundleError."""
    try:
        text = (path / MANIFEST).read_text(encoding="utf-8")
    except OSError as error:
        raise BundleError(f"{path} holds no readable {MANIFEST}; name a folder that suqiu-train wrote") from error
    try:
        return BundleManifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BundleError(f"{path.name}/{MANIFEST}: {place}: {first['msg']}; export again with this version") from error


def write_bundle(target: Path, fill: Callable[[Path], BundleManifest], *, check: Check = lambda draft: None) -> Bundle:
    """Let `fill` write all files into a draft folder, add their hashes to the manifest, and rename the draft.

    A reader sees the whole bundle or none. `check` is shown the draft when all is in it. Errors: BundleError if
    `target` exists; what `fill` or `check` raises, with the draft removed.
    """
    if target.exists():
        raise BundleError(f"{target} exists, and a published bundle never changes; choose another version")
    target.parent.mkdir(parents=True, exist_ok=True)
    _sweep(target.parent)
    draft = target.parent / f".draft-{target.name}-{uuid.uuid4().hex[:8]}"
    draft.mkdir()
    try:
        with locked(draft):
            manifest = fill(draft)
            files = {file.name: sha256_of(file) for file in sorted(draft.iterdir()) if file.name != MANIFEST}
            complete = BundleManifest.model_validate({**manifest.model_dump(), "files": files})
            text = json.dumps(complete.model_dump(mode="json"), ensure_ascii=False, indent=1)
            (draft / MANIFEST).write_text(text + "\n", encoding="utf-8")
            check(draft)
            for file in draft.iterdir():
                _flush(file)
            os.rename(draft, target)
            _flush(target.parent)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return Bundle(target, complete)


def _sweep(folder: Path) -> None:
    """Remove the drafts of writers that were killed: nobody holds them, and nobody has touched them for an hour."""
    for draft in folder.glob(_DRAFTS):
        # Held, swept by another already, or no folder: let it be.
        with suppress(OSError):
            if time.time() - draft.stat().st_mtime < _FRESH_SECONDS:
                continue
            with locked(draft) as ours:
                if ours:
                    shutil.rmtree(draft)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _inside(path: Path, name: str) -> Path:
    file = path / name
    if Path(name).name != name or file.is_symlink() or not file.is_file():
        raise BundleError(f"{path.name}/{name} is no plain file of the bundle; copy the bundle again")
    return file
