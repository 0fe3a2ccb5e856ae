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


def _field(said: Talk, words: str) -> Field:
    """A field that rests on some words, wherever they stand."""
    turn = next(turn for turn in said.turns if words in turn.text)
    at = turn.text.index(words)
    return Field(words, words, (Place(turn.index, at, at + len(words)),), 0.9, "rule", "filled")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("我在渡口把背包忘在船上了我叫鲁有田电话13800056623", "我在渡口把背包忘在船上了"),
        ("来电人鲁有田13800056623反映渡口栏杆断裂", "渡口栏杆断裂"),
        ("【姓名】鲁有田【内容】渡口栏杆断裂", "渡口栏杆断裂"),
    ],
)
def test_a_name_or_number_in_a_clause_leaves_the_rest_of_it(talk: MakeTalk, said: str, told: str) -> None:
    call = talk(said)
    fields = {"caller_name": _field(call, "鲁有田")}
    if "138" in said:
        fields["contact_phone"] = _field(call, "13800056623")
    assert write_content(call, fields) == f"来电人反映：{told}。"


def test_a_wish_in_a_clause_leaves_the_trouble_in_it(talk: MakeTalk) -> None:
    said = talk("渡口的栏杆全断了希望早点焊好")
    fields = {"demand": _field(said, "希望早点焊好")}
    assert write_content(said, fields) == "来电人反映：渡口的栏杆全断了。诉求：希望早点焊好。"


def test_what_is_left_of_a_wish_is_not_told_if_it_tells_nothing(talk: MakeTalk) -> None:
    said = talk("栏杆断了，那我就要求早点焊好")
    assert write_content(said, {"demand": _field(said, "要求早点焊好")}) == "来电人反映：栏杆断了。诉求：要求早点焊好。"


@pytest.mark.parametrize(
    "asked", ["A:请问怎么称呼，有什么可以帮您", "A:您之前打电话找过物业吗", "A:是手机上买的还是店里买的"]
)
def test_an_answer_that_goes_on_with_the_matter_is_told(talk: MakeTalk, asked: str) -> None:
    said = talk("喂", asked, "我姓鲁，楼顶漏水漏了一个月，物业不修")
    assert write_content(said, {}) == "来电人反映：楼顶漏水漏了一个月，物业不修。"


def test_the_pieces_of_a_number_are_not_told(talk: MakeTalk) -> None:
    said = talk(
        "栏杆断了", "A:您的电话", "幺三八", "A:嗯", "零零零五", "A:继续", "不对不对漏了一个", "A:好", "六六二三"
    )
    assert write_content(said, {}) == "来电人反映：栏杆断了。"


def test_thanks_at_the_end_of_a_long_clause_do_not_cost_the_clause(talk: MakeTalk) -> None:
    said = "渡口的栏杆上个礼拜被船撞断了到今天都没有人来修"
    assert write_content(talk(said + "谢谢"), {}) == f"来电人反映：{said}。"


def test_a_word_that_tells_the_callers_sex_stays_in_what_he_tells(talk: MakeTalk) -> None:
    said = talk("我媳妇上个月在渡口摔了一跤，我是男的")
    fields = {"caller_gender": Field("男", "我媳妇", (Place(0, 0, 3), Place(0, 14, 18)), 0.9, "rule", "filled")}
    assert write_content(said, fields) == "来电人反映：我媳妇上个月在渡口摔了一跤。"


def test_a_foreigner_is_quoted_word_by_word(talk: MakeTalk) -> None:
    said = talk("I live in Room 5, Building 8. The bar is too loud at 11 pm. It is a mess.")
    told = write_content(said, {})
    assert told == "来电人反映：I live in Room 5，Building 8。The bar is too loud at 11 pm，It is a mess。"


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("楼道灯不亮。我的电话是+86 13800056623。", "13800056623"),
        ("楼道灯不亮。联系电话(0773)5870639。", "5870639"),
        ("楼道灯不亮。Please call me at 138-0005-6623.", "138-0005-6623"),
    ],
)
def test_what_leads_up_to_a_number_goes_with_it(talk: MakeTalk, said: str, number: str) -> None:
    ticket = talk(said)
    assert write_content(ticket, {"contact_phone": _field(ticket, number)}) == "来电人反映：楼道灯不亮。"


def test_brackets_go_with_what_stood_in_them(talk: MakeTalk) -> None:
    said = talk("包工头（13800056623）欠我们工钱。")
    assert write_content(said, {"contact_phone": _field(said, "13800056623")}) == "来电人反映：包工头欠我们工钱。"


def test_whom_a_matter_is_about_keeps_his_family_name(talk: MakeTalk) -> None:
    assert "数学老师，姓杜" in write_content(talk("A:是哪位老师", "二年级的 数学老师 姓杜 打了孩子"), {})
    assert "姓杜" in write_content(talk("钱不退", "A:老板呢", "姓杜"), {})
    assert "姓杜" not in write_content(talk("钱不退", "A:您贵姓", "我姓杜"), {})


def test_the_date_under_a_letter_is_not_told(talk: MakeTalk) -> None:
    assert write_content(talk("井盖丢了没人管。请尽快补上。\n2025年10月14日"), {}).endswith("请尽快补上。")


def test_whom_a_letter_addresses_is_not_told(talk: MakeTalk) -> None:
    assert write_content(talk("各位领导：我家门口井盖丢了"), {}) == "来电人反映：我家门口井盖丢了。"


def test_the_digits_of_a_number_stay_together(talk: MakeTalk) -> None:
    assert write_content(talk("水表上是 3 0 7 4 不可能这么多"), {}) == "来电人反映：水表上是，3074，不可能这么多。"
