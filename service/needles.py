"""Needles: strings without which a pattern cannot match → the few of many patterns that are worth trying on a text.

A city may write hundreds of rules, and a text meets a handful of them: one pass over the text says which. Where `re`
tries every branch of an alternation at every place, `Scan` finds the same and tries few.
"""

from __future__ import annotations

import re
import re._constants as sre  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]  # the standard library's; it has no public name
import sys
from collections.abc import Container, Hashable, Iterable, Iterator, Mapping
from heapq import heapify, heappop, heappush
from typing import Any, Generic, TypeVar

import ahocorasick

Name = TypeVar("Name", bound=Hashable)

_FEW = 160  # strings of a rare pattern
_MOST = 512  # strings of one pattern; beyond it the pattern is just tried
_MOST_OF_RUN = 16  # strings of a run of characters, where some places of it have several: [打拨]电话
_COMMON = frozenset("的一是了我不在人有这个上来到时大地为子中你说出就要")  # most texts hold some of them
_LETTERS = 32  # single characters of which most texts hold one, too


class Sieve(Generic[Name]):
    """Patterns by name → those that may match a text. Safe to use from several threads at once.

    A name is anything that can be a key: a rule, or one of the patterns of a rule.
    """

    def __init__(self, patterns: Mapping[Name, Iterable[str]]) -> None:
        names: dict[str, set[Name]] = {}
        self._always: set[Name] = set()
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
            for place, needle in enumerate(names):
                self._automaton.add_word(needle, place)
            self._automaton.make_automaton()
        self._named = tuple(frozenset(of_needle) for of_needle in names.values())

    def pick(self, texts: Iterable[str]) -> set[Name]:
        """Names of the patterns that may match one of the texts; the others cannot."""
        if self._automaton is None:
            return set(self._always)
        # A needle that stands in a text ten times counts once: its names may be many.
        seen = {place for text in texts for _, place in self._automaton.iter(text)}
        return self._always.union(*(self._named[place] for place in seen))


class Scan:
    """Patterns by name, none of which matches the empty text → their matches, as `re` finds those of an alternation.

    The leftmost match counts; of several at one place, that of the first pattern; what it covers is no other's.
    """

    def __init__(self, patterns: Mapping[str, str]) -> None:
        self._patterns = [(name, re.compile(pattern)) for name, pattern in patterns.items()]
        self._sieve = Sieve({name: (pattern,) for name, pattern in patterns.items()})

    def finditer(self, text: str, *, near: Container[str] | None = None) -> Iterator[tuple[str, re.Match[str]]]:
        """Matches in order, with the names of their patterns; `near` are those that may match, where that is known."""
        if near is None:
            near = self._sieve.pick((text,))
        waiting = [
            (match.start(), place, match)
            for place, (name, pattern) in enumerate(self._patterns)
            if name in near and (match := pattern.search(text))
        ]
        heapify(waiting)
        end = 0
        while waiting:
            start, place, match = heappop(waiting)
            name, pattern = self._patterns[place]
            if start >= end:
                yield name, match
                end = match.end()
            if following := pattern.search(text, end):
                heappush(waiting, (following.start(), place, following))


class Rare:
    """A pattern that most texts do not hold: its needles are looked for first, which costs next to nothing.

    Errors: ValueError where the pattern has no needles, or so many that looking for them gains nothing.
    """

    def __init__(self, pattern: str, flags: int = 0) -> None:
        needles = needles_of(pattern)
        if needles is None or len(needles) > _FEW:
            raise ValueError(f"pattern {pattern!r} is not rare: at most {_FEW} strings must tell whether it can match")
        self._pattern = re.compile(pattern, flags)
        # `re` runs to the next character with which one of several plain strings begins.
        self._needle = re.compile("|".join(map(re.escape, sorted(needles))))

    def finditer(self, text: str, since: int = 0) -> Iterable[re.Match[str]]:
        """As of `re`."""
        return self._pattern.finditer(text, since) if self._needle.search(text) else ()

    def search(self, text: str, since: int = 0, until: int = sys.maxsize) -> re.Match[str] | None:
        """As of `re`."""
        return self._pattern.search(text, since, until) if self._needle.search(text) else None


def needles_of(pattern: str) -> frozenset[str] | None:
    """Strings one of which stands in every match; None where there are no such strings, or too many.

    Errors: re.error where the pattern is none.
    """
    parsed = parser.parse(pattern)
    return None if parsed.state.flags & sre.SRE_FLAG_IGNORECASE else _needed(parsed)


def _needed(parts: Iterable[tuple[Any, Any]]) -> frozenset[str] | None:
    """The best needles of a sequence: any of its parts must be there, so that the rarest may stand for all."""
    offers: list[frozenset[str] | None] = []
    strings = frozenset({""})  # of a run of characters that stand one right after the other
    for kind, value in [*parts, (None, None)]:
        letters = _letters(kind, value)
        if letters and len(strings) * len(letters) <= _MOST_OF_RUN:
            strings = frozenset(string + letter for string in strings for letter in letters)
            continue
        offers.append(strings if "" not in strings else None)
        strings = letters or frozenset({""})
        if kind is sre.BRANCH:
            offers.append(_union([_needed(branch) for branch in value[1]]))
        elif kind is sre.SUBPATTERN:
            offers.append(None if value[1] & sre.SRE_FLAG_IGNORECASE else _needed(value[3]))
        elif kind is sre.ASSERT:  # what must stand before or after a match stands in the text
            offers.append(_needed(value[1]))
        elif kind in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT) and value[0] > 0:
            offers.append(_needed(value[2]))
    return max(filter(None, offers), key=_selective, default=None)


def _union(branches: list[frozenset[str] | None]) -> frozenset[str] | None:
    known = [branch for branch in branches if branch]
    together = frozenset().union(*known)
    return together if len(known) == len(branches) and len(together) <= _MOST else None


def _letters(kind: Any, value: Any) -> frozenset[str]:
    """What a part of a pattern that is one character of a few may be; nothing for any other part."""
    if kind is sre.LITERAL:
        return frozenset({chr(value)})
    if kind is sre.IN and all(of is sre.LITERAL for of, _ in value):
        return frozenset(chr(letter) for _, letter in value)
    return frozenset()


def _selective(needles: frozenset[str]) -> tuple[bool, int, int]:
    """Longer strings are rarer, fewer too; what most texts hold tells nothing."""
    shortest = min(map(len, needles))
    tells = _COMMON.isdisjoint(needles) and (shortest > 1 or len(needles) <= _LETTERS)
    return tells, shortest, -len(needles)
