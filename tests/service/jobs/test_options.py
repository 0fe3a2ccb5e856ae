"""What may be asked for is what the relabeller can do, no more and no less."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from service.errors import ServiceError
from service.jobs.options import JobOptions, Label, PathBody, TicketPart, format_of, read_options, suffix_of
from service.relabel.cli import _LABELS
from service.relabel.formats import Format
from service.relabel.mapping import PARTS_OF_TICKET
from service.relabel.record import RelabelError

NAMES = [f"x.{kind}{packed}" for kind in ("csv", "tsv", "jsonl", "json", "xlsx", "parquet", "xls", "txt")
         for packed in ("", ".gz", ".xz")]  # fmt: skip
NAMES += [name.upper() for name in NAMES]


def test_parts_and_labels_are_those_of_the_relabeller() -> None:
    assert get_args(TicketPart) == PARTS_OF_TICKET
    assert get_args(Label) == _LABELS


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_accepted_where_the_relabeller_reads_it(name: str) -> None:
    try:
        Format.of(Path(name))
    except RelabelError:
        with pytest.raises(ServiceError, match="format_unknown"):
            suffix_of(name, place="file")
    else:
        suffix = suffix_of(name, place="file")
        assert name.lower().endswith(suffix)
        Format.of(Path(f"result.{format_of(suffix)}"))


def test_a_refused_name_is_not_repeated() -> None:
    with pytest.raises(ServiceError) as caught:
        suffix_of("张三13800138000.doc", place="file")
    assert "张三" not in str(caught.value)


def test_tasks_are_a_set_in_the_order_of_the_house() -> None:
    assert read_options(JobOptions, {"tasks": ["dispatch", "form", "form"]}).tasks == ["form", "dispatch"]


@pytest.mark.parametrize(
    "data",
    [{"tasks": []}, {"tasks": ["weather"]}, {"format": "doc"}, {"columns": {"name": "x"}}, {"columns": {"text": "\0"}},
     {"columns": {"text": "\udc80"}}, {"labels": {"form": "x"}}, {"plain": 1}, {"path": "/x"}, [], None],
)  # fmt: skip
def test_what_the_relabeller_cannot_do_is_refused(data: object) -> None:
    with pytest.raises(ServiceError) as caught:
        read_options(JobOptions, data)
    assert (caught.value.status, caught.value.code) == (422, "job_invalid")


def test_a_path_is_no_option() -> None:
    assert read_options(PathBody, {"path": "/x", "plain": True}).options() == JobOptions(plain=True)


def test_one_column_is_no_text_and_title_at_once() -> None:
    with pytest.raises(ServiceError, match="read twice"):
        read_options(JobOptions, {"columns": {"text": "诉求", "title": "诉求"}})
    options = read_options(JobOptions, {"columns": {"text": "诉求", "title": "标题", "id": "标题"}})
    assert options.columns["title"] == "标题"
