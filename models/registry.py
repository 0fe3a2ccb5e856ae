"""Registry: a folder of bundles and a note of which one is current. A bad bundle never replaces a good one."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from models.bundle import MANIFEST, Bundle, Check, write_bundle
from models.errors import BundleError
from models.lock import locked
from models.manifest import BundleManifest
from models.predictor import Predictor

_POINTER = "current.json"


@dataclass(frozen=True, slots=True)
class Removed:
    """What a removal freed, and the bundle that a rollback leads to now, if any."""

    name: str
    bytes: int
    before: str | None


@dataclass(frozen=True, slots=True)
class Registry:
    """Bundles stand in `root/<name>-<version>`; `root/current.json` names the current one and those before it."""

    root: Path

    def add(self, source: Path) -> Path:
        """Copy a bundle in, verified; returns its place. Errors: BundleError."""
        bundle = Bundle.open(source)
        target = self.root / bundle.manifest.folder

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
        """Folder of the bundle of that name, said as `name-version` or as replies have it, `name@version`.

        Errors: BundleError where the registry does not hold it.
        """
        folder, names = name.replace("@", "-"), self.names()
        if folder not in names:
            near = get_close_matches(folder, names, n=1)
            hint = f"did you mean {near[0]}?" if near else f"run: {self.command('list')}"
            raise BundleError(f"{self.root} holds no bundle '{name}'; {hint}")
        return self.root / folder

    def has_current(self) -> bool:
        """Whether a bundle was promoted."""
        return bool(self.history())

    def current(self) -> Path:
        """The current bundle. Errors: BundleError where none was promoted yet, or it is gone."""
        history = self.history()
        if not history:
            raise BundleError(f"{self.root} has no current bundle; run: {self.command('promote NAME')}")
        if history[-1] not in self.names():
            raise BundleError(
                f"{history[-1]}, the current bundle, is no longer in {self.root}; put it back, or promote another by "
                f"name: {self.command('promote NAME')}"
            )
        return self.place(history[-1])

    def promote(self, name: str, *, check: Check = lambda place: None) -> Path:
        """Make a bundle current after opening it whole, canary included, and if `check` has nothing against it.

        Errors: BundleError; nothing changes then.
        """
        with self._alone():
            place = self.place(name)
            Predictor.open(place)
            check(place)
            self._write([*self.history(), place.name])
        return place

    def rollback(self, *, skip_removed: bool = False, check: Check = lambda place: None) -> Path:
        """Go back to the bundle that was current before; with `skip_removed` to the newest of them that is still there.

        Errors: BundleError where there is none, it is gone, or it is no good any more; nothing changes then.
        """
        with self._alone():
            history = self._history_before(skip_removed=skip_removed)
            place = self.place(history[-1])
            Predictor.open(place)
            check(place)
            self._write(history)
        return place

    def _history_before(self, *, skip_removed: bool) -> list[str]:
        """What the note says after a rollback. Errors: BundleError."""
        history = self.history()
        if len(history) < 2:
            raise BundleError(f"{self.root} knows no earlier bundle; promote one by name")
        held = self.names()
        left = [place for place, name in enumerate(history[:-1]) if name in held and name != history[-1]]
        by_name = self.command("promote NAME")
        if not left:
            raise BundleError(
                f"of the bundles that were current before {history[-1]}, none is left in {self.root}; promote one by "
                f"name: {by_name}"
            )
        if history[-2] not in held and not skip_removed:
            raise BundleError(
                f"{history[-2]}, current before {history[-1]}, is no longer in {self.root}; the newest before it that "
                f"is there is {history[left[-1]]}: {self.command('rollback --skip-removed')}, or promote one by name: "
                f"{by_name}"
            )
        return history[: left[-1] + 1]

    def remove(self, name: str, *, force: bool = False) -> Removed:
        """Delete a bundle; the one that a rollback would lead to only with `force`, the current one never.

        Errors: BundleError; nothing changes then.
        """
        with self._alone():
            place, history = self.place(name), self.history()
            if history[-1:] == [place.name]:
                raise BundleError(f"{place.name} is current; promote another before it is removed, or roll back")
            if history[-2:-1] == [place.name] and not force:
                raise BundleError(
                    f"{place.name} is what a rollback leads to; if you will not need it: "
                    f"{self.command(f'remove {place.name} --force')}"
                )
            freed = self._delete(place)
            if place.name in history:
                self._write([one for one in history if one != place.name])
            return Removed(place.name, freed, next(iter(self.history()[-2:-1]), None))

    def _delete(self, place: Path) -> int:
        """Take a bundle away, and what a removal that was killed has left; the bytes that are free now."""
        # Out of sight at once: who opens a bundle finds it whole or not at all.
        aside = place.rename(self.root / f".removed-{place.name}.{os.getpid()}")
        if aside.is_symlink():  # the folder that it leads to is not the registry's
            aside.unlink()
            return 0
        size = _bytes_in(aside)
        for left in self.root.glob(".removed-*"):
            shutil.rmtree(left, ignore_errors=True)  # NFS keeps files that a service has open; the next removal goes on
        return size - _bytes_in(aside)

    def history(self) -> list[str]:
        """Names of the bundles that were made current, the current one last. Errors: BundleError for a torn note."""
        pointer = self.root / _POINTER
        if not pointer.exists():
            return []
        try:
            return [str(name) for name in json.loads(pointer.read_text(encoding="utf-8"))["history"]]
        except (ValueError, KeyError, TypeError) as error:
            raise BundleError(f"{pointer} is torn; delete it and promote a bundle by name") from error

    def command(self, words: str) -> str:
        """A command on this registry, as one types it."""
        return f"suqiu-models --root {shlex.quote(str(self.root))} {words}"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One command at a time: nobody removes what another is about to promote."""
        if not self.root.is_dir():
            yield  # there is nothing to change, which whoever looks for it says
            return
        with locked(self.root, wait=True):
            yield

    def _write(self, history: Sequence[str]) -> None:
        """Write the note; of a bundle that follows itself one mention stays."""
        told = [name for place, name in enumerate(history) if history[:place][-1:] != [name]]
        draft = self.root / f".{_POINTER}.{os.getpid()}"
        with draft.open("w", encoding="utf-8") as stream:
            json.dump({"history": told}, stream)
            stream.flush()
            os.fsync(stream.fileno())
        draft.rename(self.root / _POINTER)


def _bytes_in(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
