"""Tests of titles."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from models.prediction import Prediction, Span
from service.city import DEFAULT_CITY
from service.form.field import Field
from service.form.fill import FormFiller
from service.form.headings import HEADINGS, Headings
from service.form.talk import Talk
from service.form.title import MAX_CHARACTERS, write_title
from service.ticket import Ticket

MakeTalk = Callable[..., Talk]
NONE = Headings()
FIELDS = {
    "district": Field("赛罕区", "赛罕区", (), 0.9, "rule", "filled"),
    "poi": Field("宏鑫佳园", "宏鑫佳园", (), 0.9, "rule", "filled"),
}


def test_place_and_trouble(talk: MakeTalk) -> None:
    assert (
        write_title(talk("你好，我投诉小区的物业。门禁坏了两个月不修。"), FIELDS, kind="投诉", headings=NONE)
        == "赛罕区宏鑫佳园门禁坏了两个月不修"
    )


def test_an_inquiry_says_so(talk: MakeTalk) -> None:
    assert write_title(talk("你好，我想问一下公租房怎么申请。"), {}, kind="咨询", headings=NONE) == "咨询公租房怎么申请"


def test_the_agents_question_is_no_matter(talk: MakeTalk) -> None:
    said = talk("我想建个农庄，问问补贴怎么申请", "A:地的性质您了解吗 是基本农田还是林地", "是旱地")
    assert write_title(said, {}, kind="咨询", headings=NONE) == "咨询补贴怎么申请"


def test_it_is_never_longer_than_thirty_characters(talk: MakeTalk) -> None:
    assert len(write_title(talk("电梯坏了" * 40), FIELDS, kind="投诉", headings=NONE)) <= MAX_CHARACTERS


def test_a_title_that_was_sent_stays(talk: MakeTalk) -> None:
    assert write_title(talk("电梯坏了"), FIELDS, kind="投诉", headings=NONE, given=" 电梯故障 ") == "电梯故障"


def test_silence_has_no_title(talk: MakeTalk) -> None:
    assert write_title(talk("喂"), {}, kind="求助", headings=NONE) == ""


def test_the_clause_that_the_call_comes_back_to_is_chosen(talk: MakeTalk) -> None:
    said = talk("楼道灯坏了。门禁坏了不修。", "A:门禁坏了多久", "门禁坏了两个月", "A:门禁有人管吗", "没有")
    assert write_title(said, FIELDS, kind="投诉", headings=NONE).startswith("赛罕区宏鑫佳园门禁坏了")


def test_a_district_is_called_as_people_call_it(talk: MakeTalk) -> None:
    fields = {"district": Field("松桃苗族自治县", "松桃", (), 0.9, "rule", "filled")}
    assert write_title(talk("水塔坏了"), fields, kind="投诉", headings=NONE) == "松桃县水塔坏"


def test_a_party_that_is_named_with_its_district_names_it_once(talk: MakeTalk) -> None:
    fields = {
        "district": FIELDS["district"],
        "target_entity": Field("呼和浩特市赛罕区松涛小学", "松涛小学", (), 0.9, "rule", "filled"),
    }
    assert write_title(talk("校门口没人管"), fields, kind="投诉", headings=NONE) == "赛罕区松涛小学校门口没人管"


def test_half_a_sum_is_no_sum(talk: MakeTalk) -> None:
    titles = [
        write_title(talk(f"门卫不肯开{'边' * more}门要交38650元"), {}, kind="投诉", headings=NONE) for more in range(12)
    ]
    assert {number for title in titles for number in re.findall(r"[0-9]+", title)} == {"38650"}
    assert not all("38650" in title for title in titles)


def test_the_model_s_words_choose_between_like_clauses(talk: MakeTalk) -> None:
    said = talk("楼道灯坏了。门禁坏了。")
    text = said.turns[0].text
    titles = set()
    for clause in ("楼道灯坏了", "门禁坏了"):
        at = text.index(clause)
        words = [Span("title", said.turns[0].index, at, at + len(clause), 0.9)]
        titles.add(write_title(said, {}, kind="投诉", headings=NONE, words=words))
    assert titles == {"楼道灯坏", "门禁坏"}


@pytest.mark.parametrize(
    ("names", "place"),
    [
        (
            {"district": "盘山县", "subdistrict": "沙岭镇", "community": "西村", "poi": "老粮库"},
            "盘山县沙岭镇西村老粮库",
        ),
        ({"district": "和平区", "subdistrict": "南市街道", "poi": "金融街小区"}, "和平区金融街小区"),
        ({"district": "和平区", "subdistrict": "南市街道"}, "和平区南市街道"),
        ({"district": "和平区", "event_address": "天津市和平区南京路88号门前"}, "和平区南京路88号"),
        ({"district": "和平区", "target_entity": "宏图驾校", "event_address": "和平区南京路"}, "和平区宏图驾校"),
        ({"district": "和平区", "poi": "和平区少年宫"}, "和平区少年宫"),
    ],
)
def test_a_town_is_named_and_a_point_before_a_party_a_road_and_a_subdistrict(
    talk: MakeTalk, names: dict[str, str], place: str
) -> None:
    fields = {name: Field(value, value, (), 0.9, "rule", "filled") for name, value in names.items()}
    assert write_title(talk("水塔坏了"), fields, kind="投诉", headings=NONE) == f"{place}水塔坏"


def test_a_plain_matter_goes_under_its_heading(talk: MakeTalk) -> None:
    said = talk("我都跟他们讲了好几回了，工钱干了半年一分没给。")
    headings = Headings.open(DEFAULT_CITY / HEADINGS)
    assert write_title(said, FIELDS, kind="求助", headings=headings) == "赛罕区宏鑫佳园拖欠工资"
    assert "拖欠" not in write_title(talk("我想问一下，工资没发归谁管"), {}, kind="咨询", headings=headings)


def test_a_fire_that_burns_is_what_the_title_says_and_an_old_one_is_not(talk: MakeTalk) -> None:
    headings = Headings.open(DEFAULT_CITY / HEADINGS)
    burning = talk("我家楼下着火了，三楼冒烟，人还在里面，快来")
    assert write_title(burning, {}, kind="求助", headings=headings) == "着火"
    old = talk("我家去年着火了，保险公司到现在不赔")
    assert write_title(old, {}, kind="投诉", headings=headings) != "着火"


def test_whose_home_it_is_is_no_part_of_a_title(talk: MakeTalk) -> None:
    assert write_title(talk("我家楼道灯不亮三天了"), {}, kind="投诉", headings=NONE) == "楼道灯不亮三天"
    assert write_title(talk("我家长会没去成被老师点名"), {}, kind="投诉", headings=NONE).startswith("家长会")


def test_a_title_says_its_place_once(filler: FormFiller, make_ticket: Callable[..., Ticket]) -> None:
    said = "我们小区朝阳区望京花园停水三天了"
    marked = Prediction({}, (Span("location", 1, 4, 11, 0.9),), truncated=False)
    assert filler.fill(make_ticket("A:北京12345您好", said), marked).title == "朝阳区望京花园停水三天"


@pytest.mark.parametrize("said", ["喂，是12345吗", "你好，我想反映个问题", "我叫王小明，电话幺三八零零零零五零九六"])
def test_who_only_opens_a_call_has_said_no_matter(
    filler: FormFiller, make_ticket: Callable[..., Ticket], silent: Prediction, said: str
) -> None:
    assert filler.fill(make_ticket("A:您好，请问您反映什么问题", said), silent).title == ""


def test_a_number_taken_back_stays_out_of_the_title(
    filler: FormFiller, make_ticket: Callable[..., Ticket], silent: Prediction
) -> None:
    said = "电话幺三八零零零零五零九六，不对，幺三八零零零零五零九七，楼道灯坏了"
    assert filler.fill(make_ticket(said), silent).title == "楼道灯坏"


def test_when_it_was_is_no_title(filler: FormFiller, make_ticket: Callable[..., Ticket], silent: Prediction) -> None:
    lines = ("楼道停电了", "A:什么时候", "昨天下午三点", "A:昨天下午三点对吗", "哦不对，是四点")
    assert filler.fill(make_ticket(*lines), silent).title == "楼道停电"


def test_what_was_taken_back_is_no_title(talk: MakeTalk) -> None:
    assert write_title(talk("拖欠工资三万，不对，是两万"), {}, kind="投诉", headings=NONE) == "拖欠工资两万"


@pytest.mark.parametrize(
    ("said", "title"), [("拖欠货款123,456元", "拖欠货款123,456元"), ("拖欠工程款1,234,567.89元", "拖欠工程款")]
)
def test_a_sum_is_whole_or_left_out(talk: MakeTalk, said: str, title: str) -> None:
    assert write_title(talk(said), {}, kind="投诉", headings=NONE) == title


def test_a_name_beside_the_matter_leaves_the_matter_to_the_title(
    filler: FormFiller, make_ticket: Callable[..., Ticket], silent: Prediction
) -> None:
    said = "楼道灯坏了我叫王小明电话13800005096"
    assert filler.fill(make_ticket(said), silent).title == "楼道灯坏"


def test_pieces_of_a_number_are_no_title(
    filler: FormFiller, make_ticket: Callable[..., Ticket], silent: Prediction
) -> None:
    lines = ("楼道灯坏了", "A:您的电话", "幺三五", "A:嗯", "四零八八", "A:嗯", "不对漏了一个")
    assert filler.fill(make_ticket(*lines), silent).title == "楼道灯坏"


def _titled(said: Talk, kind: str = "投诉", **values: str) -> str:
    fields = {name: Field(value, value, (), 0.9, "rule", "filled") for name, value in values.items()}
    return write_title(said, fields, kind=kind, headings=NONE)


def test_what_the_subject_ends_with_is_not_said_again(talk: MakeTalk) -> None:
    assert _titled(talk("停车场乱收费。"), poi="南塘广场停车场") == "南塘广场停车场乱收费"


def test_a_name_alone_says_nothing_of_what_is_wrong(talk: MakeTalk) -> None:
    assert _titled(talk("我要投诉青禾移动 每个月乱扣钱"), target_entity="青禾移动") == "青禾移动每个月乱扣钱"


def test_a_read_back_is_asked_without_its_question(talk: MakeTalk) -> None:
    assert "对" not in _titled(talk("手机是翻新的", "A:您是要投诉商家卖翻新机对吧", "对"))


def test_what_is_asked_is_the_title_of_an_inquiry(talk: MakeTalk) -> None:
    said = talk("我八月份辞的职 生育津贴还能领不")
    wish = Field("生育津贴还能领不", "生育津贴还能领不", (said.turns[0].place(8, 16),), 0.9, "model", "filled")
    assert write_title(said, {"demand": wish}, kind="咨询", headings=NONE) == "咨询生育津贴还能领不"


@pytest.mark.parametrize("question", ["怎么办", "去哪里申请", "应该找谁处理"])
def test_a_question_without_its_matter_is_no_title(talk: MakeTalk, question: str) -> None:
    said = talk(f"老人护理补贴停发了，请问{question}")
    start = said.turns[0].folded.index(question)
    wish = Field(question, question, (said.turns[0].place(start, start + len(question)),), 0.9, "model", "filled")
    assert "护理补贴" in write_title(said, {"demand": wish}, kind="咨询", headings=NONE)


def test_the_road_of_a_full_address_is_found_below_its_city(talk: MakeTalk) -> None:
    address = "广西壮族自治区南宁市长柳大道12号"
    assert _titled(talk("路灯不亮"), event_address=address).startswith("长柳大道12号")


def test_a_foreign_title_ends_with_a_word(talk: MakeTalk) -> None:
    title = _titled(talk("Hello. My landlord refuses to return my deposit of 3000 yuan."))
    assert title == "My landlord refuses to"
