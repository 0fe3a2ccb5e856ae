"""Agreed: a place with its number that was read back and agreed to stands for another road that was said before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from service.form.address.parts import parts_of
from service.form.address.pieces import Piece
from service.form.talk import Talk

_AGREES = re.compile(r"^[\s，嗯哎啊哦呃]*(?:对(?!面|方|不)|没错|正确|就是|是的|是(?=[，。\s啊呀]|$))")
_WITHIN = 6  # turns between what was said and what was agreed to
_SURE = 0.85


def put_right(pieces: Sequence[Piece], talk: Talk) -> list[Piece]:
    """Pieces, those void below their divisions for which one that the caller agreed to stands.

    It must name a road with a house number; who says his own road again, or says it of another house, keeps it.
    """
    kept = list(pieces)
    for at, agreed in enumerate(pieces):
        if not _is_agreed(agreed, talk):
            continue
        weaker = [n for n, said in enumerate(pieces) if _replaces(agreed, said, talk)]
        for n in weaker:
            kept[n] = replace(kept[n], void=True)
        if weaker:
            kept[at] = replace(agreed, confidence=max(agreed.confidence, _SURE))
    return kept


def _is_agreed(piece: Piece, talk: Talk) -> bool:
    """Whether a house with its road was read back and the caller agreed to it."""
    if piece.turn.role != "agent" or not _AGREES.search(talk.reply_to(piece.turn)):
        return False
    return {"road", "number"} <= parts_of(piece.detail).keys()


def _replaces(agreed: Piece, said: Piece, talk: Talk) -> bool:
    between = agreed.turn.index - said.turn.index
    if said.turn.role != "citizen" or not 0 < between <= _WITHIN or said.aside != agreed.aside:
        return False
    parts, right = parts_of(said.detail), parts_of(agreed.detail)
    road = parts.get("road", "")
    if not road or "number" in parts or road in agreed.detail or right["road"] in said.detail:
        return False
    return not any(turn.index > agreed.turn.index and road in turn.folded for turn in talk.citizen)
