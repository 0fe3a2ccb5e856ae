"""Tests of addresses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.prediction import Prediction, Span
from service.city import DEFAULT_CITY
from service.form.address.addresses import fill_addresses
from service.form.address.districts import Compass
from service.form.address.gazetteer import Gazetteer
from service.form.choice import CHOICE as CHOICE_FILE
from service.form.choice import Choice
from service.form.field import Field
from service.form.marked import Marks
from service.form.talk import Talk
from service.ticket import Ticket

Fill = Callable[..., dict[str, Field]]
CHOICE = Choice.open(DEFAULT_CITY / CHOICE_FILE)


@pytest.fixture
def fill(gazetteer: Gazetteer, make_ticket: Callable[..., Ticket], silent: Prediction) -> Fill:
    def run(*lines: str, spans: tuple[Span, ...] = (), at_home: bool = True) -> dict[str, Field]:
        ticket = make_ticket(*lines)
        talk = Talk.of(ticket)
        said = Prediction({}, spans, truncated=False) if spans else silent
        marks = Marks(CHOICE) if any(span.kind.startswith("form_") for span in spans) else None
        return fill_addresses(talk, said, Compass.of(ticket, talk, gazetteer), marks, at_home=at_home)

    return run


def test_an_address_is_completed_by_its_divisions(fill: Fill) -> None:
    fields = fill(
        "A:您好台州12345", "停电了", "A:先告诉我地址", "椒江 椒江区 海门街道 东新 东新小区 二十一幢 一单元 五零二"
    )
    assert fields["event_address"].value == "浙江省台州市椒江区海门街道东新小区21幢1单元502"
    assert fields["district"].value == "椒江区"
    assert fields["subdistrict"].value == "海门街道"
    assert fields["poi"].value == "东新小区"
    assert fields["event_address"].status == "filled"


def test_a_road_that_is_said_later_leads_to_the_house_all_the_same(fill: Fill) -> None:
    fields = fill("A:您好台州12345", "椒江区海门街道东新小区的门禁坏了", "A:在哪条路上", "解放南路")
    assert fields["event_address"].value == "浙江省台州市椒江区海门街道解放南路东新小区"


def test_a_short_name_becomes_the_official_one(fill: Fill) -> None:
    fields = fill("A:铜仁12345您好", "我家在松桃县盘信镇 我们去领", "A:村名您方便说吗", "大 大湾村 盘信镇大湾村")
    assert fields["district"].value == "松桃苗族自治县"
    assert fields["subdistrict"].value == "盘信镇"
    assert fields["district"].raw == "松桃县"


def test_ambiguity_is_shown_and_not_guessed_away(fill: Fill) -> None:
    fields = fill("鼓楼区中山路路灯坏了")
    assert fields["district"].status == "conflict" or len(fields["event_address"].alternatives) > 1
    assert fields["event_address"].status == "conflict"
    assert "江苏省南京市鼓楼区" in fields["event_address"].alternatives


def test_home_and_place_of_the_matter_are_kept_apart(fill: Fill) -> None:
    fields = fill("A:您好扬州12345", "广陵区，汶河街道，史可法路的树太大了。", "A:您住哪里", "我住邗江区新盛街道。")
    assert fields["district"].value == "广陵区"
    assert fields["caller_address"].value == "江苏省扬州市邗江区新盛街道"


def test_who_names_a_province_alone_has_given_no_address(fill: Fill) -> None:
    fields = fill("A:您好海口12345", "想问落户", "A:您目前户口在哪里？", "户口在湖南邵阳，海口这边刚交的")
    assert fields["caller_address"].status == "missing"


def test_a_home_alone_is_no_place_of_an_inquiry(fill: Fill) -> None:
    fields = fill("A:您好北京12345", "我住丰台区方庄，想问身份证", at_home=False)
    assert fields["event_address"].status == "missing"
    assert str(fields["caller_address"].value).startswith("北京市丰台区")


def test_nothing_said_is_missing_even_if_the_city_is_known(fill: Fill) -> None:
    assert all(field.status == "missing" for field in fill("A:您好台州12345", "路灯坏了").values())


def test_the_models_spans_are_where_it_looks_first(fill: Fill) -> None:
    line = "呈贡的 云景园滨河苑 在洛龙街道"
    fields = fill(
        "A:昆明12345",
        line,
        spans=(Span("location", 1, 0, 2, 0.9), Span("location", 1, 4, 10, 0.9), Span("location", 1, 12, 16, 0.9)),
    )
    assert fields["event_address"].value == "云南省昆明市呈贡区洛龙街道云景园滨河苑"
    assert fields["event_address"].source == "model"


def test_places_point_into_the_original_text(fill: Fill) -> None:
    line = "我是南关区恒基凯旋门三期的业主。"
    place = fill("A:长春市12345", line)["district"].places[0]
    assert line[place.start : place.end] == "南关区"


def test_a_number_that_the_model_cut_off_is_made_whole(fill: Fill) -> None:
    model = (Span("location", 1, 2, 10, 0.9),)
    fields = fill("A:长春市12345", "我是南关区恒基凯旋门三期的业主", spans=model)
    assert fields["event_address"].value == "吉林省长春市南关区恒基凯旋门三期"


def test_the_short_name_of_a_division_may_begin_a_points_name(fill: Fill) -> None:
    assert fill("A:六安市12345", "金寨火车站，没有公交")["poi"].value == "金寨火车站"


def test_a_message_that_speaks_of_the_hotline_has_a_place_all_the_same(fill: Fill) -> None:
    fields = fill("海淀区松涛路46号夜里施工，打了好几次12345没人管")
    assert fields["district"].value == "海淀区"
    assert fill("我之前打过海淀区政务服务热线12345")["district"].status == "missing"


def test_an_address_is_told_by_its_parts_with_the_number_that_stands(fill: Fill) -> None:
    fields = fill("我在南山区松涛路46号东新小区6栋，不对，是7栋")
    assert dict(fields["event_address"].parts) == {"road": "松涛路", "number": "46号", "building": "7栋"}
    assert not fields["district"].parts


def test_a_point_rests_on_the_words_in_which_it_was_said(fill: Fill) -> None:
    lines = ("A:南宁市12345", "在青秀区", "A:具体在哪里", "锦棠苑小区")
    (place,) = fill(*lines)["poi"].places
    assert lines[place.segment][place.start : place.end] == "锦棠苑小区"


def test_a_named_city_other_than_the_calls_is_kept_and_shown_as_a_conflict(fill: Fill) -> None:
    fields = fill("A:深圳12345您好", "鹤岗市南山区松涛路积水了")
    assert fields["event_address"].value == "黑龙江省鹤岗市南山区松涛路"
    for name in ("event_address", "district"):
        assert (fields[name].status, fields[name].alternatives) == ("conflict", ("广东省深圳市南山区",))


@pytest.mark.parametrize(
    ("city", "status", "others"),
    [
        ("合肥", "filled", ()),
        ("深圳", "suggested", ()),
        ("武汉", "conflict", ("湖北省武汉市经济技术开发区",)),
        ("阿克苏", "conflict", ("新疆维吾尔自治区阿克苏地区阿克苏市经济技术开发区",)),
    ],
)
def test_another_citys_zone_against_the_local_one(fill: Fill, city: str, status: str, others: tuple[str, ...]) -> None:
    fields = fill(f"A:{city}12345", "合肥市经济技术开发区松涛路停水了")
    assert fields["event_address"].value == "安徽省合肥市经济技术开发区松涛路"
    assert fields["district"].value == "合肥经济技术开发区"
    assert (fields["district"].status, fields["district"].alternatives) == (status, others)


def test_a_district_that_the_named_city_does_not_have_stays_as_it_was_said(fill: Fill) -> None:
    fields = fill("A:深圳12345您好", "广州市南山区停水了")
    assert fields["event_address"].value == "广东省广州市南山区"
    assert (fields["event_address"].status, fields["district"].status) == ("suggested", "missing")


def test_a_city_named_a_turn_before_leaves_the_district_open(fill: Fill) -> None:
    fields = fill("A:深圳12345您好", "我在鹤岗市", "A:哪个区", "南山区")
    assert fields["district"].status == "conflict"


def test_the_district_beside_a_zone_is_the_lawful_one(fill: Fill) -> None:
    fields = fill("A:芜湖12345您好", "经开区的松涛小学", "A:属于哪个区", "鸠江区万春街道")
    assert (fields["district"].value, fields["subdistrict"].value) == ("鸠江区", "万春街道")


@pytest.mark.parametrize(
    ("lines", "district"),
    [
        (("在南山区松涛路", "A:是福田区松涛路对吗", "不是福田，是南山"), "南山区"),
        (("在南山区松涛路", "A:南山区松涛路对吗", "不对，是福田区"), "福田区"),
        (("南山区，不对，福田区松涛路积水",), "福田区"),
        (("是福田区松涛路，不是南山区",), "福田区"),
        (("在南山区西丽街道松涛路", "A:西丽街道对吗", "说错了，福田区"), "福田区"),
        (("在南山区松涛路", "A:他也是南山区的吗", "他是福田的"), "南山区"),
    ],
)
def test_a_district_that_was_put_right_stands(fill: Fill, lines: tuple[str, ...], district: str) -> None:
    fields = fill("A:深圳12345您好", *lines)
    assert fields["district"].value == district
    assert fields["event_address"].value == f"广东省深圳市{district}松涛路"


def test_a_district_that_was_taken_back_stays_visible(fill: Fill) -> None:
    fields = fill("A:深圳12345您好", "南山区，不对，福田区松涛路积水")
    assert fields["district"].alternatives == ("南山区",)
    assert fields["event_address"].alternatives == ("广东省深圳市南山区",)


def test_home_and_place_of_the_matter_in_one_breath(fill: Fill) -> None:
    fields = fill("A:深圳12345您好", "我住福田区莲花街道，反映南山区西丽街道松涛路积水")
    assert fields["caller_address"].value == "广东省深圳市福田区莲花街道"
    assert fields["event_address"].value == "广东省深圳市南山区西丽街道松涛路"


def test_of_two_places_the_one_that_the_model_would_rest_the_address_on_is_taken(fill: Fill) -> None:
    lines = ("我在椒江区海门街道上班", "家住黄岩区东城街道 桔乡花园 楼下天天吵")
    marks = (
        Span("location", 0, 2, 9, 0.9),
        Span("location", 1, 2, 9, 0.9),
        Span("form_event_address", 1, 2, 14, 0.9),
        Span("form_poi", 1, 10, 14, 0.9),
    )
    fields = fill(*lines, spans=marks)
    assert fields["district"].value == "黄岩区"
    assert (fields["poi"].value, fields["poi"].raw, fields["poi"].source) == ("桔乡花园", "桔乡花园", "model")


def test_a_village_alone_is_a_place_to_look_at(fill: Fill) -> None:
    fields = fill("A:深圳12345您好", "白塔镇新光村路灯不亮")
    assert fields["community"].value == "新光村"
    assert fields["event_address"].value == "广东省深圳市白塔镇新光村"
    assert fill("A:深圳12345您好", "我们村没有水")["event_address"].status == "missing"


def test_a_place_that_was_taken_back_is_none(fill: Fill) -> None:
    said = "天河区锦绣广场，不对，是云山广场，地砖坏了"
    spans = (Span("location", 1, 0, 7, 0.9), Span("location", 1, 12, 16, 0.9))
    fields = fill("A:广州12345您好", said, spans=spans)
    assert fields["event_address"].value == "广东省广州市天河区云山广场"
    assert fields["poi"].value == "云山广场"


def _span(line: str, words: str, confidence: float = 0.9, segment: int = 0) -> Span:
    start = line.index(words)
    return Span("location", segment, start, start + len(words), confidence)


def test_divisions_said_before_the_models_span_are_kept(fill: Fill) -> None:
    line = "台州市椒江区云杉路5号违建"
    fields = fill(line, spans=(_span(line, "云杉路5号"),))
    assert fields["district"].value == "椒江区"
    assert fields["event_address"].value == "浙江省台州市椒江区云杉路5号"


def test_a_road_that_was_denied_is_no_part_of_the_address(fill: Fill) -> None:
    line = "不是云杉路，在银杏大道那边"
    fields = fill(line, spans=(_span(line, "云杉路"), _span(line, "银杏大道")))
    assert fields["event_address"].value == "银杏大道"


def test_of_two_roads_that_were_weighed_the_one_said_again_stands(fill: Fill) -> None:
    line = "云杉路还是银杏路，我想想，银杏路"
    fields = fill(line, spans=(_span(line, "云杉路"), Span("location", 0, 13, 16, 0.9)))
    assert fields["event_address"].value == "银杏路"


def test_two_districts_that_were_weighed_are_a_conflict(fill: Fill) -> None:
    line = "椒江区还是广陵区我不清楚"
    fields = fill(line, spans=(_span(line, "椒江区"),))
    assert fields["district"].status == "conflict"
    assert fields["event_address"].value is None


def test_the_callers_house_is_not_where_the_site_is(fill: Fill) -> None:
    line = "我家是云杉路10号，工地在云杉路15号"
    fields = fill(line, spans=(_span(line, "云杉路10号"), _span(line, "云杉路15号")))
    assert fields["event_address"].value == "云杉路15号"
    assert fields["caller_address"].value == "云杉路10号"


@pytest.mark.parametrize("said", ["健身房8月底关门跑路", "小贩占道堵路", "被人冒用注册公司", "请联系村主任"])
def test_what_was_done_is_no_road_and_no_point(fill: Fill, said: str) -> None:
    assert fill(said)["event_address"].status == "missing"


@pytest.mark.parametrize(
    ("lines", "district", "subdistrict"),
    [
        (("东莞的长安镇振安路停水了",), "东莞市", "长安镇"),
        (("东莞，长安镇这边停水了",), "东莞市", "长安镇"),
        (("我在东莞", "A:哪个镇", "长安镇振安路"), "东莞市", "长安镇"),
        (("东莞市的长安镇振安路",), "东莞市", "长安镇"),
        (("东莞虎门这里停水了",), "东莞市", "虎门镇"),
        (("东莞长安振安路停水了",), "东莞市", "长安镇"),
        (("东莞东城区一个小区停水了",), "东莞市", "东城街道"),
        (("中山市东区停水了",), "中山市", "东区街道"),
        (("儋州那大停水了",), "儋州市", "那大镇"),
        (("嘉峪关新城镇停水了",), "嘉峪关市", "新城镇"),
    ],
)
def test_a_city_without_districts_and_its_town_are_one_place(
    fill: Fill, lines: tuple[str, ...], district: str, subdistrict: str
) -> None:
    fields = fill(*lines)
    assert (fields["district"].value, fields["subdistrict"].value) == (district, subdistrict)
    assert fields["subdistrict"].status == "filled"
    assert fields["poi"].value is None


@pytest.mark.parametrize("line", ["东莞长安路停水了", "我是东莞人，海宁市长安镇停水了"])
def test_what_only_looks_like_a_town_of_that_city_is_none(fill: Fill, line: str) -> None:
    assert fill(line)["district"].value in (None, "海宁市")


@pytest.mark.parametrize("label", ["住址：", "家庭住址：", "【联系地址】"])
def test_a_forms_own_address_of_the_caller_gives_way_to_any_other_place(fill: Fill, label: str) -> None:
    line = f"{label}椒江区银杏路48号\n内容：云杉路12号的餐馆不干净"
    fields = fill(line, spans=(_span(line, "椒江区银杏路48号", 0.97), _span(line, "云杉路12号", 0.5)))
    assert fields["event_address"].value == "云杉路12号"
    assert fields["district"].status == "missing"
    assert fields["caller_address"].value == "浙江省台州市椒江区银杏路48号"


def test_a_forms_own_address_of_the_caller_is_the_place_where_no_other_is_said(fill: Fill) -> None:
    line = "住址：椒江区银杏路48号\n内容：楼下太吵"
    assert fill(line, spans=(_span(line, "椒江区银杏路48号"),))["event_address"].value == "浙江省台州市椒江区银杏路48号"


def test_in_one_answer_the_home_ends_where_the_matter_begins(fill: Fill) -> None:
    line = "我住椒江区银杏路12号，我反映的是单位门口，在云杉路的工地"
    spans = (_span(line, "椒江区银杏路12号", segment=1), _span(line, "云杉路的工地", segment=1))
    fields = fill("A:您住哪里", line, spans=spans)
    assert fields["caller_address"].value == "浙江省台州市椒江区银杏路12号"
    assert fields["event_address"].value == "云杉路工地"
    assert fields["district"].status == "suggested"  # he may live near by


def test_where_one_works_or_learns_is_no_home(fill: Fill) -> None:
    line = "孩子在椒江区银杏学校读书"
    assert fill(line, spans=(_span(line, "椒江区银杏学校"),))["caller_address"].status == "missing"
