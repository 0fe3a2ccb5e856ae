"""Headings: what callers say in their own words → the few words under which a hotline files it, by a city's table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from service.city import CityFile, Table
from service.form.talk import Talk
from service.needles import Sieve
from service.pattern import check_pattern

HEADINGS = "headings.toml"
LONGEST = 16  # characters of what is wrong in a title
_NEAR = r"[^。？！?!；]{0,10}(?<!没)(?<!没有)(?<!不是)(?<!未)"  # in the same breath, and not denied in it: 电梯没坏
_PLACEHOLDER = re.compile(r"\{[a-z_]+\}")
# 没有欠工资, 不是停水; 否则断水, 不交就停水: what is denied, or only threatened.
_DENIED = re.compile(
    r"不[交缴给签买付][^，。？！；]{0,8}就[^，。？！；]{0,3}$|(?:(?<!有)没有?|(?<!是)不是|并?未|不存在)(?:什么|说)?$|(?:否则|不然|威胁|扬言|吓唬)[^，。？！；]{0,8}$"
)
_DENIES_AFTER = re.compile(r"(?:倒|也|都|并)?(?:不大|不算|不严重|还好|没有(?=[，。]|$))")
_BEFORE = 12  # characters before a match that may deny it
_LATE = 0.5  # share of a call after which a thing that was never spoken of before is said by the way


class Heading(Table):
    """The words of a title, and expressions of which one is enough for them."""

    title: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    words: Annotated[tuple[str, ...], Field(min_length=1)]

    @field_validator("words")
    @classmethod
    def _compile(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        expanded = tuple(word.replace("{near}", _NEAR) for word in words)
        for word, pattern in zip(words, expanded, strict=True):
            check_pattern(word, expanded=pattern)
            if unknown := _PLACEHOLDER.search(pattern):
                raise ValueError(f"'{word}' holds {unknown[0]}, which stands for nothing; the one there is is {{near}}")
        return expanded


@dataclass(frozen=True, slots=True)
class Heard:
    """The title of a heading, in how many turns of the citizen it was spoken of, and the first of them."""

    title: str
    turns: int
    first: int


class Headings(Table):
    """All headings of a city, the special before the general."""

    headings: Annotated[tuple[Heading, ...], Field(alias="heading")] = ()

    @model_validator(mode="after")
    def _titles_are_distinct(self) -> Headings:
        titles = [heading.title for heading in self.headings]
        for title in titles:
            if titles.count(title) > 1:
                raise ValueError(f"heading '{title}' stands twice; put its words together")
        return self

    @classmethod
    def open(cls, path: Path) -> Headings:
        """Read `headings.toml`. Errors: CityFileError with table, key and line."""
        return CityFile.open(path).parse(cls)

    def heard_in(self, talk: Talk) -> list[Heard]:
        """What is spoken of, in most turns first, of equals what was said first."""
        return sorted(self._found(talk), key=lambda heard: (-heard.turns, heard.first))

    def _found(self, talk: Talk) -> Iterator[Heard]:
        near = self._sieve.pick(turn.folded for turn in talk.citizen)
        for title, patterns in self._patterns:
            if title not in near:
                continue
            turns = [turn.index for turn in talk.citizen if any(_says(p, turn.folded) for p in patterns)]
            if turns and (len(turns) > 1 or len(talk.turns) < 3 or turns[0] < _LATE * len(talk.turns)):
                yield Heard(title, len(turns), turns[0])

    @cached_property
    def _patterns(self) -> tuple[tuple[str, tuple[re.Pattern[str], ...]], ...]:
        return tuple((one.title, tuple(map(re.compile, one.words))) for one in self.headings)

    @cached_property
    def _sieve(self) -> Sieve[str]:
        return Sieve({one.title: one.words for one in self.headings})


def _says(pattern: re.Pattern[str], text: str) -> bool:
    """Whether a text says what a pattern looks for, neither denying it nor threatening with it."""
    return any(
        not _DENIED.search(text, max(0, match.start() - _BEFORE), match.start())
        and not _DENIES_AFTER.match(text, match.end())
        for match in pattern.finditer(text)
    )
