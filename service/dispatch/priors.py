"""Priors: the city's history → the units that settled such orders, where the profile holds any."""

from __future__ import annotations

from dataclasses import dataclass

from service.dispatch.profile import Prior, Profile, lies_at
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
    for prior in profile.table.priors:
        place = _match_place(prior, facts)
        belief = _match_category(prior, facts.leaves)
        if place is not None and belief is not None:
            category = prior.category[0] if prior.category else None
            grounds = "、".join(part for part in (f"分类 {category}" if category else "", place) if part)
            return Precedent(prior, belief, grounds)
    return None


def _match_category(prior: Prior, leaves: tuple[Leaf, ...]) -> float | None:
    if prior.category is None:
        return 1.0
    names = prior.category
    under = [leaf for leaf in leaves if any(lies_at(name, code=leaf.code, path=leaf.path) for name in names)]
    share = min(1.0, sum(leaf.score for leaf in under))
    return share if under and (under[0] is leaves[0] or share >= _SHARE) else None


def _match_place(prior: Prior, facts: Facts) -> str | None:
    """The place that the prior speaks of, empty if of none; None where the ticket's is another."""
    told = ""
    for names, name in ((prior.districts, facts.place.district), (prior.subdistricts, facts.place.subdistrict)):
        if names:
            if not any(is_same_place(one, name) for one in names):
                return None
            told += name or ""
    return told
