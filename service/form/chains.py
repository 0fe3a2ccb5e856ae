"""Chains: turns of the caller between which the call-taker only nods or reads back, read as one.

A number is dictated in groups (幺三九, 嗯, 零零零四, 好, 九九三七); a recogniser hears it whole in the chain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from service.form.mention import Mention
from service.form.numerals import SPOKEN, signs_of
from service.form.talk import Talk, Turn

Find = Callable[[Turn], Iterable[Mention]]

_SIGN = rf"[0-9A-Za-z{SPOKEN}]"
_LINK = r"(?:@|艾特|爱特|圈[aA]|点(?=\s?[A-Za-z])|下划线|横?杠|[-_.](?=[0-9A-Za-z]))"  # what stands between the signs
_RUN = rf"(?:{_LINK}\s?)?{_SIGN}(?:(?:[\s,，、·—-]{{0,2}}|\s?{_LINK}\s?){_SIGN})*"
_COUNTER = (
    r"(?!\s*[个天年月号日点分块元毛万千百十楼层栋户家人次位条米斤岁期种样套台辆])"  # 两三天 goes on with no number
)
_LEAD = re.compile(
    r"(?:[\s，。、]|嗯|啊|哦|呃|对|是的?|好的?|然后|后[面边头]|接着|再|下面|中间|剩下|就?是|那个|的){0,8}"
)
_HEAD = re.compile(rf"(?![oO][kK]){_RUN}{_COUNTER}(?=$|[\s，。！？、]|[啊呀哦嗯呢哈吧嘛]|就|没了|完了|对)")
_TAIL = re.compile(
    rf"(?:{_SIGN}|艾特|爱特|(?<=[A-Za-z0-9])\s?点|下划线|杠|[@_.-])((?:[\s，。、！？…]|嗯|啊|哦|呃|然后|开头|等一?下|等等|您?你?记一?下|是吧|对吧)*)$"
)
_PAUSE = re.compile(r"[\s，。…嗯啊哦呃等稍看找一下我那个]")
_NOD = re.compile(
    rf"{_LINK}|{_SIGN}|[\u4e00-\u9fff](?=[A-Za-z])|[\s，。、！？…,.?!~·—-]|嗯|哦|噢|啊|哎|诶|唉|呃|好|对|是|行|吗|吧|呢|的|了|着|您|你|我|请|这|那"
    r"|可以|收到|明白|没错|没问题|听到|听见|听着|继续|接着|然后|后[面边头]|还有|剩下|下面|前面|慢慢?点?|慢一点|不急|别急|不着急"
    r"|说|讲|念|报|记|在|稍等|等一下|[几后位点十来下]"
)
_REACH = 4  # turns between two groups: a nod, and at most a pause with its own nod
_NODS_WITHIN = 40  # characters: who says more does more than nod
_ENDS_WITHIN = 24
_LONGEST = 6  # groups
_ECHOED = 3  # signs: below it two equal groups are no repetition
_LESS_SURE = 0.07  # than of a number that was said in one go


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of one turn in a chain: `turn.text[start:end]`, which begin at `at` in the chain."""

    turn: Turn
    start: int
    end: int
    at: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Several turns as one. `turn` has the index of the first, so that its question is known."""

    turn: Turn
    pieces: tuple[Piece, ...]

    @classmethod
    def of(cls, turns: list[Turn]) -> Chain:
        """The chain of turns each of which goes on where the one before ends."""
        pieces: list[Piece] = []
        at = 0
        for turn in turns:
            start = _opening(turn) if pieces else 0
            end = len(turn.folded) if turn is turns[-1] else _ending(turn)
            pieces.append(Piece(turn, start, end, at))
            at += end - start + 1
        text, folded = (
            " ".join(words)
            for words in (
                [p.turn.text[p.start : p.end] for p in pieces],
                [p.turn.folded[p.start : p.end] for p in pieces],
            )
        )
        return cls(Turn(turns[0].index, "citizen", text, folded), tuple(pieces))

    def placed(self, mention: Mention) -> Mention | None:
        """A mention of the chain with its places in the turns; None if it lies in one of them."""
        place = mention.places[0]
        places = tuple(
            piece.turn.place(
                piece.start + max(0, place.start - piece.at), min(piece.end, piece.start + place.end - piece.at)
            )
            for piece in self.pieces
            if piece.at < place.end and place.start < piece.at + piece.end - piece.start
        )
        if len(places) < 2:
            return None
        turns = {piece.turn.index: piece.turn for piece in self.pieces}
        raw = " ".join(turns[p.segment].raw(p.start, p.end) for p in places)
        return Mention(mention.value, places, raw, mention.confidence - _LESS_SURE, mention.source)


def gather(talk: Talk, find: Find) -> list[Mention]:
    """What is heard in each turn, and over turns; what a whole number holds is not heard once more as its part."""
    chains = talk.once.get("chains", lambda: tuple(chains_of(talk)))
    joined = [m for chain in chains for found in find(chain.turn) if (m := chain.placed(found))]
    single = [mention for turn in talk.turns for mention in find(turn)]
    parts = [place for mention in joined for place in mention.places]
    return [m for m in single if not any(m.places[0].overlaps(part) for part in parts)] + joined


def chains_of(talk: Talk) -> Iterator[Chain]:
    """Chains of two turns or more."""
    turns: list[Turn] = []
    for turn in talk.citizen:
        if turns and len(turn.folded) <= _NODS_WITHIN and not _PAUSE.sub("", turn.folded):
            continue
        if not (turns and len(turns) < _LONGEST and _goes_on(turns, turn, talk)):
            yield from [Chain.of(turns)] if len(turns) > 1 else []
            turns = []
        turns.append(turn)
    yield from [Chain.of(turns)] if len(turns) > 1 else []


def opens_with_signs(turn: Turn) -> bool:
    """Whether a turn begins with a number, or with the rest of one."""
    return bool(_head(turn))


def ends_with(turn: Turn, end: int) -> bool:
    """Whether nothing but a pause follows the word that ends at `end`."""
    return end >= _ending(turn) and bool(_tail(turn))


def _goes_on(turns: list[Turn], turn: Turn, talk: Talk) -> bool:
    last = turns[-1]
    head = _head(turn)
    if turn.index - last.index > _REACH or not _tail(last) or not head:
        return False
    between = [t for t in talk.turns[last.index + 1 : turn.index] if t.role == "agent"]
    if not all(_nods(t) for t in between):
        return False
    return not any(_repeats(signs_of(head[0]), signs_of(t.folded)) for t in between)


def _repeats(said: str, echo: str) -> bool:
    """Whether the caller says again what was read back, from its beginning or its end, and does not go on."""
    enough = min(len(said), len(echo)) >= _ECHOED
    return enough and (said.startswith(echo) or echo.startswith(said) or echo.endswith(said))


def _nods(turn: Turn) -> bool:
    return len(turn.folded) <= _NODS_WITHIN and not _NOD.sub("", turn.folded)


def _head(turn: Turn) -> re.Match[str] | None:
    found = _HEAD.match(turn.folded, _opening(turn))
    alone = found and len(signs_of(found[0])) == 1 and re.search(r"[^\s，。啊呀哦嗯]", turn.folded[found.end() :])
    return None if alone else found


def _opening(turn: Turn) -> int:
    lead = _LEAD.match(turn.folded)
    return lead.end() if lead else 0


def _tail(turn: Turn) -> re.Match[str] | None:
    return _TAIL.search(turn.folded[-_ENDS_WITHIN:])


def _ending(turn: Turn) -> int:
    tail = _tail(turn)
    return len(turn.folded) - len(tail[1]) if tail else len(turn.folded)
