"""Priors: the city's history → the units that settled such orders, where the profile holds any."""

from __future__ import annotations

from dataclasses import dataclass

from service.dispatch.profile import Prior, Profile
from service.dispatch.rules import Facts, Leaf
from service.dispatch.territory import is_same_place

# A prior holds if the model's best leaf lies in its category, or at least this share of its belief.
_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Precedent:
    """A prior that fits a ticket, and how far the model believes in its category (1 without one)."""

    prior: Prior
    strength: float
    grounds: str

    @property
    def share(self) -> float:
        """How likely its first unit is the right one."""
        return self.prior.units[0].share * self.strength

    @property
    def reason(self) -> str:
        """As an administrator and a call-taker read it."""
        return f"先例：{self.grounds}，历史 {self.prior.support} 件中该单位办结占 {self.prior.units[0].share:.2f}"


def find_precedent(profile: Profile, facts: Facts) -> Precedent | None:
    """The first prior of the file that fits; `suqiu-train profile` writes the narrowest first."""
    if not profile.table.priors:
        return None
    beliefs = _sum_beliefs(facts.leaves)
    first = _sum_beliefs(facts.leaves[:1])
    known = profile.priors_by_category
    for number in sorted({number for name in ("", *beliefs) for number in known.get(name, ())}):
        prior = profile.table.priors[number]
        strength = 1.0
        if prior.category is not None:
            strength = min(1.0, sum(beliefs.get(name, 0.0) for name in prior.category))
            if strength < _SHARE and not any(name in first for name in prior.category):
                continue
        place = _match_place(prior, facts)
        if place is not None:
            category = prior.category[0] if prior.category else None
            grounds = "、".join(part for part in (f"分类 {category}" if category else "", place) if part)
            return Precedent(prior, strength, grounds)
    return None


def _sum_beliefs(leaves: tuple[Leaf, ...]) -> dict[str, float]:
    """The model's belief in every category by code and by path, parents included."""
    beliefs: dict[str, float] = {}
    for leaf in leaves:
        names = {leaf.code[:end] for end in range(1, len(leaf.code) + 1)}
        steps = leaf.path.split("/") if leaf.path else []
        names |= {"/".join(steps[:depth]) for depth in range(1, len(steps) + 1)}
        for name in names:
            beliefs[name] = beliefs.get(name, 0.0) + leaf.score
    return beliefs


def _match_place(prior: Prior, facts: Facts) -> str | None:
    """The place that the prior speaks of, empty if of none; None where the ticket's is another."""
    told = ""
    for names, name in ((prior.districts, facts.place.district), (prior.subdistricts, facts.place.subdistrict)):
        if names:
            if not any(is_same_place(one, name) for one in names):
                return None
            told += name or ""
    return told
