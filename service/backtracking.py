"""Backtracking: whether a city's regular expression takes ages on some text → that text, before the service runs it.

`re` tries every way to split a text among repetitions, and holds the interpreter meanwhile: one `(\\d+)*x` and a long
number freeze all calls. What repeats in an expression is repeated here, longer and longer, until it is slow or long.
"""

from __future__ import annotations

import re
import re._constants as sre  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]  # the standard library's; it has no public name
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from time import thread_time
from typing import Any

# How much longer than an expression that tries every stretch of a text (2 ms), whatever the machine's speed: a bundle
# that was verified on one is not refused on a slower one. Usual ones take up to 10 times as long; one that splits every
# stretch in every way (\d+\d+号) 50 times, and minutes on a long letter.
_PLAIN = re.compile(r"\d+号")
_SLOW = 20
_LONGEST = 900  # characters
_DEEPEST = 64  # repetitions after which ways that double at each of them have shown
_STEPS = 24  # repetitions up to which one more is tried at a time
_MANY = 64  # repetitions, those of nested ones multiplied; fewer cannot take long
_GROWTH = 1.25
_SAMPLES = 12  # texts that are repeated, per repetition
_NEVER = "\uffff"  # a character that no text and no expression has
_ANY = "a"
_OF_CLASS = {
    sre.CATEGORY_DIGIT: "1", sre.CATEGORY_NOT_DIGIT: "a", sre.CATEGORY_SPACE: " ", sre.CATEGORY_NOT_SPACE: "a",
    sre.CATEGORY_WORD: "1", sre.CATEGORY_NOT_WORD: " ",
}  # fmt: skip


def find_slow_text(pattern: str, flags: int = 0) -> str | None:
    """A text, shortened, on which the expression is slow; None where none was found. Errors: re.error."""
    parsed = parser.parse(pattern, flags)
    loops = list(_loops(parsed, before="", times=1))
    if not loops:
        return None
    signs = tuple(dict.fromkeys(_signs(parsed)))
    alone, to_the_end = re.compile(pattern, flags), re.compile(rf"(?:{pattern})\Z", flags)
    for loop in loops:
        for sample in dict.fromkeys((*loop.samples, *signs)):
            for compiled, most in ((alone, _LONGEST), (to_the_end, _DEEPEST * len(sample))):
                if (count := _slow_at(compiled, loop.before, sample, most=most)) is not None:
                    return f"{loop.before}{sample * min(count, 3)}…"
    return None


def tell_slow(pattern: str, flags: int = 0) -> str | None:
    """What is wrong with a slow expression, and the remedy; None where nothing is."""
    text = find_slow_text(pattern, flags)
    if text is None:
        return None
    return (
        f"takes ages on texts such as '{text}' and would stop all calls; "
        "repeat nothing that repeats itself ((a+)+), nor the same twice in a row (a+a+), or bound it: {1,20}"
    )


@dataclass(frozen=True, slots=True)
class _Loop:
    """A repetition: what stands before it, and texts that it may repeat."""

    before: str
    samples: tuple[str, ...]


def _slow_at(compiled: re.Pattern[str], before: str, sample: str, *, most: int) -> int | None:
    count = 1
    while count * len(sample) <= most:
        text = before + sample * count + _NEVER
        if _takes_long(compiled, text):
            return count
        count = count + 1 if count < _STEPS else int(count * _GROWTH)
    return None


def _takes_long(compiled: re.Pattern[str], text: str) -> bool:
    # The second look is for a machine that was busy with something else at the first.
    return all(_time(compiled, text) > _SLOW * _plain_s() for _ in range(2))


@cache
def _plain_s() -> float:
    return min(_time(_PLAIN, "1" * _LONGEST) for _ in range(5))


def _time(compiled: re.Pattern[str], text: str) -> float:
    start = thread_time()
    for _ in compiled.finditer(text):
        pass
    return thread_time() - start


def _loops(parts: Iterable[tuple[Any, Any]], *, before: str, times: int) -> Iterator[_Loop]:
    """Repetitions without a bound that matters, each with a text that leads to it."""
    for part in parts:
        kind, value = part
        if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            inner = times * max(1, int(value[1]))
            if inner >= _MANY:
                yield _Loop(before, tuple(_texts(value[2]))[:_SAMPLES])
            yield from _loops(value[2], before=before, times=inner)
        else:
            for inside in _insides(kind, value):
                yield from _loops(inside, before=before, times=times)
        before += next(_texts([part]), "")


def _insides(kind: Any, value: Any) -> list[Any]:
    """The expressions within one that is no repetition."""
    if kind is sre.SUBPATTERN:
        return [value[3]]
    if kind is sre.BRANCH:
        return list(value[1])
    if kind in (sre.ASSERT, sre.ASSERT_NOT):
        return [value[1]]
    if kind is sre.ATOMIC_GROUP:
        return [value]
    return [value[2]] if kind is sre.POSSESSIVE_REPEAT else []


def _texts(parts: Iterable[tuple[Any, Any]]) -> Iterator[str]:
    """Texts that a sequence matches: one for each of its branches, the others' first standing beside it."""
    choices = [list(_of_part(kind, value)) or [""] for kind, value in parts]
    firsts = [of_part[0] for of_part in choices]
    yield "".join(firsts)
    for at, of_part in enumerate(choices):
        for other in of_part[1:]:
            yield "".join((*firsts[:at], other, *firsts[at + 1 :]))


def _of_part(kind: Any, value: Any) -> Iterator[str]:
    if kind is sre.LITERAL:
        yield chr(value)
    elif kind is sre.NOT_LITERAL:
        yield _ANY if chr(value) != _ANY else "b"
    elif kind is sre.ANY:
        yield _ANY
    elif kind is sre.IN:
        yield from _of_class(value)
    elif kind in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        yield from (text * max(1, value[0]) for text in _texts(value[2]))
    elif kind in (sre.SUBPATTERN, sre.BRANCH, sre.ATOMIC_GROUP):
        for inside in _insides(kind, value):
            yield from _texts(inside)


def _of_class(members: list[tuple[Any, Any]]) -> Iterator[str]:
    if members[0][0] is sre.NEGATE:
        taken = set(_of_class(members[1:])) if members[1:] else set()
        yield next((sign for sign in "a一1 #" if sign not in taken), _ANY)
        return
    for kind, value in members:
        if kind is sre.LITERAL:
            yield chr(value)
        elif kind is sre.RANGE:
            yield chr(value[0])
        elif kind is sre.CATEGORY and value in _OF_CLASS:
            yield _OF_CLASS[value]


def _signs(parts: Iterable[tuple[Any, Any]]) -> Iterator[str]:
    """Single characters of the classes in an expression: what one of them takes, another may take as well."""
    for kind, value in parts:
        if kind is sre.IN:
            yield from list(_of_class(value))[:3]
        elif kind in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            yield from _signs(value[2])
        else:
            for inside in _insides(kind, value):
                yield from _signs(inside)
