"""Families: the family names that callers give as their own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.form.mention import Mention, mention_at
from service.form.surnames import ANY_SURNAME, DOUBLE, SURNAME
from service.form.talk import Talk, Turn
from service.form.whom import OF_ANOTHER, asks_name, asks_who_else
from service.needles import Rare

FAMILY = Rare(rf"(?:我|免贵|本人|鄙|小|老人家|是|还)?(?<![百同])姓\s{{0,6}}({ANY_SURNAME})(?!名|氏)")
KNOWN = re.compile(SURNAME)
OF_ONESELF = ("我", "免贵", "本人", "鄙")
# An answer that begins with the family name alone: 纳，接纳的纳.
_FAMILY_ALONE = re.compile(rf"^[\s嗯哦啊]{{0,8}}(?:我?叫|免贵)?\s{{0,4}}({SURNAME})(?=[\s，]|(?<![成能那])(?:。|$))")
# 普 普通话的普: any character that is spelt out.
_FAMILY_SPELT = re.compile(
    rf"^[\s嗯哦啊]{{0,8}}(?:我?叫|免贵)?\s{{0,4}}({ANY_SURNAME})[\s，,、]{{1,4}}[^\s，,。]{{0,6}}?(?:的|呢|嘞|那个)\s?\1"
)


def families_in(talk: Talk) -> Iterator[Mention]:
    """Surnames: sure where they were asked for or given as one's own, else only after a pause and if common."""
    for turn in talk.citizen:
        asked = asks_name(talk.question_before(turn))
        for match in own_families(turn, asked=asked):
            own = asked or match[0].startswith(OF_ONESELF)
            if not own and asks_who_else(talk.question_before(turn)):
                continue
            pause = not turn.folded[: match.start()].strip() or turn.folded[match.start() - 1] in " ，。,"
            if own or (pause and KNOWN.match(match[1])):
                yield mention_at(turn, *match.span(1), value=match[1], confidence=0.9 if own else 0.55)


def own_families(turn: Turn, *, asked: bool) -> Iterator[re.Match[str]]:
    """Surnames that the citizen gives as his own, not as that of the man next door."""
    if asked and (alone := _FAMILY_ALONE.match(turn.folded) or _FAMILY_SPELT.match(turn.folded)):
        yield alone
    for match in FAMILY.finditer(turn.folded):
        before = turn.folded[max(0, match.start() - 10) : match.start()]
        if asked or match[0].startswith(OF_ONESELF) or not OF_ANOTHER.search(before):
            yield match


def surname_of(name: str) -> str:
    """The family name of a name."""
    return next((double for double in DOUBLE if name.startswith(double)), name[:1])
