"""Genders: whether the caller is a man or a woman, by a title that was used or by what he says of himself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from service.form.families import FAMILY, surname_of
from service.form.field import Field
from service.form.mention import Mention, mention_at, settle
from service.form.surnames import FEMALE, MALE
from service.form.talk import Talk, Turn
from service.form.whom import asks_name
from service.needles import Rare

_ADDRESSES = "|".join((*MALE, *(title for title in FEMALE if len(title) > 1)))
_MALE, _FEMALE = re.compile("|".join(MALE)), re.compile("|".join(FEMALE))
_ADDRESSED = re.compile(rf"(?:^|[，,。\s好的行您])({_ADDRESSES})(?=$|[，,。\s您请你贵])")
SELF_SEX = re.compile(r"(?:^|[\s，。])(?:我是?)?([男女])的(?=[\s，。]|$)")
PUTS_SEX_RIGHT = Rare(r"(?:^|(?<=[\s，。不]))我是(?:个)?([男女])(?:的|士|同志)(?=[\s，。啊呀哦]|$)")
_WRITTEN_SEX = Rare(r"(?:^|(?<=[\s，,。；;]))(?:本人(?:是|性别)?|性别)[:：\s]?([男女])性?(?=[\s，,。；;]|$)")
# 患者：…，性别：女: of whom the form speaks there.
_OF_OTHERS_SEX = re.compile(
    r"(?:患者|病人|伤者|死者|逝者|孩子|学生|儿童|宝宝|老人|对方|当事人|走失|失踪|嫌疑人|被[举投反][报诉映]人|[父母]亲|儿子|女儿)[^。\n]{0,24}$"
)
_SEX_AFTER_NAME = re.compile(r"[，,、\s（(]{1,2}([男女])性?(?=[，,、。\s；）)]|$)")  # 邓丽华，女，45岁


def fill_gender(talk: Talk, name: Field) -> Field:
    """From a title that was used, or from what the caller says of himself; never from the sound of a name."""
    own = says_sex(talk)
    if isinstance(name.value, str):
        for gender, titles in (("男", MALE), ("女", FEMALE)):
            if name.value.endswith(titles) and gender == (own or gender):
                return replace(name, value=gender, source="derived", alternatives=())
    mentions = [m for turn in talk.agent for m in _genders(turn, name) if m.value == (own or m.value)]
    mentions += [mention for turn in talk.citizen for mention in _own_gender(turn, talk, name)]
    return settle(mentions, talk)


def says_sex(talk: Talk) -> str:
    """What the caller says of himself where the call-taker took him for the other (我是女的); else nothing."""
    said = [m[1] for turn in talk.citizen if talk.question_before(turn) for m in PUTS_SEX_RIGHT.finditer(turn.folded)]
    return said[-1] if said else ""


def is_belied(name: str, sex: str) -> bool:
    return name.endswith(tuple(MALE if sex == "女" else FEMALE))


def _genders(turn: Turn, name: Field) -> Iterator[Mention]:
    if isinstance(name.value, str):
        yield from _titles_of(surname_of(name.value), turn)
    for gender, titles in (("男", MALE), ("女", FEMALE)):
        for match in _ADDRESSED.finditer(turn.folded):
            if match[1] in titles:
                yield mention_at(turn, *match.span(1), value=gender, confidence=0.85)


def _titles_of(family: str, turn: Turn) -> Iterator[Mention]:
    for gender, title in (("男", _MALE), ("女", _FEMALE)):
        for match in title.finditer(turn.folded):
            if turn.folded.endswith(family, 0, match.start()):
                yield mention_at(turn, *match.span(), value=gender, confidence=0.95)


def _own_gender(turn: Turn, talk: Talk, name: Field) -> Iterator[Mention]:
    """我姓国，女的; 写佟女士; 本人女，四十岁."""
    for match in _WRITTEN_SEX.finditer(turn.folded):
        if not _OF_OTHERS_SEX.search(turn.folded, 0, match.start()):
            yield mention_at(turn, *match.span(1), value=match[1], confidence=0.9)
    for place in name.places:
        after = _SEX_AFTER_NAME.match(turn.folded, place.end) if place.segment == turn.index else None
        if after is not None:
            yield mention_at(turn, *after.span(1), value=after[1], confidence=0.9)
    if asks_name(talk.question_before(turn)) or any(FAMILY.finditer(turn.folded)) or "我今年" in turn.folded:
        for match in SELF_SEX.finditer(turn.folded):
            yield mention_at(turn, *match.span(1), value=match[1], confidence=0.9)
    if isinstance(name.value, str):
        yield from _titles_of(surname_of(name.value), turn)
