"""Tests of names."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.prediction import Prediction, Span
from service.form.names import fill_name
from service.form.talk import Talk

MakeTalk = Callable[..., Talk]


NOTHING = Prediction(answers={}, spans=(), truncated=False)


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (("行 你给我记上 我叫邢丽华 你可别让我妈知道",), "邢丽华"),
        (("A:您怎么称呼？联系方式呢？", "我叫郜晓东，业主代表。182 0006 6875。"), "郜晓东"),
        (("A:您的称呼和电话？", "覃女士。153开头的这个号"), "覃女士"),
        (("A:老人家您贵姓", "我姓皮 皮肤的皮 皮定邦 七十一了"), "皮定邦"),
        (("A:您贵姓", "姓龙", "A:龙女士对吧 电话来电的", "嗯 对"), "龙女士"),
        (("A:您贵姓", "我姓佘 佘明 你给我记清楚", "A:佘先生您千万别冲动"), "佘明"),
        (("A:您贵姓", "免贵姓徐 保密啊"), "徐"),
        (("A:您贵姓", "我姓那 那英的那", "A:那先生 已登记"), "那先生"),
        (("A:您的姓名", "惠秀玲 一五三零零零九零七四五"), "惠秀玲"),
        (("A:请问怎么称呼您？", "阿依古丽·买买提，131 0006 6082。"), "阿依古丽·买买提"),
        (("A:您是周先生吧？号码尾号1925？", "对，周国强。"), "周国强"),
        (("A:先生您的称呼", "我姓余 我就是个过路的"), "余先生"),
        (("A:您贵姓", "姓，姓么，不是么，是牟，牟，念谋，牟桂香", "A:牟阿姨"), "牟桂香"),
        (("A:您的姓名", "我姓王，叫我王佳就行"), "王佳"),
        (("A:您贵姓", "我姓阙阙胜我跑船回来不久", "A:好的阙先生"), "阙胜"),
        (("A:您的姓名", "李来福 电话就这个"), "李来福"),
        (("A:您的姓名", "写田对云"), "田对云"),
        (("A:怎么称呼您", "我是张守一"), "张守一"),
        (("A:您的姓名和电话", "名字许春波 电话一三九零零零零二二幺幺"), "许春波"),
        (("A:您贵姓", "兰芝嘛"), "兰芝"),
        (("A:您贵姓", "我姓彭", "A:那彭女士您看还有别的吗"), "彭女士"),
        (("A:留个称呼", "鄙姓霍", "A:谢谢霍大爷"), "霍大爷"),
        (("A:您贵姓", "普 普通话的普 不用回电话", "A:好的普先生"), "普先生"),
        (("A:您贵姓", "免贵姓欧阳，单名一个霖字"), "欧阳霖"),
        (("A:您怎么称呼", "我姓拓 开拓的拓 拓师 就打这个", "A:拓师傅 已经派人"), "拓师傅"),
        (("A:您怎么称呼", "姓覃，西早覃", "A:覃老板，电话是这个吗"), "覃老板"),
        (("A:需要保密吗", "需要。叫我梁生就可以"), "梁先生"),
        (("A:您贵姓", "行。我姓恽，恽代英的恽，女的"), "恽女士"),
        (("A:您怎么称呼", "我姓郝 郝二虎 小名 大名叫郝建军"), "郝建军"),
        (("我叫果志民 他写错了", "A:好的 果先生"), "果志民"),
    ],
)
def test_the_caller_is_called(talk: MakeTalk, silent: Prediction, lines: tuple[str, ...], name: str) -> None:
    assert fill_name(talk(*lines), silent).value == name


@pytest.mark.parametrize(
    "lines",
    [
        ("A:您贵姓", "不用了 不留"),
        ("A:老板叫什么", "叫阿辉 真名我不清楚"),
        ("一个姓瞿的医生 说我是梅毒",),
        ("A:您怎么称呼", "莫写我名字"),
        ("A:您怎么称呼", "名字我就不说了"),
        ("A:您怎么称呼", "我是房东"),
        ("A:您怎么称呼", "就打来电这个"),
    ],
)
def test_a_name_that_was_not_given_is_not_invented(talk: MakeTalk, silent: Prediction, lines: tuple[str, ...]) -> None:
    field = fill_name(talk(*lines), silent)
    assert field.status in ("missing", "suggested")
    assert field.value in (None, "瞿")


def test_the_models_span_counts(talk: MakeTalk) -> None:
    said = Prediction({}, (Span("caller_name", 0, 2, 5, 0.9),), truncated=False)
    field = fill_name(talk("我是韩梅梅呀"), said)
    assert (field.value, field.source) == ("韩梅梅", "model")


def test_the_models_span_gives_way_to_the_family_name_that_was_heard(talk: MakeTalk) -> None:
    said = talk("我在博睿报的班 老师叫方圆", "A:您贵姓", "姓蒋 窦唯的窦不是", "A:好的蒋女士")
    others = Prediction({}, (Span("caller_name", 0, 10, 12, 0.9), Span("caller_name", 2, 3, 7, 0.9)), truncated=False)
    assert fill_name(said, others).value == "蒋女士"


def test_a_name_from_the_model_alone_is_only_suggested_in_a_call(talk: MakeTalk) -> None:
    said = Prediction({}, (Span("caller_name", 1, 4, 7, 0.95),), truncated=False)
    assert fill_name(talk("A:您好", "代办的是韩梅梅 态度很差"), said).status == "suggested"


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (("A:您贵姓", "武 武大明"), "武大明"),
        (("A:您贵姓", "邢 右耳刀那个"), "邢"),
        (("A:您贵姓", "免贵姓穆 穆桂英那个穆"), "穆"),
        (("A:您怎么称呼", "叫我老归就行"), "老归"),
        (("A:大爷您贵姓", "姓高"), "高大爷"),
    ],
)
def test_an_answer_may_explain_or_shorten_the_name(talk: MakeTalk, lines: tuple[str, ...], name: str) -> None:
    assert fill_name(talk(*lines), NOTHING).value == name


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (("A:您母亲叫什么名字", "汤玉珍", "A:您贵姓", "我姓汤"), "汤"),
        (("A:老人姓名是", "汤玉珍", "A:怎么称呼您", "姓汤", "A:好的汤女士"), "汤女士"),
        (("A:孩子的姓名", "汤小雨", "A:您贵姓", "免贵姓汤"), "汤"),
        (("A:您爱人叫什么", "汤玉珍，我叫蒋大海"), "蒋大海"),
        (("A:您孩子姓名", "我叫汤玉珍 孩子叫汤小雨"), "汤玉珍"),
        (("A:老人家您贵姓", "汤玉珍"), "汤玉珍"),
        (("A:大姐叫什么名字", "汤玉珍"), "汤玉珍"),
        (("A:您好大姐叫什么名字", "汤玉珍"), "汤玉珍"),
        (("A:您大姐叫什么名字", "汤玉珍", "A:您贵姓", "我姓汤"), "汤"),
    ],
)
def test_who_shares_the_callers_family_name_is_not_the_caller(
    talk: MakeTalk, lines: tuple[str, ...], name: str
) -> None:
    said = talk(*lines)
    spans = [
        Span("caller_name", turn.index, at, at + 3, 0.95)
        for turn in said.citizen
        for word in ("汤玉珍", "汤小雨", "蒋大海")
        if (at := turn.text.find(word)) >= 0
    ]
    assert fill_name(said, Prediction({}, tuple(spans), truncated=False)).value == name


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (("A:您贵姓", "免贵姓上官", "A:上官女士请讲"), "上官女士"),
        (("A:您贵姓", "令狐。", "A:好的令狐先生"), "令狐先生"),
        (("A:您贵姓", "复姓东方"), "东方"),
        (("A:您贵姓", "尉迟"), "尉迟"),
        (("A:您怎么称呼", "我叫诸葛明"), "诸葛明"),
    ],
)
def test_a_double_family_name_alone_is_no_full_name(talk: MakeTalk, lines: tuple[str, ...], name: str) -> None:
    said = talk(*lines)
    turn = said.citizen[0]
    at = next((turn.text.find(word) for word in ("上官", "令狐", "东方", "尉迟") if word in turn.text), 0)
    marked = Prediction({}, (Span("caller_name", turn.index, at, at + 2, 0.6),), truncated=False)
    assert fill_name(said, NOTHING).value == fill_name(said, marked).value == name


def test_a_full_name_that_the_model_is_unsure_of_gives_way_to_a_title(talk: MakeTalk) -> None:
    said = talk("A:您贵姓", "姓郁 郁金香的郁", "A:郁师傅您好")
    doubtful = Prediction({}, (Span("caller_name", 1, 3, 6, 0.4),), truncated=False)
    assert fill_name(said, doubtful).value == "郁师傅"


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (("我是那个 赵家屯的 桥断了", "A:赵大叔您说"), None),
        (("A:您贵姓", "我姓孙 孙家寨的"), "孙"),
        (("A:您贵姓", "我是马家沟人"), None),
        (("A:您贵姓", "孙庄的"), None),
        (("A:您叫什么名字", "我叫孙庄 庄严的庄"), "孙庄"),
    ],
)
def test_a_village_is_nobodys_name(talk: MakeTalk, lines: tuple[str, ...], name: str | None) -> None:
    assert fill_name(talk(*lines), NOTHING).value == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("苏女士来电咨询：怎么给孩子转学。", "苏女士"),
        ("市民秦先生反映楼道堆满纸箱。", "秦先生"),
        ("市民秦先生（13900028801）反映楼道堆满纸箱。", "秦先生"),
        ("业主代表秦小姐13900028801反映楼道堆满纸箱。", "秦小姐"),
        ("来电人：秦女士（主叫号码：13900028801）", "秦女士"),
        ("小区停水两天。联系人：秦女士，电话13900028801", "秦女士"),
        ("投诉人：秦先生；电话：13900028801；不退押金", "秦先生"),
        ("被投诉人：秦先生；不退押金", None),
        ("公司联系人：秦先生，不退押金", None),
        ("来电人：向大爷反映桥面有洞", "向大爷"),
        ("诉求人覃女士，想问低保", None),
        ("市民反映，秦先生在楼道养鸡。", None),
        ("物业经理秦先生来电要加钱。", None),
        ("秦先生的车挡了路，反映没人管。", None),
        ("市民某先生反映停水。", None),
        ("居民强烈反映停水。", None),
    ],
)
def test_a_written_ticket_names_its_caller_where_it_begins(talk: MakeTalk, text: str, name: str | None) -> None:
    assert fill_name(talk(text), NOTHING).value == name


def test_what_a_call_taker_writes_of_others_is_no_announcement(talk: MakeTalk) -> None:
    assert fill_name(talk("秦先生来电反映停水", "A:您贵姓", "我不是他"), NOTHING).status == "missing"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("工头刘大壮不发钱", None),
        ("被举报人刘大壮开赌场", None),
        ("快递烂了，收件人 刘大壮", None),
        ("我父亲刘大壮的养老金停了", None),
        ("我是店主刘大壮，门口积水", "刘大壮"),
    ],
)
def test_whom_the_matter_is_about_is_not_the_caller(talk: MakeTalk, text: str, name: str | None) -> None:
    at = text.index("刘大壮")
    marked = Prediction({}, (Span("caller_name", 0, at, at + 3, 0.95),), truncated=False)
    assert fill_name(talk(text), marked).value == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("路灯坏了没人修，请处理。业主 卞先生 13800056623", "卞先生"),
        ("路灯坏了没人修。联系电话：13800056623 卞小姐", "卞小姐"),
        ("路灯坏了没人修。联系人卞先生，电话：138 0005 6623。", "卞先生"),
        ("押金不退，找房东 卞先生 13800056623", None),
    ],
)
def test_who_signs_a_message_beside_his_number_is_the_caller(
    talk: MakeTalk, silent: Prediction, text: str, name: str | None
) -> None:
    assert fill_name(talk(text), silent).value == name


@pytest.mark.parametrize(
    "lines",
    [
        ("A:负责人呢", "姓杜 叫杜万山"),
        ("A:老板叫什么", "姓杜 杜万山"),
        ("A:那个司机是谁", "姓杜"),
    ],
)
def test_whom_the_call_taker_asked_about_is_not_the_caller(
    talk: MakeTalk, silent: Prediction, lines: tuple[str, ...]
) -> None:
    assert fill_name(talk(*lines), silent).value is None


def test_a_caller_who_is_asked_by_his_title_is_the_caller(talk: MakeTalk, silent: Prediction) -> None:
    assert fill_name(talk("A:老板您贵姓", "姓杜"), silent).value == "杜"


def test_a_construction_crew_is_no_engineer(talk: MakeTalk, silent: Prediction) -> None:
    assert fill_name(talk("路挖开了", "A:好的 施工单位知道吗", "不知道"), silent).value is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("My name is Clara Weber. The bar downstairs is too loud.", "Clara Weber"),
        ("Hello, I am Tom Baker and my landlord keeps the deposit.", "Tom Baker"),
        ("I am Very angry. I am In the hospital.", None),
    ],
)
def test_a_foreigner_says_his_name(talk: MakeTalk, silent: Prediction, text: str, name: str | None) -> None:
    assert fill_name(talk(text), silent).value == name
