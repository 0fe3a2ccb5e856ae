"""E-mail addresses, written or spelled out (艾特, 点)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.form.field import Field
from service.form.mention import Mention, mention_at, settle
from service.form.talk import Talk, Turn

_ADDRESS = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}\s?(?:@|艾特|at|圈a)\s?[A-Za-z0-9][A-Za-z0-9-]{0,62}(?:\s?(?:\.|点)\s?[A-Za-z0-9-]{2,24}){1,3}",
    re.ASCII | re.IGNORECASE,
)


def fill_email(talk: Talk) -> Field:
    """The caller's e-mail address."""
    return settle((mention for turn in talk.turns for mention in find_emails(turn)), talk)


def find_emails(turn: Turn) -> Iterator[Mention]:
    """Addresses of a turn, in lower case."""
    for match in _ADDRESS.finditer(turn.folded):
        value = re.sub(r"\s", "", match[0])
        value = re.sub(r"艾特|圈a|(?<=\w)at(?=\w)(?!.*@)", "@", value, count=1).replace("点", ".").lower()
        if value.count("@") == 1:
            yield mention_at(turn, *match.span(), value=value, confidence=0.97)
