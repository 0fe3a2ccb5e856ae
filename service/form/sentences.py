"""Sentences: the citizen's words cut into clauses, greetings and fillers taken off, nothing added."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from service.form.field import Place
from service.form.talk import INVISIBLE, Talk, Turn
from service.needles import Rare

# Of a form that was filled in: 【诉求】, 联系电话：
_LABEL = (
    r"【[^】\n]{1,8}】|(?:(?<=[\s，。；！？】、])|^)(?:姓名|称呼|性别|年龄|联系人|来电人|反映人|诉求人|投诉人|举报人|(?:联系|手机|来电|家庭)?(?:电话|号码|方式|地址)"
    r"|手机号?|身份证号?码?|事发?(?:时间|地址|地点)|标题|主题|(?:诉求|反映|投诉|举报|主要|问题|工单|事件)?(?:内容|描述|标题|类型|目的)|诉求|问题)[:：]"
)
# Between the words of a foreign language, and between a date and its hour, a blank is no pause.
_WORDS = r"(?<![A-Za-z'’])(?<!\d(?=\s+[A-Za-z]))\s+|\s+(?![A-Za-z0-9])"
_PAUSE = rf"(?=\s)(?!(?<=[0-9])[^\S\n][0-9])(?:{_WORDS})"  # nor between the digits of a number
_FULL_STOP = r"\.(?:(?<=[A-Za-z0-9]{3}\.)|(?<=[\s0-9][0-9]\.))(?=\s+[A-Z]|\s*$)"
# Never within a word, which is asked first, for most places are. 1,234,567 is one number.
_CUT = re.compile(rf"(?!\B\w)(?:[。！？!?；;\n]|，|(?<!\d),|,(?!\d{{3}}(?!\d))|{_FULL_STOP}|{_PAUSE}|{_LABEL})")
_UNSEEN = re.compile(rf"(?<!\s){INVISIBLE.pattern}+(?!{INVISIBLE.pattern}|\s)")  # within a word; blanks in the shadow
_STOPS = re.compile(r"[。！？!?；;\n【.]")
# And who signs a letter, and when.
_CLOSE = Rare(
    r"此致[\s，。！]{0,6}敬礼[\s\S]{0,60}$"
    r"|(?<=[。！？；\n])\s{0,4}(?:[\u4e00-\u9fff]{2,4}[\s，：]{1,4})?20\d\d[年./-]\d{1,2}[月./-]\d{1,2}日?[\s。]{0,4}$"
)
_GREETING = re.compile(
    r"^(?:(?:(?:尊敬|敬爱)的)?(?:各位|[市区县])?(?:领导|老师|同志|工作人员|[市区县]长)们?：[\s，]*|(?:喂+(?![养食奶饭药母猪狗猫鸡鸭鱼大])|你好|您好|(?!哎呀呀)哎呀?|唉|哦|嗯+|呃+|我跟你讲(?!过)|我跟你说(?!过)|我告诉你|我说(?=[\s，：啊呀])|请问一下|请问|是这样的)[\s，：啊呀]*"
    r"|(?:啊|那个|就是说?|同志|姑娘|小姐|妹子|师傅|领导|麻烦|对|好的?|行|是的?|没错|哈|这样的?|然后)[\s，：啊呀]+)+"
)
# Each begins with a character, so that `re` passes over what begins none.
_FILLERS = re.compile(
    r"呃|嗯|那个(?=[，\s]|那个)|就是说|怎么说呢|你知道吧|晓得伐|是吧|对吧|你说(?<![跟给听和向对问]你说)(?![过了的到])|你看(?<![给让]你看)(?![到见过了得])|反正|哎呀(?!呀)|的话"
)
_STUTTER = re.compile(r"([\u4e00-\u9fff]{2,6})\1")
_COUNTED = frozenset("零〇洞一幺二两三四五六七拐八九十百千万")  # 三零三零室 is no stutter
_LEADS = re.compile(r"^(?:[，,。.、啊嘛咯]|[呀哈呢](?=[，,。.、啊呀嘛哈咯呢]|$))+")  # 哈密, 呢绒, 呀 begin words, too
_TRAILS = re.compile(r"(?:[，,。.、啊呀嘛咯呢]|(?<!一)哈)+$")  # 问一哈 is 问一下
_BLANKS = re.compile(r"\s+(?![A-Za-z0-9])|(?<![A-Za-z0-9.,:)'’])\s+|(?<![0-9][0-9])(?<=[0-9])\s(?=[0-9](?![0-9:：]))")
_HOLLOW = re.compile(r"[（(][\s，,、；：:]*[）)]")  # what stood in brackets was taken out
_LEADING, _TRAILING = tuple("，,。.、啊嘛咯呀哈呢"), tuple("，,。.、啊呀嘛咯呢哈")
_EMPTY = re.compile(
    r"^(?:(?:尊敬|敬爱)的[^，。]{1,12}|多?谢谢?|再见|麻烦|辛苦|拜拜|你好|您好|喂|好的?|行|嗯|对|是的?|没有?|哦|噢|知道|晓得|明白|可以|快点|就这样|不对|不是|说错|一下|先生|女士"
    r"|[是就]?(?:不是)?(?:这里)?(?:是)?(?:12345|市长热线|市民热线|政府热线|政务热线|服务热线|便民热线)|能?听得?(?:到|见|清楚?)(?:我?说话|我)?"
    r"|就是说?|[那这]个|那么|然后呢?|所以说|其实|反正|怎么说呢?|怎么讲呢?|是这样的?|[你您们吗了啊呀哈嘛吧呢啦咯嘞哒哎哇])+$"
)

_NUMERAL = "0-9零〇一二两三四五六七八九十百千万亿幺几"
_GAP, _SIGH = r"[\s，,]*", r"(?:[啊哦呃哎呀]+[\s，,]*)?"
_BACK = re.compile(
    r"(?:不对(?!劲)|不是(?=[\s，,])|(?<=\s)不(?:\s+是)?(?=\s)|我?(?:说|讲|记|报)错了?|更正一下|纠正一下)"
    rf"(?:{_GAP}(?:不对|我?(?:说|讲|记|报)错了?))?[啊哦呃]?{_GAP}(?:(?:应该)?是(?=[{_NUMERAL}]))?"
)
_NUMBER_BEGINS = re.compile(rf"(?!一[直定般起下样些切旦律再点]|万一|千万|几乎)(?=[{_NUMERAL}])")
_NUMBER_ENDS = re.compile(rf"[{_NUMERAL}][{_NUMERAL}.,点多余]{{0,15}}[^\s，,。！？；{_NUMERAL}]{{0,4}}{_GAP}{_SIGH}$")
_NAMES = re.compile(r"(?:应该)?(?:是|叫)(?=[^\s不我说因]\S)")
_CLAUSE_ENDS = re.compile(rf"(?:^|(?<=[\s，,。！？；]))[^\s，,。！？；]{{2,16}}[\s，,]+{_SIGH}$")
# 合美村，不是，平福村: what is taken back by a name of its kind.
_KINDS_OF_PLACES = frozenset("路街道巷村屯组社镇乡区县市园苑庭府湾店厂校")
_WORD = re.compile(r"[^\s，,。！？；]{2,12}")
_ROOM = 24  # characters before what takes back in which stands what is taken back


@dataclass(frozen=True, slots=True)
class Clause:
    """A cleaned clause and the words that it stands for."""

    text: str
    place: Place
    closes: bool  # the sentence ends here


def clauses_of(turn: Turn) -> tuple[Clause, ...]:
    """Clauses of a turn in order; what holds nothing but courtesy, and what was taken back, is left out."""
    return turn.once.get(("clauses", turn.text), lambda: tuple(_clauses(turn)))


def _clauses(turn: Turn) -> Iterator[Clause]:
    start, close = 0, _CLOSE.search(turn.folded)
    ends = close.start() if close else len(turn.folded)
    for match in [*_cuts(turn, ends), None]:
        end = match.start() if match else ends
        text = clean_clause(standing_words(turn, start, end))
        if len(text) >= 2 and not _EMPTY.match(text):
            yield Clause(text, turn.place(start, end), closes=match is None or bool(_STOPS.match(match[0])))
        start = match.end() if match else end


def _cuts(turn: Turn, end: int) -> Iterator[re.Match[str]]:
    """Where one clause ends and another begins: not within a word, nor within what was taken back."""
    inside = taken_back(turn)
    if not turn.text.isprintable():
        inside = inside.union(match.start() for match in _UNSEEN.finditer(turn.text))
    return (match for match in _CUT.finditer(turn.folded, 0, end) if match.start() not in inside)


def standing_words(turn: Turn, start: int, end: int) -> str:
    """The original words of a stretch without those that were taken back in it."""
    gone = taken_back(turn)
    return "".join(turn.text[at] for at in range(start, end) if at not in gone) if gone else turn.text[start:end]


def taken_back(turn: Turn) -> frozenset[int]:
    """Where the words stand that gave way to those after them: of 欠薪两亿，不对，是两万 all between 欠薪 and 两万.

    A number gives way to a number. Other words are taken back with their clause, where 是 or 叫 says what stands.
    """
    return turn.once.get(("taken back", turn.text), lambda: frozenset(_taken_back(turn)))


def _taken_back(turn: Turn) -> Iterator[int]:
    text, last = turn.folded, 0
    for match in _BACK.finditer(text):
        before, stands = _NUMBER_ENDS, _NUMBER_BEGINS.match(text, match.end())
        if stands is None:
            before, stands = _CLAUSE_ENDS, _NAMES.match(text, match.end())
        first = before.search(text, max(last, match.start() - _ROOM), match.start()) if stands else None
        if first is not None and stands is not None:
            last = stands.end()
            yield from range(first.start(), last)
        elif stands is None and (other := _other_of_kind(text, match, max(last, match.start() - _ROOM))) is not None:
            last = match.end()
            yield from range(other.start(), last)


def _other_of_kind(text: str, match: re.Match[str], since: int) -> re.Match[str] | None:
    """The name right before the words that take back, where one of its kind follows them; None if they are none."""
    said, name = _CLAUSE_ENDS.search(text, since, match.start()), _WORD.match(text, match.end())
    if said is None or name is None:
        return None
    kind = said[0].rstrip("，, 啊哦呃哎呀")[-1:]
    return said if kind in _KINDS_OF_PLACES and kind in name[0][1:] and name[0] not in said[0] else None


def without(clause: Clause, places: Iterable[Place], talk: Talk) -> Clause:
    """A clause without the words at some places; the clause itself if none of them stands in it."""
    at = clause.place
    cut = {i for place in places if place.overlaps(at) for i in range(place.start, place.end)}
    if not cut:
        return clause
    turn = talk.turns[at.segment]
    cut |= taken_back(turn)
    left = "".join([turn.text[i] for i in range(at.start, at.end) if i not in cut])
    return Clause(clean_clause(left), at, clause.closes)


def is_empty(text: str) -> bool:
    """Whether a cleaned clause holds nothing but courtesy."""
    return bool(_EMPTY.match(text))


def clean_clause(text: str) -> str:
    """Without greeting, fillers and the blanks of a transcript."""
    if not text.isprintable():
        text = INVISIBLE.sub("", text)
    text = text.strip()
    greeting = _GREETING.match(text)
    text = _FILLERS.sub("", text[greeting.end() :] if greeting else text)
    text = _STUTTER.sub(_first, _BLANKS.sub("", text) if len(text.split()) > 1 else text)
    if "（" in text or "(" in text:
        text = _HOLLOW.sub("", text)
    text = _LEADS.sub("", text) if text.startswith(_LEADING) else text
    return _TRAILS.sub("", text) if text.endswith(_TRAILING) else text


def _first(match: re.Match[str]) -> str:
    if _COUNTED.issuperset(match[1]):
        return match[0]
    return match[1]  # as r"\1", which `re` takes apart anew each time


def citizen_clauses(talk: Talk) -> list[Clause]:
    """All clauses of the citizen, in order."""
    return [clause for turn in talk.citizen for clause in clauses_of(turn)]
