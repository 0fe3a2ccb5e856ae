"""Predictions: a reading → the cells of the columns that relabelling adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from service.reading import Part, Reading
from service.relabel.record import Column, Kind

_COLUMNS: Final[dict[Part, tuple[Column, ...]]] = {
    "category": (
        Column("category", "text"),
        Column("category_path", "text"),
        Column("category_score", "number"),
        Column("category_decision", "text"),
        Column("type", "text"),
        Column("type_score", "number"),
    ),
    "dispatch": (
        Column("lead", "text"),
        Column("lead_name", "text"),
        Column("lead_score", "number"),
        Column("assist", "text"),
        Column("dispatch_decision", "text"),
        Column("return_risk", "number"),
        Column("district", "text"),
        Column("subdistrict", "text"),
        Column("territorial", "flag"),
        Column("transfer", "text"),
    ),
    "sentiment": (
        Column("sentiment", "text"),
        Column("sentiment_score", "number"),
        Column("emotion", "text"),
        Column("intensity", "integer"),
        Column("urgency", "integer"),
        Column("risks", "text"),
    ),
    "form": (Column("title", "text"), Column("content", "text"), Column("missing", "text")),
}

# Whatever was asked; a file that has both was relabelled before.
EVERY_PART: Final[Mapping[str, Kind]] = {"truncated": "flag", "model": "text"}


def prediction_columns(parts: Sequence[Part], fields: Sequence[str], *, prefix: str) -> list[Column]:
    """All columns that are added, in order. `fields` are those of the bundle's form."""
    columns = [column for part in _COLUMNS if part in parts for column in _COLUMNS[part]]
    if "form" in parts:
        columns += [Column(f"form_{name}", "text") for name in fields]
    columns += [Column(name, kind) for name, kind in EVERY_PART.items()]
    return [Column(prefix + column.name, column.kind) for column in columns]


def flatten(reading: Reading, *, model: str) -> dict[str, Any]:
    """Cells by column, without prefix; what the reading does not have is left out."""
    cells: dict[str, Any] = {"truncated": reading.truncated, "model": model}
    cells |= _category(reading) | _dispatch(reading) | _sentiment(reading)
    if reading.form is not None:
        form = reading.form
        cells |= {"title": form.title, "content": form.content, "missing": ";".join(form.missing)}
        cells |= {f"form_{name}": _value(field.value) for name, field in form.fields.items()}
    return cells


def _category(reading: Reading) -> dict[str, Any]:
    category = reading.category
    if category is None:
        return {}
    first = category.candidates[0] if category.candidates else None
    return {
        "category": first.code if first else None,
        "category_path": " / ".join(first.path) if first else None,
        "category_score": _share(first.score) if first else None,
        "category_decision": category.decision,
        "type": category.type,
        "type_score": _share(category.type_confidence),
    }


def _dispatch(reading: Reading) -> dict[str, Any]:
    dispatch = reading.dispatch
    if dispatch is None:
        return {}
    return {
        "lead": dispatch.lead.unit if dispatch.lead else None,
        "lead_name": dispatch.lead.name if dispatch.lead else None,
        "lead_score": _share(dispatch.candidates[0].score) if dispatch.candidates else None,
        "assist": ";".join(unit.unit for unit in dispatch.assist),
        "dispatch_decision": dispatch.decision,
        "return_risk": None if (risk := dispatch.return_risk.score) is None else _share(risk),
        "district": dispatch.territory.district,
        "subdistrict": dispatch.territory.subdistrict,
        "territorial": dispatch.territory.hosted,
        "transfer": dispatch.transfer,
    }


def _sentiment(reading: Reading) -> dict[str, Any]:
    sentiment = reading.sentiment
    if sentiment is None:
        return {}
    return {
        "sentiment": sentiment.label,
        "sentiment_score": _share(sentiment.score),
        "emotion": sentiment.emotion,
        "intensity": sentiment.intensity,
        "urgency": sentiment.urgency,
        "risks": ";".join(risk.name for risk in sentiment.risks),
    }


def _share(value: float) -> float:
    # As in the service's replies: beyond four digits a share differs between processors.
    return round(float(value), 4)


def _value(value: Any) -> str | None:
    from service.relabel.csv_file import cell_text

    return None if value is None else cell_text(value)
