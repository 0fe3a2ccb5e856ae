"""Sentences: the citizen's words cut into clauses, greetings and fillers taken off, nothing added."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from service.form.field import Place
from service.form.talk import Talk, Turn

_CUT = re.compile(r"[。！？!?；;\n]|[，,]|\s+")
_STOPS = re.compile(r"[。！？!?；;\n]")
_GREETING = re.compile(
    r"^(?:(?:喂+|你好|您好|哎呀?|唉|哦|嗯+|呃+|我跟你讲(?!过)|我跟你说(?!过)|我告诉你|我说(?=[\s，：啊呀])|请问一下|请问|是这样的)[\s，：啊呀]*"
    r"|(?:啊|那个|就是说?|同志|姑娘|小姐|妹子|师傅|领导|麻烦|对|好的?|行|是的?|没错|哈|这样的?|然后)[\s，：啊呀]+)+"
)
_FILLERS = re.compile(
    r"呃+|嗯+|那个(?=[，\s]|那个)|就是说|怎么说呢|你知道吧|晓得伐|是吧|对吧|(?<![跟给听和向对问])你说(?![过了的到])|(?<![给让])你看(?![到见过了得])|反正|哎呀|的话"
)
_STUTTER = re.compile(r"([\u4e00-\u9fff]{2,6})\1")
_TRAILS = re.compile(r"(?:[，,。.、啊呀嘛咯呢]|(?<!一)哈)+$")  # 问一哈 is 问一下
_EMPTY = re.compile(
    r"^(?:多?谢谢?|再见|麻烦|辛苦|拜拜|你好|您好|喂|好的?|行|嗯|对|是的?|没有?|哦|噢|知道|晓得|明白|可以|快点|就这样|不对|不是|说错|一下|先生|女士"
    r"|[是就]?(?:不是)?(?:这里)?(?:是)?(?:12345|市长热线|市民热线|政府热线|政务热线|服务热线|便民热线)|能?听得?(?:到|见|清楚?)(?:我?说话|我)?"
    r"|就是说?|[那这]个|那么|然后呢?|所以说|其实|反正|怎么说呢?|怎么讲呢?|是这样的?|[你您们吗了啊呀哈嘛吧呢啦咯嘞哒哎哇])+$"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A cleaned clause and the words that it stands for."""

    text: str
    place: Place
    closes: bool  # the sentence ends here


@lru_cache(maxsize=128)
def clauses_of(turn: Turn) -> tuple[Clause, ...]:
    """Clauses of a turn in order; what holds nothing but courtesy is left out.

    Several fields read the same turn, so the last few are kept.
    """
    found: list[Clause] = []
    start = 0
    for match in [*_CUT.finditer(turn.folded), None]:
        end = match.start() if match else len(turn.folded)
        text = clean_clause(turn.text[start:end])
        if len(text) >= 2 and not _EMPTY.match(text):
            found.append(Clause(text, turn.place(start, end), closes=match is None or bool(_STOPS.match(match[0]))))
        start = match.end() if match else end
    return tuple(found)


def is_empty(text: str) -> bool:
    """Whether a cleaned clause holds nothing but courtesy."""
    return bool(_EMPTY.match(text))


def clean_clause(text: str) -> str:
    """Without greeting, fillers and the blanks of a transcript."""
    text = _GREETING.sub("", text.strip())
    text = _FILLERS.sub("", text)
    text = _STUTTER.sub(r"\1", "".join(text.split()))
    return _TRAILS.sub("", text.lstrip("，,。.、啊呀嘛哈咯呢"))


def citizen_clauses(talk: Talk) -> list[Clause]:
    """All clauses of the citizen, in order."""
    return [clause for turn in talk.citizen for clause in clauses_of(turn)]
