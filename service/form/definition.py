"""Definition: the form as a city writes it — which fields, in which order, required when, masked how, asked for how."""

from __future__ import annotations

import re
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from models.errors import BundleError

BUILT_IN = (
    *("caller_name", "caller_gender", "contact_phone", "caller_address", "event_address", "district", "subdistrict"),
    *("community", "poi", "event_time", "target_entity", "demand", "co_callers", "amount", "plate_no", "ref_no"),
    *("id_no", "email", "confidential", "no_contact"),
)
_FIELD_HEADER = re.compile(r"^\s*\[\[\s*field\s*\]\]")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Mask(_Strict):
    """How many characters stay readable at either end."""

    keep_start: Annotated[int, Field(ge=0)] = 0
    keep_end: Annotated[int, Field(ge=0)] = 0

    def hide(self, text: str) -> str:
        """The text with its middle starred; a text too short to hide anything is starred whole."""
        hidden = len(text) - self.keep_start - self.keep_end
        if hidden <= 0:
            return "*" * len(text)
        return text[: self.keep_start] + "*" * hidden + text[len(text) - self.keep_end :]


class FieldSpec(_Strict):
    """One field. `pattern` makes it a city's own; the built-in ones have recognisers of their own."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    label: Annotated[str, Field(min_length=1, max_length=16)]
    required: bool = False
    required_for: list[str] = []  # types of ticket (投诉, 举报, …) for which it is required
    unless: list[str] = []  # not required where one of these fields is filled
    mask: Mask | None = None
    pattern: str | None = None
    ask: str | None = None
    ask_rank: Annotated[int, Field(ge=1)] = 100  # the lowest is asked first: what blocks dispatch
    confirm: str | None = None

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            try:
                re.compile(pattern, re.ASCII)
            except re.error as error:
                raise ValueError(f"is no regular expression: {error}") from error
        return pattern

    @model_validator(mode="after")
    def _has_a_recogniser(self) -> FieldSpec:
        if (self.pattern is None) != (self.name in BUILT_IN):
            raise ValueError("needs a pattern" if self.pattern is None else "is built in and takes no pattern")
        if self.required and self.ask is None:
            raise ValueError("is required and needs a question 'ask'")
        return self


class FormDefinition(_Strict):
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
                    raise ValueError(f"field '{field.name}' depends on '{other}', which the form does not have")
        return self

    @cached_property
    def own(self) -> tuple[tuple[FieldSpec, re.Pattern[str]], ...]:
        """A city's own fields with their patterns."""
        return tuple((f, re.compile(f.pattern, re.ASCII)) for f in self.fields if f.pattern is not None)

    @classmethod
    def open(cls, path: Path) -> FormDefinition:
        """Read `form.toml`. Errors: BundleError naming line, field and reason."""
        text = path.read_text(encoding="utf-8")
        try:
            return cls.model_validate(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise BundleError(f"{path.name}: {error}; mend the line") from error
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise BundleError(f"{path.name}, {_place(first['loc'], text)}: {first['msg']}; mend the field") from error


def _place(location: tuple[int | str, ...], text: str) -> str:
    """Line and field of an error: the key's line where the key is written, else the header's."""
    lines = text.splitlines()
    headers = [number for number, line in enumerate(lines) if _FIELD_HEADER.match(line)]
    index = next((part for part in location if isinstance(part, int)), None)
    if index is None or index >= len(headers):
        return "line 1"
    last = headers[index + 1] if index + 1 < len(headers) else len(lines)
    block = range(headers[index], last)
    keys = [str(part) for part in location if isinstance(part, str)][1:]
    line = next((n for n in block if keys and re.match(rf"\s*{re.escape(keys[0])}\b", lines[n])), headers[index])
    name = next((m[1] for n in block if (m := re.match(r'\s*name\s*=\s*"([^"]*)"', lines[n]))), "?")
    return f"line {line + 1}, field '{name}'" + (f", {'.'.join(keys)}" if keys else "")
