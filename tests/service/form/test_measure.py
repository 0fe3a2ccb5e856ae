"""Tests of the measuring of forms."""

from __future__ import annotations

from typing import Any

from service.form.fill import FormFiller
from service.form.measure import oracle_of, predictions_of, rouge_l, same, table, tally

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
        "fields": [
            {"f": "district", "v": "西陵区", "m": [[1, "西陵区"]]},
            {"f": "caller_name", "v": "王", "m": []},
            {"f": "event_address", "v": "湖北省宜昌市西陵区学院街道天楚中苑", "m": [[1, "西陵区学院街道天楚中苑"]]},
        ],
    },
}


def test_right_wrong_and_false_fills_are_counted(filler: FormFiller) -> None:
    tallies = tally(filler, [CALL], predictions_of([CALL], bundle=None, oracle=False))
    assert (tallies["district"].right, tallies["district"].gold) == (1, 1)
    assert (tallies["caller_name"].right, tallies["caller_name"].filled) == (0, 1)
    assert tallies["contact_phone"].false == 1
    assert len(list(table(tallies))) == len(tallies) + 1


def test_the_oracle_marks_the_gold_mentions() -> None:
    (span,) = oracle_of(CALL).spans
    assert (span.kind, span.segment, span.start) == ("location", 1, 0)


def test_a_time_counts_by_its_start() -> None:
    assert same("event_time", "2025-10-05T07:30/2025-10-06", "2025-10-05")
    assert not same("event_time", "2025-10", "2025-10-05")
    assert not same("district", "西陵", "西陵区")


def test_rouge() -> None:
    assert rouge_l("停水", "停水") == 1.0
    assert rouge_l("停水", "断电") == 0.0
