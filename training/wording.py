"""Wording: how an export calls categories and units → the codes and ids of the city's files.

A leaf of the tree is known by its code, its path (城乡建设/街面秩序/露天烧烤), or the end of it where no other leaf ends
so; a unit by its id, its name or an alias. What nobody knows stays as it stands and is counted: no head learns from it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

from evaluation.labelled import LabelledDocument
from evaluation.units import UnitNames
from models.taxonomy import Taxonomy, open_departments
from training.config import TrainConfig
from training.dataset import Example
from training.heads import HeadSpec

_LEVELS = re.compile(r"\s*(?:[/\\>＞→|]|-{1,2}>?|—+)\s*")


@dataclass(frozen=True)
class Wording:
    """The city's tree, None where the classes of the data are the tree, and its units."""

    taxonomy: Taxonomy | None
    units: UnitNames

    @classmethod
    def open(cls, config: TrainConfig) -> Wording:
        """Read the city's files. Errors: BundleError."""
        folder = config.folder_of_city()
        own = any(head.kind == "tree" and head.taxonomy == "data" for head in config.heads)
        taxonomy = None if own else Taxonomy.open(folder / "taxonomy.json")
        return cls(taxonomy, UnitNames(open_departments(folder / "departments.json")))

    def reword(self, examples: Iterable[Example]) -> list[Example]:
        """The same examples with codes and ids wherever the city's files know the name."""
        return [replace(example, labelled=self._reword(example.labelled)) for example in examples]

    def _reword(self, labelled: LabelledDocument) -> LabelledDocument:
        labels = dict(labelled.labels)
        if "category" in labels:
            labels["category"] = self.code_of(labels["category"])
        departments = tuple(dict.fromkeys(map(self.unit_of, labelled.departments)))
        if departments:
            labels["departments"] = departments[0]
        second = self.code_of(labelled.second_category) if labelled.second_category else None
        return replace(labelled, labels=MappingProxyType(labels), departments=departments, second_category=second)

    def code_of(self, name: str) -> str:
        """The leaf's code; the name itself where no leaf, or more than one, is called so."""
        if self.taxonomy is None or name in self.taxonomy.by_code:
            return name
        codes = self._ends.get(tuple(part for part in _LEVELS.split(name.strip()) if part), [])
        return codes[0] if len(codes) == 1 else name

    def unit_of(self, name: str) -> str:
        """The unit's id; the name itself where no unit is called so."""
        return name if name in self.units.departments else self.units.find(name) or name

    @cached_property
    def _ends(self) -> dict[tuple[str, ...], list[str]]:
        ends: dict[tuple[str, ...], list[str]] = {}
        for leaf in self.taxonomy.categories if self.taxonomy else ():
            for first in range(len(leaf.path)):
                ends.setdefault(leaf.path[first:], []).append(leaf.code)
        return ends


def count_unknown(examples: Sequence[Example], heads: Sequence[HeadSpec]) -> dict[str, dict[str, int]]:
    """Rows by head and label that the head has not: it learns nothing from them."""
    found: dict[str, dict[str, int]] = {}
    for head in heads:
        if head.config.kind == "spans":
            continue
        counts = Counter(label for example in examples for label in set(_told(example, head)) - set(head.labels))
        if counts:
            found[head.name] = dict(counts.most_common())
    return found


def _told(example: Example, head: HeadSpec) -> Iterable[str]:
    if head.name == "departments":
        return example.labelled.departments
    if head.config.kind == "multi":
        return example.labelled.risks or ()
    label = example.label(head.name)
    return (label,) if label else ()
