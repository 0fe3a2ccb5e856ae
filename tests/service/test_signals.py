"""Signals: what a call-taker must not miss, and what must not ring the bell."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from models.document import Document, Segment
from models.manifest import TaskSpec
from models.prediction import Answer, Prediction
from service.alarm import AlarmRules, open_default_rules
from service.city import DEFAULT_CITY, CityFileError
from service.measure_signals import main, measure, read_labelled
from service.signals import read_signals
from service.ticket import Ticket

NOON = datetime.fromisoformat("2025-06-03T12:00:00+08:00")
SIGNAL_SECONDS = 2.0  # for the longest text that is read; a call takes about 1 ms
SILENT = Prediction(answers={}, spans=(), truncated=False)

# Words of a caller, written for this project, and the line that they call for: 110, 119, 120; 2 = urgent, without a
# line; - = nothing of the kind, though the words look like it.
TABLE = [
    row.split("\t") for row in Path(__file__).with_name("emergencies.tsv").read_text(encoding="utf-8").splitlines()
]
EMERGENCIES = [(words, None if line == "2" else line) for line, words in TABLE if line != "-"]
HARMLESS = [words for line, words in TABLE if line == "-"]


def call(*turns: str, agent: str = "您好") -> Ticket:
    """A call in which the caller says the turns."""
    segments = [Segment(agent, "agent"), *(Segment(turn) for turn in turns)]
    return Ticket(Document(tuple(segments)), NOON, is_dialogue=True)


def answering(name: str, labels: tuple[str, ...], scores: tuple[float, ...], *, multi: bool = False) -> Prediction:
    """A prediction of one head."""
    task = TaskSpec(name=name, kind="multi" if multi else "single", labels=labels)
    return Prediction({name: Answer(task, np.array(scores, dtype=np.float32))}, (), truncated=False)


URGENT = answering("urgency", ("0", "1", "2"), (0.1, 0.2, 0.7))
CALM = answering("urgency", ("0", "1", "2"), (0.8, 0.1, 0.1))


@pytest.mark.parametrize(("words", "line"), EMERGENCIES)
def test_an_emergency_is_heard_and_goes_to_its_line(words: str, line: str | None) -> None:
    signals = read_signals(call(words), SILENT)
    assert signals.urgency == 2
    assert (signals.transfer.to if signals.transfer else None) == line


@pytest.mark.parametrize("words", HARMLESS)
def test_words_that_only_look_like_an_emergency_transfer_nobody(words: str) -> None:
    signals = read_signals(call(words), SILENT)
    assert signals.transfer is None
    assert signals.urgency < 2


def test_a_reason_names_the_rule_and_gives_the_words_and_their_place() -> None:
    ticket = call("喂", "我家燃气泄漏了")
    transfer = read_signals(ticket, SILENT).transfer
    assert transfer is not None
    assert "gas-leak" in transfer.reason
    assert "燃气泄漏" in transfer.reason
    assert transfer.place is not None
    place = transfer.place
    assert ticket.document.segments[place.segment].text[place.start : place.end].startswith("燃气泄漏")


def test_a_long_run_of_numerals_is_looked_through_in_time() -> None:
    start = time.perf_counter()
    read_signals(call("一" * 20_000), SILENT)
    assert time.perf_counter() - start < SIGNAL_SECONDS


def test_the_agents_question_is_no_evidence() -> None:
    assert read_signals(call("没有 就是想问问发票", agent="是燃气泄漏了吗"), SILENT).urgency == 0


def test_a_rule_raises_what_the_model_took_for_nothing() -> None:
    calm = answering("urgency", ("0", "1", "2"), (0.98, 0.01, 0.01))
    unsure = answering("urgency", ("0", "1", "2"), (0.5, 0.3, 0.2))
    long = "楼下那家五金店的招牌着火了，店主姓王，店在菜场东头"
    for words, model in (("楼下着火了", calm), (long, unsure), (f"现在{long}", calm), (f"{long}，快来", calm)):
        told = read_signals(call(words), model)
        assert (told.urgency, told.verify) == (2, None), words
        assert told.transfer is not None


def test_where_the_model_is_sure_of_nothing_words_without_a_word_of_the_present_are_to_be_verified() -> None:
    told = read_signals(call("楼下那家五金店的招牌着火了，店主姓王，店在菜场东头"), CALM)
    assert (told.urgency, told.transfer) == (1, None)
    assert told.verify is not None


@pytest.mark.parametrize("after", ["你们别管了", "我走了大家就没事了", "没事了"])
def test_who_wants_to_die_is_heard_whatever_he_says_next_and_whatever_the_model_says(after: str) -> None:
    transfer = read_signals(call(f"我不想活下去了，药我都放在床头。{after}"), CALM).transfer
    assert transfer is not None
    assert transfer.to == "110"


def test_no_rule_lowers_what_the_model_saw() -> None:
    alarmed = answering("urgency", ("0", "1", "2"), (0.1, 0.1, 0.8))
    signals = read_signals(call("请问发票怎么开"), alarmed)
    assert signals.urgency == 2
    assert "0.80" in signals.reasons[0]
    assert signals.transfer is None


def test_a_fear_is_worth_a_look_but_no_transfer() -> None:
    signals = read_signals(call("担心围墙倒塌"), SILENT)
    assert signals.urgency == 1
    assert "未必是眼前的事" in signals.reasons[0]


def test_fire_wins_over_injury_when_both_are_heard() -> None:
    transfer = read_signals(call("着火了 有人晕倒 快来"), SILENT).transfer
    assert transfer is not None
    assert transfer.to == "119"


def test_a_plea_in_another_turn_makes_an_injury_one_of_now() -> None:
    assert read_signals(call("有人受伤"), SILENT).transfer is None
    assert read_signals(call("有人受伤", "你们快来"), SILENT).transfer is not None


def talk(*turns: str) -> Ticket:
    """A call of turns that begin with 坐席 or 来电 and a colon."""
    segments = tuple(Segment(turn[3:], "agent" if turn.startswith("坐席") else "citizen") for turn in turns)
    return Ticket(Document(segments, spoken=True), NOON, is_dialogue=True)


@pytest.mark.parametrize(
    ("question", "reply", "line"),
    [
        ("是仓库着火了吗", "是", "119"),
        ("您说有人要跳楼是吗", "嗯，在六楼", "110"),
        ("有人昏迷吗", "有", "120"),
        ("他手里拿着刀吗", "对", "110"),
    ],
)
def test_a_question_that_the_caller_affirms_is_an_emergency(question: str, reply: str, line: str) -> None:
    transfer = read_signals(talk(f"坐席：{question}", f"来电：{reply}"), SILENT).transfer
    assert transfer is not None
    assert transfer.to == line
    assert transfer.place is not None
    assert transfer.place.segment == 0


@pytest.mark.parametrize("question", ["老人还有呼吸吗", "孩子叫得醒吗", "人现在有没有意识"])
def test_no_sign_of_life_is_an_emergency(question: str) -> None:
    told = read_signals(talk(f"坐席：{question}", "来电：没有了"), SILENT)
    assert (told.urgency, told.transfer.to if told.transfer else None) == (2, "120")
    assert read_signals(talk(f"坐席：{question}", "来电：有的"), SILENT).transfer is None
    assert read_signals(talk("坐席：系统有反应了吗", "来电：没有"), SILENT).transfer is None


@pytest.mark.parametrize("reply", ["没有，就是灯坏了", "不是", "我想问发票"])
def test_a_question_that_he_does_not_affirm_is_none(reply: str) -> None:
    assert read_signals(talk("坐席：是仓库着火了吗", f"来电：{reply}"), SILENT).transfer is None


def test_the_line_that_the_call_taker_brings_in_is_the_transfer() -> None:
    told = read_signals(talk("来电：门口那帮人又来了", "坐席：我马上给您转110，您别出去", "来电：好"), SILENT)
    assert (told.urgency, told.transfer.to if told.transfer else None) == (2, "110")
    for reply, agent in (("不用了", "我给您转110"), ("现在安全", "需要我给您转110吗"), ("好", "有危险请您拨打110")):
        calm = read_signals(talk("来电：门口那帮人又来了", f"坐席：{agent}", f"来电：{reply}"), SILENT)
        assert calm.transfer is None, agent


def test_what_nothing_places_in_time_is_decided_by_the_model() -> None:
    ticket = call("他揪着我头发")
    urgent, calm = read_signals(ticket, URGENT), read_signals(ticket, CALM)
    assert urgent.transfer is not None
    assert urgent.verify is None
    assert (calm.urgency, calm.transfer) == (1, None)
    assert calm.verify is not None
    assert "疑似紧急，立即核实" in calm.verify
    more = read_signals(call("他揪着我头发，隔壁的人看了也不作声，我想问问怎么调解"), CALM)
    assert (more.urgency, more.transfer, more.verify) == (1, None, None)


def test_what_is_past_stays_so_whatever_the_model_says() -> None:
    told = read_signals(call("去年他揪着我头发"), URGENT)
    assert told.transfer is None
    assert told.verify is None


def test_the_model_alone_asks_to_verify_where_no_rule_speaks() -> None:
    assert read_signals(call("后面那人不太对头"), URGENT).verify is not None
    assert read_signals(call("后面那人不太对头"), CALM).verify is None
    assert read_signals(call("没有着火，就是灯坏了"), URGENT).verify is None
    assert read_signals(call("现在楼下着火了"), URGENT).verify is None


@pytest.mark.parametrize("after", ["哦找到了找到了", "没事了没事了", "是去年的事，想问赔偿", "不用来了，他们散了"])
def test_the_callers_next_turn_can_take_an_emergency_back(after: str) -> None:
    for words in ("我女儿走丢了", "有人在砸门", "二楼着火了"):
        told = read_signals(talk(f"来电：{words}", "坐席：在哪里", f"来电：{after}"), SILENT)
        assert (told.urgency, told.transfer) == (1, None)


@pytest.mark.parametrize(
    "words",
    [
        "仓库着火了。隔壁的说没事了，可浓烟越来越大",
        "仓库着火了。灭了，又着了",
        "我女儿走丢了。上次的通知我没看",
        "灶上漏气，师傅来看过了还是漏",
        "不准他打游戏，他站到窗台上要跳下去",
    ],
)
def test_what_others_say_or_what_goes_on_takes_nothing_back(words: str) -> None:
    assert read_signals(call(words), SILENT).transfer is not None, words


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        ("有人受伤吗，快说", "是没人受伤，快来修路"),
        ("有人员被困吗", "是这部电梯太旧了"),
        ("是不是仓库起火", "有人倒垃圾，没烧"),
        ("您朋友走失了吗", "是，去年，后来回家了"),
        ("有没有砸到人", "有一回差点砸到"),
        ("他们有意识到问题吗", "没有"),
        ("物业他们有反应吗", "没有"),
    ],
)
def test_a_yes_to_something_else_is_none(question: str, reply: str) -> None:
    assert read_signals(talk(f"坐席：{question}", f"来电：{reply}"), SILENT).transfer is None


@pytest.mark.parametrize("offer", ["这种情况我们会通知110去看", "需要给您转110吗", "夜里的噪音我们联系110处理"])
def test_an_offer_that_nobody_takes_up_is_no_transfer(offer: str) -> None:
    assert read_signals(talk("来电：楼上夜里很吵", f"坐席：{offer}", "来电：中午也吵"), SILENT).transfer is None


def test_an_attack_goes_before_the_injury_that_it_did() -> None:
    transfer = read_signals(call("他拿刀砍我，我手受伤了，快来"), SILENT).transfer
    assert transfer is not None
    assert transfer.to == "110"


def test_what_it_says_again_after_that_counts() -> None:
    told = talk("来电：二楼着火了", "坐席：在哪里", "来电：灭了", "坐席：好", "来电：哎呀又着火了")
    assert read_signals(told, SILENT).transfer is not None


def test_a_fear_ends_where_the_next_clause_says_that_it_happens() -> None:
    assert read_signals(call("一直怕起火，现在真的起火了"), SILENT).transfer is not None
    assert read_signals(call("一直怕起火，现在也没人管"), SILENT).transfer is None


def test_words_under_the_call_takers_name_are_to_be_verified_where_no_caller_speaks() -> None:
    told = read_signals(talk("坐席：我家厨房着火了", "坐席：在三楼"), SILENT)
    assert (told.urgency, told.transfer) == (1, None)
    assert told.verify is not None
    assert any("标反" in reason for reason in told.reasons)
    assert read_signals(talk("坐席：我家厨房着火了"), URGENT).transfer is not None


def letter(words: str) -> Ticket:
    """A long written message that ends with the words."""
    return Ticket(Document.of("我反映一件事。" * 40 + words), NOON)


def test_what_a_long_letter_tells_of_is_worth_a_look_and_what_recurs_is_urgent() -> None:
    assert read_signals(letter("楼下着火。"), SILENT).urgency == 1
    falling = read_signals(letter("小区电梯经常掉层。"), SILENT)
    assert falling.urgency == 2
    assert falling.transfer is None


def test_a_long_letter_about_this_very_moment_is_an_emergency() -> None:
    assert read_signals(letter("现在楼下着火了。"), SILENT).transfer is not None


def test_an_emergency_that_stands_only_in_the_title_counts() -> None:
    signals = read_signals(Ticket(Document.of("请尽快处理", title="燃气泄漏"), NOON), SILENT)
    assert signals.transfer is not None
    assert signals.transfer.place is None


@pytest.mark.parametrize(
    ("words", "risk"),
    [
        ("这事我已经打了好几次电话了", "重复反映"),
        ("我多次向街道反映都没有结果", "重复反映"),
        ("再不解决我们就去北京上访", "上访"),
        ("老板拖欠我们三个月工资", "欠薪"),
        ("我们小区两百多户业主联名要求换物业", "群体"),
        ("我是残疾人 出行要坐轮椅", "弱势群体"),
        ("再不管我就找记者曝光", "舆情"),
        ("这就是传销 骗了我妈十二万", "违法犯罪"),
        ("班主任体罚学生", "未成年人"),
        ("房子塌了 快来", "人身安全"),
    ],
)
def test_every_risk_has_words(words: str, risk: str) -> None:
    found = {risk.name: risk for risk in read_signals(call(words), SILENT).risks}
    assert risk in found
    assert found[risk].source == "rule"
    assert "「" in found[risk].reason


def test_a_denied_risk_is_none() -> None:
    assert not read_signals(call("我没有上访"), SILENT).risks


def test_model_and_rule_name_a_risk_once_with_the_better_score() -> None:
    sure = answering("risks", ("上访", "舆情"), (0.97, 0.2), multi=True)
    risks = read_signals(call("我要去上访"), sure).risks
    assert [(risk.name, round(risk.score, 2), risk.source) for risk in risks] == [("上访", 0.97, "model")]


def test_a_broken_rule_is_named_with_its_line(tmp_path: Path) -> None:
    text = (DEFAULT_CITY / "signals.toml").read_text(encoding="utf-8")
    line = text.splitlines().index('transfer = "119"') + 1
    broken = tmp_path / "signals.toml"
    broken.write_text(text.replace('transfer = "119"', 'transfer = "114"', 1), encoding="utf-8")
    with pytest.raises(CityFileError, match=rf"line {line}: emergencies\[1\].transfer"):
        AlarmRules.open(broken)


@pytest.mark.parametrize(
    ("old", "new"), [("'着火'", "'着火('"), ("'着火'", "'(?:着火)?'"), ('id = "gas-leak"', 'id = "fire"')]
)
def test_a_pattern_that_cannot_work_is_refused(tmp_path: Path, old: str, new: str) -> None:
    text = (DEFAULT_CITY / "signals.toml").read_text(encoding="utf-8")
    broken = tmp_path / "signals.toml"
    broken.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CityFileError, match="line"):
        AlarmRules.open(broken)


def test_the_default_rules_are_read_once() -> None:
    assert open_default_rules() is open_default_rules()


def test_the_measure_counts_calls_and_letters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text(
        '{"id":"a","received_at":"2025-06-03T12:00:00+08:00","turns":[{"role":"caller","text":"着火了"}],'
        '"gold":{"urg":2,"risk":["人身安全"],"content":"诉求：灭火。已转119。"}}\n'
        '{"id":"b","title":null,"text":"发票怎么开","urgency":0,"risks":[]}\n',
        encoding="utf-8",
    )
    tallies = measure(list(read_labelled(rows)))
    assert (tallies["urgency 2"].right, tallies["urgency 2"].wanted, tallies["urgency 2"].found) == (1, 1, 1)
    assert tallies["transfer, line"].right == 1
    main([str(rows)])
    assert "urgency 2" in capsys.readouterr().out
