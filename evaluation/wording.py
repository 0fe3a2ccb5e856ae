"""Wording: how an export calls categories and units → the codes and ids of the city's files.

A leaf of the tree is known by its code, its path (城乡建设/街面秩序/露天烧烤), or an end of it that no other leaf has;
a unit by its id, its name or an alias. What nobody knows stays as it stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from evaluation.labelled import LabelledDocument
from evaluation.units import UnitNames
from models.taxonomy import Taxonomy

_LEVELS: Final = re.compile(r"\s*(?:[/\\>＞→|]|-{1,2}>?|—+)\s*")


@dataclass(frozen=True)
class Wording:
    """The city's tree, None where the classes of the data are the tree, and its units."""

    taxonomy: Taxonomy | None
    units: UnitNames

    def reword(self, labelled: LabelledDocument) -> LabelledDocument:
        """The same document with codes and ids wherever the city's files know the name."""
        labels = dict(labelled.labels)
        if "category" in labels:
            labels["category"] = self.code_of(labels["category"])
        departments = tuple(dict.fromkeys(map(self.unit_of, labelled.departments)))
        if departments:
            labels["departments"] = departments[0]
        second = self.code_of(labelled.second_category) if labelled.second_category else None
        return replace(labelled, labels=labels, departments=departments, second_category=second)

    def code_of(self, name: str) -> str:
        """The leaf's code; the name itself where no leaf, or more than one, is called so."""
        if self.taxonomy is None or name in self.taxonomy.by_code:
            return name
        if name.isdigit() and f"0{name}" in self.taxonomy.by_code:
            return f"0{name}"  # a spreadsheet took the code for a number
        codes = self._ends.get(tuple(part for part in _LEVELS.split(name.strip()) if part), ())
        return codes[0] if len(codes) == 1 else name

    def unit_of(self, name: str) -> str:
        """The unit's id; the name itself where no unit is called so."""
        return name if name in self.units.departments else self.units.find(name) or name

    @cached_property
    def _ends(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        ends: dict[tuple[str, ...], tuple[str, ...]] = {}
        for leaf in self.taxonomy.categories if self.taxonomy else ():
            for first in range(len(leaf.path)):
                ends[leaf.path[first:]] = (*ends.get(leaf.path[first:], ()), leaf.code)
        return ends
