"""Tests of what a citizen says of a date when he is asked back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from service.form.talk import Talk
from service.form.time.replies import as_meant
from service.form.time.timeline import read_times
from service.ticket import CHINA

MakeTalk = Callable[..., Talk]
RECEIVED = datetime(2025, 10, 15, 10, 30, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("turns", "value"),
    [
        (("八月十五", "A:农历还是公历", "农历的"), "2025-10-06"),
        (("从八月十五以后", "A:农历还是公历", "农历"), "2025-10-06/2025-10-15"),
        (("八月十五", "A:农历还是公历", "公历"), "2025-08-15"),
        (("八月十五", "A:农历吧", "对"), "2025-10-06"),
        (("八月十五", "A:农历吧", "不是"), "2025-08-15"),
        (("七月十五，农历的", "A:好"), "2025-09-06"),
        (("农历八月十五", "A:农历的八月十五对吗", "对"), "2025-10-06"),
        (("前天", "A:农历还是公历", "农历的"), "2025-10-13"),
        (("去年八月十五", "A:农历还是公历", "农历的"), "2024-09-17"),
    ],
)
def test_a_date_is_of_the_calendar_that_he_says(talk: MakeTalk, turns: tuple[str, ...], value: str) -> None:
    said = talk(*turns)
    (when,) = read_times(said.turns[0].folded, RECEIVED)
    assert as_meant(when, said.turns[0], said, RECEIVED).value == value
