"""Needles: strings without which a pattern cannot match → the few of many patterns that are worth trying on a text.

A city may write hundreds of rules, and a text meets a handful of them: one pass over the text says which.
"""

from __future__ import annotations

# The parser of the standard library; `re` has no public name for it.
import re._constants as sre  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Iterable, Mapping
from typing import Any

import ahocorasick

_MOST = 64  # strings of one pattern; beyond it the pattern is just tried


class Sieve:
    """Patterns by name → those that may match a text. Safe to use from several threads at once."""

    def __init__(self, patterns: Mapping[str, Iterable[str]]) -> None:
        names: dict[str, set[str]] = {}
        self._always: set[str] = set()
        for name, alternatives in patterns.items():
            for pattern in alternatives:
                needles = needles_of(pattern)
                if needles is None:
                    self._always.add(name)
                for needle in needles or ():
                    names.setdefault(needle, set()).add(name)
        self._automaton: ahocorasick.Automaton | None = None  # it takes no search before its first word
        if names:
            self._automaton = ahocorasick.Automaton()
            for needle, of_needle in names.items():
                self._automaton.add_word(needle, of_needle)
            self._automaton.make_automaton()

    def pick(self, texts: Iterable[str]) -> set[str]:
        """Names of the patterns that may match one of the texts; the others cannot."""
        found = set(self._always)
        if self._automaton is not None:
            for text in texts:
                found.update(*(names for _, names in self._automaton.iter(text)))
        return found


def needles_of(pattern: str) -> frozenset[str] | None:
    """Strings one of which stands in every match; None where there are no such strings, or too many.

    Errors: re.error where the pattern is none.
    """
    parsed = parser.parse(pattern)
    return None if parsed.state.flags & sre.SRE_FLAG_IGNORECASE else _needed(parsed)


def _needed(parts: Iterable[tuple[Any, Any]]) -> frozenset[str] | None:
    """The best needles of a sequence: any of its parts must be there, so that the rarest may stand for all."""
    offers: list[frozenset[str] | None] = []
    literal = ""
    for kind, value in [*parts, (None, None)]:
        if kind is sre.LITERAL:
            literal += chr(value)
            continue
        offers.append(frozenset({literal}) if literal else None)
        literal = ""
        if kind is sre.BRANCH:
            offers.append(_union([_needed(branch) for branch in value[1]]))
        elif kind is sre.SUBPATTERN:
            offers.append(None if value[1] & sre.SRE_FLAG_IGNORECASE else _needed(value[3]))
        elif kind in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT) and value[0] > 0:
            offers.append(_needed(value[2]))
        elif kind is sre.IN and all(of is sre.LITERAL for of, _ in value):
            offers.append(frozenset(chr(letter) for _, letter in value))
    return max(filter(None, offers), key=_selective, default=None)


def _union(branches: list[frozenset[str] | None]) -> frozenset[str] | None:
    known = [branch for branch in branches if branch]
    together = frozenset().union(*known)
    return together if len(known) == len(branches) and len(together) <= _MOST else None


def _selective(needles: frozenset[str]) -> tuple[int, int]:
    """Longer strings are rarer, fewer too."""
    return min(map(len, needles)), -len(needles)
