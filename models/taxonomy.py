"""Taxonomy: the category tree and the units that tickets are dispatched to, as a bundle carries them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.errors import BundleError


@dataclass(frozen=True, slots=True)
class Category:
    """A leaf of the tree: its code, the names from the top down, and what belongs there, in a sentence, if given."""

    code: str
    path: tuple[str, ...]
    definition: str = ""


@dataclass(frozen=True)
class Taxonomy:
    """The leaves in the order of the category head's logits."""

    categories: tuple[Category, ...]

    @classmethod
    def open(cls, path: Path) -> Taxonomy:
        """Read `taxonomy.json`: a list of {code, path} or {code, path, definition}."""
        try:
            rows = json.loads(path.read_text(encoding="utf-8"))
            leaves = tuple(
                Category(str(row["code"]), tuple(map(str, row["path"])), str(row.get("definition", ""))) for row in rows
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BundleError(f"{path.name}: each entry needs 'code' and 'path' ({error}); write it again") from error
        return cls(leaves)

    @cached_property
    def by_code(self) -> Mapping[str, Category]:
        """Leaves by code."""
        return {category.code: category for category in self.categories}

    def level(self, depth: int) -> Level:
        """The tree cut at `depth` names from the top (1 = first level)."""
        names = [category.path[:depth] for category in self.categories]
        ordered = list(dict.fromkeys(names))
        place = {name: index for index, name in enumerate(ordered)}
        return Level(tuple(ordered), np.array([place[name] for name in names], dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Level:
    """Nodes of one depth, and the node that each leaf belongs to.  Shape: parent (leaves,)."""

    nodes: tuple[tuple[str, ...], ...]
    parent: npt.NDArray[np.int64]

    def sum(self, scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Scores of the nodes: a parent's is the sum of its leaves'.  Shape: (…, leaves) → (…, nodes)."""
        member = np.zeros((len(self.parent), len(self.nodes)), dtype=np.float32)
        member[np.arange(len(self.parent)), self.parent] = 1
        return scores @ member


@dataclass(frozen=True, slots=True)
class Department:
    """A unit that can be handed a ticket."""

    id: str
    name: str
    tier: str
    aliases: tuple[str, ...] = ()


def open_departments(path: Path) -> dict[str, Department]:
    """Read `departments.json`: a list of {id, name, tier, aliases}."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        units = [Department(r["id"], r["name"], r["tier"], tuple(r.get("aliases", ()))) for r in rows]
    except (ValueError, KeyError, TypeError) as error:
        raise BundleError(f"{path.name}: each entry needs 'id', 'name', 'tier' ({error}); write it again") from error
    return {unit.id: unit for unit in units}
