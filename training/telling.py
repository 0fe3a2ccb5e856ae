"""Telling: a proposed profile → what the console says of it, what the export lacks included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from rich.table import Table

from models.manifest import Figure
from training.history import USUAL
from training.profile import Explained
from training.proposal import Proposed
from training.returns import Foretold

_NAMED: Final = 5


def tell_proposed(proposed: Proposed) -> Iterator[Table | str]:
    """Tables of the checks, then what is known of categories and returns."""
    for split, one in proposed.explained.items():
        yield _tabulate(split, one)
    yield _tell_categories(proposed)
    yield _tell_returns(proposed)
    if proposed.foretold:
        yield _tabulate_risks(proposed.foretold)


def _tabulate(split: str, explained: Explained) -> Table:
    table = Table("by", "top 1", "95 %", "top 3", "95 %", "coverage at 95 %", "n", title=f"held back: {split}")
    for way, figures in explained.figures.items():
        top1, top3, coverage = (figures[name] for name in ("top1", "top3", "coverage95"))
        told = [f"{top1.value:.3f}", f"{top1.low:.3f}–{top1.high:.3f}"]
        told += [f"{top3.value:.3f}", f"{top3.low:.3f}–{top3.high:.3f}", f"{coverage.value:.3f}"]
        table.add_row(way, *told, str(top1.count))
    return table


def _tabulate_risks(foretold: Mapping[str, Foretold]) -> Table:
    heads = ("held back", "AUC", "95 %", "calibration error", "orders sent", "came back", "unit unknown")
    table = Table(*heads, title="return risk")
    for split, one in foretold.items():
        auc, error = one.figures.get("auc"), one.figures.get("calibration_error")
        told = [f"{auc.value:.3f}", f"{auc.low:.3f}–{auc.high:.3f}"] if auc else ["", ""]
        counts = (one.sendings, one.returned, one.unrated)
        table.add_row(split, *told, _tell_value(error), *map(str, counts))
    return table


def _tell_value(figure: Figure | None) -> str:
    return f"{figure.value:.3f}" if figure else ""


def _tell_returns(proposed: Proposed) -> str:
    if proposed.sendings is None:
        usual = ", ".join(USUAL["first_unit"])
        return (
            f"returns: the export names no first units (a column such as {usual}; or --column first_unit=…), so there "
            "is no returns.toml, and every return_risk will be null"
        )
    sendings = proposed.sendings
    told = f"returns: {sendings.returned} of {len(sendings.sendings)} orders sent came back"
    unknown = f"; {sendings.unknown} more from units that are no final unit and none that we know, which do not count"
    return told + (unknown if sendings.unknown else "")


def _tell_categories(proposed: Proposed) -> str:
    fitted = proposed.fitted
    if fitted is None:
        return "categories: not held against any tree; give --bundle, or the bundle may refuse the profile"
    if not fitted.unknown:
        return "categories: all are of the bundle's tree"
    largest = ", ".join(f"{name} ({count})" for name, count in fitted.unknown.most_common(_NAMED))
    return (
        f"categories: {fitted.unknown.total()} of {len(fitted.outcomes)} orders have one that the tree has not "
        f"({len(fitted.unknown)} names, the largest {largest}); they count for what the tree has above it, "
        f"{fitted.lost} for their place alone"
    )
