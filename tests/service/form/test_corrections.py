"""Tests of numbers that were taken back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.prediction import Prediction, Span
from service.form.corrections import corrected, find_corrections
from service.form.fill import FormFiller
from service.form.talk import Talk
from service.ticket import Ticket

MakeTalk = Callable[..., Talk]


@pytest.mark.parametrize(
    ("lines", "old", "new"),
    [
        (("金湖花园六栋，不对，是七栋",), "6栋", "7栋"),
        (("金湖花园6栋 哦说错了 7号楼",), "6栋", "7号楼"),
        (("金湖花园六栋二单元", "A:六栋二单元对吧", "不对，是六栋三单元"), "2单元", "3单元"),
        (("六栋", "A:几楼", "三楼。哦我说错了，四楼"), "三楼", "四楼"),
        (("金湖花园六栋", "A:六栋对吧", "不是六栋，是七栋"), "6栋", "7栋"),
        (("金湖花园六栋502", "A:六栋502对吧", "不是五零二，是五零三"), "502", "503"),
        (("我们是七栋", "A:金湖花园一栋是吗", "八栋"), "7栋", "8栋"),
    ],
)
def test_the_number_said_last_stands(talk: MakeTalk, lines: tuple[str, ...], old: str, new: str) -> None:
    assert [(c.old, c.new) for c in find_corrections(talk(*lines))] == [(old, new)]


@pytest.mark.parametrize(
    "lines",
    [
        ("六栋停电了，七栋也停了",),
        ("我家三楼，楼上四楼天天吵，物业不是很管",),
        ("我们六栋漏水", "A:是六栋吗", "对，七栋也漏"),
        ("我家在六栋二单元", "A:只有六栋吗", "对"),
        ("我家在六栋502", "A:什么时候买的", "不是2012年，是2013年"),
    ],
)
def test_another_building_is_no_correction(talk: MakeTalk, lines: tuple[str, ...]) -> None:
    assert find_corrections(talk(*lines)) == []


def test_only_the_whole_number_is_replaced(talk: MakeTalk) -> None:
    (correction,) = find_corrections(talk("六栋，不对，是七栋"))
    assert corrected("金湖花园16栋6栋", [correction]) == "金湖花园16栋7栋"


@pytest.mark.parametrize("model", [True, False])
def test_the_form_shows_the_last_building_and_keeps_the_first(
    filler: FormFiller, make_ticket: Callable[..., Ticket], *, model: bool
) -> None:
    ticket = make_ticket("A:您好，南宁12345", "青秀区金湖花园六栋，不对，是七栋，漏水三天了")
    marked = Prediction({}, (Span("location", 1, 0, 9, 0.9),) if model else (), truncated=False)
    address = filler.fill(ticket, marked).fields["event_address"]
    assert address.value == "广西壮族自治区南宁市青秀区金湖花园7栋"
    assert "广西壮族自治区南宁市青秀区金湖花园6栋" in address.alternatives
    assert any(place.start <= 14 < place.end for place in address.places)
