"""Denials: words by which a caller says that a risk is none (从来没有上访过), which the model may take for the risk."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from service.alarm import AlarmRules, RiskName

_NOT: Final = r"(?:没有?|未曾?)"
_NOR: Final = rf"(?:{_NOT}|不想|不愿意?|不会|不打算|不准备|无意|不是来)(?:再|要|想|去|过|有)*"
# Not a question that means the contrary (这不是欠薪吗).
_IS_NOT: Final = r"(?<!是)不是(?![^，。！；]{0,10}(?:[吗嘛么?？]|是什么))"
_PHRASES: Final[Mapping[RiskName, str]] = {
    "上访": rf"{_NOR}(?:上访|信访|越级|闹访)过?",
    "欠薪": (
        rf"(?:{_NOT}|从不|不存在|{_IS_NOT})(?:拖欠|欠|克扣)过?[^，。！？；]{{0,4}}(?:工资|薪|工钱)"
        r"|工资[^，。！？；]{0,2}(?:已经?|都|全)[^，。！？；]{0,2}(?:结清|发放?到位)"
    ),
    # The first of several is told with those that followed.
    "重复反映": (
        r"第一次(?:打|拨|来电|反[映应]|投诉|求助)(?!.*(?:第[二三四]次|再次|多次|后来|又))"
        rf"|{_NOT}(?:再|有)?(?:反[映应]|投诉|举报|打(?:电话)?)过"
    ),
    "群体": rf"{_NOR}(?:集体|聚集|组织|聚众|闹事)",
    "舆情": rf"{_NOR}(?:找|联系|曝光|发)[^，。！？；]{{0,4}}(?:媒体|记者|电视台|网上|抖音|曝光|视频)",
    "违法犯罪": rf"{_NOT}(?:犯罪|违法|犯法|诈骗|吸毒|赌博)",
    "未成年人": rf"{_NOT}(?:孩子|小孩|未成年)|不涉及(?:孩子|学校|学生|未成年)",
    "弱势群体": rf"(?:{_NOT}|{_IS_NOT})(?:残疾|低保|五保|贫困)",
}
_DENIED: Final[Mapping[str, re.Pattern[str]]] = {
    name: re.compile(phrase, re.DOTALL) for name, phrase in _PHRASES.items()
}


def is_denied(name: str, said: Iterable[tuple[str, int | None]], rules: AlarmRules) -> bool:
    """Whether the citizen denies a risk, and no rule of that name speaks on the rest of what was said."""
    denied = _DENIED.get(name)
    texts = [text for text, _ in said]
    if denied is None or not any(denied.search(text) for text in texts):
        return False
    rest = [denied.sub("", text) for text in texts]
    finders = [rules.finders[rule.id] for rule in rules.risks if rule.name == name]
    return not any(next(finder.find(text), None) for finder in finders for text in rest)
