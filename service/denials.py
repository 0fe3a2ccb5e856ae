"""Denials: words by which a caller says that a risk is none (从来没有上访过), which the model may take for the risk."""

from __future__ import annotations

from collections.abc import Iterable

from service.alarm import AlarmRules


def is_denied(name: str, said: Iterable[tuple[str, int | None]], rules: AlarmRules) -> bool:
    """Whether the citizen denies a risk, and no rule of that name speaks on the rest of what was said."""
    denied = rules.denied.get(name)
    texts = [text for text, _ in said]
    if denied is None or not any(denied.search(text) for text in texts):
        return False
    rest = [denied.sub("", text) for text in texts]
    finders = [rules.finders[rule.id] for rule in rules.risks if rule.name == name]
    return not any(next(finder.find(text), None) for finder in finders for text in rest)
