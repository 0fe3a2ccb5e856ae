"""Denials: what the caller says there is not, whatever the model hears in it."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from models.document import Document
from models.manifest import TaskSpec
from models.prediction import Answer, Prediction
from service.alarm import open_default_rules
from service.denials import is_denied
from service.signals import read_signals
from service.ticket import Ticket

NOON = datetime.fromisoformat("2025-06-03T12:00:00+08:00")


def denies(name: str, *texts: str) -> bool:
    return is_denied(name, [(text, number) for number, text in enumerate(texts)], open_default_rules())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("上访", "我们从没有上访过"),
        ("上访", "我也不想去信访，给个准话就行"),
        ("欠薪", "厂里没有拖欠过工资"),
        ("欠薪", "这不是欠薪，是社保断缴"),
        ("欠薪", "工资都结清了，只差离职证明"),
        ("重复反映", "我是第一次打热线，楼道的灯坏了"),
        ("重复反映", "这个事之前没反映过"),
        ("舆情", "我不想找记者"),
        ("未成年人", "不涉及学生，就是路坑"),
        ("弱势群体", "我不是残疾人"),
    ],
)
def test_what_the_caller_denies_is_no_risk(name: str, text: str) -> None:
    assert denies(name, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("上访", "从来没有上访过，这次要集体去上访"),
        ("欠薪", "这不是拖欠工资吗"),
        ("欠薪", "是不是欠薪你们来查"),
        ("欠薪", "没有发工资"),
        ("重复反映", "第一次打热线没人管，第二次还是没人管"),
        ("重复反映", "没反映过别的，这个井盖反映了三次"),
        ("人身安全", "没有受伤"),
    ],
)
def test_a_question_or_a_denial_of_something_else_denies_nothing(name: str, text: str) -> None:
    assert not denies(name, text)


def test_the_models_risk_falls_with_the_denial_and_the_others_stay() -> None:
    task = TaskSpec(name="risks", kind="multi", labels=("上访", "群体"))
    prediction = Prediction({"risks": Answer(task, np.array([0.97, 0.8], dtype=np.float32))}, (), truncated=False)
    signals = read_signals(Ticket(Document.of("我从来没有上访过，也不想上访"), NOON), prediction)
    assert [risk.name for risk in signals.risks] == ["群体"]
    assert signals.urgency == 0
