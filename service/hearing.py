"""Hearing: ticket → the words that count, as plain text: the citizen's, and of the call-taker's what he agrees to.

Rules are written in simplified characters without gaps. What came as 著火, 着 火 or 着🔥 is read as they are, and told
in the citizen's own characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from models.document import Segment
from service.form.field import Place
from service.form.talk import INVISIBLE, fold
from service.ticket import Ticket

# Of traditional characters those that words of emergencies are made of.
_TRADITIONAL: Final = (
    "著裡裏煙燒樓門電氣洩爆傷殺搶綁關鎖暈醫護車報見丟兒媽爺壓斷線牆頂橋邊開來還現沒們個說話聽讓請過這點緊趕濃滿頭腦臉腳藥農"
    "漂壞貨廠倉庫為從進樹陽臺鬥毆賭販網險災變觸燙戶層間發動應慘脅揚準備願騙傳銷對時後誰嗎兩隻塊幾會風給無輕遺劫姦獵鳥礦"
)
_SIMPLIFIED: Final = (
    "着里里烟烧楼门电气泄爆伤杀抢绑关锁晕医护车报见丢儿妈爷压断线墙顶桥边开来还现没们个说话听让请过这点紧赶浓满头脑脸脚药农"
    "漂坏货厂仓库为从进树阳台斗殴赌贩网险灾变触烫户层间发动应惨胁扬准备愿骗传销对时后谁吗两只块几会风给无轻遗劫奸猎鸟矿"
)
_PLAIN: Final = str.maketrans(_TRADITIONAL + "🔥", _SIMPLIFIED + "火")
_HAN: Final = "[\u4e00-\u9fff]"
_APART: Final = re.compile(rf"(?<!{_HAN}){_HAN}(?: +{_HAN}(?!{_HAN}))+")  # 着 火 了: one character at a time

STOPS: Final = re.compile(r"[。！？!?；;\n]")  # between sentences
_SENTENCE: Final = re.compile(r"[^。！!；;\n]+")
_ASKS: Final = re.compile(
    r"[?？]|[吗嘛么吧]\s*$|[是有]没有|有无|是不是|没有?\s*$|您(?:是)?说|您反映|对不对|[对是][吗吧]|(?:需要|要不要|用不用)"
)
_FILLERS: Final = r"^[\s，。、嗯哎啊哦呃唉]*"
# A yes: a word that says nothing else, or that what was asked goes on.
_YES: Final = re.compile(
    _FILLERS + r"(?:没错|正?在(?=[呢的，。\s]|$)|还?在[漏冒烧着打流响闹]|还[漏冒烧着打流响闹]|正?.着[呢哩]|着着)"
    r"|^[\s，。、哎啊哦呃]*嗯[\s，。、嗯哎啊哦呃]*"
)
# 是, 有 and 对 begin much else (是这个灯坏了, 有录音的): what stands behind them says whether they answer.
_YES_AND: Final = re.compile(_FILLERS + r"(?:对|就?是|有)+(?P<rest>.*)$", re.DOTALL)
_JUST_YES: Final = re.compile(
    r"的(?!话)|[呀啊呢啦哦嗯对是有]*(?:[，。、！\s]|$)|好?[一两二三四五六七八九十几多\d][个人位处户层楼根条]"
    r"|[个位](?!问题|事|建议|情况|[^，。]{0,2}[想要])"
)
_VOIDS: Final = re.compile(
    r"没(?!错|法|办法|穿|呼吸|心跳|反应|意识|气)|不是|不严重|差点|险些|怕|以前|之前|昨天|上个?[月周次]|去年|前[天年]"
    r"|已经?(?:好|散|走|灭)"
)
_LOOKED_AT: Final = 24  # characters of a reply
_NO: Final = re.compile(
    _FILLERS + r"(?:(?:好像)?没有?(?=[了啊，。\s]|意识|呼吸|心跳|反应|$)|不(?=[动醒知]|$)|叫不)(?!.*年)"
)
# What the call-taker offers to do is agreed to in other words, too.
_AGREES: Final = re.compile(
    _FILLERS
    + r"(?:好(?!多|几|像|久)|[行转接叫快谢]|可以|要得|要的|[中成得](?=[中成，。\s]|$)|麻烦|你们?[快帮给叫转接来])"
)
_REFUSES: Final = re.compile(
    r"(?:不用|不要|不必|别)(?:了|转|叫|接|报|打|来|[，。\s]|$)|不需要|(?:已经|自己)[^，。]{0,4}(?:报|打)过"
)
# What is being done needs no yes.
_AT_ONCE: Final = re.compile(
    r"正在|马上|立即|立刻|这就|已经?(?:[给帮为替]您)?[转接通联]|接[通到上]|(?:我|现在|先|直接)就?[给帮为替]您[转接叫报]"
)
_LEFT_OPEN: Final = re.compile(r"需要|要不要|用不用|是否|(?:可以|行|好|同意)吗|好不好|行不行|您看")
# Words of a call-taker; where only the caller says such, the speakers are mixed up.
_GREETS: Final = re.compile(r"有什么(?:可以|能)帮|很高兴为您|为您服务|请问您(?:有什么|需要什么)")


@dataclass(frozen=True, slots=True)
class Said:
    """Words that count. `text` is plain; `segment` None is the title.

    `sure` is False where they may be another's: nobody else spoke, or the speakers seem to be mixed up.
    """

    text: str
    segment: int | None
    original: str
    places: Sequence[int]  # where each character of the plain text stands in the original
    sure: bool = True

    def place(self, match: re.Match[str]) -> Place | None:
        """The words in the citizen's own text; None in the title."""
        if self.segment is None:
            return None
        return Place(self.segment, self.places[match.start()], self.places[match.end() - 1] + 1)

    def raw(self, match: re.Match[str]) -> str:
        """The citizen's own words."""
        return self.original[self.places[match.start()] : self.places[match.end() - 1] + 1]


@dataclass(frozen=True, slots=True)
class Heard:
    """What counts of a ticket: the `own` words of the citizen, and of the call-taker what was `agreed` and `offered`.

    `agreed` is what the call-taker asked or read back and the caller said yes to (是着火了吗？—是), `refuted` what he
    asked and the caller said no to (还有呼吸吗？—没有了), `offered` what he offers and the caller agrees to, or what he
    is about to do (我马上给您转119) and the caller does not refuse. Where the speakers seem to be mixed up, the
    call-taker's statements are among the agreed, and not `sure`.
    """

    own: tuple[Said, ...]
    agreed: tuple[Said, ...]
    refuted: tuple[Said, ...]
    offered: tuple[Said, ...]

    def after(self, said: Said, match: re.Match[str]) -> Iterator[str]:
        """What was said after words: the sentences behind theirs, then the caller's next turns."""
        yield from STOPS.split(said.text[match.end() :])[1:]
        for turn in self.own:
            if turn.segment is not None and said.segment is not None and turn.segment > said.segment:
                yield turn.text


def hear(ticket: Ticket) -> Heard:
    """The words that count, in their order."""
    segments = ticket.document.segments
    title = ticket.document.title
    own = [_said(title, None)] if title else []
    own += [_said(one.text, number) for number, one in enumerate(segments) if one.role == "citizen"]
    agreed, refuted, offered = [], [], []
    for number, segment in enumerate(segments):
        if segment.role == "agent":
            reply = _reply_to(segments, number)
            for question in _last_question(segment.text, number):
                if _affirms(reply, question.text):
                    agreed.append(question)
                elif _NO.search(reply):
                    refuted.append(question)
            if not _REFUSES.search(reply) and (_agrees(reply) or _is_done(segment.text)):
                offered.append(_said(segment.text, number))
    return Heard(tuple(own), (*agreed, *_mixed_up(ticket)), tuple(refuted), tuple(offered))


def _last_question(text: str, segment: int) -> Iterator[Said]:
    """The last sentence of a call-taker's turn, which the next turn answers, if it asks."""
    for sentence in [*_SENTENCE.finditer(text)][-1:]:
        if _ASKS.search(sentence[0]):
            yield _said(text, segment, since=sentence.start())


def _mixed_up(ticket: Ticket) -> Iterator[Said]:
    """The statements under the call-taker's name, where the caller says nothing, or says what a call-taker says."""
    segments = ticket.document.segments if ticket.is_dialogue else ()
    callers = " ".join(one.text for one in segments if one.role == "citizen")
    agents = [(number, one.text) for number, one in enumerate(segments) if one.role == "agent"]
    if callers.strip() and not (_GREETS.search(callers) and not any(_GREETS.search(text) for _, text in agents)):
        return
    for number, text in agents:
        if not (_ASKS.search(text) or _GREETS.search(text)):
            yield _said(text, number, sure=False)


def _affirms(reply: str, question: str) -> bool:
    """Whether a reply says yes to a question, and not that it was long ago or nearly so."""
    opening = reply[:_LOOKED_AT]
    if _VOIDS.search(opening):
        return False
    if yes := _YES_AND.match(opening):
        rest = yes["rest"]
        return bool(_JUST_YES.match(rest)) or (len(rest) > 1 and rest[:2] in question)
    return bool(_YES.search(opening))


def _agrees(reply: str) -> bool:
    return bool(_AGREES.search(reply) or _YES.search(reply) or _YES_AND.match(reply))


def _is_done(offer: str) -> bool:
    return bool(_AT_ONCE.search(offer)) and not _LEFT_OPEN.search(offer)


def _reply_to(segments: Sequence[Segment], number: int) -> str:
    following = segments[number + 1 : number + 2]
    return fold(following[0].text) if following and following[0].role == "citizen" else ""


def _said(text: str, segment: int | None, *, since: int = 0, sure: bool = True) -> Said:
    """Plain text: one form of each character, nothing invisible, no spaces among characters that stand one by one."""
    folded = fold(text).translate(_PLAIN)
    left_out = {match.start() for match in INVISIBLE.finditer(text)}
    for match in _APART.finditer(folded):
        left_out.update(at for at in range(*match.span()) if folded[at] == " ")
    if not (left_out or since):
        return Said(folded, segment, text, range(len(text)), sure)
    places = tuple(at for at in range(since, len(text)) if at not in left_out)
    return Said("".join(folded[at] for at in places), segment, text, places, sure)
