"""Questions: what is missing, and what the call-taker had best ask next."""

from __future__ import annotations

from collections.abc import Mapping

from service.form.definition import FieldSpec, FormDefinition
from service.form.field import MISSING, Field, Question


def missing_fields(form: FormDefinition, fields: Mapping[str, Field], *, kind: str) -> tuple[str, ...]:
    """Names of required fields that nobody has filled, in the form's order."""
    return tuple(spec.name for spec in form.fields if _is_missing(spec, fields, kind=kind))


def questions(form: FormDefinition, fields: Mapping[str, Field], *, kind: str) -> tuple[Question, ...]:
    """Questions best first: what blocks dispatch, then contradictions, then the rest of what is missing.

    Where the address itself is missing its question asks for the district too.
    """
    ranked: list[tuple[int, Question]] = []
    for spec in form.fields:
        field = fields.get(spec.name, MISSING)
        if field.status == "conflict" and spec.confirm:
            ranked.append((spec.ask_rank, Question(spec.name, _confirm(spec.confirm, field))))
        elif spec.ask and _is_missing(spec, fields, kind=kind):
            ranked.append((spec.ask_rank, Question(spec.name, spec.ask)))
    asked = {question.field for _, question in ranked}
    ordered = [question for _, question in sorted(ranked, key=lambda pair: pair[0])]
    return tuple(q for q in ordered if not (q.field == "district" and "event_address" in asked))


def _is_missing(spec: FieldSpec, fields: Mapping[str, Field], *, kind: str) -> bool:
    if not (spec.required or kind in spec.required_for):
        return False
    if any(fields.get(other, MISSING).value for other in spec.unless):
        return False
    return fields.get(spec.name, MISSING).status == "missing"


def _confirm(text: str, field: Field) -> str:
    others = "、".join(str(value) for value in field.alternatives)
    return text.format(value=field.value if field.value is not None else others, others=others)
