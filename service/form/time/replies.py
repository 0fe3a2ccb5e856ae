"""Replies: what a citizen says of a date that he named, when he is asked back (农历还是公历 — 农历的)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from service.form.talk import Talk, Turn
from service.form.time.lunar import knows, last_lunar_date, lunar_date
from service.form.time.moments import Moment, When

_LUNAR = re.compile(r"农历|阴历|旧历|老历|古历")
_COMMON = re.compile(r"公历|阳历|新历")
_SAID_OF_IT = re.compile(rf"^[，、\s]{{0,2}}(?:是|说的是|我说的是)?(?:{_LUNAR.pattern})(?:的|[，。！\s]|$)")
_MONTH_AND_DAY = re.compile(r"(?!.*[历初廿正腊冬闰]).{1,9}月.{1,4}")  # what is lunar by its words has been read so


def as_meant(when: When, turn: Turn, talk: Talk, received: datetime) -> When:
    """A month and day of the lunar calendar, where they were called that after they were said."""
    begin = when.begin
    words = turn.folded[when.start : when.end]
    if begin is None or begin.grain != "day" or not _MONTH_AND_DAY.fullmatch(words):
        return when
    if not (_SAID_OF_IT.match(turn.folded[when.end :]) or _asked_and_lunar(turn, talk)) or not _in_tables(
        begin, received
    ):
        return when
    month, day_of_it = begin.at.month, begin.at.day
    if "年" in words:
        day = lunar_date(begin.at.year, month, day_of_it)
    else:
        day = last_lunar_date(month, day_of_it, before=received.date())
    return replace(when, begin=Moment(begin.at.replace(year=day.year, month=day.month, day=day.day), "day"))


def _in_tables(begin: Moment, received: datetime) -> bool:
    return all(knows(year) for year in (begin.at.year, received.year - 2, received.year))


def _asked_and_lunar(turn: Turn, talk: Talk) -> bool:
    asked, reply = talk.taken_up(turn), "".join(t.folded for t in talk.turns[turn.index + 2 : turn.index + 3])
    if not _LUNAR.search(asked):
        return False
    if _LUNAR.search(reply) or _COMMON.search(reply):
        return bool(_LUNAR.search(reply)) and not _COMMON.search(reply)
    return not _COMMON.search(asked) and talk.confirms(talk.turns[turn.index + 1])
