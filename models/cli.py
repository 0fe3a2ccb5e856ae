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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0, or 1 with the reason on stderr."""
    parsed = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], None] = parsed.command
    try:
        command(parsed)
    except ModelError as error:
        sys.stderr.write(f"{error.code}: {error}\n")
        return 1
    return 0


def list_bundles(parsed: argparse.Namespace) -> None:
    """One line per bundle; the current one carries a star."""
    registry = Registry(parsed.root)
    names = registry.names()
    current = registry.current().name if registry.has_current() else None
    for name in names:
        manifest = read_manifest(registry.place(name))
        _say(f"{'*' if name == current else ' '} {name}  {manifest.precision}  {manifest.created_at:%Y-%m-%d %H:%M}")
    if not names:
        _say(f"{parsed.root} holds no bundle; run: suqiu-models add FOLDER")


def show_bundle(parsed: argparse.Namespace) -> None:
    """Heads, data and figures of a bundle."""
    manifest = read_manifest(_place(parsed))
    _say(f"{manifest.label}  {manifest.precision}  window {manifest.window}  created {manifest.created_at.isoformat()}")
    if manifest.training is not None:
        _say(f"trained on {manifest.training.rows} rows, sha256 {manifest.training.sha256[:12]}")
    for task in manifest.tasks:
        _say(f"  {task.name:12} {task.kind:7} {len(task.labels):4} labels  temperature {task.temperature:.3f}")
    for name, figure in manifest.metrics.items():
        _say(f"  {name:32} {figure.value:.4f}  [{figure.low:.4f}, {figure.high:.4f}]  n={figure.count}")


def verify_bundle(parsed: argparse.Namespace) -> None:
    """Open a bundle whole: hashes, shapes, canary."""
    predictor = Predictor.open(_place(parsed))
    _say(f"{predictor.bundle.manifest.label} is whole and answers its canary")


def add_bundle(parsed: argparse.Namespace) -> None:
    """Copy a bundle into the registry."""
    _say(f"added {Registry(parsed.root).add(parsed.folder).name}; run: suqiu-models promote NAME")


def repack_bundle(parsed: argparse.Namespace) -> None:
    """Add a bundle again with another city's files and a new version."""
    source = _place(parsed)
    target = parsed.root / f"{read_manifest(source).name}-{parsed.version}"
    repack(source, parsed.city, version=parsed.version, target=target)
    _say(f"added {target.name}; run: suqiu-models promote {target.name}")


def promote_bundle(parsed: argparse.Namespace) -> None:
    """Make a bundle current."""
    Registry(parsed.root).promote(parsed.name)
    _say(f"{parsed.name} is current; send SIGHUP to suqiu-serve to load it")


def roll_back(parsed: argparse.Namespace) -> None:
    """Make the bundle before current again."""
    _say(f"{Registry(parsed.root).rollback().name} is current again; send SIGHUP to suqiu-serve to load it")


def _place(parsed: argparse.Namespace) -> Path:
    folder = Path(parsed.name)
    return folder if folder.is_dir() else Registry(parsed.root).place(parsed.name)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="suqiu-models", description=__doc__)
    root = Path(os.environ.get("SUQIU_REGISTRY", "bundles"))
    parser.add_argument("--root", type=Path, default=root, help="folder of the registry (SUQIU_REGISTRY)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command in (("list", list_bundles), ("rollback", roll_back)):
        commands.add_parser(name, help=command.__doc__).set_defaults(command=command)
    for name, command in (("show", show_bundle), ("verify", verify_bundle), ("promote", promote_bundle)):
        added = commands.add_parser(name, help=command.__doc__)
        added.add_argument("name", help="a bundle of the registry" + ("" if name == "promote" else ", or a folder"))
        added.set_defaults(command=command)
    added = commands.add_parser("add", help=add_bundle.__doc__)
    added.add_argument("folder", type=Path, help="folder of a published bundle")
    added.set_defaults(command=add_bundle)
    added = commands.add_parser("repack", help=repack_bundle.__doc__)
    added.add_argument("name", help="a bundle of the registry, or a folder")
    added.add_argument("--city", type=Path, required=True, help="folder with the files to take over")
    added.add_argument("--version", required=True, help="version of the new bundle, for example 0.1.0-beijing")
    added.set_defaults(command=repack_bundle)
    return parser


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
