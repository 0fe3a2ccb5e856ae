"""Summary: what a job found, counted while its rows pass by — classes, confidence, changes, and what was refused."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from models.naming import shown
from service.relabel.labels import Labels, told_in
from service.relabel.record import Flaw

COUNTED: Final = (
    *("category_path", "category_decision", "type", "lead_name", "dispatch_decision", "territorial", "district"),
    *("sentiment", "emotion", "intensity", "urgency", "risks", "transfer"),
)
SCORES: Final = ("category_score", "lead_score", "type_score")
_SEVERAL: Final = ("risks",)  # cells that hold several labels
BINS: Final = 10
_Z95: Final = 1.959964
_KEPT_CHANGES: Final = 50
_EXAMPLES: Final = 5
_MAX_CLASSES: Final = 5_000


class Summary:
    """Counts in memory that does not grow with the rows. `labels`: our prediction → the column of a known label."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._labels = dict(labels)
        self.rows = self.answered = 0
        self.shortened = 0  # cells that were longer than the target's format takes
        self.mended = 0  # rows whose quotation marks are not doubled, and were read as they were typed
        self.refused: Counter[str] = Counter()
        self.classes: dict[str, Counter[str]] = {}
        self.confidence: dict[str, list[int]] = {}
        self.changes: dict[str, Counter[tuple[str, str]]] = {name: Counter() for name in labels}
        self.unknown: dict[str, Counter[str]] = {name: Counter() for name in labels}
        self.replaced: list[str] = []  # columns of the source in whose place predictions stand
        self.notes: list[str] = []

    def refuse(self, flaw: Flaw) -> None:
        """A row without answer."""
        self.rows += 1
        self.refused[flaw.code] += 1

    def take(self, row: Mapping[str, Any], cells: Mapping[str, Any]) -> None:
        """A row of the source and its answer, without prefix."""
        self.rows += 1
        self.answered += 1
        for name in COUNTED:
            if name in cells:
                self._count(name, cells[name])
        for name in SCORES:
            if (score := cells.get(name)) is not None:
                self.confidence.setdefault(name, [0] * BINS)[min(int(score * BINS), BINS - 1)] += 1
        for name, column in self._labels.items():
            if known := told_in(row, column):
                pair = (known, _shown(cells.get(name)))
                if pair in self.changes[name] or len(self.changes[name]) < _MAX_CLASSES**2 // 100:
                    self.changes[name][pair] += 1

    def understand(self, labels: Labels) -> None:
        """Give the known labels, as the source words them, our own words; those that the bundle has not are counted."""
        for name, pairs in self.changes.items():
            understood: Counter[tuple[str, str]] = Counter()
            for (told, found), number in pairs.items():
                meant = told if told == found else labels.read(name, told)
                if meant is None:
                    self.unknown[name][shown(told)] += number
                understood[meant or shown(told), found] += number
            self.changes[name] = understood

    def tell_unknown(self) -> list[str]:
        """A line for each column of known labels that holds some which the bundle has not."""
        lines = []
        for name, counts in self.unknown.items():
            if counts:
                some = ", ".join(f"{label} ({number:,})" for label, number in _ordered(counts)[:_EXAMPLES])
                of = f"{counts.total():,} of {sum(self.changes[name].values()):,}"
                lines.append(f"{name}: {of} labels in {self._labels[name]} are none of the bundle's: {some}")
        return lines

    def figures(self) -> dict[str, Any]:
        """All counts, most frequent first, as they stand in the summary file."""
        return {
            "rows": self.rows,
            "answered": self.answered,
            "quarantined": dict(sorted(self.refused.items(), key=lambda item: (-item[1], item[0]))),
            "shortened": self.shortened,
            "mended": self.mended,
            "replaced": self.replaced,
            "notes": self.notes,
            "classes": {name: dict(_ordered(counts)) for name, counts in self.classes.items()},
            "confidence": dict(self.confidence),
            "compared": {name: self._compared(name) for name in self._labels},
        }

    def _count(self, name: str, cell: Any) -> None:
        labels = [part for part in cell.split(";") if part] if name in _SEVERAL and cell else [_shown(cell)]
        counts = self.classes.setdefault(name, Counter())
        for label in labels:
            counts[label if label in counts or len(counts) < _MAX_CLASSES else "…"] += 1

    def _compared(self, name: str) -> dict[str, Any]:
        pairs = self.changes[name]
        total = sum(pairs.values())
        same = sum(number for (known, found), number in pairs.items() if known == found)
        changed = Counter({pair: number for pair, number in pairs.items() if pair[0] != pair[1]})
        low, high = _interval(same, total)
        return {
            "column": self._labels[name],
            "rows": total,
            "same": same,
            "share": round(same / total, 4) if total else None,
            "low": low,
            "high": high,
            "unknown": self.unknown[name].total(),
            "unknown_labels": dict(_ordered(self.unknown[name])[:_KEPT_CHANGES]),
            "changes": [
                {"from": known, "to": found, "rows": number}
                for (known, found), number in sorted(changed.items(), key=lambda item: (-item[1], item[0]))
            ][:_KEPT_CHANGES],
        }


def _interval(hits: int, total: int) -> tuple[float | None, float | None]:
    """Wilson's 95 % interval of a share."""
    if not total:
        return None, None
    share, z2 = hits / total, _Z95**2
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = _Z95 * math.sqrt(share * (1 - share) / total + z2 / (4 * total**2)) / (1 + z2 / total)
    return round(middle - half, 4), round(middle + half, 4)


def _ordered(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _shown(cell: Any) -> str:
    if cell is None or cell == "":
        return "–"
    return {True: "yes", False: "no"}[cell] if isinstance(cell, bool) else str(cell)
