"""Bodies become tickets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models.document import Segment
from service.schemas import TicketBody, read_time
from service.ticket import CHINA

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31T08:30:00", datetime(2026, 1, 31, 8, 30, tzinfo=CHINA)),
        ("2026-01-31 08:30:00", datetime(2026, 1, 31, 8, 30, tzinfo=CHINA)),
        ("2026-01-31T00:30:00Z", datetime(2026, 1, 31, 8, 30, tzinfo=CHINA)),
        ("2026-01-31t00:30:00.5z", datetime(2026, 1, 31, 0, 30, 0, 500_000, tzinfo=UTC)),
        ("2026-01-31T08:30:00.123456789+08:00", datetime(2026, 1, 31, 8, 30, 0, 123_456, tzinfo=CHINA)),
    ],
)
def test_times_are_rfc_3339_and_shanghai_where_no_zone_is_said(text: str, expected: datetime) -> None:
    assert read_time(text) == expected
    assert read_time(text).utcoffset() is not None


@pytest.mark.parametrize(
    "text", ["2026-01-31", "20260131T083000", "2026-W05-6T08:30:00", "2026-13-01T00:00:00", "２026-01-31T08:30:00",
             "0001-01-01T00:00:00+14:00", "2026-01-31T24:30:00", "2026-01-31T08:30"],
)  # fmt: skip
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_time(text)


def test_a_message_becomes_one_segment_received_now() -> None:
    ticket = TicketBody(text="小区", title="标题", area="440100").as_ticket(now=NOW)
    assert ticket.document.segments == (Segment("小区", "citizen"),)
    assert (ticket.document.title, ticket.received_at, ticket.is_dialogue, ticket.area) == (
        "标题",
        NOW,
        False,
        "440100",
    )


def test_a_call_becomes_one_segment_per_turn() -> None:
    body = TicketBody.model_validate(
        {"dialogue": [{"role": "agent", "text": "您好", "at": 1}, {"role": "caller", "text": "喂"}], "id": "7"}
    )
    ticket = body.as_ticket(now=NOW)
    assert ticket.document.segments == (Segment("您好", "agent"), Segment("喂", "citizen"))
    assert ticket.document.spoken
    assert (ticket.is_dialogue, ticket.id, ticket.turn_seconds) == (True, "7", (1.0, None))


def test_shanghai_is_eight_hours_ahead_all_year() -> None:
    assert all(datetime(2026, month, 1, tzinfo=CHINA).utcoffset() == timedelta(hours=8) for month in (1, 7))
