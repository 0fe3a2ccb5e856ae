"""Tests of content: the frame, and nothing that was not said."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service.form.content import MAX_CHARACTERS, write_content
from service.form.field import Field, Place
from service.form.talk import Talk

MakeTalk = Callable[..., Talk]


def test_what_happened_comes_before_what_is_wanted(talk: MakeTalk) -> None:
    said = talk("A:请讲", "你好，路灯坏了，晚上看不见。", "A:您希望怎样", "尽快修好")
    demand = Field("尽快修好", "尽快修好", (Place(3, 0, 4),), 0.9, "rule", "filled")
    assert write_content(said, {"demand": demand}) == "来电人反映：路灯坏了，晚上看不见。诉求：尽快修好。"


def test_names_and_numbers_stay_out(talk: MakeTalk) -> None:
    said = talk("路灯坏了。", "A:您贵姓，电话呢", "我叫王佳，13800056623。")
    assert write_content(said, {}) == "来电人反映：路灯坏了。"


def test_why_comes_before_how_and_how_before_what_is_wanted(talk: MakeTalk) -> None:
    said = talk(
        "楼下半夜敲墙。",
        "A:是什么原因呢",
        "他家要改燃气管。",
        "A:报过物业吗",
        "希望马上停工，物业来过两次。",
    )
    demand = Field("希望马上停工", "希望马上停工", (Place(4, 0, 6),), 0.9, "rule", "filled")
    expected = "来电人反映：他家要改燃气管。楼下半夜敲墙。物业来过两次。诉求：希望马上停工。"
    assert write_content(said, {"demand": demand}) == expected


@pytest.mark.parametrize(
    "filler",
    [
        "那个，就是，",
        "就是说",
        "然后呢，",
        "怎么说呢，",
        "我姓程，方程的程，",
        "免贵姓蔺，草字头的蔺，",
        "我叫王佳，",
        "我问一下，",
        "我想反映个问题，",
        "喂，你好，是这样的，",
    ],
)
def test_fillers_and_who_calls_stay_out(talk: MakeTalk, filler: str) -> None:
    assert write_content(talk(f"{filler}路灯坏了。"), {}) == "来电人反映：路灯坏了。"


@pytest.mark.parametrize("said", ["我叫物业来修", "他姓王的那家占了过道", "这个小区没有灯", "我问一哈他为啥不修"])
def test_what_only_looks_like_a_filler_stays(talk: MakeTalk, said: str) -> None:
    assert write_content(talk(said), {}) == f"来电人反映：{said}。"


def test_only_what_was_said_is_in_it(talk: MakeTalk) -> None:
    said = talk("A:是不是物业不管", "电梯坏了 没人修 老人下不了楼", "A:好")
    content = write_content(said, {}).removeprefix("来电人反映：")
    assert all(character in said.turns[1].text + "，。" for character in content)


def test_a_long_story_is_cut_at_a_clause(talk: MakeTalk) -> None:
    said = talk("，".join(f"第{number}次打电话都没有人来看" for number in range(100)))
    content = write_content(said, {})
    assert len(content) <= MAX_CHARACTERS
    assert content.endswith("看。")


def test_silence_has_none(talk: MakeTalk) -> None:
    assert write_content(talk("喂"), {}) == ""


def test_a_number_that_was_taken_back_is_not_told(talk: MakeTalk) -> None:
    assert write_content(talk("工资欠了三万，不对，是两万。"), {}) == "来电人反映：工资欠了两万。"


def test_a_sum_stays_whole(talk: MakeTalk) -> None:
    assert write_content(talk("欠工程款1,234,567.89元"), {}) == "来电人反映：欠工程款1,234,567.89元。"


def test_signs_that_nobody_sees_leave_the_text_as_it_was_meant(talk: MakeTalk) -> None:
    assert write_content(talk("\ufeff电\u200b梯\u200b坏了"), {}) == "来电人反映：电梯坏了。"
