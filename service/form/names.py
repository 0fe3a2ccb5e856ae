"""Names: what the caller is called (full name, or surname and title), and the gender that a title shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from models.prediction import Prediction
from service.form.field import Field, Place
from service.form.mention import FILL_AT, Mention, mention_at, settle
from service.form.numerals import is_digits
from service.form.surnames import COMMON, DOUBLE, FEMALE, MALE, NEUTRAL, SINGLE, SYLLABLES
from service.form.talk import Talk, Turn
from service.form.whom import ROLES, asks_name, asks_of_relative, asks_who_else
from service.needles import Rare

_SURNAME = rf"(?:{'|'.join(DOUBLE)}|[{SINGLE}])"
NAMED = rf"{_SURNAME}[\u4e00-\u9fff]{{1,2}}"
_TITLE = "|".join((*MALE, *FEMALE, *NEUTRAL))
# After 姓 or before a title any character may be a family name: there are thousands of rare ones.
_NO_SURNAME = "什名氏我你他她它谁的这位好您是老小男女各多大啥个行嗯对先了吧请谢问电就不没要时也还第家咱俺"
_ANY_SURNAME = rf"(?:{'|'.join(DOUBLE)}|(?![{_NO_SURNAME}])(?!都[不没])[\u4e00-\u9fff])"
_SELF_TITLE = re.compile(rf"({_SURNAME})({_TITLE})(?!们)")
_SPOKEN_TO = re.compile(rf"(?:^|(?<=[\s，,。、好的您是]))({_ANY_SURNAME})({_TITLE})(?!们)")
_SIGNATURE = 48  # characters at the end of a message in which its writer may stand
_AROUND = 16  # characters before a name that say whose it is
_STOP = "的了吧啊呢嘛是在我你他她那这就电有也和跟都不没一个号啦哦呀哈么，。"
_GIVEN = r"[\u4e00-\u9fff]"
_FULL = Rare(
    rf"(?:[我俺](?:的名字)?(?:就)?叫我?|大名(?:叫|是)?|名字(?:是|叫)|本人叫?|就是我[，,\s]|姓名(?:是)?[:：]?|(?:^|[\s，,。])叫我?)\s{{0,6}}({_SURNAME}{_GIVEN}{{1,2}}?)(?=[\s，,。.！!、；;（(]|$|[{_STOP}就])"
)
_RELATIVE = Rare(rf"(?:[他她]|我[爸妈]|爷爷|奶奶)叫\s*({_SURNAME}{_GIVEN}{{1,2}}?)(?=[\s，,。；;]|$|[{_STOP}])")
_FULL_LOOSE = Rare(rf"[我俺](?:的名字)?叫\s{{0,6}}({_SURNAME}{_GIVEN}{{1,2}})")
_MINORITY = Rare(
    r"(?:我叫|姓名|名字是?)?\s{0,3}([\u4e00-\u9fff]{2,8}[·•・][\u4e00-\u9fff]{2,8}(?:[·•・][\u4e00-\u9fff]{2,8})?)"
)
_FOREIGN = Rare(
    r"(?:[Mm]y (?:full )?name is|I am|I'm|[Tt]his is) ([A-Z][a-z'-]+(?: [A-Z][A-Za-z'-]+){0,3})(?=[\s,，.。!！]|$)"
)
_NO_FOREIGN = re.compile(r"^(?:The|An?|Chinese|American|British|Very|Now|Not|In|At|Living|Room|Building)\b")
_FAMILY = Rare(rf"(?:我|免贵|本人|鄙|小|老人家|是|还)?(?<![百同])姓\s{{0,6}}({_ANY_SURNAME})(?!名|氏)")
_OTHERS = re.compile(
    rf"(?:{ROLES}|[寄发收][件货]人[\s:：]?|他|她|一个|那个|孩子|女儿|儿子|孙[子女]|[父母]亲|爸|妈|爷爷|奶奶|姥[爷姥]|外[公婆]|丈夫|妻子|爱人|老[公婆伴人]"
    r"|病人|患者|邻居|的人|叔叔|隔壁|那一?家)[^，。\s]{0,4}$"
)
# 我是店主陈大文: what the caller is himself.
_SAYS_SELF = re.compile(r"(?:[我俺]|本人)(?:就)?是(?![说讲问找想要来告]|投诉|举报|反映)[^，。\s]{0,6}$")
# 市民王女士来电反映: how a written ticket begins.
_ANNOUNCED = re.compile(
    r"\s{0,4}(?P<as>(?:市民|群众|[居村]民|业主(?:代表)?|网友|商户|家长|来电人|[反投举诉求咨来][映诉报求助询访]人)[:：]?)?"
    rf"(?P<name>(?P<known>{_SURNAME}(?:先生|女士|小姐|同志))|(?!某){_ANY_SURNAME}(?:{_TITLE})|{_SURNAME}{_GIVEN}{{1,2}}?)"
    r"\s?(?:[（(][^（）()]{1,24}[）)]|1\d{10})?"
    r"(?:(?:来|致)电|来信|来访)?(?:反映|投诉|举报|咨询|求助|建议|表扬|表示|称|诉|询问|(?<=[电信访]))[:：]?"
)
# 联系人：王女士，电话: a line of a written ticket.
_LABELLED = re.compile(
    rf"(?:^|(?<=[\s，,。；;]))(?:(?:来电人|[反投举诉求咨来][映诉报求助询访]人)(?:姓名)?[:：]|联系人(?:姓名)?[:：]?)\s?({_SURNAME}(?:{_TITLE}))"
    r"(?=[\s，,。；;、（(]|$)"
)
# …请处理。业主 卢先生 13800000000: under a message, beside the number to call.
_SIGNED = re.compile(
    rf"(?:^|(?<=[\s，,。；;：:]))(?:(?:业主|住户|家长|租户|居民|村民|市民|联系人|本人)[\s：:]{{0,2}})?({_SURNAME}(?:{_TITLE}))"
    r"[\s，,：:（(]{0,3}(?:(?:联系)?(?:电话|手机)[:：\s]?)?1\d{2}[\s-]?\d{4}[\s-]?\d{4}[）)\s。]*$"
    rf"|1\d{{2}}[\s-]?\d{{4}}[\s-]?\d{{4}}[\s，,、（(]{{1,2}}({_SURNAME}(?:{_TITLE}))[）)\s。]*$"
)
_ALONE = re.compile(
    rf"(?:^|(?<=[\s，,。、；;]))(?:我?叫|中文名|名字(?:是|叫)?|免贵|本人|(?:[您你]?就?)?(?:写|登记|记)|就?是)?({_ANY_SURNAME}{_GIVEN}{{1,2}}?)"
    r"(?:[嘛啊哦呀哈呢]|就?行|吧|的)?(?=[\s，,。、；;！!]|$|\d)"
)
_SELF = re.compile(rf"(?:^|(?<=[\s，,。、；;]))[我俺]是?([{COMMON}]{_GIVEN}{{1,2}}?)(?=[\s，,。、；;！!]|$|\d)")
_KNOWN = re.compile(_SURNAME)
_NUMBERED = re.compile(r"[\s，。]*(?:电话|手机|[01一零幺]\S*)")  # a number follows the name
# Words that stand where a name might. Characters that names are made of too (来 要 对 写 就 是) are refused only in
# words: 来电, 就行; of 86,392 names on a public list, 84 hold one of those below.
_NO_NAME = re.compile(
    r"^双[零幺一二三四五六七八九]$|[的了吗吧呢啊嘛呀哦哈你我他她它这没啥咋姓叫话码您们]|^[对是要来不就几写]|来电|来的|来访|就[是行好写打用]|不[用要是对能说留行方好知]|对[对的吧啊]|是[的不打本]|要[是求不]|几[号个点]|写[上个]|一[下声遍样个]"
    r"|手机|号|保密|名字|先生|女士|小姐|白天|明天|^周[一二三四五六日末](?:$|[上下早晚到])|时间|时候|方便|平时|高兴$|那[边个]|单位|安排|应该|支书|上午|下午|谢谢|经常|明白|安全|解决|何必|项目|常年|马上|于是|任何|万一|高[中龄]|金额|石头|成都|江[西苏]|黄色|毛病|白色|水[表电]|房[子东]|路[上过边]|家[长里属]|党员|老板|国家|公司|学校|小区|医院|师傅|业主|商户|居民|村民|退休"
    r"|家[村庄沟屯湾寨坡岭营堡洼店镇]$"
    rf"|^(?:{'|'.join(DOUBLE)})$"  # 欧阳 alone is a family name
)
_PLAUSIBLE = re.compile(rf"{_SURNAME}{_GIVEN}{{1,2}}|[\u4e00-\u9fff·•・]{{2,20}}·[\u4e00-\u9fff·•・]{{2,20}}")
_SELF_BEFORE = re.compile(r"(?:我(?:叫|是|姓.)?|本人|姓名|名字)[是叫：:，\s]{0,3}$")
_OF_ONESELF = ("我", "免贵", "本人", "鄙")
_EXPLAINS = re.compile(r"^[\u4e00-\u9fff]{0,6}(?:的|那个)")
# An answer that begins with the family name alone: 纳，接纳的纳.
_FAMILY_ALONE = re.compile(rf"^[\s嗯哦啊]{{0,8}}(?:我?叫|免贵)?\s{{0,4}}({_SURNAME})(?=[\s，]|(?<![成能那])(?:。|$))")
# 普 普通话的普: any character that is spelt out.
_FAMILY_SPELT = re.compile(
    rf"^[\s嗯哦啊]{{0,8}}(?:我?叫|免贵)?\s{{0,4}}({_ANY_SURNAME})[\s，,、]{{1,4}}[^\s，,。]{{0,6}}?(?:的|呢|嘞|那个)\s?\1"
)
_SPELT_OUT = r"(?:[\s，,、]{0,6}[^\s，,。]{1,6}(?:的|呢|嘞|那个)\s?%s)?"
_SINGLE_NAME = r"[\s，,]{0,6}单名(?:一个|是)?\s*([\u4e00-\u9fff])(?:字|(?=[\s，,。]|$))"
# What follows a word and shows that it is no full name: 小名, or 黄泥沟的, 张庄人, which are villages.
_BELIES = re.compile(r"[\s，,]{0,2}(?:是|这是)?(?:小名|外号|绰号)(?=[\s，,。]|$)|(?<=[村庄沟屯湾寨坡岭镇乡])(?:的|人)")
_BOSS = re.compile(rf"({_ANY_SURNAME})老板娘?")
_CANTONESE = re.compile(rf"(?:叫我|喊我|我姓|免贵姓)({_SURNAME})([生太])(?=就|[\s，,。]|$)")
_OTHER_PEOPLES = re.compile(
    rf"(?:^|(?<=[\s，,。、])|(?<=[我俺]叫)|(?<=我是))((?:{SYLLABLES})[\u4e00-\u9fff]{{1,4}}?|[\u4e00-\u9fff]{{1,3}}?(?:{SYLLABLES}))"
    r"(?=[\s，,。、；;]|$|[一幺0-9])(?![\s]?[·•・])"
)
# 写我老公的, 他叫司徒锦: a relative under whose name the ticket shall run.
_FOR_A_RELATIVE = re.compile(
    r"(?:写|登|记|留)(?:我?(?:老[公婆伴]|爱人|爸|妈|父亲|母亲|爷爷|奶奶|媳妇|丈夫|儿子|女儿)|[他她]的)"
)
_FAMILIAR = re.compile(rf"(?:叫我|喊我)([小老阿]{_ANY_SURNAME})(?=好|就|吧|[\s，。]|$)")
_ADDRESSES = "|".join((*MALE, *(title for title in FEMALE if len(title) > 1)))
_ADDRESSED = re.compile(rf"(?:^|[，,。\s好的行您])({_ADDRESSES})(?=$|[，,。\s您请你贵])")
_SELF_SEX = re.compile(r"(?:^|[\s，。])(?:我是?)?([男女])的(?=[\s，。]|$)")
_PUTS_SEX_RIGHT = re.compile(r"(?:^|(?<=[\s，。不]))我是(?:个)?([男女])(?:的|士|同志)(?=[\s，。啊呀哦]|$)")
_WRITTEN_SEX = re.compile(r"(?:^|(?<=[\s，,。；;]))(?:本人(?:是|性别)?|性别)[:：\s]?([男女])性?(?=[\s，,。；;]|$)")
# 患者：…，性别：女: of whom the form speaks there.
_OF_OTHERS_SEX = re.compile(
    r"(?:患者|病人|伤者|死者|逝者|孩子|学生|儿童|宝宝|老人|对方|当事人|走失|失踪|嫌疑人|被[举投反][报诉映]人|[父母]亲|儿子|女儿)[^。\n]{0,24}$"
)
_SEX_AFTER_NAME = re.compile(r"[，,、\s（(]{1,2}([男女])性?(?=[，,、。\s；）)]|$)")  # 邓丽华，女，45岁


_ADDRESSED_BY = re.compile(
    r"(?:^|[，,。\s好的行])(先生|女士|小姐|师傅|老师|阿姨|大姐|大哥|大爷|大叔|大妈)(?=$|[，,。\s您请你贵])"
)


def fill_name(talk: Talk, prediction: Prediction) -> Field:
    """Full name where it was given, else surname and the title that either side used, else the surname."""
    families = list(_families(talk))
    full = list(_full_names(talk))
    titled = [*_titled(talk, families, full), *_announced(talk)]
    if titled and (sex := _says_sex(talk)):
        titled = [mention for mention in titled if not _is_belied(mention.value, sex)]
    full += _modelled(talk, prediction, {mention.value[:1] for mention in (*families, *titled)})
    unsure = all(mention.confidence < FILL_AT for mention in full)
    if full and not (titled and unsure):
        return settle(full, talk)
    return settle(titled or list(_addressed(talk, families)) or list(_of_sex(talk, families)) or families, talk)


def fill_gender(talk: Talk, name: Field) -> Field:
    """From a title that was used, or from what the caller says of himself; never from the sound of a name."""
    own = _says_sex(talk)
    if isinstance(name.value, str):
        for gender, titles in (("男", MALE), ("女", FEMALE)):
            if name.value.endswith(titles) and gender == (own or gender):
                return replace(name, value=gender, source="derived", alternatives=())
    mentions = [m for turn in talk.agent for m in _genders(turn, name) if m.value == (own or m.value)]
    mentions += [mention for turn in talk.citizen for mention in _own_gender(turn, talk, name)]
    return settle(mentions, talk)


def _says_sex(talk: Talk) -> str:
    """What the caller says of himself where the call-taker took him for the other (我是女的); else nothing."""
    said = [m[1] for turn in talk.citizen if talk.question_before(turn) for m in _PUTS_SEX_RIGHT.finditer(turn.folded)]
    return said[-1] if said else ""


def _is_belied(name: str, sex: str) -> bool:
    return name.endswith(tuple(MALE if sex == "女" else FEMALE))


def surname_of(name: str) -> str:
    """The family name of a name."""
    return next((double for double in DOUBLE if name.startswith(double)), name[:1])


def _full_names(talk: Talk) -> Iterator[Mention]:
    rare = {match[1] for turn in talk.agent for match in _SPOKEN_TO.finditer(turn.folded)}
    rare = {family for family in rare if not _KNOWN.match(family)}
    called = re.compile(rf"[我俺]叫\s*((?:{'|'.join(map(re.escape, rare))}){_GIVEN}{{1,2}}?)(?=[\s，,。]|$)")
    for turn in talk.citizen:
        asked = asks_name(talk.question_before(turn))
        own = any(_own_families(turn, asked=asked))
        of_another = asks_who_else(talk.question_before(turn))
        for_another = asked and not own and bool(_FOR_A_RELATIVE.search(turn.folded))
        found: set[str] = set()
        for match in (
            *_FULL.finditer(turn.folded),
            *_FULL_LOOSE.finditer(turn.folded),
            *_MINORITY.finditer(turn.folded),
            *(called.finditer(turn.folded) if rare else ()),
            *(_OTHER_PEOPLES.finditer(turn.folded) if asked and not own else ()),
            *(_RELATIVE.finditer(turn.folded) if for_another else ()),
        ):
            before = turn.folded[max(0, match.start() - _AROUND) : match.start()]
            direct = match[0].startswith(("我叫", "俺叫", "我的名字", "本人", "大名"))
            if (
                match[1] in found
                or _NO_NAME.search(match[1])
                or match[1].endswith(("先生", "女士", "什么"))
                or (_of_another(before) and not direct and not for_another)
                or _BELIES.match(turn.folded, match.end(1))
            ):
                continue
            if not asked and not direct and "·" not in match[1]:
                continue
            if of_another and not direct:
                continue
            found.add(match[1])
            yield mention_at(turn, *match.span(1), value=match[1].strip(), confidence=0.95 if asked or direct else 0.7)
        if of_another:
            continue
        yield from (m for m in _after_family(turn, asked=asked) if m.value not in found)
        for match in _FOREIGN.finditer(turn.folded):
            sure = "name" in match[0]
            if (sure or " " in match[1]) and not _NO_FOREIGN.match(match[1]):
                found.add(match[1])
                yield mention_at(turn, *match.span(1), value=match[1], confidence=0.9 if sure else 0.7)
        if not found:
            yield from _standing_alone(turn, talk, asked=asked)


def _modelled(talk: Talk, prediction: Prediction, families: set[str]) -> Iterator[Mention]:
    """What the model takes for the caller's name, if it looks like one and goes with the family name heard.

    Names of others are spans too: without a question for it, or a 我 before it, a name is only suggested.
    """
    for span in prediction.spans_of("caller_name"):
        turn = talk.turns[span.segment]
        value = re.sub(r"\s", "", turn.folded[span.start : span.end])
        before = turn.folded[max(0, span.start - _AROUND) : span.start]
        question = talk.question_before(turn)
        of_another = asks_of_relative(question) or asks_who_else(question)
        if of_another and not _SELF_BEFORE.search(before):
            continue
        if turn.role != "citizen" or not _PLAUSIBLE.fullmatch(value) or _NO_NAME.search(value):
            continue
        if (
            _TITLED_ONLY.match(value)
            or _BELIES.match(turn.folded, span.end)
            or (families and value[:1] not in families)
            or _of_another(before)
        ):
            continue
        own = asks_name(question) or not talk.agent or bool(_SELF_BEFORE.search(before))
        confidence = span.confidence if own or families else min(span.confidence, 0.6)
        yield mention_at(turn, span.start, span.end, value=value, confidence=confidence, source="model")


def _of_another(before: str) -> bool:
    """Whether the words before a name say that it is not the caller's."""
    others = _OTHERS.search(before)
    return others is not None and not _SAYS_SELF.search(before[: others.start()])


def _standing_alone(turn: Turn, talk: Talk, *, asked: bool) -> Iterator[Mention]:
    """A name between pauses, in answer to the question for it or to a read-back of the surname."""
    around = f"{talk.question_before(turn)} {talk.taken_up(turn)}"
    called = {match[1] for match in _SPOKEN_TO.finditer(around)}
    own = {match[1] for match in _own_families(turn, asked=asked)}
    first = True
    standing = [*_ALONE.finditer(turn.folded), *(_SELF.finditer(turn.folded) if asked else ())]
    for match in sorted(standing, key=lambda match: match.start()):
        name = match[1]
        if _NO_NAME.search(name) or _TITLED_ONLY.fullmatch(name) or is_digits(name):
            continue
        known = bool(_KNOWN.match(name))
        if name[1:] in _SHORT_TITLES or _BELIES.match(turn.folded, match.end(1)):
            continue
        if surname_of(name) in own | called:
            yield mention_at(turn, *match.span(1), value=name, confidence=0.95)
        elif asked and (known or _NUMBERED.match(turn.folded, match.end())) and not own and (first or not called):
            yield mention_at(turn, *match.span(1), value=name, confidence=0.85 if first else 0.6)
        first = False


def _own_families(turn: Turn, *, asked: bool) -> Iterator[re.Match[str]]:
    """Surnames that the citizen gives as his own, not as that of the man next door."""
    if asked and (alone := _FAMILY_ALONE.match(turn.folded) or _FAMILY_SPELT.match(turn.folded)):
        yield alone
    for match in _FAMILY.finditer(turn.folded):
        before = turn.folded[max(0, match.start() - 10) : match.start()]
        if asked or match[0].startswith(_OF_ONESELF) or not _OTHERS.search(before):
            yield match


def _after_family(turn: Turn, *, asked: bool) -> Iterator[Mention]:
    """我姓佘 佘明: the full name that follows the surname."""
    for match in _own_families(turn, asked=asked):
        family, spelt = match[1], _SPELT_OUT % match[1]
        if single := re.compile(spelt + _SINGLE_NAME).match(turn.folded, match.end()):
            places = (turn.place(*match.span(1)), turn.place(*single.span(1)))
            yield Mention(family + single[1], places, turn.raw(match.start(1), single.end(1)), 0.95)
        rest = re.compile(
            rf"{spelt}[\s，,。]{{0,8}}(?:我?叫|名字叫?)?\s{{0,4}}({family}{_GIVEN}{{1,2}}?)(?=[\s，,。.；;！!]|$|[{_STOP}手接打])"
        )
        following = rest.match(turn.folded, match.end())
        if (
            following
            and following[1][1:] not in _SHORT_TITLES
            and not _NO_NAME.search(following[1][1:])
            and not _BELIES.match(turn.folded, following.end(1))
            and not _EXPLAINS.match(turn.folded[following.end(1) - 1 :])
            and not _TITLED_ONLY.match(following[1])
        ):
            yield mention_at(turn, *following.span(1), value=following[1], confidence=0.95)


_TITLED_ONLY = re.compile(rf"{_ANY_SURNAME}(?:{_TITLE})")
_SHORT_TITLES = ("师", "生", "太", "某", "某人", "家长")  # 拓师 (师傅), 梁生 (先生)


def _families(talk: Talk) -> Iterator[Mention]:
    """Surnames: sure where they were asked for or given as one's own, else only after a pause and if common."""
    for turn in talk.citizen:
        asked = asks_name(talk.question_before(turn))
        for match in _own_families(turn, asked=asked):
            own = asked or match[0].startswith(_OF_ONESELF)
            if not own and asks_who_else(talk.question_before(turn)):
                continue
            pause = not turn.folded[: match.start()].strip() or turn.folded[match.start() - 1] in " ，。,"
            if own or (pause and _KNOWN.match(match[1])):
                yield mention_at(turn, *match.span(1), value=match[1], confidence=0.9 if own else 0.55)


def _titled(talk: Talk, families: list[Mention], full: list[Mention]) -> Iterator[Mention]:
    known = {mention.value: mention for mention in families}
    for turn in talk.citizen:
        for match in _FAMILIAR.finditer(turn.folded):
            yield mention_at(turn, *match.span(1), value=match[1], confidence=0.95)
        for match in _CANTONESE.finditer(turn.folded):
            title = {"生": "先生", "太": "女士"}[match[2]]
            yield mention_at(turn, *match.span(1), value=match[1] + title, confidence=0.9)
    for turn in talk.turns:
        if turn.role == "agent" and talk.denies(turn):
            continue
        if turn.role == "agent":
            for match in _BOSS.finditer(turn.folded):
                if match[1] in known:
                    both = (*known[match[1]].places, turn.place(*match.span()))
                    yield Mention(match[0], both, turn.raw(*match.span()), 0.93)
        asked = asks_name(talk.question_before(turn))
        spoken = re.compile(rf"({'|'.join(map(re.escape, known))})({_TITLE})(?!们)") if known else None
        found = [*(_SPOKEN_TO if turn.role == "agent" else _SELF_TITLE).finditer(turn.folded)]
        if spoken is not None:  # a family name that was heard is known again after any word (那彭女士您看)
            starts = {match.start() for match in found}
            found += [match for match in spoken.finditer(turn.folded) if match.start() not in starts]
        for match in found:
            family, value = match[1], match[0]
            start = match.start()
            if family not in known and not _KNOWN.match(family) and match[2] not in ("先生", "女士", "小姐"):
                continue  # 等师傅
            called = bool(
                re.search(
                    r"(?:叫我|喊我|写|我是|就叫|免贵|您是|姓名)[^，。]{0,4}$", turn.folded[max(0, start - 8) : start]
                )
            )
            if family in known:
                places: tuple[Place, ...] = (*known[family].places, turn.place(*match.span()))
                yield Mention(value, places, turn.raw(*match.span()), 0.93)
            elif (
                turn.role == "agent"
                and turn.index > 1
                and not re.search(r"[\u4e00-\u9fff]", turn.folded[start - 1 : start].strip("，。 好的您是"))
            ):
                yield mention_at(turn, *match.span(), value=value, confidence=0.85)
            elif turn.role == "citizen" and (asked or called):
                yield mention_at(turn, *match.span(), value=value, confidence=0.9 if asked else 0.8)


def announced_until(text: str, name: object) -> int:
    """Where the words end by which a folded text says that this caller called; 0 if it does not begin so."""
    match = _ANNOUNCED.match(text) if name else None
    return match.end() if match and match["name"] == name else 0


def _announced(talk: Talk) -> Iterator[Mention]:
    """Whom a written ticket names as its caller, with a title, before it tells what he says."""
    turn = talk.turns[0]
    match = None if talk.agent else _ANNOUNCED.match(turn.folded)
    if match and (match["known"] or (match["as"] and match["name"].endswith((*MALE, *FEMALE, *NEUTRAL)))):
        yield mention_at(turn, *match.span("name"), value=match["name"], confidence=0.9)
    elif not talk.agent and (labelled := _LABELLED.search(turn.folded)):
        yield mention_at(turn, *labelled.span(1), value=labelled[1], confidence=0.9)
    elif not talk.agent and (signed := _signature(turn.folded)):
        group = 1 if signed[1] else 2
        if not _OTHERS.search(turn.folded[: signed.start(group)].rstrip(" ：:")):
            yield mention_at(turn, *signed.span(group), value=signed[group], confidence=0.9)


def _signature(text: str) -> re.Match[str] | None:
    """The name with a title beside the number with which a message ends."""
    since = max(0, len(text) - _SIGNATURE)
    return _SIGNED.search(text, since) if "1" in text[since:] else None


def _addressed(talk: Talk, families: list[Mention]) -> Iterator[Mention]:
    """我姓余, in answer to 先生您的称呼: 余先生."""
    for family in families:
        asking = talk.turns[family.places[0].segment - 1] if family.places[0].segment else None
        for turn in talk.agent:
            for match in _ADDRESSED_BY.finditer(turn.folded):
                if turn is asking or match[1] in ("先生", "女士"):
                    places = (*family.places, turn.place(*match.span(1)))
                    yield Mention(family.value + match[1], places, family.raw, family.confidence - 0.05)


def _of_sex(talk: Talk, families: list[Mention]) -> Iterator[Mention]:
    """我姓恽，女的: 恽女士."""
    if not families:
        return
    said = {turn.index: _SELF_SEX.search(turn.folded) for turn in talk.citizen}
    right = next((turn for turn in talk.citizen if _PUTS_SEX_RIGHT.search(turn.folded)), None)
    for family in families:
        turn = talk.turns[family.places[0].segment]
        match = said.get(turn.index)
        if match is None and right is not None:
            turn, match = right, _PUTS_SEX_RIGHT.search(right.folded)
        if match is not None:
            value = family.value + {"男": "先生", "女": "女士"}[match[1]]
            places = (*family.places, turn.place(*match.span(1)))
            yield Mention(value, places, family.raw, family.confidence - 0.05)


def _genders(turn: Turn, name: Field) -> Iterator[Mention]:
    if isinstance(name.value, str):
        yield from _titles_of(surname_of(name.value), turn)
    for gender, titles in (("男", MALE), ("女", FEMALE)):
        for match in _ADDRESSED.finditer(turn.folded):
            if match[1] in titles:
                yield mention_at(turn, *match.span(1), value=gender, confidence=0.85)


def _titles_of(family: str, turn: Turn) -> Iterator[Mention]:
    for gender, titles in (("男", MALE), ("女", FEMALE)):
        for match in re.finditer(rf"{re.escape(family)}({'|'.join(titles)})", turn.folded):
            yield mention_at(turn, *match.span(1), value=gender, confidence=0.95)


def _own_gender(turn: Turn, talk: Talk, name: Field) -> Iterator[Mention]:
    """我姓国，女的; 写佟女士; 本人女，四十岁."""
    for match in _WRITTEN_SEX.finditer(turn.folded):
        if not _OF_OTHERS_SEX.search(turn.folded, 0, match.start()):
            yield mention_at(turn, *match.span(1), value=match[1], confidence=0.9)
    for place in name.places:
        after = _SEX_AFTER_NAME.match(turn.folded, place.end) if place.segment == turn.index else None
        if after is not None:
            yield mention_at(turn, *after.span(1), value=after[1], confidence=0.9)
    if asks_name(talk.question_before(turn)) or any(_FAMILY.finditer(turn.folded)) or "我今年" in turn.folded:
        for match in _SELF_SEX.finditer(turn.folded):
            yield mention_at(turn, *match.span(1), value=match[1], confidence=0.9)
    if isinstance(name.value, str):
        yield from _titles_of(surname_of(name.value), turn)
