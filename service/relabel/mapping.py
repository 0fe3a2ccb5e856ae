"""Mapping: which column of the source is which part of a ticket, and a row as the ticket that it describes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from service.relabel.record import Cells, Flaw, RelabelError
from service.ticket import is_blank

PARTS_OF_TICKET: Final = ("id", "text", "dialogue", "title", "received_at", "caller_phone", "area")

# Names under which exports of hotlines carry these parts; the first that a source has is taken.
_USUAL: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("id", "ticket_id", "工单编号", "工单号", "编号"),
    "text": ("text", "content", "诉求内容", "工单内容", "反映内容", "问题描述", "内容", "留言详情"),
    "dialogue": ("dialogue", "turns", "对话"),
    "title": ("title", "标题", "工单标题", "留言主题"),
    "received_at": ("received_at", "受理时间", "来电时间", "登记时间", "留言时间", "创建时间"),
    "caller_phone": ("caller_phone", "来电号码", "主叫号码"),
    "area": ("area", "区划", "所属区域"),
}
TEXT_NAMES: Final = (*_USUAL["text"], *_USUAL["dialogue"])
_TURNS: Final = '[{"role": "caller", "text": "…"}]'
_DAY = r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
_CLOCK = r"(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})(?:\.\d+)?秒?)?分?"
_TIME = re.compile(rf"{_DAY}(?:[T\s]*{_CLOCK})?", re.ASCII)


def pairs_of(option: str, items: Sequence[str]) -> dict[str, str]:
    """OURS=THEIRS, repeated. Errors: RelabelError."""
    pairs = {}
    for item in items:
        ours, sign, theirs = item.partition("=")
        if not sign:
            raise RelabelError(f"{option} {item}: write {option} OURS=THEIRS, for example {option} text=诉求内容")
        pairs[ours.strip()] = theirs.strip()
    return pairs


def resolve_mapping(given: Mapping[str, str], columns: Sequence[str]) -> dict[str, str]:
    """Our name → theirs: what was given, else the usual names. Errors: RelabelError."""
    for ours, theirs in given.items():
        if ours not in PARTS_OF_TICKET:
            raise RelabelError(f"--column {ours}=…: there is no such part; the parts are {', '.join(PARTS_OF_TICKET)}")
        if theirs not in columns:
            raise RelabelError(
                f"--column {ours}={theirs}: the source has no such column; it has {_listed(columns)}",
                safe=f"columns: the source has no such column for {ours}",
            )
    if {"text", "dialogue"} <= given.keys():
        raise RelabelError("--column text and --column dialogue: a row is read by one of them; give only that one")
    found = _found(given, columns)
    if unread := unread_part(given, columns):
        found.pop(unread)
    if not {"text", "dialogue"} & found.keys():
        raise RelabelError(
            f"no column holds the text; say which with --column text=NAME; there is {_listed(columns)}"
            + (" (a title? its header is found by that NAME)" if _is_title(columns) else ""),
            safe="no column holds the text; say which in columns",
        )
    return found


def unread_part(given: Mapping[str, str], columns: Sequence[str]) -> str | None:
    """Of a source with a text and a dialogue the one that is not read: which was not given, else the dialogue."""
    if not {"text", "dialogue"} <= _found(given, columns).keys():
        return None
    return "text" if "dialogue" in given else "dialogue"


def text_names(given: Mapping[str, str]) -> tuple[str, ...]:
    """What the column of the text, or of the dialogue, is called: as it was given, else one of the usual names."""
    return tuple(given[ours] for ours in ("text", "dialogue") if ours in given) or TEXT_NAMES


def _found(given: Mapping[str, str], columns: Sequence[str]) -> dict[str, str]:
    found = dict(given)
    for ours, names in _USUAL.items():
        name = next((name for name in names if name in columns), None)
        if ours not in found and name is not None and not (ours == "title" and name in found.values()):
            found[ours] = name
    return found


def as_body(cells: Cells, mapping: Mapping[str, str]) -> dict[str, Any] | Flaw:
    """The ticket as a caller of the service would send it, or what is wrong with the row."""
    body = {ours: cells.get(theirs) for ours, theirs in mapping.items()}
    body = {ours: value for ours, value in body.items() if value is not None and value != ""}
    for ours in body.keys() & {"id", "text", "title", "caller_phone", "area"}:
        body[ours] = str(body[ours])
    if "text" in mapping and is_blank(str(body.get("text") or "")):
        return Flaw("text_missing", f"column {mapping['text']} holds nothing that can be read")
    if "dialogue" in mapping and "text" not in mapping and "dialogue" not in body:
        return Flaw("text_missing", f"column {mapping['dialogue']} is empty")
    if "received_at" in body:
        time = read_cell_time(body["received_at"])
        if time is None:
            return Flaw("time_invalid", f"column {mapping['received_at']} holds no date such as 2026-01-31 08:30:00")
        body["received_at"] = time
    if isinstance(body.get("dialogue"), str):
        try:
            body["dialogue"] = json.loads(str(body["dialogue"]))
        except (ValueError, RecursionError):
            return Flaw("dialogue_invalid", f"column {mapping['dialogue']} is no JSON list of turns such as {_TURNS}")
    if isinstance(turns := body.get("dialogue"), list):
        body["dialogue"] = [{k: v for k, v in t.items() if v is not None} if isinstance(t, dict) else t for t in turns]
    return body


def read_cell_time(cell: Any) -> str | None:
    """A cell's time as RFC 3339, or None where it holds none; a date alone means its first moment."""
    if isinstance(cell, datetime | date):
        return cell.isoformat() if isinstance(cell, datetime) else f"{cell.isoformat()}T00:00:00"
    text = str(cell).strip()
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", text, re.ASCII):
        return text
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        return datetime(year, month, day, hour, minute, second).isoformat()
    except ValueError:
        return None


def _listed(columns: Sequence[str]) -> str:
    # A file without a header shows its first row here: one line, and not the whole of it.
    shown = ["".join(c if c.isprintable() else " " for c in name)[:24] for name in columns[:12]]
    return ", ".join(shown) + (", …" if len(columns) > 12 else "")


def _is_title(columns: Sequence[str]) -> bool:
    # Cells of the header without a name are called by their place.
    return len(columns) > 0 and all(name == f"column_{place}" for place, name in enumerate(columns[1:], start=2))
