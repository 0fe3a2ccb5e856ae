"""Definition: the form as a city writes it — which fields, in which order, required when, masked how, asked for how."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from string import Formatter
from typing import Annotated, Final

from pydantic import Field, field_validator, model_validator

from service.city import CityFile, Table, TicketType, tell_nearest
from service.form.expressions import fold_expression
from service.pattern import check_pattern

BUILT_IN = (
    *("caller_name", "caller_gender", "contact_phone", "caller_address", "event_address", "district", "subdistrict"),
    *("community", "poi", "event_time", "target_entity", "demand", "co_callers", "amount", "plate_no", "ref_no"),
    *("id_no", "email", "confidential", "no_contact"),
)
_PLACEHOLDERS: Final = ("value", "others", "label")


class Mask(Table):
    """How many characters stay readable at either end."""

    keep_start: Annotated[int, Field(ge=0)] = 0
    keep_end: Annotated[int, Field(ge=0)] = 0

    def hide(self, text: str) -> str:
        """The text with its middle starred; a text too short to hide anything is starred whole."""
        hidden = len(text) - self.keep_start - self.keep_end
        if hidden <= 0:
            return "*" * len(text)
        return text[: self.keep_start] + "*" * hidden + text[len(text) - self.keep_end :]


class FieldSpec(Table):
    """One field. `pattern` makes it a city's own; the built-in ones have recognisers of their own."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    label: Annotated[str, Field(min_length=1, max_length=16)]
    required: bool = False
    required_for: tuple[TicketType, ...] = ()  # types of ticket (投诉, 举报, …) for which it is required
    unless: tuple[str, ...] = ()  # not required where one of these fields is filled
    mask: Mask | None = None
    pattern: str | None = None
    ask: str | None = None
    ask_rank: Annotated[int, Field(ge=1)] = 100  # the lowest is asked first: what blocks dispatch
    confirm: str | None = None

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            check_pattern(pattern, expanded=fold_expression(pattern), flags=re.ASCII)
        return pattern

    @field_validator("confirm")
    @classmethod
    def _can_be_put_together(cls, text: str | None) -> str | None:
        # A question that fails when it is asked fails the ticket.
        try:
            names = [name for _, name, _, _ in Formatter().parse(text or "") if name is not None]
        except ValueError as error:
            raise ValueError(f"has a brace too few or too many: {error}") from error
        if unknown := [name for name in names if name not in _PLACEHOLDERS]:
            near = tell_nearest(unknown[0], _PLACEHOLDERS)
            raise ValueError(f"names {{{unknown[0]}}}; it may hold {{value}}, {{others}} and {{label}}{near}")
        return text

    @field_validator("ask")
    @classmethod
    def _is_put_as_it_stands(cls, text: str | None) -> str | None:
        if found := re.search(r"\{[^}]*\}?", text or ""):
            raise ValueError(
                f"is put as it stands, and '{found[0]}' would be read out; 'confirm' alone fills in values"
            )
        return text

    @model_validator(mode="after")
    def _has_a_recogniser(self) -> FieldSpec:
        if (self.pattern is None) != (self.name in BUILT_IN):
            near = tell_nearest(self.name, BUILT_IN)
            raise ValueError(f"needs a pattern{near}" if self.pattern is None else "is built in and takes no pattern")
        if self.required and self.ask is None:
            raise ValueError("is required and needs a question 'ask'")
        return self


class FormDefinition(Table):
    """The whole form, fields in the order of the form."""

    fields: Annotated[list[FieldSpec], Field(alias="field", min_length=1)]

    @model_validator(mode="after")
    def _names_are_distinct_and_known(self) -> FormDefinition:
        names = [field.name for field in self.fields]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"field '{name}' is defined twice")
        for field in self.fields:
            for other in field.unless:
                if other not in names:
                    near = tell_nearest(other, names)
                    raise ValueError(f"field '{field.name}' depends on '{other}', which the form does not have{near}")
        return self

    @cached_property
    def own(self) -> tuple[tuple[FieldSpec, re.Pattern[str]], ...]:
        """A city's own fields with their patterns, which match what is said as a talk folds it."""
        return tuple(
            (f, re.compile(fold_expression(f.pattern), re.ASCII)) for f in self.fields if f.pattern is not None
        )

    @classmethod
    def open(cls, path: Path) -> FormDefinition:
        """Read `form.toml`. Errors: CityFileError with table, key and line."""
        return CityFile.open(path).parse(cls)
