"""Patterns: fields that a city defines by a regular expression, heard as people say numbers (幺二三四 五六七八)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from service.form.chains import gather
from service.form.definition import FieldSpec, FormDefinition
from service.form.field import Field
from service.form.mention import Mention, mention_at, settle
from service.form.numerals import DIGITS, SPOKEN, signs_of
from service.form.phones import RUN
from service.form.readbacks import counted
from service.form.talk import Talk, Turn

_SIGNS = re.compile(rf"[0-9A-Za-z{SPOKEN}](?:[\s,，、.·—-]{{0,2}}[0-9A-Za-z{SPOKEN}])*")
_LEAST = 2  # digits in a row that are a number: one alone may be part of a word (一卡通)
_SURE = 0.9
_FIRST = 8  # numbers of a turn: an answer comes early
_QUESTION = 40  # characters
_LONGEST = 64  # signs of a number that may be an answer: it is tried behind every part of the question
_REACH = 10_000  # characters of a turn that are read; a pattern may take time with the square of them


@dataclass(frozen=True, slots=True)
class Digits:
    """A turn with its numbers in plain digits, without the pauses in them, and where each character stands."""

    text: str
    at: tuple[int, ...]

    @classmethod
    def of(cls, turn: Turn) -> Digits:
        """The digits of a turn."""
        text, at, end = "", list[int](), 0
        for run in RUN.finditer(turn.folded):
            places = [i for i in range(*run.span()) if turn.folded[i] in DIGITS]
            if len(places) < _LEAST:
                continue
            text += turn.folded[end : run.start()] + "".join(DIGITS[turn.folded[i]] for i in places)
            at += [*range(end, run.start()), *places]
            end = run.end()
        return cls(text + turn.folded[end:], (*at, *range(end, len(turn.folded))))

    def cuts(self, start: int, end: int) -> bool:
        """Whether a stretch leaves out digits of the number that it begins or ends in."""
        return any(
            0 < edge < len(self.text) and self.text[edge - 1].isdigit() and self.text[edge].isdigit()
            for edge in (start, end)
        )


def fill_own(form: FormDefinition, talk: Talk) -> dict[str, Field]:
    """A city's own fields: said as the pattern has it, digit by digit, over several turns, or as an answer."""
    return {spec.name: _fill(spec, pattern, talk) for spec, pattern in form.own}


def _fill(spec: FieldSpec, pattern: re.Pattern[str], talk: Talk) -> Field:
    def find(turn: Turn) -> Iterator[Mention]:
        found = [*_written(turn, pattern)]
        found = found or [*_spoken(turn, pattern)]
        yield from found or _answered(turn, pattern, [*_cues(talk.question_before(turn), spec)])

    return settle(counted(gather(talk, find), talk), talk)


def _written(turn: Turn, pattern: re.Pattern[str]) -> Iterator[Mention]:
    for match in pattern.finditer(turn.folded, 0, _REACH):
        if match[_group(pattern)]:
            yield mention_at(turn, *match.span(_group(pattern)), value=match[_group(pattern)], confidence=_SURE)


def _spoken(turn: Turn, pattern: re.Pattern[str]) -> Iterator[Mention]:
    digits = Digits.of(turn)
    for match in pattern.finditer(digits.text, 0, _REACH):
        start, end = match.span(_group(pattern))
        if start < end and not digits.cuts(start, end):
            value = match[_group(pattern)]
            yield mention_at(turn, digits.at[start], digits.at[end - 1] + 1, value=value, confidence=_SURE)


def _answered(turn: Turn, pattern: re.Pattern[str], cues: list[str]) -> Iterator[Mention]:
    """A whole number that, put behind the words of the question, is what the pattern wants."""
    for run in islice(_SIGNS.finditer(turn.folded), _FIRST) if cues else []:
        said = signs_of(run[0])
        for cue in cues if len(said) <= _LONGEST else []:
            match = pattern.search(cue + said)
            if match and match.span(_group(pattern)) == (len(cue), len(cue) + len(said)):
                yield mention_at(turn, *run.span(), value=said, confidence=_SURE)
                break


def _cues(question: str, spec: FieldSpec) -> Iterator[str]:
    """What the number may answer: the question up to any of its words, and the name of the field that it asks for."""
    if spec.label in question or (spec.ask and spec.ask.rstrip("？?。") in question):
        yield spec.label
    asked = question[-_QUESTION:]
    yield from (asked[:end] for end in range(1, len(asked) + 1))


def _group(pattern: re.Pattern[str]) -> int:
    """The group that holds the value: the first, or all that matches."""
    return 1 if pattern.groups else 0
