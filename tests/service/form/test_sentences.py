"""Tests of sentences."""

from __future__ import annotations

from collections.abc import Callable

from service.form.sentences import citizen_clauses, clean_clause
from service.form.talk import Talk


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
