"""Moves: the same tickets under two profiles → what goes elsewhere; the preview before rules are activated."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from evaluation.orders import Order, Replayed
from evaluation.units import Gold

_SAMPLES: Final = 8

IsRight = Callable[[Order, Gold], bool]


@dataclass(frozen=True, slots=True)
class Move:
    """Tickets whose lead goes from one unit to another: how many, the first ids, and the rules that lead them now.

    `right_before` and `right_after` count those that went where people sent them, of the `judged` whose unit is known.
    """

    before: str
    after: str
    count: int
    samples: tuple[str, ...]
    rules: tuple[str, ...]
    judged: int
    right_before: int
    right_after: int


@dataclass(frozen=True, slots=True)
class Change:
    """Tickets of which something else changed: decision, transfer, assists, or whether the territory hosts."""

    what: str
    before: str
    after: str
    count: int
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Of `tickets` that were read, `moved` get another lead under `profile`."""

    profile: str
    tickets: int
    moved: int
    moves: tuple[Move, ...]
    changes: tuple[Change, ...]


def compare_profiles(rows: Sequence[Replayed], gold: Sequence[Gold], *, profile: str, is_right: IsRight) -> WhatIf:
    """The bundle's own profile (first order) against the changed one (second). `gold` is empty where nobody knows."""
    known = gold or [Gold()] * len(rows)
    read = [(row, one) for row, one in zip(rows, known, strict=True) if len(row.orders) > 1]
    moved: dict[tuple[str, str], list[tuple[Replayed, Gold]]] = defaultdict(list)
    for row, one in read:
        before, after = (_name_lead(order) for order in row.orders[:2])
        if before != after:
            moved[before, after].append((row, one))
    moves = tuple(_tell_move(*units, found, is_right=is_right) for units, found in _by_size(moved))
    return WhatIf(profile, len(read), sum(move.count for move in moves), moves, _list_changes([row for row, _ in read]))


def name_row(row: Replayed) -> str:
    """The ticket's id, or its place in the file."""
    return row.id or f"#{row.number}"


def _tell_move(before: str, after: str, found: Sequence[tuple[Replayed, Gold]], *, is_right: IsRight) -> Move:
    rules = Counter(row.orders[1].rules[0] for row, _ in found if row.orders[1].ground == "rule")
    judged = [(row, one) for row, one in found if one.units]
    return Move(
        before=before,
        after=after,
        count=len(found),
        samples=tuple(name_row(row) for row, _ in found[:_SAMPLES]),
        rules=tuple(rule for rule, _ in rules.most_common()),
        judged=len(judged),
        right_before=sum(is_right(row.orders[0], one) for row, one in judged),
        right_after=sum(is_right(row.orders[1], one) for row, one in judged),
    )


def _list_changes(rows: Sequence[Replayed]) -> tuple[Change, ...]:
    found: dict[tuple[str, str, str], list[Replayed]] = defaultdict(list)
    for row in rows:
        before, after = row.orders[:2]
        for what in ("decision", "transfer", "hosted", "assist"):
            values = tuple(_tell(getattr(order, what)) for order in (before, after))
            if values[0] != values[1]:
                found[what, values[0], values[1]].append(row)
    ordered = sorted(found.items(), key=lambda item: -len(item[1]))
    return tuple(Change(*key, len(of), tuple(name_row(row) for row in of[:_SAMPLES])) for key, of in ordered)


def _tell(value: object) -> str:
    # Who helps, in whatever order.
    return (" ".join(sorted(value)) or "–") if isinstance(value, tuple) else str(value)


def _by_size(
    moved: dict[tuple[str, str], list[tuple[Replayed, Gold]]],
) -> list[tuple[tuple[str, str], list[tuple[Replayed, Gold]]]]:
    return sorted(moved.items(), key=lambda item: -len(item[1]))


def _name_lead(order: Order) -> str:
    # A street office goes by the name that it has at the place, so that two streets are two units.
    return f"{order.lead} {order.lead_name}" if order.lead else "–"
