"""Business: the shop or firm that the caller runs himself; it is none that he speaks against."""

from __future__ import annotations

import re

from service.form.field import MISSING, Field
from service.form.talk import Talk

_NAME = r"([\u4e00-\u9fffA-Za-z]{2,12}?(?:店|馆|铺|厂|超市|餐厅|公司|诊所|工作室|门市|批发部))"
_RUNS = re.compile(
    rf"(?:我|咱)们?(?:自己|家|是)?(?:在[\u4e00-\u9fff]{{1,8}})?开(?:了|的)?(?:[一这]?[家个间])?的?{_NAME}(?![的里]车)"
    rf"|(?:我|咱)们?就?是{_NAME}的?(?:老板娘?|店主|店长|经营者|负责人|法人)"
)


def fill_business(talk: Talk) -> Field:
    """The business that a citizen says he runs, or MISSING. It goes into no form."""
    for turn in talk.citizen:
        if match := _RUNS.search(turn.folded):
            group = 1 if match[1] else 2
            place = turn.place(*match.span(group))
            return Field(match[group], match[group], (place,), confidence=1.0, source="rule", status="filled")
    return MISSING
