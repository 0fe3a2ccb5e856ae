"""Titled: the caller's family name with a title, as either side says it, or as a written ticket begins or ends."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from service.form.families import KNOWN
from service.form.genders import PUTS_SEX_RIGHT, SELF_SEX
from service.form.mention import Mention, mention_at
from service.form.surnames import ANY_SURNAME, FEMALE, GIVEN, MALE, NEUTRAL, SURNAME, TITLE
from service.form.talk import Talk, Turn
from service.form.whom import OF_ANOTHER, asks_name
from service.needles import Rare

_SELF_TITLE = Rare(rf"({SURNAME})({TITLE})(?!们)")
SPOKEN_TO = Rare(rf"(?:^|(?<=[\s，,。、好的您是]))({ANY_SURNAME})({TITLE})(?!们)")
_TITLE = re.compile(TITLE)
_TITLED = {length: re.compile(rf"(.{{{length}}})({TITLE})(?!们)") for length in (1, 2, 3)}
_BOSS = re.compile(rf"({ANY_SURNAME})老板娘?")
_CANTONESE = re.compile(rf"(?:叫我|喊我|我姓|免贵姓)({SURNAME})([生太])(?=就|[\s，,。]|$)")
_CALLED = re.compile(r"(?:叫我|喊我|写|我是|就叫|免贵|您是|姓名)[^，。]{0,4}$")
_FAMILIAR = re.compile(rf"(?:叫我|喊我)([小老阿]{ANY_SURNAME})(?=好|就|吧|[\s，。]|$)")
_ADDRESSED_BY = re.compile(
    r"(?:^|[，,。\s好的行])(先生|女士|小姐|师傅|老师|阿姨|大姐|大哥|大爷|大叔|大妈)(?=$|[，,。\s您请你贵])"
)
_SIGNATURE = 48  # characters at the end of a message in which its writer may stand
# 市民王女士来电反映: how a written ticket begins.
_ANNOUNCED = re.compile(
    r"\s{0,4}(?P<as>(?:市民|群众|[居村]民|业主(?:代表)?|网友|商户|家长|来电人|[反投举诉求咨来][映诉报求助询访]人)[:：]?)?"
    rf"(?P<name>(?P<known>{SURNAME}(?:先生|女士|小姐|同志))|(?!某){ANY_SURNAME}(?:{TITLE})|{SURNAME}{GIVEN}{{1,2}}?)"
    r"\s?(?:[（(][^（）()]{1,24}[）)]|1\d{10})?"
    r"(?:(?:来|致)电|来信|来访)?(?:反映|投诉|举报|咨询|求助|建议|表扬|表示|称|诉|询问|(?<=[电信访]))[:：]?"
)
# 联系人：王女士，电话: a line of a written ticket.
_LABELLED = Rare(
    rf"(?:^|(?<=[\s，,。；;]))(?:(?:来电人|[反投举诉求咨来][映诉报求助询访]人)(?:姓名)?[:：]|联系人(?:姓名)?[:：]?)\s?({SURNAME}(?:{TITLE}))"
    r"(?=[\s，,。；;、（(]|$)"
)
# …请处理。业主 卢先生 13800000000: under a message, beside the number to call.
_SIGNED = re.compile(
    rf"(?:^|(?<=[\s，,。；;：:]))(?:(?:业主|住户|家长|租户|居民|村民|市民|联系人|本人)[\s：:]{{0,2}})?({SURNAME}(?:{TITLE}))"
    r"[\s，,：:（(]{0,3}(?:(?:联系)?(?:电话|手机)[:：\s]?)?1\d{2}[\s-]?\d{4}[\s-]?\d{4}[）)\s。]*$"
    rf"|1\d{{2}}[\s-]?\d{{4}}[\s-]?\d{{4}}[\s，,、（(]{{1,2}}({SURNAME}(?:{TITLE}))[）)\s。]*$"
)


def titled_names(talk: Talk, families: list[Mention]) -> Iterator[Mention]:
    """Titles as the caller wants to be called by them, and as either side uses them with a family name."""
    for turn in talk.citizen:
        for match in _FAMILIAR.finditer(turn.folded):
            yield mention_at(turn, *match.span(1), value=match[1], confidence=0.95)
        for match in _CANTONESE.finditer(turn.folded):
            title = {"生": "先生", "太": "女士"}[match[2]]
            yield mention_at(turn, *match.span(1), value=match[1] + title, confidence=0.9)
    known = {mention.value: mention for mention in families}
    for turn in talk.turns:
        if turn.role == "citizen" or not talk.denies(turn):
            yield from _used(turn, talk, known)


def _used(turn: Turn, talk: Talk, known: Mapping[str, Mention]) -> Iterator[Mention]:
    """A title after a family name that was heard; after another one as the call-taker says it, or as an answer."""
    if turn.role == "agent":
        yield from (_joined(known[m[1]], turn, m) for m in _BOSS.finditer(turn.folded) if m[1] in known)
    asked = asks_name(talk.question_before(turn))
    for match in _titles_in(turn, known):
        family, value, start = match[1], match[0], match.start()
        if family in known:
            yield _joined(known[family], turn, match)
        elif not KNOWN.match(family) and match[2] not in ("先生", "女士", "小姐"):
            continue  # 等师傅
        elif turn.role == "agent":
            before = turn.folded[start - 1 : start].strip("，。 好的您是")
            if turn.index > 1 and not re.search(r"[\u4e00-\u9fff]", before):
                yield mention_at(turn, *match.span(), value=value, confidence=0.85)
        elif asked or _CALLED.search(turn.folded, max(0, start - 8), start):
            yield mention_at(turn, *match.span(), value=value, confidence=0.9 if asked else 0.8)


def _titles_in(turn: Turn, known: Mapping[str, Mention]) -> list[re.Match[str]]:
    """Family names with titles; one that was heard is known again after any word (那彭女士您看)."""
    found = [*(SPOKEN_TO if turn.role == "agent" else _SELF_TITLE).finditer(turn.folded)]
    if known:
        starts = {match.start() for match in found}
        found += [match for match in _again(turn, known) if match.start() not in starts]
    return found


def _again(turn: Turn, known: Mapping[str, Mention]) -> Iterator[re.Match[str]]:
    # No pattern is made of the names: `re` would keep them.
    for title in _TITLE.finditer(turn.folded):
        for family in known:
            if len(family) in _TITLED and turn.folded.endswith(family, 0, title.start()):
                match = _TITLED[len(family)].match(turn.folded, title.start() - len(family))
                if match is not None:
                    yield match


def _joined(family: Mention, turn: Turn, match: re.Match[str]) -> Mention:
    return Mention(match[0], (*family.places, turn.place(*match.span())), turn.raw(*match.span()), 0.93)


def addressed(talk: Talk, families: list[Mention]) -> Iterator[Mention]:
    """我姓余, in answer to 先生您的称呼: 余先生."""
    for family in families:
        asking = talk.turns[family.places[0].segment - 1] if family.places[0].segment else None
        for turn in talk.agent:
            for match in _ADDRESSED_BY.finditer(turn.folded):
                if turn is asking or match[1] in ("先生", "女士"):
                    places = (*family.places, turn.place(*match.span(1)))
                    yield Mention(family.value + match[1], places, family.raw, family.confidence - 0.05)


def of_sex(talk: Talk, families: list[Mention]) -> Iterator[Mention]:
    """我姓恽，女的: 恽女士."""
    if not families:
        return
    said = {turn.index: SELF_SEX.search(turn.folded) for turn in talk.citizen}
    right = next((turn for turn in talk.citizen if PUTS_SEX_RIGHT.search(turn.folded)), None)
    for family in families:
        turn = talk.turns[family.places[0].segment]
        match = said.get(turn.index)
        if match is None and right is not None:
            turn, match = right, PUTS_SEX_RIGHT.search(right.folded)
        if match is not None:
            value = family.value + {"男": "先生", "女": "女士"}[match[1]]
            places = (*family.places, turn.place(*match.span(1)))
            yield Mention(value, places, family.raw, family.confidence - 0.05)


def announced(talk: Talk) -> Iterator[Mention]:
    """Whom a written ticket names as its caller, with a title, before it tells what he says."""
    if talk.agent or not talk.turns:
        return
    turn = talk.turns[0]
    match = _ANNOUNCED.match(turn.folded)
    if match and (match["known"] or (match["as"] and match["name"].endswith((*MALE, *FEMALE, *NEUTRAL)))):
        yield mention_at(turn, *match.span("name"), value=match["name"], confidence=0.9)
    elif labelled := _LABELLED.search(turn.folded):
        yield mention_at(turn, *labelled.span(1), value=labelled[1], confidence=0.9)
    elif signed := _signature(turn.folded):
        group = 1 if signed[1] else 2
        if not OF_ANOTHER.search(turn.folded[: signed.start(group)].rstrip(" ：:")):
            yield mention_at(turn, *signed.span(group), value=signed[group], confidence=0.9)


def announced_until(text: str, name: object) -> int:
    """Where the words end by which a folded text says that this caller called; 0 if it does not begin so."""
    match = _ANNOUNCED.match(text) if name else None
    return match.end() if match and match["name"] == name else 0


def _signature(text: str) -> re.Match[str] | None:
    """The name with a title beside the number with which a message ends."""
    since = max(0, len(text) - _SIGNATURE)
    return _SIGNED.search(text, since) if "1" in text[since:] else None
