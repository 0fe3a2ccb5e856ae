"""Returns: how often which unit sent such orders back → the risk that this one comes back, told before it is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from service.city import CityFile, Spot, Table
from service.dispatch.order import ReturnRisk
from service.dispatch.profile import Profile, TicketType, UnitId, Words, lies_at
from service.dispatch.rules import Facts

RETURNS: Final = "returns.toml"


class ReturnRow(Table):
    """Orders of one kind to one unit: how many were sent, how many came back."""

    unit: UnitId
    category: Words | None = None
    type: TicketType | None = None
    sent: Annotated[int, Field(ge=1)]
    returned: Annotated[int, Field(ge=0)]


class ReturnTable(Table):
    """`returns.toml`: all orders together, and rows per unit, narrower ones behind wider ones.

    `smoothing` is how many orders of its own a kind needs to weigh as much as the wider kind that it belongs to.
    """

    version: str
    sent: Annotated[int, Field(ge=1)]
    returned: Annotated[int, Field(ge=0)]
    smoothing: Annotated[float, Field(gt=0)] = 20.0
    returns: tuple[ReturnRow, ...] = ()


@dataclass(frozen=True)
class Returns:
    """A city's history of returned orders."""

    table: ReturnTable

    @classmethod
    def open(cls, path: Path, *, profile: Profile) -> Returns:
        """Read and check. Errors: CityFileError with table, key and line."""
        file = CityFile.open(path)
        table = file.parse(ReturnTable)
        for spot, fact in _list_faults(table, profile):
            raise file.fault(spot, fact)
        return cls(table)

    @cached_property
    def rows_by_unit(self) -> Mapping[str, tuple[ReturnRow, ...]]:
        """Rows of each unit in the order of the file: every candidate of every ticket is rated."""
        rows: dict[str, list[ReturnRow]] = {}
        for row in self.table.returns:
            rows.setdefault(row.unit, []).append(row)
        return {unit: tuple(of_unit) for unit, of_unit in rows.items()}

    def rate(self, unit: str, *, name: str, facts: Facts) -> ReturnRisk:
        """Risk that the unit returns this ticket: its rows that fit, each drawn towards the one before it."""
        rows = [row for row in self.rows_by_unit.get(unit, ()) if _fits(row, facts)]
        if not rows:
            return ReturnRisk(None, f"无退单历史：记录中没有派给{name}的工单")
        score = self.table.returned / self.table.sent
        for row in rows:
            score = (row.returned + self.table.smoothing * score) / (row.sent + self.table.smoothing)
        last = rows[-1]
        kind = "、".join(part for part in (last.category[0] if last.category else "", last.type or "") if part)
        told = f"退单史：派给{name}的{f'「{kind}」' if kind else ''}工单 {last.sent} 件，退回 {last.returned} 件"
        return ReturnRisk(score, told, last.sent, last.returned)


def _fits(row: ReturnRow, facts: Facts) -> bool:
    if row.type is not None and row.type != facts.type:
        return False
    best = facts.leaves[0] if facts.leaves else None
    return row.category is None or (
        best is not None and any(lies_at(name, code=best.code, path=best.path) for name in row.category)
    )


def _list_faults(table: ReturnTable, profile: Profile) -> Iterator[tuple[Spot, str]]:
    if table.returned > table.sent:
        yield ("returned",), f"{table.returned} orders cannot come back of {table.sent}"
    for place, row in enumerate(table.returns):
        if row.unit not in profile.units:
            yield ("returns", place, "unit"), f"'{row.unit}' is no unit of departments.json or profile.toml"
        if row.returned > row.sent:
            yield ("returns", place, "returned"), f"{row.returned} orders cannot come back of {row.sent}"
