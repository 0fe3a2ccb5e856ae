"""Labels: which labels each head knows, and in which order — from the configuration, the city's files, or the data.

An export may call categories and units as people do; here they get the codes and ids of the city's files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from evaluation.labelled import label_ticket
from evaluation.units import UnitNames
from evaluation.wording import Wording
from models.taxonomy import Category, Taxonomy, open_departments
from training.config import ConfigError, HeadConfig, TrainConfig
from training.dataset import Example
from training.heads import HeadSpec, tree_parents

_REMEDIES = {
    "category": 'bring the city folder with your tree (codes, names and paths are known), or set taxonomy = "data"',
    "departments": "bring the city folder with your units (ids, names and aliases are known)",
}


@dataclass(frozen=True, slots=True)
class Labels:
    """Heads in the order of the configuration, and the category tree that goes into the bundle."""

    heads: tuple[HeadSpec, ...]
    taxonomy: Taxonomy

    @property
    def published(self) -> tuple[HeadSpec, ...]:
        """Heads that go into the bundle."""
        return tuple(head for head in self.heads if head.config.publish)


def resolve_labels(config: TrainConfig, examples: Sequence[Example]) -> Labels:
    """Labels of all heads. Heads without any labelled row are left out.

    Errors: ConfigError where no head is left, or where none of a head's labels occurs in the data."""
    tree = next((head for head in config.heads if head.kind == "tree"), None)
    if tree is not None and tree.taxonomy == "data":
        found = sorted({label for e in examples if (label := e.label(tree.name))})
        taxonomy = Taxonomy(tuple(Category(label, (label,)) for label in found))
    else:
        taxonomy = Taxonomy.open(config.folder_of_city() / "taxonomy.json")
    heads = tuple(_resolve(head, config, examples, taxonomy) for head in config.heads if is_labelled(head, examples))
    if not any(head.config.publish for head in heads):
        raise ConfigError("no row has a label of any head; map a column, for example: --column category=label")
    return Labels(heads=heads, taxonomy=taxonomy)


def reword(config: TrainConfig, examples: Sequence[Example]) -> list[Example]:
    """The same examples with codes and ids wherever the city's files know a name. Errors: BundleError."""
    folder = config.folder_of_city()
    own = any(head.kind == "tree" and head.taxonomy == "data" for head in config.heads)
    taxonomy = None if own else Taxonomy.open(folder / "taxonomy.json")
    wording = Wording(taxonomy, UnitNames(open_departments(folder / "departments.json")))
    return [replace(example, labelled=wording.reword(example.labelled)) for example in examples]


def count_unknown(examples: Iterable[Example], heads: Sequence[HeadSpec]) -> dict[str, dict[str, int]]:
    """Rows by head and label that the head has not, most frequent first: nothing is learnt from such a label."""
    counts: dict[str, Counter[str]] = {head.name: Counter() for head in heads if head.config.kind != "spans"}
    known = {head.name: set(head.labels) for head in heads}
    for example in examples:
        for head in heads:
            if head.config.kind != "spans":
                counts[head.name].update(set(_told(example, head)) - known[head.name])
    return {name: dict(found.most_common()) for name, found in counts.items() if found}


def _told(example: Example, head: HeadSpec) -> Iterable[str]:
    if head.name == "departments":
        return example.labelled.departments
    if head.config.kind == "multi":
        return example.labelled.risks or ()
    label = example.label(head.name)
    return (label,) if label else ()


def define(labels: Labels) -> list[Example]:
    """What the tree says of its leaves, as if a ticket said it: a leaf that nobody labelled yet can be told, too."""
    trees = [head.name for head in labels.heads if head.config.kind == "tree"]
    return [
        Example(
            label_ticket({"id": f"definition:{one.code}", "title": one.path[-1], "text": _words_of(one)}),
            dict.fromkeys(trees, one.code),
        )
        for one in labels.taxonomy.categories
        if one.definition
    ]


def _words_of(category: Category) -> str:
    return "。".join([category.definition, *category.path[-2:-1]])


def is_labelled(head: HeadConfig, examples: Sequence[Example]) -> bool:
    """Whether any row has a label for this head; a head without any is left out of the bundle, not guessed."""
    if head.kind == "spans":
        return any(example.spans_of(head.name) is not None for example in examples)
    if head.kind == "multi":
        return any(example.labelled.risks is not None for example in examples)
    return any(example.label(head.name) for example in examples)


def _resolve(head: HeadConfig, config: TrainConfig, examples: Sequence[Example], taxonomy: Taxonomy) -> HeadSpec:
    if head.kind == "tree":
        labels = tuple(category.code for category in taxonomy.categories)
        _must_occur(head, labels, examples)
        return HeadSpec(head, labels, tree_parents(taxonomy))
    if head.labels is not None:
        if head.kind == "single":
            _must_occur(head, head.labels, examples)
        return HeadSpec(head, head.labels)
    if head.name == "departments":
        labels = tuple(open_departments(config.folder_of_city() / "departments.json"))
    elif head.kind == "single":
        labels = tuple(sorted({label for e in examples if (label := e.label(head.name))}))
    else:
        raise ConfigError(f"head '{head.name}' of kind {head.kind} needs its labels in the configuration")
    _must_occur(head, labels, examples)
    return HeadSpec(head, labels)


def _must_occur(head: HeadConfig, labels: Sequence[str], examples: Sequence[Example]) -> None:
    seen = {label for e in examples if (label := e.label(head.name))}
    if not seen & set(labels):
        some = ", ".join(sorted(seen)[:3])
        raise ConfigError(
            f"head '{head.name}': none of the labels in the data ({some}, …) is known ({', '.join(labels[:3])}, …); "
            + _REMEDIES.get(head.name, "write the labels of the data into the configuration, or leave the column out")
        )
