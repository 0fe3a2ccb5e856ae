"""Wording: labelled documents as an export words them → with the codes and ids of the city's files.

What nobody knows stays as it stands.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from evaluation.labelled import LabelledDocument
from models.naming import LeafNames, UnitNames
from models.taxonomy import Taxonomy


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
        return name if self._leaves is None else self._leaves.find(name) or name

    def unit_of(self, name: str) -> str:
        """The unit's id; the name itself where no unit is called so."""
        return name if name in self.units.departments else self.units.find(name) or name

    @cached_property
    def _leaves(self) -> LeafNames | None:
        return LeafNames(self.taxonomy) if self.taxonomy else None
