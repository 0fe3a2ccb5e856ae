"""Tests of questions."""

from __future__ import annotations

import pytest

from service.city import DEFAULT_CITY
from service.form.definition import FormDefinition
from service.form.field import Field
from service.form.questions import missing_fields, questions

FILLED = Field("x", "x", (), 0.9, "rule", "filled")


@pytest.fixture(scope="module")
def form() -> FormDefinition:
    return FormDefinition.open(DEFAULT_CITY / "form.toml")


def test_what_blocks_dispatch_is_asked_first(form: FormDefinition) -> None:
    asked = [question.field for question in questions(form, {}, kind="投诉")]
    assert asked == ["event_address", "demand", "target_entity", "event_time", "contact_phone", "caller_name"]


def test_the_district_is_asked_for_where_only_it_is_missing(form: FormDefinition) -> None:
    assert questions(form, {"event_address": FILLED}, kind="投诉")[0].field == "district"


def test_a_wish_for_secrecy_silences_the_question_for_the_name(form: FormDefinition) -> None:
    wish = Field(True, "保密", (), 0.9, "rule", "filled")
    assert "caller_name" not in missing_fields(form, {"confidential": wish}, kind="投诉")
    assert "contact_phone" in missing_fields(form, {"confidential": wish}, kind="投诉")


def test_only_complaints_need_a_target(form: FormDefinition) -> None:
    assert "target_entity" not in missing_fields(form, {}, kind="咨询")
    assert "target_entity" in missing_fields(form, {}, kind="举报")


def test_a_contradiction_is_put_to_the_caller(form: FormDefinition) -> None:
    open_district = Field(None, None, (), 0.0, "rule", "conflict", ("江苏省南京市鼓楼区", "河南省开封市鼓楼区"))
    (first, *_) = questions(form, {"event_address": FILLED, "district": open_district}, kind="投诉")
    assert first.field == "district"
    assert "南京市鼓楼区" in first.text
    assert "开封市鼓楼区" in first.text
