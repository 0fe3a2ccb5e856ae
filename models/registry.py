"""Registry: a folder of bundles and a note of which one is current. A bad bundle never replaces a good one."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from models.bundle import MANIFEST, Bundle, write_bundle
from models.errors import BundleError
from models.manifest import BundleManifest
from models.predictor import Predictor

_POINTER = "current.json"


@dataclass(frozen=True, slots=True)
class Registry:
    """Bundles stand in `root/<name>-<version>`; `root/current.json` names the current one and those before it."""

    root: Path

    def add(self, source: Path) -> Path:
        """Copy a bundle in, verified; returns its place. Errors: BundleError."""
        bundle = Bundle.open(source)
        target = self.root / f"{bundle.manifest.name}-{bundle.manifest.version}"

        def fill(draft: Path) -> BundleManifest:
            for name in bundle.manifest.files:
                shutil.copyfile(source / name, draft / name)
            return bundle.manifest

        return write_bundle(target, fill).path

    def names(self) -> list[str]:
        """Folders that hold a manifest, sorted."""
        if not self.root.is_dir():
            return []
        folders = (folder for folder in self.root.iterdir() if not folder.name.startswith("."))
        return sorted(folder.name for folder in folders if (folder / MANIFEST).is_file())

    def place(self, name: str) -> Path:
        """Folder of the bundle of that name. Errors: BundleError where the registry does not hold it."""
        if name not in self.names():
            raise BundleError(f"{self.root} holds no bundle '{name}'; run: suqiu-models list")
        return self.root / name

    def has_current(self) -> bool:
        """Whether a bundle was promoted."""
        return bool(self._history())

    def current(self) -> Path:
        """The current bundle. Errors: BundleError where none was promoted yet."""
        history = self._history()
        if not history:
            raise BundleError(f"{self.root} has no current bundle; run: suqiu-models promote NAME")
        return self.place(history[-1])

    def promote(self, name: str) -> None:
        """Make a bundle current after opening it whole, canary included. Errors: BundleError; nothing changes then."""
        Predictor.open(self.place(name))
        history = self._history()
        if history[-1:] != [name]:
            self._write([*history, name])

    def rollback(self) -> Path:
        """Go back to the bundle that was current before. Errors: BundleError where there was none."""
        history = self._history()
        if len(history) < 2:
            raise BundleError(f"{self.root} knows no earlier bundle; promote one by name")
        Predictor.open(self.place(history[-2]))
        self._write(history[:-1])
        return self.current()

    def _history(self) -> list[str]:
        pointer = self.root / _POINTER
        if not pointer.exists():
            return []
        try:
            return [str(name) for name in json.loads(pointer.read_text(encoding="utf-8"))["history"]]
        except (ValueError, KeyError, TypeError) as error:
            raise BundleError(f"{pointer} is torn; delete it and promote a bundle by name") from error

    def _write(self, history: list[str]) -> None:
        draft = self.root / f".{_POINTER}.{os.getpid()}"
        with draft.open("w", encoding="utf-8") as stream:
            json.dump({"history": history}, stream)
            stream.flush()
            os.fsync(stream.fileno())
        draft.rename(self.root / _POINTER)
