"""suqiu-models: what a registry holds, and which bundle is current."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from models.bundle import read_manifest
from models.errors import ModelError
from models.predictor import Predictor
from models.registry import Registry
from models.repack import repack
from models.trial import can_serve, try_city

_LOAD = "send SIGHUP to suqiu-serve to load it"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0, or 1 with the reason on stderr."""
    parsed = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], None] = parsed.command
    try:
        command(parsed)
    except ModelError as error:
        sys.stderr.write(f"{error.code}: {error}\n")
        return 1
    except OSError as error:
        place, fact = error.filename or parsed.root, error.strerror or type(error).__name__
        remedy = "see who may read and write there, and whether there is room, and run it again"
        sys.stderr.write(f"{place}: {fact}; {remedy}\n")
        return 1
    return 0


def list_bundles(parsed: argparse.Namespace) -> None:
    """One line per bundle; the current one carries a star."""
    registry = Registry(parsed.root)
    names, history = registry.names(), registry.history()
    for name in names:
        mark = "*" if history[-1:] == [name] else " "
        try:
            manifest = read_manifest(registry.place(name))
        except ModelError as error:  # the others are still worth a line
            _say(f"{mark} {name}  cannot be read: {error}")
            continue
        _say(f"{mark} {name}  {manifest.precision}  {manifest.created_at:%Y-%m-%d %H:%M}")
    if not names:
        _say(f"{parsed.root} holds no bundle; run: {registry.command('add FOLDER')}")
    if gone := [name for name in dict.fromkeys(reversed(history)) if name not in names]:
        sys.stderr.write(f"no longer in {parsed.root}, but current once: {', '.join(gone)}\n")
    if history and history[-1] in gone:
        sys.stderr.write(
            f"{history[-1]} is the current bundle: put it back, or promote another before the service loads again: "
            f"{registry.command('promote NAME')}\n"
        )


def show_bundle(parsed: argparse.Namespace) -> None:
    """Heads, data and figures of a bundle."""
    manifest = read_manifest(_place(parsed))
    _say(
        f"{manifest.folder}  {manifest.precision}  window {manifest.window}  created {manifest.created_at.isoformat()}"
    )
    if manifest.training is not None:
        _say(f"trained on {manifest.training.rows} rows, sha256 {manifest.training.sha256[:12]}")
    for task in manifest.tasks:
        _say(f"  {task.name:12} {task.kind:7} {len(task.labels):4} labels  temperature {task.temperature:.3f}")
    for name, figure in manifest.metrics.items():
        _say(f"  {name:32} {figure.value:.4f}  [{figure.low:.4f}, {figure.high:.4f}]  n={figure.count}")


def verify_bundle(parsed: argparse.Namespace) -> None:
    """Open a bundle whole, as the service does: hashes, shapes, canary, city files."""
    place = _place(parsed)
    predictor = Predictor.open(place)
    _check(place)
    _say(f"{predictor.bundle.manifest.folder} is whole and answers its canary")


def add_bundle(parsed: argparse.Namespace) -> None:
    """Copy a bundle into the registry."""
    registry = Registry(parsed.root)
    name = registry.add(parsed.folder).name
    _say(f"added {name}; run: {registry.command(f'promote {name}')}")


def repack_bundle(parsed: argparse.Namespace) -> None:
    """Add a bundle again with another city's files and a new version."""
    source = _place(parsed)
    target = parsed.root / f"{read_manifest(source).name}-{parsed.version}"
    repack(source, parsed.city, version=parsed.version, target=target, check=_check)
    _say(f"added {target.name}; run: {Registry(parsed.root).command(f'promote {target.name}')}")


def promote_bundle(parsed: argparse.Namespace) -> None:
    """Make a bundle current, if the service would load it."""
    _say(f"{Registry(parsed.root).promote(parsed.name, check=_check).name} is current; {_LOAD}")


def roll_back(parsed: argparse.Namespace) -> None:
    """Make the bundle before current again."""
    place = Registry(parsed.root).rollback(skip_removed=parsed.skip_removed, check=_check)
    _say(f"{place.name} is current again; {_LOAD}")


def remove_bundle(parsed: argparse.Namespace) -> None:
    """Delete a bundle from the registry; never the current one."""
    removed = Registry(parsed.root).remove(parsed.name, force=parsed.force)
    way = f"a rollback leads to {removed.before}" if removed.before else "there is no bundle to roll back to"
    _say(f"removed {removed.name}: {removed.bytes / 1e6:,.1f} MB are free; {way}")


def _place(parsed: argparse.Namespace) -> Path:
    folder = Path(parsed.name)
    return folder if folder.is_dir() else Registry(parsed.root).place(parsed.name)


def _check(place: Path) -> None:
    """What only the service can tell. Where it is not installed that is said, not passed over."""
    if can_serve():
        try_city(place)
    else:
        sys.stderr.write(
            "its city files (profile, form, places, signals) were not looked at: the service is not installed here; "
            "pip install 'suqiu[serve]', or run suqiu-models verify where it is\n"
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="suqiu-models", description=__doc__)
    root = Path(os.environ.get("SUQIU_REGISTRY", "bundles"))
    parser.add_argument("--root", type=Path, default=root, help="folder of the registry (SUQIU_REGISTRY)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Callable[[argparse.Namespace], None]) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=command.__doc__)
        added.set_defaults(command=command)
        return added

    add("list", list_bundles)
    for name, command in (("show", show_bundle), ("verify", verify_bundle)):
        add(name, command).add_argument("name", help="a bundle of the registry, or a folder")
    add("add", add_bundle).add_argument("folder", type=Path, help="folder of a published bundle")
    repacked = add("repack", repack_bundle)
    repacked.add_argument("name", help="a bundle of the registry, or a folder")
    repacked.add_argument("--city", type=Path, required=True, help="folder with the files to take over")
    repacked.add_argument("--version", required=True, help="version of the new bundle, for example 0.1.0-beijing")
    add("promote", promote_bundle).add_argument("name", help="a bundle of the registry")
    back = add("rollback", roll_back)
    told = "go past bundles that were removed from the folder to the newest that is there"
    back.add_argument("--skip-removed", action="store_true", help=told)
    removed = add("remove", remove_bundle)
    removed.add_argument("name", help="a bundle of the registry")
    removed.add_argument("--force", action="store_true", help="also the one that a rollback leads to")
    return parser


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
