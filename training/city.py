"""City: the files of a city that go into a bundle, and what the service says of them before hours are spent."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from models.bundle import MANIFEST, sha256_of
from models.manifest import BundleManifest, TaskSpec
from models.repack import files_of_city
from models.taxonomy import Taxonomy
from models.trial import try_city
from training.config import ConfigError, TrainConfig
from training.labels import Labels


def find_city(config: TrainConfig) -> Path:
    """The city's folder. Errors: ConfigError where it, its tree or its units are not there."""
    city = config.folder_of_city()
    for name in ("taxonomy.json", "departments.json"):
        if not (city / name).is_file():
            raise ConfigError(f"city {city} holds no {name}; copy models/store/city and replace what differs")
    return city


def gather_city(folder: Path, *, config: TrainConfig, labels: Labels) -> None:
    """Write the tree and the city's files into `folder`. Errors: BundleError for a file whose name is misspelt."""
    city = find_city(config)
    write_taxonomy(labels.taxonomy, folder / "taxonomy.json")
    own_tree = labels.taxonomy.by_code.keys() != Taxonomy.open(city / "taxonomy.json").by_code.keys()
    for name in files_of_city(city):
        # The rules of any city speak of the standard's categories; the service has them for bundles without their own.
        if not (own_tree and config.city == "default" and name == "profile.toml"):
            shutil.copyfile(city / name, folder / name)


def write_taxonomy(taxonomy: Taxonomy, target: Path) -> None:
    """`taxonomy.json`, leaves in logit order."""
    rows = [
        {"code": one.code, "path": one.path, **({"definition": one.definition} if one.definition else {})}
        for one in taxonomy.categories
    ]
    target.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


def check_city(config: TrainConfig, labels: Labels, tasks: Sequence[TaskSpec]) -> None:
    """Let the service read the city's files as it will find them in the bundle. Errors: RefusedError, BundleError."""
    with TemporaryDirectory(prefix="suqiu-city-") as place:
        folder = Path(place)
        gather_city(folder, config=config, labels=labels)
        manifest = BundleManifest(
            name=config.name,
            version=config.version,
            created_at=datetime.now(UTC),
            window=16,  # what the model will be is not known yet, and not looked at
            vocabulary=1,
            tasks=tuple(tasks),
            files={file.name: sha256_of(file) for file in folder.iterdir()},
        )
        (folder / MANIFEST).write_text(manifest.model_dump_json(), encoding="utf-8")
        try_city(folder)
