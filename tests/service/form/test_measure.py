"""Tests of the measuring of forms."""

from __future__ import annotations

from typing import Any

from service.form.fill import FormFiller
from service.form.measure import measure, measure_values, oracle_of, table

CALL: dict[str, Any] = {
    "id": "x",
    "received_at": "2025-10-15T10:30:00+08:00",
    "caller_phone": "15300046628",
    "turns": [
        {"role": "agent", "text": "您好宜昌12345"},
        {"role": "caller", "text": "西陵区学院街道天楚中苑停水了 我姓覃"},
    ],
    "gold": {
        "title": "西陵区天楚中苑停水",
        "content": "来电人反映：西陵区天楚中苑停水。",
        "type": "投诉",
        "fields": [
            {"f": "district", "v": "西陵区", "m": [[1, "西陵区"]]},
            {"f": "caller_name", "v": "王", "m": []},
            {"f": "event_address", "v": "湖北省宜昌市西陵区学院街道天楚中苑", "m": [[1, "西陵区学院街道天楚中苑"]]},
        ],
    },
}


def test_right_wrong_and_false_fills_are_counted(filler: FormFiller) -> None:
    figures = measure(filler, [CALL])
    assert (figures.fields["district"].right, figures.fields["district"].heard) == (1, 1)
    assert (figures.fields["caller_name"].right, figures.fields["caller_name"].filled) == (0, 1)
    assert figures.fields["contact_phone"].false == 1
    assert figures.fields["contact_phone"].sure_false == 0  # telephony's number is a suggestion
    assert len(list(table(figures))) == len(figures.fields) + 6


def test_questions_are_judged_in_the_middle_of_the_call_too(filler: FormFiller) -> None:
    figures = measure(filler, [CALL])
    assert figures.halfway.lacking > figures.whole.lacking
    assert figures.halfway.both == figures.halfway.asked


def test_the_oracle_marks_the_gold_mentions() -> None:
    (span,) = oracle_of(CALL).spans
    assert (span.kind, span.segment, span.start) == ("location", 1, 0)


def test_what_another_tool_found_is_counted_the_same_way() -> None:
    figures = measure_values([CALL], ['{"id": "x", "fields": {"district": "西陵区"}}'])
    assert list(figures.fields) == ["district"]
    assert figures.fields["district"].f1 == 1.0


def test_a_confirmation_counts_by_whether_the_value_is_wrong(filler: FormFiller) -> None:
    figures = measure(filler, [CALL])
    assert (figures.confirms.confirmed, figures.confirms.wrong) == (2, 2)  # telephony's number, and the address
    assert figures.confirms.story == 1  # that the water is off is told, how it went is not
