"""Tests of content: the frame, and nothing that was not said."""

from __future__ import annotations

from collections.abc import Callable

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
