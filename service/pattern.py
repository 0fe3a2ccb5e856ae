"""Pattern: a regular expression of a city's file, refused with what is wrong before it meets a ticket."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from service.backtracking import tell_slow


def check_pattern(text: str, *, expanded: str | None = None, flags: int = 0) -> str:
    """The text, where it can be used; `expanded` is the expression that it stands for.

    Errors: ValueError where it is no expression, matches where nothing is said, or takes ages on some text.
    """
    pattern = text if expanded is None else expanded
    try:
        matches_nothing = re.compile(pattern, flags).match("") is not None
        slow = None if matches_nothing else tell_slow(pattern, flags)
    except re.error as error:
        raise ValueError(f"'{text}' is no regular expression: {error}") from error
    if matches_nothing:
        raise ValueError(f"'{text}' matches where nothing is said")
    if slow:
        raise ValueError(f"'{text}' {slow}")
    return text


def _check_joined(text: str) -> str:
    """Of patterns that are looked for together, none may hold what means something for all of them."""
    check_pattern(text)
    if re.match(r"\(\?[aiLmsux]+\)", text):
        raise ValueError(f"'{text}' begins with flags, which would be those of all patterns; write (?i:…) around it")
    if re.search(r"\(\?P[<=]|(?<!\\)(?:\\\\)*\\[1-9]", text):
        raise ValueError(f"'{text}' names a group or refers to one; groups of several patterns would be mixed up")
    return text


Pattern = Annotated[str, AfterValidator(_check_joined)]  # one of several that are looked for together
Patterns = Annotated[tuple[Pattern, ...], Field(min_length=1)]
