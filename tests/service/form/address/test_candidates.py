"""Tests of points that the model marks."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from models.prediction import Prediction, Span
from service.form.address.candidates import name_of, point_candidates
from service.form.field import MISSING, Field, Place
from service.form.talk import Talk

MakeTalk = Callable[..., Talk]


def marking(talk: Talk, *words: str, kind: str = "form_poi", confidence: float = 0.9) -> Prediction:
    """A model that marks these words where they are first said."""
    spans = []
    for word in words:
        turn = next(turn for turn in talk.turns if word in turn.folded)
        start = turn.folded.index(word)
        spans.append(Span(kind, turn.index, start, start + len(word), confidence))
    return Prediction({}, tuple(spans), truncated=False)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("夜明珠路桔香苑门口", "桔香苑"),
        ("塔林农贸市场东门口", "塔林农贸市场"),
        ("兴一路口 那个公园门口", "兴一路口公园"),
        ("屏南乡的司法所", "屏南乡司法所"),
        ("锦灞云庭，二期", "锦灞云庭二期"),
        ("盛世澜庭小区业", "盛世澜庭小区"),
        ("清水湾村五组", "清水湾村"),
        ("新田湾路口", "新田湾路口"),
        ("四五一小区", "四五一小区"),
        ("城市花园小区", "城市花园小区"),
        ("中山路派出所", "中山路派出所"),
        ("沙市区人民医院", "沙市区人民医院"),
        ("开发区管委会", "开发区管委会"),
        ("超市三楼饮品店", "超市三楼饮品店"),
        ("中铁路桥公司", "中铁路桥公司"),
        ("张家口火车站", "张家口火车站"),
        ("磁器口", "磁器口"),
        ("旅游目的地广场", "旅游目的地广场"),
        ("3单元602", ""),
        ("幺三八零零幺三八", ""),
    ],
)
def test_a_point_goes_by_its_name(words: str, name: str) -> None:
    assert name_of(words) == name


def test_what_the_model_cut_off_is_read_to_its_end(talk: MakeTalk) -> None:
    said = talk("A:在哪里", "竹园湾停车场 天天堵死")
    (found,) = point_candidates(said, marking(said, "竹园湾停"), MISSING)
    assert found.mention.value == "竹园湾停车场"
    assert said.turns[1].text[found.mention.places[0].start : found.mention.places[0].end] == "竹园湾停车场"


@pytest.mark.parametrize(
    ("text", "marked", "name"),
    [
        ("住在花家地南里小区3号楼楼下", "花家地南里小区3", "花家地南里小区"),
        ("兴旺家园十二栋的车库", "兴旺家园十二", "兴旺家园"),
        ("盛世澜庭二期没有电", "盛世澜庭二", "盛世澜庭二期"),
        ("兴旺家园第三栋的车库", "兴旺家园第三", "兴旺家园"),
        ("兴旺家园12号楼漏水", "兴旺家园1", "兴旺家园"),
        ("盛世澜庭A3号楼漏水", "盛世澜庭A3", "盛世澜庭"),
        ("红旗2号地块在打桩", "红旗2", "红旗2"),
        ("地铁中山3号线很吵", "地铁中山3", "地铁中山3"),
        ("红星798艺术区门口", "红星798", "红星798"),
    ],
)
def test_a_house_that_has_begun_is_no_part_of_the_name(talk: MakeTalk, text: str, marked: str, name: str) -> None:
    said = talk("A:在哪里", text)
    (found,) = point_candidates(said, marking(said, marked), MISSING)
    assert found.mention.value == name


def test_the_point_of_the_rules_stands_beside_those_that_are_marked(talk: MakeTalk) -> None:
    said = talk("A:在哪里", "从加油站过去 清水湾村五组")
    ruled = Field("加油站", "加油站", (Place(1, 1, 4),), 0.6, "rule", "suggested")
    first, second = point_candidates(said, marking(said, "清水湾村五组"), ruled)
    assert (first.mention.value, first.features["rule"]) == ("加油站", 1.0)
    assert (second.mention.value, second.features["village"]) == ("清水湾村", 1.0)
    assert "rule" not in second.features


def test_what_was_read_back_and_denied_is_no_candidate(talk: MakeTalk) -> None:
    said = talk("那边", "A:是桔香苑对吧", "不对 是桔园小区")
    assert point_candidates(said, marking(said, "桔香苑"), MISSING) == []


def test_a_run_of_numbers_costs_no_time(talk: MakeTalk) -> None:
    began = time.process_time()
    name_of("6222031625098473195 13857926403里" * 3)
    said = talk("一" * 20_000)
    assert point_candidates(said, marking(said, "一" * 20_000), MISSING) == []
    assert time.process_time() - began < 2


def test_an_estate_is_no_division(talk: MakeTalk) -> None:
    said = talk("松坪村小区 楼下天天吵", "在西丽街道")
    first, second = point_candidates(said, marking(said, "松坪村小区", "西丽街道"), MISSING)
    assert "division" not in first.features
    assert second.features["division"] == 1.0


def test_what_is_the_callers_own_is_no_point(talk: MakeTalk) -> None:
    said = talk("我叫王建国 身份证13030219850721453X", "在桔香苑")
    marked = marking(said, "王建国", "13030219850721453X", "桔香苑")
    own = (Field("王建国", "王建国", (Place(0, 2, 5),)), Field("13030219850721453X"))
    assert [one.mention.value for one in point_candidates(said, marked, MISSING, own=own)] == ["桔香苑"]


def test_what_links_two_places_is_no_part_of_the_second() -> None:
    assert name_of("跟永和大桥") == "永和大桥"
