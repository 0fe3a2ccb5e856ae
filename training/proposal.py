"""Proposal: what was learnt of a history → `profile.toml` and `returns.toml`, for an administrator to correct."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import models
from evaluation.errors import LabelError
from evaluation.units import UnitNames
from models.taxonomy import open_departments
from training.history import Outcome, read_history
from training.profile import (
    ANYWHERE,
    Explained,
    LearntPrior,
    Proposal,
    explain_history,
    learn_profile,
    name_units,
    split_history,
)

# Orders of a kind before its returns stand on a line of their own.
_MIN_SENT: Final = 20
_MIN_DECISIONS: Final = 50
DEPARTMENTS: Final = Path(next(iter(models.__path__))) / "store" / "city" / "departments.json"

ReturnKey = tuple[str, tuple[str, ...], str | None]  # unit, category from the top down, type


def propose(
    history: Path,
    out: Path,
    *,
    columns: Mapping[str, str],
    district: str | None,
    city: str,
    departments: Path,
    min_support: int,
    held_back: float,
) -> dict[str, Explained]:
    """Learn from all decisions and write the files; check on the latest and on random ones, learnt without them.

    Errors: LabelError, BundleError.
    """
    outcomes = read_history(history, columns=columns, district=district)
    if len(outcomes) < _MIN_DECISIONS:
        raise LabelError(
            f"{history.name} has {len(outcomes)} decisions with category and unit; {_MIN_DECISIONS} are few"
        )
    names = UnitNames(open_departments(departments))
    explained = {}
    for split, by_time in (("latest", True), ("random", False)):
        if by_time and not all(outcome.time for outcome in outcomes):
            continue
        learnt, others = split_history(outcomes, share=held_back, by_time=by_time)
        explained[split] = explain_history(learnt, others, names=names, min_support=min_support)
    proposal = learn_profile(outcomes, names=names, min_support=min_support)
    version = max(outcome.time for outcome in outcomes)[:10] or "1"
    returns = write_returns(outcomes, name_units(outcomes, names), version=version)
    out.mkdir(parents=True, exist_ok=True)
    _write(out / "profile.toml", write_profile(proposal, city=city, version=version))
    if returns is not None:
        _write(out / "returns.toml", returns)
    _write(out / "report.json", _report(explained, proposal, has_returns=returns is not None))
    return explained


def _report(explained: Mapping[str, Explained], proposal: Proposal, *, has_returns: bool) -> str:
    checks = {
        split: {
            "learnt": one.learnt,
            "held_back": one.held_back,
            "of_unseen_units": one.unseen,
            "figures": {way: {n: f.model_dump() for n, f in of.items()} for way, of in one.figures.items()},
        }
        for split, one in explained.items()
    }
    counts = {"units": len(proposal.units), "territory": len(proposal.hosts), "priors": len(proposal.priors)}
    told = {"decisions": proposal.orders, **counts, "returns": has_returns, "explained": checks}
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(text, encoding="utf-8")
    draft.rename(path)


def write_profile(proposal: Proposal, *, city: str, version: str) -> str:
    """The file as the service reads it; support and shares stand beside every line that was learnt."""
    lines = [
        f"# Proposed by suqiu-train profile from {proposal.orders} past decisions. Correct it before it is published.",
        f"city = {_quote(city)}",
        f"version = {_quote(version)}",
        f"fallback = {_quote(proposal.fallback)}",
    ]
    for unit in proposal.units:
        if unit.known:
            continue
        lines += ["", f"[[units]] # {unit.orders} orders", f"id = {_quote(unit.id)}", f"name = {_quote(unit.name)}"]
        lines += [f"aliases = {_list(unit.aliases)}"] if unit.aliases else []
        lines += ['tier = "属地"'] if unit.home else []
    for host in proposal.hosts:
        district, street = host.place
        if district is None or street is None:
            continue
        lines += ["", f"# {host.orders} orders; {host.local} to units of this street, {host.own} of these to this one"]
        lines += ["[[territory]]", f"unit = {_quote(host.unit)}"]
        lines += [f"district = {_quote(district)}", f"subdistrict = {_quote(street)}"]
    for prior in proposal.priors:
        lines += _write_prior(prior)
    return "\n".join(lines) + "\n"


def _write_prior(prior: LearntPrior) -> Iterator[str]:
    category, (district, street) = prior.key
    yield from ("", "[[priors]]")
    if category:
        yield f"category = {_list([_name(category)])}"
    if prior.key[1] != ANYWHERE:
        if district:
            yield f"districts = {_list([district])}"
        if street:
            yield f"subdistricts = {_list([street])}"
    yield f"support = {prior.support}"
    units = ", ".join(f"{{ unit = {_quote(unit)}, share = {max(share, 0.001):.3f} }}" for unit, share in prior.units)
    yield f"units = [{units}]"


def write_returns(outcomes: Sequence[Outcome], ids: Mapping[str, str], *, version: str) -> str | None:
    """Orders sent and returned per unit, per type and per level of the category; None where the export tells of none.

    An order that came back counts twice: for the unit that returned it, and for the one that settled it.
    """
    sent, returned = _count_returns(outcomes, ids)
    units = sorted({unit for unit, category, kind in sent if not category and kind is None})
    if not units:
        return None
    whole = [sum(counts[unit, (), None] for unit in units) for counts in (sent, returned)]
    lines = ["# Written by suqiu-train profile.", f"version = {_quote(version)}"]
    lines += [f"sent = {whole[0]}", f"returned = {whole[1]}"]
    for unit, category, kind in sorted(sent, key=lambda key: (key[0], len(key[1]), key[2] is not None, key[1])):
        key = (unit, category, kind)
        if sent[key] < _MIN_SENT and (category or kind):
            continue
        lines += ["", "[[returns]]", f"unit = {_quote(unit)}"]
        lines += [f"category = {_list([_name(category)])}"] if category else []
        lines += [f"type = {_quote(kind)}"] if kind else []
        lines += [f"sent = {sent[key]}", f"returned = {returned[key]}"]
    return "\n".join(lines) + "\n"


def _count_returns(
    outcomes: Sequence[Outcome], ids: Mapping[str, str]
) -> tuple[Counter[ReturnKey], Counter[ReturnKey]]:
    sent: Counter[ReturnKey] = Counter()
    returned: Counter[ReturnKey] = Counter()
    by_name = {outcome.unit_name: ids[outcome.unit] for outcome in outcomes}
    for outcome in outcomes:
        if outcome.first is None:
            continue
        final = ids[outcome.unit]
        # A unit that returned all that it ever got has no final order, and no id: nobody could be sent there again.
        first = by_name.get(outcome.first)
        for unit, came_back in ((first, True), (final, False)) if outcome.returned else ((final, False),):
            for key in _list_kinds(unit, outcome) if unit else ():
                sent[key] += 1
                returned[key] += came_back
    return sent, returned


def _list_kinds(unit: str, outcome: Outcome) -> Iterator[ReturnKey]:
    yield unit, (), None
    if outcome.type:
        yield unit, (), outcome.type
    for depth in range(1, len(outcome.category) + 1):
        yield unit, outcome.category[:depth], None


def _name(category: tuple[str, ...]) -> str:
    # Codes hold those above them (0402 in 040201); names are joined into a path.
    return category[-1] if category[-1].isdigit() else "/".join(category)


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _list(items: Sequence[str]) -> str:
    return f"[{', '.join(map(_quote, items))}]"
