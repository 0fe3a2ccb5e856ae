"""Tests of headings: one for what is plain, none for what is not, and a city writes its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from service.city import DEFAULT_CITY, CityFileError
from service.form.headings import HEADINGS, Headings
from service.form.talk import Talk

MakeTalk = Callable[..., Talk]
SHIPPED = Headings.open(DEFAULT_CITY / HEADINGS)


@pytest.mark.parametrize(
    ("said", "heading"),
    [
        ("老板欠我们工钱", "拖欠工资"),
        ("工资三个月没发", "拖欠工资"),
        ("电梯里关着两个人", "电梯困人"),
        ("电梯把人困在里面，困在电梯", "电梯困人"),
        ("家里暖气冰凉", "暖气不热"),
        ("工地半夜还在敲", "夜间施工"),
        ("井盖不见了", "井盖缺失"),
        ("被一条大狗咬了", "犬只咬伤人"),
        ("低保停了三个月", "补贴未发放"),
        ("手机没电了", None),
        ("我买票的时候", None),
        ("少了一两个人", None),
        ("孩子的老师很好", None),
        ("地里的苗塌下去了", None),
    ],
)
def test_a_heading_says_no_more_than_was_said(talk: MakeTalk, said: str, heading: str | None) -> None:
    found = SHIPPED.heard_in(talk(said))
    assert (found[0].title if found else None) == heading


def test_what_is_spoken_of_most_comes_first(talk: MakeTalk) -> None:
    said = talk("楼下油烟大", "A:还有吗", "也停水，停水三天", "A:停水多久", "停水三天了")
    assert [heard.title for heard in SHIPPED.heard_in(said)] == ["停水", "油烟扰民"]


def test_what_comes_up_late_and_once_is_said_by_the_way(talk: MakeTalk) -> None:
    said = talk("门禁坏了", "A:哪里", "三号楼", "A:您贵姓", "姓高，去年还停电过")
    assert SHIPPED.heard_in(said) == []


def test_the_call_taker_s_words_are_no_topic(talk: MakeTalk) -> None:
    assert SHIPPED.heard_in(talk("喂", "A:您是反映停水吗", "不是")) == []


def test_a_city_writes_its_own_headings(talk: MakeTalk, tmp_path: Path) -> None:
    path = tmp_path / "headings.toml"
    path.write_text(
        "[[heading]]\ntitle = '共享电单车乱停放'\nwords = ['电单车{near}(?:乱|堵)', '小蓝车']\n", encoding="utf-8"
    )
    own = Headings.open(path)
    assert [heard.title for heard in own.heard_in(talk("门口的电单车全都堵着路"))] == ["共享电单车乱停放"]
    assert own.heard_in(talk("电单车是我的。路上堵")) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[[heading]]\ntitle = '停水'\nwords = ['停(水']\n", r"line 3: heading\[1\].words: .*no regular expression"),
        ("[[heading]]\ntitle = '停水'\nwords = ['(?:停水)?']\n", "matches where nothing is said"),
        ("[[heading]]\ntitle = '停水'\nwords = ['停水']\n" * 2, "'停水' stands twice"),
        ("[[heading]]\ntitle = '停水'\nword = ['停水']\n", "heading"),
        ("[[heading]]\ntitle = '停水'\nwords = ['(?:停+)+水']\n", "takes ages"),
        ("[[heading]]\ntitle = '停水'\nwords = ['停{naer}水']\n", r"\{naer\}, which stands for nothing.*\{near\}"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "headings.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CityFileError, match=fault):
        Headings.open(path)


@pytest.mark.parametrize(
    ("said", "heading"),
    [
        ("没有拖欠工资", None),
        ("不是停水", None),
        ("是不是停水了", "停水"),
        ("噪声不大，油烟大", "油烟扰民"),
        ("电梯没坏", None),
        ("再不交钱否则就断电", None),
        ("没有停水，昨天停水了", "停水"),
        ("作坊偷排酸气", "偷排废气"),
        ("作坊偷排黑水", "偷排污水"),
        ("村长冒领低保", None),
        ("村长吞了集体的地租", "村干部侵占集体款"),
        ("快件丢在门卫就走", None),
        ("快件丢了两个", "快递丢失"),
    ],
)
def test_what_is_denied_or_threatened_or_something_else_is_not_heard(
    talk: MakeTalk, said: str, heading: str | None
) -> None:
    found = SHIPPED.heard_in(talk(said))
    assert (found[0].title if found else None) == heading


def test_what_follows_from_not_paying_has_not_happened(talk: MakeTalk) -> None:
    heard = SHIPPED.heard_in(talk("物业费涨了一倍，说不交物业费就停水"))
    assert "停水" not in [one.title for one in heard]
