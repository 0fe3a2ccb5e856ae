"""Full names: family and given name together, as callers say them, spell them, or answer with them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.form.families import KNOWN, own_families, surname_of
from service.form.mention import Mention, mention_at
from service.form.numerals import is_digits
from service.form.surnames import ANY_SURNAME, COMMON, DOUBLE, GIVEN, SURNAME, SYLLABLES, TITLE
from service.form.talk import Talk, Turn
from service.form.titled import SPOKEN_TO
from service.form.whom import asks_name, asks_who_else, is_anothers
from service.needles import Rare

AROUND = 16  # characters before a name that say whose it is
_STOP = "的了吧啊呢嘛是在我你他她那这就电有也和跟都不没一个号啦哦呀哈么，。"
_FULL = Rare(
    rf"(?:[我俺](?:的名字)?(?:就)?叫我?|大名(?:叫|是)?|名字(?:是|叫)|本人叫?|就是我[，,\s]|姓名(?:是)?[:：]?|(?:^|[\s，,。])叫我?)\s{{0,6}}({SURNAME}{GIVEN}{{1,2}}?)(?=[\s，,。.！!、；;（(]|$|[{_STOP}就])"
)
_RELATIVE = Rare(rf"(?:[他她]|我[爸妈]|爷爷|奶奶)叫\s*({SURNAME}{GIVEN}{{1,2}}?)(?=[\s，,。；;]|$|[{_STOP}])")
_FULL_LOOSE = Rare(rf"[我俺](?:的名字)?叫\s{{0,6}}({SURNAME}{GIVEN}{{1,2}})")
_MINORITY = Rare(
    r"(?:我叫|姓名|名字是?)?\s{0,3}([\u4e00-\u9fff]{2,8}[·•・][\u4e00-\u9fff]{2,8}(?:[·•・][\u4e00-\u9fff]{2,8})?)"
)
_FOREIGN = Rare(
    r"(?:[Mm]y (?:full )?name is|I am|I'm|[Tt]his is) ([A-Z][a-z'-]+(?: [A-Z][A-Za-z'-]+){0,3})(?=[\s,，.。!！]|$)"
)
_NO_FOREIGN = re.compile(r"^(?:The|An?|Chinese|American|British|Very|Now|Not|In|At|Living|Room|Building)\b")
_ALONE = re.compile(
    rf"(?:^|(?<=[\s，,。、；;]))(?:我?叫|中文名|名字(?:是|叫)?|免贵|本人|(?:[您你]?就?)?(?:写|登记|记)|就?是)?({ANY_SURNAME}{GIVEN}{{1,2}}?)"
    r"(?:[嘛啊哦呀哈呢]|就?行|吧|的)?(?=[\s，,。、；;！!]|$|\d)"
)
_SELF = re.compile(rf"(?:^|(?<=[\s，,。、；;]))[我俺]是?([{COMMON}]{GIVEN}{{1,2}}?)(?=[\s，,。、；;！!]|$|\d)")
_NUMBERED = re.compile(r"[\s，。]*(?:电话|手机|[01一零幺]\S*)")  # a number follows the name
# Words that stand where a name might. Characters that names are made of too (来 要 对 写 就 是) are refused only in
# words: 来电, 就行; of 86,392 names on a public list, 84 hold one of those below.
NO_NAME = re.compile(
    r"^双[零幺一二三四五六七八九]$|[的了吗吧呢啊嘛呀哦哈你我他她它这没啥咋姓叫话码您们]|^[对是要来不就几写]|来电|来的|来访|就[是行好写打用]|不[用要是对能说留行方好知]|对[对的吧啊]|是[的不打本]|要[是求不]|几[号个点]|写[上个]|一[下声遍样个]"
    r"|手机|号|保密|名字|先生|女士|小姐|白天|明天|^周[一二三四五六日末](?:$|[上下早晚到])|时间|时候|方便|平时|高兴$|那[边个]|单位|安排|应该|支书|上午|下午|谢谢|经常|明白|安全|解决|何必|项目|常年|马上|于是|任何|万一|高[中龄]|金额|石头|成都|江[西苏]|黄色|毛病|白色|水[表电]|房[子东]|路[上过边]|家[长里属]|党员|老板|国家|公司|学校|小区|医院|师傅|业主|商户|居民|村民|退休"
    r"|家[村庄沟屯湾寨坡岭营堡洼店镇]$"
    rf"|^(?:{'|'.join(DOUBLE)})$"  # 欧阳 alone is a family name
)
TITLED_ONLY = re.compile(rf"{ANY_SURNAME}(?:{TITLE})")
_CALLED = re.compile(rf"[我俺]叫\s*({GIVEN}{{2,4}}?)(?=[\s，,。]|$)")
_SHORT_TITLES = ("师", "生", "太", "某", "某人", "家长")  # 拓师 (师傅), 梁生 (先生)
# What follows a word and shows that it is no full name: 小名, or 黄泥沟的, 张庄人, which are villages.
BELIES = re.compile(r"[\s，,]{0,2}(?:是|这是)?(?:小名|外号|绰号)(?=[\s，,。]|$)|(?<=[村庄沟屯湾寨坡岭镇乡])(?:的|人)")
_EXPLAINS = re.compile(r"^[\u4e00-\u9fff]{0,6}(?:的|那个)")
_SPELT_OUT = r"(?:[\s，,、]{0,6}[^\s，,。]{1,6}(?:的|呢|嘞|那个)\s?%s)?"
_SINGLE_NAME = r"[\s，,]{0,6}单名(?:一个|是)?\s*([\u4e00-\u9fff])(?:字|(?=[\s，,。]|$))"
_OTHER_PEOPLES = re.compile(
    rf"(?:^|(?<=[\s，,。、])|(?<=[我俺]叫)|(?<=我是))((?:{SYLLABLES})[\u4e00-\u9fff]{{1,4}}?|[\u4e00-\u9fff]{{1,3}}?(?:{SYLLABLES}))"
    r"(?=[\s，,。、；;]|$|[一幺0-9])(?![\s]?[·•・])"
)
# 写我老公的, 他叫司徒锦: a relative under whose name the ticket shall run.
_FOR_A_RELATIVE = re.compile(
    r"(?:写|登|记|留)(?:我?(?:老[公婆伴]|爱人|爸|妈|父亲|母亲|爷爷|奶奶|媳妇|丈夫|儿子|女儿)|[他她]的)"
)


def full_names(talk: Talk) -> Iterator[Mention]:
    """What the caller gives as his name, surest where he was asked for it; the name of another is left out."""
    rare = {match[1] for turn in talk.agent for match in SPOKEN_TO.finditer(turn.folded) if not KNOWN.match(match[1])}
    for turn in talk.citizen:
        question = talk.question_before(turn)
        asked, of_another = asks_name(question), asks_who_else(question)
        found = list(_introduced(turn, rare, asked=asked, of_another=of_another))
        yield from found
        if of_another:
            continue
        said = {mention.value for mention in found}
        yield from (mention for mention in _after_family(turn, asked=asked) if mention.value not in said)
        abroad = list(_abroad(turn))
        yield from abroad
        if not (found or abroad):
            yield from _standing_alone(turn, talk, asked=asked)


def _has_family(name: str, families: set[str]) -> bool:
    return any(name.startswith(family) and 1 <= len(name) - len(family) <= 2 for family in families)


def _introduced(turn: Turn, rare: set[str], *, asked: bool, of_another: bool) -> Iterator[Mention]:
    """Names after words that introduce them (我叫); `rare`: family names that no list has and the call-taker uses."""
    own = any(own_families(turn, asked=asked))
    for_another = asked and not own and bool(_FOR_A_RELATIVE.search(turn.folded))
    found: set[str] = set()
    for match in (
        *_FULL.finditer(turn.folded),
        *_FULL_LOOSE.finditer(turn.folded),
        *_MINORITY.finditer(turn.folded),
        *(match for match in _CALLED.finditer(turn.folded) if rare and _has_family(match[1], rare)),
        *(_OTHER_PEOPLES.finditer(turn.folded) if asked and not own else ()),
        *(_RELATIVE.finditer(turn.folded) if for_another else ()),
    ):
        before = turn.folded[max(0, match.start() - AROUND) : match.start()]
        direct = match[0].startswith(("我叫", "俺叫", "我的名字", "本人", "大名"))
        if (
            match[1] in found
            or NO_NAME.search(match[1])
            or match[1].endswith(("先生", "女士", "什么"))
            or (is_anothers(before) and not direct and not for_another)
            or BELIES.match(turn.folded, match.end(1))
        ):
            continue
        if not direct and (of_another or not (asked or "·" in match[1])):
            continue
        found.add(match[1])
        yield mention_at(turn, *match.span(1), value=match[1].strip(), confidence=0.95 if asked or direct else 0.7)


def _abroad(turn: Turn) -> Iterator[Mention]:
    """Names in Latin letters: My name is …, or a first name and a last one after I am."""
    for match in _FOREIGN.finditer(turn.folded):
        sure = "name" in match[0]
        if (sure or " " in match[1]) and not _NO_FOREIGN.match(match[1]):
            yield mention_at(turn, *match.span(1), value=match[1], confidence=0.9 if sure else 0.7)


def _standing_alone(turn: Turn, talk: Talk, *, asked: bool) -> Iterator[Mention]:
    """A name between pauses, in answer to the question for it or to a read-back of the surname."""
    around = f"{talk.question_before(turn)} {talk.taken_up(turn)}"
    called = {match[1] for match in SPOKEN_TO.finditer(around)}
    own = {match[1] for match in own_families(turn, asked=asked)}
    if not (asked or called or own):
        return
    first = True
    standing = [*_ALONE.finditer(turn.folded), *(_SELF.finditer(turn.folded) if asked else ())]
    for match in sorted(standing, key=lambda match: match.start()):
        name = match[1]
        if NO_NAME.search(name) or TITLED_ONLY.fullmatch(name) or is_digits(name):
            continue
        known = bool(KNOWN.match(name))
        if name[1:] in _SHORT_TITLES or BELIES.match(turn.folded, match.end(1)):
            continue
        if surname_of(name) in own | called:
            yield mention_at(turn, *match.span(1), value=name, confidence=0.95)
        elif asked and (known or _NUMBERED.match(turn.folded, match.end())) and not own and (first or not called):
            yield mention_at(turn, *match.span(1), value=name, confidence=0.85 if first else 0.6)
        first = False


def _after_family(turn: Turn, *, asked: bool) -> Iterator[Mention]:
    """我姓佘 佘明: the full name that follows the surname."""
    for match in own_families(turn, asked=asked):
        family, spelt = match[1], _SPELT_OUT % match[1]
        if single := re.compile(spelt + _SINGLE_NAME).match(turn.folded, match.end()):
            places = (turn.place(*match.span(1)), turn.place(*single.span(1)))
            yield Mention(family + single[1], places, turn.raw(match.start(1), single.end(1)), 0.95)
        rest = re.compile(
            rf"{spelt}[\s，,。]{{0,8}}(?:我?叫|名字叫?)?\s{{0,4}}({family}{GIVEN}{{1,2}}?)(?=[\s，,。.；;！!]|$|[{_STOP}手接打])"
        )
        following = rest.match(turn.folded, match.end())
        if (
            following
            and following[1][1:] not in _SHORT_TITLES
            and not NO_NAME.search(following[1][1:])
            and not BELIES.match(turn.folded, following.end(1))
            and not _EXPLAINS.match(turn.folded[following.end(1) - 1 :])
            and not TITLED_ONLY.match(following[1])
        ):
            yield mention_at(turn, *following.span(1), value=following[1], confidence=0.95)
