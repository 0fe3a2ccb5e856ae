"""Content: 来电人反映：…。诉求：…。 — the citizen's own clauses in their order, nothing that was not said."""

from __future__ import annotations

import re
from collections.abc import Mapping

from service.form.field import Field, Place
from service.form.names import asks_name
from service.form.phones import ASKS_PHONE
from service.form.sentences import Clause, clauses_of
from service.form.talk import Talk

MAX_CHARACTERS = 500
_PERSONAL = ("caller_name", "contact_phone", "id_no", "email", "caller_gender")
_COURTESY = re.compile(
    r"谢谢|麻烦你|再见|辛苦|你记一下|听得到|你听|等等啊|我念一下|快点$|^(?:我)?(?:要|想)(?:投诉|举报|反映)(?:一下|个事)?$"
)


def write_content(talk: Talk, fields: Mapping[str, Field]) -> str:
    """The ticket's text, of at most 500 characters; empty if nothing was said."""
    demand = fields.get("demand", Field())
    told = _told(talk, fields, demand)
    if not told and demand.value is None:
        return ""
    wish = f"诉求：{_closed(str(demand.value))}" if demand.value else ""
    frame = "来电人反映："
    body = _cut(told, MAX_CHARACTERS - len(frame) - len(wish) - 1)
    return (f"{frame}{_closed(body)}" if body else "") + wish


def _told(talk: Talk, fields: Mapping[str, Field], demand: Field) -> str:
    hidden = [place for name in _PERSONAL if name in fields for place in fields[name].places]
    text, last = "", ""
    for turn in talk.citizen:
        question = talk.question_before(turn)
        if asks_name(question) or ASKS_PHONE.search(question):
            continue
        for clause in clauses_of(turn):
            if _covered(clause, hidden) or _covered(clause, demand.places) or _COURTESY.search(clause.text):
                continue
            if clause.text in last:
                continue
            text += clause.text + ("。" if clause.closes else "，")
            last = clause.text
    return text


def _covered(clause: Clause, places: list[Place] | tuple[Place, ...]) -> bool:
    mine = clause.place
    return any(p.segment == mine.segment and p.start < mine.end and mine.start < p.end for p in places)


def _closed(text: str) -> str:
    return text.rstrip("，。；, ") + "。"


def _cut(text: str, room: int) -> str:
    """Whole clauses as far as there is room."""
    if len(text) <= room:
        return text
    at = max(text.rfind(mark, 0, room) for mark in "，。")
    return text[: at if at > 0 else room]
