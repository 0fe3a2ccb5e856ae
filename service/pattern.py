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
        raise ValueError(f"{text!r} is no regular expression: {error}") from error
    if matches_nothing:
        raise ValueError(f"{text!r} matches where nothing is said, and so every ticket")
    if slow:
        raise ValueError(f"{text!r} {slow}")
    return text


Pattern = Annotated[str, AfterValidator(check_pattern)]
Patterns = Annotated[tuple[Pattern, ...], Field(min_length=1)]
