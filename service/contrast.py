"""Contrast: wording by which a caller names what the matter is not, beside what it is (没有欠薪，我问的是年假).

A model that reads words hears both, and may be as sure of the wrong one.
"""

from __future__ import annotations

import re
from typing import Final

from models.document import Document

_ASK: Final = r"(?:问|咨询|反[映应]|投诉|举报|说|讲|查|办|了解|求助|要)"
_GAP: Final = r"[，,；;。.、\s]+"
_CLAUSE: Final = r"[^，,；;。！？!?\n]"
# What the caller says to be his question or complaint, right after what it is not.
_SAID: Final = re.compile(
    "|".join(
        (
            # 没有拖欠工资，我问的是年假; 不是说物业，想反映的是店招
            rf"(?:不是|没有?|并非|不涉及|(?<![想要])不{_ASK}){_CLAUSE}{{1,20}}{_GAP}{_CLAUSE}{{0,4}}{_ASK}的是",
            # 不是问贷款，我是想问转移; 我不咨询社保，我要查档案
            rf"不(?:是)?(?:要|想|来)?(?:问|咨询|反[映应]|投诉|举报){_CLAUSE}{{1,12}}{_GAP}我(?:们)?(?:[是要想]|就是)",
            # 学位已经解决了，现在问的是校服; 失业金的事不问了，我想问档案
            rf"(?:解决|处理好|办好|办完|结清|不{_ASK}){_CLAUSE}{{0,2}}了{_GAP}我?(?:现在|今天)?(?:想|要)?{_ASK}的是",
            rf"不{_ASK}了{_GAP}我?(?:现在|今天)?(?:想|要){_ASK}",
        )
    )
)
# What a letter says for emphasis somewhere (不是一天两天，是半年), and what turns the few words of a short message.
_SHORT: Final = 100  # characters
_BUT: Final = r"(?:(?:我|而|其实)(?:就|只|才)?|只)?是(?!不是|否|什么|怎么|为|谁|哪)"
_TURNED: Final = re.compile(
    "|".join(
        (
            # 不是停水，是水费多了; but not 不是关机，就是占线
            rf"(?<!是)不是{_CLAUSE}{{1,16}}{_GAP}{_BUT}",
            # 卡没丢，是医院不给刷; but not 我没有结婚，是单身: what is said instead is a trouble, too
            rf"没{_CLAUSE}{{1,16}}{_GAP}{_BUT}(?={_CLAUSE}{{0,12}}(?:不|没|被|多|少|乱|太|坏|扣|收))",
            # 不涉及噪音，也不涉及油烟，就是店招
            rf"不涉及{_CLAUSE}{{1,12}}{_GAP}(?:我|只|就|而)?是",
            # 举报公司偷税，不是欠薪
            rf"{_GAP}(?:而)?(?:不是|并非){_CLAUSE}{{2,8}}(?:[。！!\n]|$)",
        )
    )
)


def contrasts(document: Document) -> bool:
    """Whether the citizen says what it is not, and then what it is."""
    said = [document.title, *(segment.text for segment in document.segments if segment.role == "citizen")]
    if any(_SAID.search(text) for text in said):
        return True
    return sum(map(len, said)) <= _SHORT and any(_TURNED.search(text) for text in said)
