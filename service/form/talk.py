"""Talk: what was said, turn by turn, in a shadow copy whose characters stand where the original's stand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from models.document import Role
from service.form.field import Place
from service.ticket import Ticket

Read = TypeVar("Read")

YES = re.compile(r"^[\s嗯哎啊哦呃]*(?:对|是|嗯|没错|好|行|可以|要得|中|得|成|能|正确|就这个|是的|恩|哎)")
NO = re.compile(r"^[\s嗯哎啊哦呃]*(?:不对|不是|错|不(?=[，,\s])|没有|不用)")
CORRECTION = re.compile(
    r"不对(?!劲)|(?<!是)不是(?!吗|嘛|说|因为|很|这|我|你|他)|说错|错了|记错|纠正|更正|应该是|等等|[哦噢喔]，?不(?=[，\s])|(?:^|(?<=[，\s]))不(?=[，\s])"
)
INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")  # within words
_KEPT = 8192  # characters whose folded form is remembered
_WIDE = "，！？；：（）"
# The sign stands first, for `re` runs to the next character with which a pattern may begin.
_NARROW = re.compile(r"[,!?;:()](?:(?<![0-9A-Za-z].)|(?![0-9A-Za-z]))", re.ASCII)


def fold_character(character: str) -> str:
    """Compatibility form where that is one character too (１ → 1, Ａ → A); invisible characters become spaces."""
    if unicodedata.category(character) in ("Cf", "Cc"):
        return " "
    if character in _WIDE:
        return character
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 else character


class _Folds(dict[int, str]):
    """Folded characters by code point, as `str.translate` asks for them; the first few thousand are kept."""

    def __missing__(self, code: int) -> str:
        folded = fold_character(chr(code))
        if len(self) < _KEPT:
            self[code] = folded
        return folded


_FOLDS = _Folds()


def fold(text: str) -> str:
    """The shadow copy of a text: as long as the text, so that places are the same in both.

    Punctuation is wide in it, but for what stands between two letters or digits (10:30, 4,680).
    """
    return _NARROW.sub(lambda match: _WIDE[",!?;:()".index(match[0])], text.translate(_FOLDS))


class Once:
    """What was read in a text, by what was looked for. It dies with the text: no citizen's words stay in memory.

    Copies of a turn share it (those that hide a number), so that what is looked for names the text it is read in.
    """

    def __init__(self) -> None:
        self._found: dict[Hashable, Any] = {}

    def get(self, what: Hashable, read: Callable[[], Read]) -> Read:
        """What `read` gives; it is called once for each `what`."""
        if what not in self._found:
            self._found[what] = read()
        found: Read = self._found[what]
        return found


@dataclass(frozen=True, slots=True)
class Turn:
    """One segment: its original text, its shadow, and who said it."""

    index: int
    role: Role
    text: str
    folded: str
    once: Once = field(default_factory=Once, compare=False, repr=False)

    def raw(self, start: int, end: int) -> str:
        """The original words."""
        return self.text[start:end]

    def place(self, start: int, end: int) -> Place:
        """Evidence in this turn."""
        return Place(self.index, start, end)


@dataclass(frozen=True, slots=True)
class Talk:
    """All turns of a call, or the one segment of a message."""

    turns: tuple[Turn, ...]
    once: Once = field(init=False, default_factory=Once, compare=False, repr=False)

    @classmethod
    def of(cls, ticket: Ticket) -> Talk:
        """The talk of a ticket."""
        segments = ticket.document.segments
        return cls(tuple(Turn(i, s.role, s.text, fold(s.text)) for i, s in enumerate(segments)))

    @property
    def citizen(self) -> list[Turn]:
        """What the citizen said. Only this can hold facts; the agent's words are questions or read-backs."""
        return [turn for turn in self.turns if turn.role == "citizen"]

    @property
    def agent(self) -> list[Turn]:
        """What the call-taker said."""
        return [turn for turn in self.turns if turn.role == "agent"]

    def question_before(self, turn: Turn) -> str:
        """What the call-taker said right before a turn, or nothing."""
        if turn.index and self.turns[turn.index - 1].role == "agent":
            return self.turns[turn.index - 1].folded
        return ""

    def answers(self, question: re.Pattern[str]) -> Iterator[Turn]:
        """Turns of the citizen that follow a question of the call-taker."""
        for turn in self.citizen:
            if question.search(self.question_before(turn)):
                yield turn

    def reply_to(self, turn: Turn) -> str:
        """What the citizen said right after a turn of the call-taker."""
        following = self.turns[turn.index + 1 : turn.index + 2]
        return following[0].folded if following and following[0].role == "citizen" else ""

    def taken_up(self, turn: Turn) -> str:
        """What the call-taker said right after a turn of the citizen."""
        following = self.turns[turn.index + 1 : turn.index + 2]
        return following[0].folded if following and following[0].role == "agent" else ""

    def denies(self, turn: Turn) -> bool:
        """Whether the citizen said no to what the call-taker read back."""
        return bool(NO.search(self.reply_to(turn)))

    def confirms(self, turn: Turn) -> bool:
        """Whether the citizen said yes to what the call-taker read back."""
        return bool(YES.search(self.reply_to(turn))) and not self.denies(turn)

    def takes_back(self, turn: Turn, *, before: int) -> bool:
        """Whether a turn of the citizen begins by denying what was said or read back right before it."""
        opening = turn.folded[:before]
        return bool(NO.search(opening) or CORRECTION.search(opening))

    def corrected_between(self, first: Place, second: Place, *, within: int | None = None) -> bool:
        """Whether the citizen took back the words at `first` before saying those at `second`.

        `within` bounds how many characters before `second` he may have done so, where a turn is long.
        """
        if first.segment == second.segment:
            since = first.end if within is None else max(first.end, second.start - within)
            return bool(CORRECTION.search(self.turns[first.segment].folded[since : second.start]))
        if second.segment - first.segment > 2:
            return False
        return bool(CORRECTION.search(self.turns[second.segment].folded[max(0, second.start - 12) : second.start]))
