"""Framing: the words around a hit, and what is said after it → whether it happens, or is feared, past, over or denied.

The words are a city's, in the table `context` of `signals.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Final, Literal

from pydantic import Field

from service.city import Table
from service.hearing import STOPS
from service.pattern import Patterns

# It happens; nothing says when, and such words mostly are of now; it is told of in a long letter, perhaps of today;
# nothing says when it happens; it is feared, over, long ago or somebody else's story; it is denied.
Verdict = Literal["now", "assumed", "told", "unplaced", "unclear", "denied"]

_ONGOING: Final = (
    "(?:还|正|仍|一直)在",
    "又在?(?:着|烧|漏|冒|炸|塌|掉|打)",
    "越来越",
    "[着呢]呢",
    "快(?:点|来|派|救)",
    "救命|救人|急救",
)
_RETRACTED: Final = (
    "(?:找到|找着)[了啦]",
    "没事[了啦]",
    "(?:不用|不要|别)(?:派人|来人|来|管)[了啦]",
    "扑?灭了",
    "(?:散了|散开了|救上来了)",
    r"(?:去年|前年|好?几年前|上(?:个?月|周|次|回|个?礼拜|个?星期))(?:的事)?(?:[了吧呀，。\s]|$)",
)
_HEARD_OUT: Final = 2  # sentences or turns after a hit that may take it back,
_OPENING: Final = 24  # in their first words,
_CLAUSE: Final = re.compile(r"[，、\s]")
# where a clause begins with it, or with whom it is said of: what others say (他们说没事了) takes nothing back.
_SUBJECT: Final = (
    "(?:[哦啊嗯哎噢呃那]|现在|刚才|已经?|都|自己|人|孩子|小孩|娃|老人|[我他她]们?|火|大家|是|就是|在|跟你|逗你)*"
)
# What goes on in spite of it all.
_STILL: Final = re.compile("还(?:在|有|是|没)|现在(?:又|还|更|味)|越来越|又在?(?:着|烧|漏|冒|炸|塌|掉|打)|没用|不管用")
# What is feared or told ends with its clause, where the next says that it happens (怕着火，现在真的着火了) or what the
# speaker will do then (要是敢来，我就点煤气).
_BUT_NOW: Final = re.compile(
    r"[，、\s](?:[^，、]*?(?:现在|正在|还在|这会儿|此刻|真的)"
    r"|(?:那|那么)?(?:我们?|俺|老子)(?:就|一定)(?=[点跳死烧炸砍杀捅拿喝开拧弄打跟同去从把自]))"
)


class Context(Table):
    """Words around a hit, within its sentence and `reach` characters; `pleas` count anywhere in the text.

    A written message of more than `long_text` characters is a story: its emergencies are told, not called in.
    Of what a sentence says to be past, only words before the hit that are `present` make it one of now, or those after
    it that are `ongoing`: 去年起火，现在还没赔 is over. `retracted` words take a hit back where a clause of the next
    two turns or sentences begins with them, unless something is said to go on.
    """

    reach: Annotated[int, Field(ge=1, le=60)]
    long_text: Annotated[int, Field(ge=0)]
    pleas: Patterns
    denied: Patterns
    supposed: Patterns
    supposed_after: Patterns
    past: Patterns
    settled_after: Patterns
    present: Patterns
    ongoing: Patterns = _ONGOING
    retracted: Patterns = _RETRACTED


@dataclass(frozen=True, slots=True)
class Frame:
    """Judges a hit by the words around it."""

    reach: int
    pleas: re.Pattern[str]
    denied: re.Pattern[str]
    denial: re.Pattern[str]
    supposed: re.Pattern[str]
    supposed_after: re.Pattern[str]
    past: re.Pattern[str]
    settled_after: re.Pattern[str]
    present: re.Pattern[str]
    ongoing: re.Pattern[str]
    retracted: re.Pattern[str]

    @classmethod
    def of(cls, context: Context) -> Frame:
        """Context words → frame; what denies stands right before the hit, or in that of an emergency."""
        return cls(
            reach=context.reach,
            pleas=join(context.pleas),
            denied=re.compile(f"(?:{'|'.join(context.denied)})$"),
            denial=join(context.denied),
            supposed=join(context.supposed),
            supposed_after=join(context.supposed_after),
            past=join(context.past),
            settled_after=join(context.settled_after),
            present=join(context.present),
            ongoing=join(context.ongoing),
            retracted=re.compile(f"{_SUBJECT}(?:{join(context.retracted).pattern})"),
        )

    def judge(
        self, text: str, match: re.Match[str], *, recurring: bool, assumed: bool, story: bool, pleaded: bool
    ) -> Verdict:
        """What the hit means in a text that is a story or not, and that pleads for help or not.

        `recurring` and `assumed` are the rule's: it keeps happening; it is of now unless something else is said.
        """
        before = STOPS.split(text[max(0, match.start() - self.reach) : match.start()])[-1]
        after = STOPS.split(text[match.end() : match.end() + self.reach])[0]
        if self.denied.search(before) or self._denied_within(match):
            return "denied"
        if self._supposes(before, match[0]) or self.supposed_after.match(after) or self._settles(after):
            return "unclear"
        past = not recurring and self.past.search(before + match[0])
        if self.present.search(before + match[0]) or (self.ongoing if past else self.present).search(after):
            return "now"
        if past:
            return "unclear"
        if story:
            return "told" if recurring else "unclear"
        if pleaded:
            return "now"
        return "assumed" if assumed else "unplaced"

    def takes_back(self, following: Iterator[str]) -> bool:
        """Whether what is said right after a hit tells that it is over, past, or was not meant so."""
        openings = [words[:_OPENING] for words in islice(following, _HEARD_OUT)]
        return any(
            not _STILL.search(words) and any(self.retracted.match(clause) for clause in _CLAUSE.split(words))
            for words in openings
        )

    def denies(self, text: str, match: re.Match[str]) -> bool:
        """Whether the words right before the hit deny it. A risk's hit may span other denials (多次反映没有结果)."""
        return bool(self.denied.search(text[max(0, match.start() - self.reach) : match.start()]))

    def _settles(self, after: str) -> bool:
        """Whether what follows tells of its end (扑灭了), and of nothing that goes on (来看过了还是漏)."""
        end = self.settled_after.search(after)
        return end is not None and not _STILL.search(after, end.end())

    def _supposes(self, before: str, hit: str) -> bool:
        ends = [match.end() for match in self.supposed.finditer(before)]
        return bool(ends) and not _BUT_NOW.search(before + hit, ends[-1])

    def _denied_within(self, match: re.Match[str]) -> bool:
        """Whether a hit spans its own denial: 燃气没有泄漏, but neither 燃气没关 nor 燃气没有停止泄漏.

        Without the denial it must be a hit still, and not one without more of what follows the denial.
        """
        for denial in self.denial.finditer(match[0]):
            said, rest = match[0][: denial.start()], match[0][denial.end() :]
            hits = [at for at in range(len(rest)) if match.re.fullmatch(said + rest[at:])]
            if hits == [0]:
                return True
        return False


def join(patterns: Iterable[str]) -> re.Pattern[str]:
    """One expression that matches where one of the patterns does."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
