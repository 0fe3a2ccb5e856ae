"""Options: how a caller wants a file relabelled, checked at the edge and stored with the job."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from service.errors import Fault, ServiceError, invalid
from service.reading import PARTS, Part

Format = Literal["csv", "jsonl", "parquet", "xlsx"]
TicketPart = Literal["id", "text", "dialogue", "title", "received_at", "caller_phone", "area"]
Label = Literal["category", "category_path", "type", "lead", "lead_name", "sentiment", "emotion", "urgency"]

_WORDS: Final = ("text", "dialogue", "title")
_SUFFIX: Final = re.compile(r"\.(?:(csv|tsv|jsonl|json)(?:\.gz|\.xz)?|(xlsx|parquet))\Z", re.ASCII | re.IGNORECASE)
_FORMATS: Final[dict[str, Format]] = {
    "csv": "csv",
    "tsv": "csv",
    "jsonl": "jsonl",
    "json": "jsonl",
    "xlsx": "xlsx",
    "parquet": "parquet",
}


def _printable(name: str) -> str:
    # Names travel as arguments of a command, where neither NUL nor a lone surrogate can.
    if not name.isprintable():
        raise ValueError("expected printable characters only")
    return name


def _in_order(tasks: list[Part]) -> list[Part]:
    return [part for part in PARTS if part in tasks]


Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_printable)]


class JobOptions(BaseModel):
    """What to predict, from which columns, and in which format the result should be."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    tasks: Annotated[list[Part], Field(min_length=1, max_length=16), AfterValidator(_in_order)] = list(PARTS)
    format: Format | None = None
    """Else that of the source."""
    columns: dict[TicketPart, Name] = {}
    """Our part of a ticket → the source's column; usual names are found by themselves."""
    labels: dict[Label, Name] = {}
    """Our prediction → a column that holds a known label, to compare with."""
    plain: bool = False
    """CSV for machines: no mark for Excel, no guard against formulas."""

    @field_validator("columns")
    @classmethod
    def _each_once(cls, columns: dict[TicketPart, Name]) -> dict[TicketPart, Name]:
        parts = {part: name for part, name in columns.items() if part in _WORDS}
        if len({*parts.values()}) < len(parts):
            raise ValueError("two of text, dialogue and title name one column; what it holds would be read twice")
        return columns


class PathBody(JobOptions):
    """A job over a file that the service can read: an absolute path under one of SUQIU_JOBS_ROOTS."""

    path: Annotated[str, StringConstraints(min_length=1, max_length=4096)]

    def options(self) -> JobOptions:
        """The options alone."""
        return JobOptions.model_validate(self.model_dump(exclude={"path"}))


Body = TypeVar("Body", JobOptions, PathBody)


def read_options(kind: type[Body], data: Any) -> Body:
    """Check what a caller sent. Errors: ServiceError 422."""
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        raise invalid(error, what="job") from None


def suffix_of(name: str, *, place: str) -> str:
    """By what a file's name tells its format, such as `.csv.gz`. Errors: ServiceError 422, without the name."""
    match = _SUFFIX.search(name)
    if match is None:
        detail = "the file's name must end in .csv, .tsv, .jsonl (each also .gz or .xz), .xlsx or .parquet"
        raise ServiceError(422, "format_unknown", detail, faults=[Fault((place,), "format_unknown", detail)])
    return match[0].lower()


def format_of(suffix: str) -> Format:
    """The format of a result where none was asked for: that of the source."""
    return _FORMATS[suffix.split(".")[1]]
