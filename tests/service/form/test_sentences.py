"""Tests of sentences."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable
from dataclasses import replace

import pytest

from service.form.sentences import citizen_clauses, clauses_of, clean_clause
from service.form.talk import Talk

LONGEST_SECONDS = 1.0  # for the longest text that is read; a turn takes microseconds


def test_courtesy_and_fillers_go() -> None:
    assert clean_clause("喂你好 我跟你说 路塌了") == "路塌了"
    assert clean_clause("呃 井盖 井盖没了") == "井盖没了"
    assert clean_clause("你说这合理吗") == "这合理吗"


def test_facts_stay_though_they_begin_like_courtesy(talk: Callable[..., Talk]) -> None:
    facts = ["没发工资", "对面在施工", "没人管", "行人过不去", "我说句实话", "我跟你说过", "你看到没有"]
    assert [clause.text for clause in citizen_clauses(talk("，".join(facts)))] == facts
    assert citizen_clauses(talk("好的好的，没有了，谢谢你啊，对对对，行吧，知道了")) == []


def test_clauses_keep_order_and_evidence(talk: Callable[..., Talk]) -> None:
    said = talk("A:请讲", "你好，路灯坏了。晚上很黑 看不见", "A:好", "谢谢")
    clauses = citizen_clauses(said)
    assert [clause.text for clause in clauses] == ["路灯坏了", "晚上很黑", "看不见"]
    place = clauses[0].place
    assert said.turns[place.segment].text[place.start : place.end] == "路灯坏了"
    assert [clause.closes for clause in clauses] == [True, False, True]


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        ("工资欠了三万，不对，是两万，没人管", ["工资欠了两万", "没人管"]),
        ("要求退我五千，说错了，五千八", ["要求退我五千八"]),
        ("欠我们三个月工资 不对不对 四个月工资", ["欠我们四个月工资"]),
        ("收了1,200元，哦不对，1,300元停车费", ["收了1,300元停车费"]),
        ("我在松涛路，不对，是云山路，灯坏了", ["云山路", "灯坏了"]),
        ("灯坏了三天，不对，一直没人修", ["灯坏了三天", "一直没人修"]),
        ("他们这样收费不对，应该退钱", ["他们这样收费不对", "应该退钱"]),
        ("不是，我说的是楼上", ["我说的是楼上"]),
    ],
)
def test_what_was_taken_back_is_not_said(talk: Callable[..., Talk], said: str, stands: list[str]) -> None:
    assert [clause.text for clause in citizen_clauses(talk(said))] == stands


def test_what_was_taken_back_stays_in_the_place_of_its_clause(talk: Callable[..., Talk]) -> None:
    said = talk("工资欠了三万，不对，是两万，没人管")
    place = citizen_clauses(said)[0].place
    assert said.turns[0].raw(place.start, place.end) == "工资欠了三万，不对，是两万"


@pytest.mark.parametrize(
    ("said", "clauses"),
    [
        ("欠工程款1,234,567.89元,没人管", ["欠工程款1,234,567.89元", "没人管"]),
        ("住在3栋,202室", ["住在3栋", "202室"]),
        ("小区\u200d停\u200d电\u200d了 三天没来电", ["小区停电了", "三天没来电"]),
        ("\ufeff电\u200b梯\u200b坏了", ["电梯坏了"]),
    ],
)
def test_neither_a_number_nor_a_word_is_cut_in_two(talk: Callable[..., Talk], said: str, clauses: list[str]) -> None:
    assert [clause.text for clause in citizen_clauses(talk(said))] == clauses


def test_long_runs_of_numerals_and_of_corrections_are_cut_in_time(talk: Callable[..., Talk]) -> None:
    for said in ("一" * 20_000 + "，不对，" + "二" * 20_000, "三，不对，四，不对，" * 2_000):
        start = time.perf_counter()
        citizen_clauses(talk(said))
        assert time.perf_counter() - start < LONGEST_SECONDS


def test_clauses_are_cut_once_and_live_no_longer_than_their_turn(talk: Callable[..., Talk]) -> None:
    said = talk("路灯坏了，没人修")
    assert clauses_of(said.turns[0]) is clauses_of(said.turns[0])
    kept = weakref.ref(said.turns[0].once)
    del said
    assert kept() is None


def test_a_copy_with_other_words_has_its_own_clauses(talk: Callable[..., Talk]) -> None:
    (turn,) = talk("证件丢了，没人管").turns
    clauses_of(turn)
    veiled = replace(turn, text="证件**，没人管", folded="证件**，没人管")
    assert [clause.text for clause in clauses_of(veiled)] == ["证件**", "没人管"]


@pytest.mark.parametrize(
    "said",
    ["哈尔滨北站没有厕所", "哈密瓜摊占道", "喂奶室被锁了", "喂养野猫的人太多", "哎呀呀文具店卖假货", "呀诺达门口堵车"],
)
def test_a_word_that_begins_like_an_interjection_stays_whole(said: str) -> None:
    assert clean_clause(said) == said


@pytest.mark.parametrize("said", ["喂，路灯坏了", "喂喂你好路灯坏了", "哎呀，路灯坏了", "哈，路灯坏了", "啊路灯坏了"])
def test_an_interjection_goes(talk: Callable[..., Talk], said: str) -> None:
    assert [clause.text for clause in citizen_clauses(talk(said))] == ["路灯坏了"]


@pytest.mark.parametrize("said", ["三零三零室漏水", "2020号门口积水", "幺二幺二房没有暖气"])
def test_a_number_that_repeats_itself_is_no_stutter(said: str) -> None:
    assert clean_clause(said) == said


@pytest.mark.parametrize(
    ("said", "clauses"),
    [
        ("【内容】井盖松了【诉求】换一个", ["井盖松了", "换一个"]),
        ("反映内容：井盖松了 诉求：换一个", ["井盖松了", "换一个"]),
        ("尊敬的局长：\n井盖松了。\n此致\n敬礼！\n郭某某\n2024年3月5日", ["井盖松了"]),
        ("他跟我说：不归他管", ["他跟我说：不归他管"]),
    ],
)
def test_the_labels_of_a_form_and_the_courtesy_of_a_letter_are_none_of_the_matter(
    talk: Callable[..., Talk], said: str, clauses: list[str]
) -> None:
    assert [clause.text for clause in citizen_clauses(talk(said))] == clauses


@pytest.mark.parametrize(
    ("said", "clauses"),
    [
        ("在柳湾村 不 是 柳塘村 路断了", ["柳塘村", "路断了"]),
        ("在长柳北路 不 长柳南路 路灯坏了", ["长柳南路", "路灯坏了"]),
        ("路灯坏了 不 是我说的", ["路灯坏了", "是我说的"]),
    ],
)
def test_a_name_gives_way_to_one_of_its_kind(talk: Callable[..., Talk], said: str, clauses: list[str]) -> None:
    assert [clause.text for clause in citizen_clauses(talk(said))] == clauses
