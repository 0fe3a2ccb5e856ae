"""Which words of a ticket count, and where they stand in what was sent."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from models.document import Document, Segment
from service.hearing import Heard, Said, hear
from service.ticket import Ticket

NOON = datetime.fromisoformat("2025-06-03T12:00:00+08:00")


def call(*turns: str) -> Ticket:
    """Turns that begin with 坐席 or 来电 and a colon."""
    segments = tuple(Segment(turn[3:], "agent" if turn.startswith("坐席") else "citizen") for turn in turns)
    return Ticket(Document(segments, spoken=True), NOON, is_dialogue=True)


def texts(said: tuple[Said, ...]) -> list[str]:
    return [one.text for one in said]


def heard(*turns: str) -> Heard:
    return hear(call(*turns))


@pytest.mark.parametrize(
    ("sent", "plain", "raw"),
    [
        ("灶台 着 火 了", "着火", "着 火"),
        ("廚房著火了", "着火", "著火"),
        ("灶台着🔥啦", "着火", "着🔥"),
        ("灶台着\u200b火啦", "着火", "着\u200b火"),
        ("灶台着火啦", "着火", "着火"),
    ],
)
def test_words_are_read_plain_and_told_as_they_were_sent(sent: str, plain: str, raw: str) -> None:
    (said,) = hear(Ticket(Document.of(sent), NOON)).own
    match = re.search(plain, said.text)
    assert match is not None
    place = said.place(match)
    assert place is not None
    assert said.raw(match) == sent[place.start : place.end] == raw


def test_a_space_between_words_stays() -> None:
    (said,) = hear(Ticket(Document.of("我看着 火车开走"), NOON)).own
    assert said.text == "我看着 火车开走"


@pytest.mark.parametrize(
    "reply", ["是", "嗯", "对对", "有", "有啦", "是的", "在呢", "冒着呢", "还冒", "对 就在三楼", "有两处", "是厨房"]
)
def test_what_the_call_taker_asks_counts_once_the_caller_says_yes(reply: str) -> None:
    assert texts(heard("坐席：您先别急。是厨房冒烟吗", f"来电：{reply}").agreed) == ["是厨房冒烟吗"]


@pytest.mark.parametrize(
    "reply",
    [
        *("没有", "不是", "我问的是发票", "有个问题想问", "是这样的", "对不起打错了", ""),
        *("是灯坏了", "有录音的", "对，没冒", "对了我忘了说", "是去年", "有一回差点冒"),
    ],
)
def test_it_does_not_count_where_he_says_anything_else(reply: str) -> None:
    assert not heard("坐席：是厨房冒烟吗", f"来电：{reply}").agreed


@pytest.mark.parametrize(("reply", "counts"), [("没有了", True), ("不动了", True), ("没有呼吸", True), ("有", False)])
def test_what_he_says_no_to_is_kept_apart(reply: str, *, counts: bool) -> None:
    assert bool(heard("坐席：他还有呼吸吗", f"来电：{reply}").refuted) == counts


def test_what_the_call_taker_only_advises_is_nobodys_fact() -> None:
    assert not heard("坐席：闻到煤气味请开窗", "来电：好的").agreed


@pytest.mark.parametrize(
    ("offer", "reply", "counts"),
    [
        ("我马上给您转119", "我在三楼", True),
        ("我们联系119", "我在三楼", False),
        ("我们联系119", "好的", True),
        ("需要给您转119吗", "中午最呛", False),
        ("我给您转119可以吗", "行 快点", True),
        ("需要给您转119吗", "现在没事", False),
        ("我马上给您转119", "不用了 自己灭了", False),
        ("我给您叫120", "已经打过了", False),
    ],
)
def test_what_the_call_taker_offers_counts_unless_it_is_refused(offer: str, reply: str, *, counts: bool) -> None:
    assert bool(heard(f"坐席：{offer}", f"来电：{reply}").offered) == counts


def test_where_no_caller_speaks_the_statements_may_be_his() -> None:
    found = heard("坐席：我家灶台着了", "坐席：请问您在哪里？").agreed
    assert [(said.text, said.sure) for said in found] == [("我家灶台着了", False)]


def test_a_caller_who_greets_like_a_call_taker_may_have_changed_places_with_one() -> None:
    found = heard("来电：您好，有什么可以帮您", "坐席：我家灶台着了", "来电：好的").agreed
    assert texts(found) == ["我家灶台着了"]
    assert not heard("坐席：您好，有什么可以帮您", "来电：灶台着了", "坐席：您稍等").agreed


def test_what_follows_are_the_next_sentences_and_then_the_callers_next_turns() -> None:
    told = heard("来电：灶台着了。啊灭了", "坐席：好的", "来电：没事了")
    match = re.search("着了", told.own[0].text)
    assert match is not None
    assert list(told.after(told.own[0], match)) == ["啊灭了", "没事了"]
