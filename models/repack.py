"""Repack: a published bundle with another city's files, under a new version. The model stays as it is.

The way in which an administrator changes rules, gazetteer, form or the names of units without retraining: a bundle is
hashed file by file and never edited in place.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError

from models.bundle import Bundle, Check, write_bundle
from models.errors import BundleError
from models.manifest import BundleManifest
from models.taxonomy import Taxonomy

CITY_FILES = (
    "choice.json",
    "departments.json",
    "divisions.tsv.gz",
    "form.toml",
    "headings.toml",
    "places.tsv",
    "profile.toml",
    "returns.toml",
    "signals.toml",
)
_TREE = "taxonomy.json"


def files_of_city(city: Path) -> list[str]:
    """Those of the files that a city folder holds.

    Errors: BundleError for one that is called nearly like a file that is missing: it would be left out without a word.
    """
    held = {file.name for file in city.iterdir()} if city.is_dir() else set()
    for name in sorted(held - {*CITY_FILES, _TREE}):
        for meant in get_close_matches(name, {*CITY_FILES, _TREE} - held, n=1, cutoff=0.8):
            raise BundleError(f"{city / name} would not be read; call it {meant}, or take it out of the folder")
    return [name for name in CITY_FILES if name in held]


def repack(source: Path, city: Path, *, version: str, target: Path, check: Check = lambda draft: None) -> Bundle:
    """Write `source` with those files of `city` that it holds, if `check` has nothing against what comes of it.

    The category tree is tied to the model's outputs and is not taken over. Errors: BundleError where the source is
    not whole, the city folder holds none of the files or another tree, the version is malformed, or the target exists.
    """
    bundle = Bundle.open(source)
    _check_tree(bundle, city)
    taken = files_of_city(city)
    if not taken:
        raise BundleError(f"{city} holds none of {', '.join(CITY_FILES)}; name a folder like models/store/city")
    try:
        manifest = BundleManifest.model_validate(
            {
                **bundle.manifest.model_dump(),
                "version": version,
                "created_at": datetime.now(UTC).replace(microsecond=0),
            }
        )
    except ValidationError as error:
        raise BundleError(f"version '{version}' is not of the form 1.2.3 or 1.2.3-name; write it so") from error

    def fill(draft: Path) -> BundleManifest:
        for name in bundle.manifest.files:
            shutil.copyfile(source / name, draft / name)
        for name in taken:
            shutil.copyfile(city / name, draft / name)
        card = draft / "MODEL_CARD.md"
        if card.is_file():
            own, old = f"# {manifest.label}\n", f"# {bundle.manifest.label}\n"
            told = f"{own}\nThe model of {bundle.manifest.label} with other city files.\n"
            card.write_text(card.read_text(encoding="utf-8").replace(old, told, 1), encoding="utf-8")
        return manifest

    return write_bundle(target, fill, check=check)


def _check_tree(bundle: Bundle, city: Path) -> None:
    """Refuse a tree that would not be in force. Other definitions do no harm: only training learns from them."""
    place = city / _TREE
    if not place.is_file():
        return
    theirs, ours = (
        {leaf.code: leaf.path for leaf in tree.categories} for tree in (Taxonomy.open(place), bundle.taxonomy)
    )
    if changed := sorted(code for code in theirs.keys() | ours.keys() if theirs.get(code) != ours.get(code)):
        raise BundleError(
            f"{place} is another tree than that of {bundle.manifest.label}: {len(changed)} leaves differ, the first is "
            f"{changed[0]}; the model answers by its own tree: train with yours, or take the file out of the folder"
        )
