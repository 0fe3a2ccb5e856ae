"""Proposal: what was learnt of a history → `profile.toml` and `returns.toml`, for an administrator to correct."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import models
from evaluation.errors import LabelError
from evaluation.report import write_whole
from evaluation.rows import Tell
from evaluation.units import UnitNames
from models.taxonomy import Department, Taxonomy
from training.categories import Fitted, fit_categories, name_category
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
from training.returns import Foretold, ReturnCounts, Sendings, foretell_returns, list_sendings

_MIN_DECISIONS: Final = 50
DEPARTMENTS: Final = Path(next(iter(models.__path__))) / "store" / "city" / "departments.json"


@dataclass(frozen=True)
class Proposed:
    """What was written, how much of held-back decisions it explains, and how well it foretells their returns.

    `sendings` is None where the export tells of no returns, `fitted` where no tree was given.
    """

    proposal: Proposal
    explained: Mapping[str, Explained]
    foretold: Mapping[str, Foretold]
    sendings: Sendings | None
    fitted: Fitted | None


def propose(
    history: Path,
    out: Path,
    *,
    columns: Mapping[str, str],
    district: str | None,
    city: str,
    departments: Mapping[str, Department],
    min_support: int,
    held_back: float,
    taxonomy: Taxonomy | None = None,
    tell: Tell = lambda line: None,
) -> Proposed:
    """Learn from all decisions and write the files; check on the latest and on random ones, learnt without them.

    With a taxonomy, what it has not of an export's categories is left out; what is left out of the file is told.
    Errors: LabelError.
    """
    outcomes: Sequence[Outcome] = read_history(history, columns=columns, district=district, tell=tell)
    if len(outcomes) < _MIN_DECISIONS:
        raise LabelError(
            f"{history.name} has {len(outcomes)} decisions with category and unit; {_MIN_DECISIONS} are few"
        )
    fitted = fit_categories(outcomes, taxonomy) if taxonomy else None
    outcomes = fitted.outcomes if fitted else outcomes
    names = UnitNames(departments)
    ids = name_units(outcomes, names)
    sendings = list_sendings(outcomes, ids, names=names)
    explained, foretold = {}, {}
    for split, by_time in (("latest", True), ("random", False)):
        if by_time and not all(outcome.time for outcome in outcomes):
            continue
        learnt, others = split_history(outcomes, share=held_back, by_time=by_time)
        explained[split] = explain_history(learnt, others, names=names, min_support=min_support)
        if sendings.sendings:
            parts = [list_sendings(part, ids, names=names).sendings for part in (learnt, others)]
            foretold[split] = foretell_returns(*parts)
    proposal = learn_profile(outcomes, names=names, min_support=min_support)
    version = max(outcome.time for outcome in outcomes)[:10] or "1"
    proposed = Proposed(proposal, explained, foretold, sendings if sendings.sendings else None, fitted)
    out.mkdir(parents=True, exist_ok=True)
    write_whole(out / "profile.toml", write_profile(proposal, city=city, version=version))
    if sendings.sendings:
        write_whole(out / "returns.toml", ReturnCounts.of(sendings.sendings).write(version=version))
    write_whole(out / "report.json", _report(proposed))
    return proposed


def _report(proposed: Proposed) -> str:
    proposal, sendings, fitted = proposed.proposal, proposed.sendings, proposed.fitted
    checks = {
        split: {
            "learnt": one.learnt,
            "held_back": one.held_back,
            "of_unseen_units": one.unseen,
            "figures": {way: {n: f.model_dump() for n, f in of.items()} for way, of in one.figures.items()},
        }
        for split, one in proposed.explained.items()
    }
    risks = {
        split: {
            "sendings": one.sendings,
            "returned": one.returned,
            "unrated": one.unrated,
            "figures": {name: figure.model_dump() for name, figure in one.figures.items()},
            "bins": [{"risk": b.confidence, "came_back": b.accuracy, "count": b.count} for b in one.bins],
        }
        for split, one in proposed.foretold.items()
    }
    counts = {"units": len(proposal.units), "territory": len(proposal.hosts), "priors": len(proposal.priors)}
    told: dict[str, object] = {"decisions": proposal.orders, **counts, "returns": sendings is not None}
    if sendings:
        of_all = {"sendings": len(sendings.sendings), "returned": sendings.returned}
        told |= {**of_all, "returned_by_unknown_units": sendings.unknown, "return_risk": risks}
    if fitted:
        unknown = {
            "orders": fitted.unknown.total(),
            "without_any": fitted.lost,
            "names": dict(fitted.unknown.most_common()),
        }
        told["unknown_categories"] = unknown
    told["explained"] = checks
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


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
        yield f"category = {_list([name_category(category)])}"
    if prior.key[1] != ANYWHERE:
        if district:
            yield f"districts = {_list([district])}"
        if street:
            yield f"subdistricts = {_list([street])}"
    yield f"support = {prior.support}"
    units = ", ".join(f"{{ unit = {_quote(unit)}, share = {max(share, 0.001):.3f} }}" for unit, share in prior.units)
    yield f"units = [{units}]"


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _list(items: Sequence[str]) -> str:
    return f"[{', '.join(map(_quote, items))}]"
