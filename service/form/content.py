"""Content: 来电人反映：…。诉求：…。 — why, how it went, what is wanted, in the citizen's own clauses."""

from __future__ import annotations

import re
from collections.abc import Mapping

from service.form.field import Field
from service.form.story import told
from service.form.talk import Talk

MAX_CHARACTERS = 500
_LEAD = re.compile(r"^(?:(?:那个|这个)?就是说?|然后呢|所以说|反正|其实|怎么说呢)+(?=.{3})")


def write_content(talk: Talk, fields: Mapping[str, Field]) -> str:
    """The ticket's text, of at most 500 characters; empty if nothing was said."""
    demand = fields.get("demand", Field())
    story = _told(talk, fields)
    if not story and demand.value is None:
        return ""
    wish = f"诉求：{_closed(str(demand.value))}" if demand.value else ""
    frame = "来电人反映："
    body = _cut(story, MAX_CHARACTERS - len(frame) - len(wish) - 1)
    return (f"{frame}{_closed(body)}" if body else "") + wish


def _told(talk: Talk, fields: Mapping[str, Field]) -> str:
    clauses = told(talk, fields)
    return "".join(_LEAD.sub("", clause.text) + ("。" if clause.closes else "，") for clause in clauses)


def _closed(text: str) -> str:
    return text.rstrip("，。；, ") + "。"


def _cut(text: str, room: int) -> str:
    """Whole clauses as far as there is room."""
    if len(text) <= room:
        return text
    at = max(text.rfind(mark, 0, room) for mark in "，。")
    return text[: at if at > 0 else room]
