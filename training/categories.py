"""Categories: names or codes of an export's categories, held against a bundle's tree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.taxonomy import Taxonomy
from training.history import Outcome


@dataclass(frozen=True)
class Fitted:
    """A history in the words of a tree: an order keeps what the tree has of its category, perhaps nothing.

    `unknown` counts orders by the highest name or code that the tree has not; `lost` are those that kept nothing.
    """

    outcomes: tuple[Outcome, ...]
    unknown: Counter[str]
    lost: int


def fit_categories(outcomes: Sequence[Outcome], taxonomy: Taxonomy) -> Fitted:
    """Cut every category where it leaves the tree: a profile that names another is refused when it is loaded."""
    known = _list_names(taxonomy)
    unknown: Counter[str] = Counter()
    kept = []
    for outcome in outcomes:
        whole = outcome.category
        depth = next((d for d in range(len(whole)) if name_category(whole[: d + 1]) not in known), len(whole))
        if depth < len(whole):
            unknown[name_category(whole[: depth + 1])] += 1
        kept.append(replace(outcome, category=whole[:depth]))
    return Fitted(tuple(kept), unknown, sum(not outcome.category for outcome in kept))


def name_category(category: tuple[str, ...]) -> str:
    """As a city file names it: codes hold those above them (0402 in 040201); names are joined into a path."""
    return category[-1] if category[-1].isdigit() else "/".join(category)


def _list_names(taxonomy: Taxonomy) -> set[str]:
    """Codes and paths of all leaves and of what lies above them."""
    codes = {leaf.code[:end] for leaf in taxonomy.categories for end in range(1, len(leaf.code) + 1)}
    return codes | {"/".join(leaf.path[:end]) for leaf in taxonomy.categories for end in range(1, len(leaf.path) + 1)}
