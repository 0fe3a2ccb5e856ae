"""Title: where or who, and what is wrong — at most thirty characters, every one of them said or derived."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from models.prediction import Span
from service.form.address.gazetteer import DISTRICT, Division, short_names
from service.form.demands import opens_call
from service.form.field import Field, Place
from service.form.headings import LONGEST, Headings
from service.form.numerals import digits_of
from service.form.sentences import Clause, citizen_clauses, without
from service.form.story import TROUBLE, apart_from, dictates, introduced, places_of
from service.form.talk import Talk

MAX_CHARACTERS = 30
_SHARED = 3.0  # chosen on the training calls, without a model: 1 gives a ROUGE-L of 0.449 and 0.409, 3 0.457 and 0.416
_MARKED = 1.5  # chosen on the training calls: 0 gives 0.473 and 0.451 (data set's, our own), 1.5 0.473 and 0.457
_WORD = re.compile(r"[\u4e00-\u9fff]{2}")
_NUMBER_LENGTH = 7
_WISHED = 1.0  # what is wanted counts more where nobody complains
_LONGEST_ABROAD = 28  # characters of a foreign clause
# 昨天在那里, 户号, 姓名: what points at something, or is a heading of a form.
_POINTS = re.compile(
    r"(?:就|是|在|我|我们|你|他|那|这|里|边|个|儿|的|对|昨天|今天|前天|现在|商家|"
    r"户号|单号|编号|地址|姓名|电话|号码|金额|时间|地点|内容|hello|hi|dear|sir|madam|or|team|[\s,，:：/])*",
    re.IGNORECASE,
)
_SUM = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", re.ASCII)  # long, and no number of a person
_OWN = ("caller_name", "contact_phone", "id_no", "email")  # never in a title
# 怎么办, 去哪里申请: a question whose matter stands in another clause.
_BARE_QUESTION = re.compile(
    r"(?:请问|咨询|想问|问一下|那?我?们?该?(?:应该|可以|需要|要|能|得)?)*(?:[去到找在]?(?:哪里|哪儿|哪个部门|谁|什么地方)|怎么|如何|咋)"
    r"(?:去|来)?(?:申请|办理?|弄|做|处理|解决|投诉|反映|咨询|问)?[呢吗啊呀的了才行好]*"
)
_ANNOUNCES = re.compile(r"投诉|举报|反映|咨询|建议|想问|问一下|问下|问问")
_UNDERSTOOD = re.compile(
    r"您(?:是)?(?:想|要)?(?:反映|投诉|举报|咨询|了解|建议)(?:的是)?(?![吗么呢什哪怎])([^，。？?]{4,24}?)(?:的问题|的事|是吧|对吧|对吗|是吗|对不对|吗)?(?=[，。？?\s]|$)"
)
_CHECKED = re.compile(r"(?:是|对)(?:吧|吗|不对)?$")  # 投诉商家对吧
_MILD = ("咨询", "建议", "表扬")  # types of which nobody complains
_ROAD = re.compile(r"[\u4e00-\u9fff\d]{2,6}?(?:路|街|大道|巷|胡同|国道|省道)(?:\d+号)?")
# What a full address has before its city's own places.
_ABOVE = re.compile(
    r"^(?:[\u4e00-\u9fff]{2,8}?(?:省|自治区)[\u4e00-\u9fff]{2,8}?(?:市|自治州|盟|地区)|(?:北京|上海|天津|重庆)市)"
)
_PERSONAL = re.compile(r"[我你您他她]|怎么办|这个|那个|什么|谢谢|不好意思|听见")
_ASKING = re.compile(r"怎么|几[点时号个天]|能不能|能否|可不可以|是否|吗|么|什么|多少|条件|材料|咨询|问")
_PROPOSING = re.compile(r"建议|能不能|希望|最好|应该|可以")
_THANKING = re.compile(r"感谢|表扬|道谢|谢谢")
_LEAD = re.compile(
    r"^(?:我|我们|俺|咱)?(?:今天|现在)?(?:就是|是)?(?:想|要|来)?(?:跟你|向你们?|给你们?)?(?:投诉|举报|反映|咨询|表扬|感谢|建议|问|提|说)(?:一下|一个|个|下|一哈|问)?(?:关于|的是)?|^(?:(?:我们?|俺们?)(?:家(?:里(?!人)|(?![里长人属具电政庭暴教务装])))?|他们?|她|你们?|就是|因为|结果|然后|后来|现在|那个|这个|有人|[是的在](?=.{4})|(?:这(?:个|边|里)?)?小区(?:里|的)?(?=.{3}))+"
)
_TAIL = re.compile(r"(?:的(?:事情?|问题|情况)|了|吗|嘛|呢|吧|啊)+$")


def write_title(
    talk: Talk,
    fields: Mapping[str, Field],
    *,
    kind: str,
    headings: Headings,
    given: str = "",
    words: Sequence[Span] = (),
) -> str:
    """The given title if it is short enough, else place or party, and the heading or the clause of what is wrong.

    `words` are those that the model thinks a title would be made of.
    """
    if given and len(given.strip()) <= MAX_CHARACTERS:
        return given.strip()
    trouble = _heading(_trouble(talk, fields, kind, words), talk, headings, kind=kind)
    lead = {"咨询": "咨询", "建议": "建议", "表扬": "表扬"}.get(kind, "")
    trouble = trouble.removeprefix(lead)
    if not trouble and not _subject(fields, room=MAX_CHARACTERS):
        return ""
    room = MAX_CHARACTERS - len(lead) - min(len(trouble), LONGEST)
    subject = _subject(fields, room=room)
    return _cut(lead + subject + _unsaid(trouble, subject))


def _unsaid(trouble: str, subject: str) -> str:
    """What is wrong without the words that the subject ends with: 市二医院, 医院乱收费 → 乱收费."""
    same = (n for n in range(min(len(trouble), len(subject)), 1, -1) if subject.endswith(trouble[:n]))
    return trouble[next(same, 0) :]


def _cut(title: str) -> str:
    """A title of at most thirty characters; a foreign one ends with a word."""
    if len(title) <= MAX_CHARACTERS or not title.isascii():
        return title[:MAX_CHARACTERS]
    return title[: MAX_CHARACTERS + 1].rpartition(" ")[0] or title[:MAX_CHARACTERS]


def _heading(clause: str, talk: Talk, headings: Headings, *, kind: str) -> str:
    """What the matter is filed under, unless the clause says that and more, or nobody complains."""
    heard = headings.heard_in(talk) if kind not in _MILD else []
    if not heard or heard[0].title in clause:
        return clause
    return heard[0].title


def _subject(fields: Mapping[str, Field], *, room: int) -> str:
    """Where and whom: district, town, community, and the point or else the party, the road, or the subdistrict.

    In a town there are few roads that anybody knows, so that it is named; of a city's subdistricts that is not true.
    """
    subject = _plain(_text(fields, "district"))[:room]
    subdistrict = _text(fields, "subdistrict")
    town = subdistrict if subdistrict.endswith(("镇", "乡")) else ""
    point = _text(fields, "poi") or _text(fields, "target_entity") or _road(fields) or subdistrict
    for name in (town, _text(fields, "community"), point):
        if name in subject:
            continue
        # 雨花区 and 长沙市雨花区某小学: once is enough.
        named = name[name.index(subject) :] if subject in name else subject + name
        subject = named if len(named) <= room else subject
    return subject


def _road(fields: Mapping[str, Field]) -> str:
    """The road of the address, with its number."""
    address = _ABOVE.sub("", _text(fields, "event_address"))
    for name in ("district", "subdistrict", "community"):
        value = _text(fields, name)
        address = address.partition(value)[2] if value and value in address else address
    match = _ROAD.match(address)
    return match[0] if match else ""


def _plain(district: str) -> str:
    """As people and titles say it: 松桃苗族自治县 → 松桃县."""
    aliases = short_names(Division("", district, DISTRICT, ""))
    return next((alias for alias in aliases if alias[-1] in "县旗"), district)


def _text(fields: Mapping[str, Field], name: str) -> str:
    value = fields[name].value if name in fields else None
    return value if isinstance(value, str) else ""


def _trouble(talk: Talk, fields: Mapping[str, Field], kind: str, words: Sequence[Span]) -> str:
    pattern = {"咨询": _ASKING, "建议": _PROPOSING, "表扬": _THANKING}.get(kind, TROUBLE)
    said = [value for name in ("district", "poi", "target_entity", "subdistrict") if (value := _text(fields, name))]
    turns_with, when = _turns_by_pair(talk), places_of(fields, ("event_time",))
    named, hidden, wish = (places_of(fields, names) for names in (_subject_fields(fields), _OWN, ("demand",)))
    best, best_score = "", -1.0
    for number, (said_so, bonus) in enumerate([*_summaries(talk), *((c, 0.0) for c in citizen_clauses(talk)[:24])]):
        own, cut = apart_from(said_so, hidden, talk), hidden
        if kind != "咨询" and len(own.text) > LONGEST and (matter := apart_from(said_so, [*hidden, *wish], talk)).text:
            own, cut = matter, [*hidden, *wish]
        clause = _without(own, named, introduced(own, cut, talk), talk)
        text = _shortened(trim(clause, said), pattern)
        if len(text) < 2 or not own.text or _tells_nothing(own, when) or _names_only(text, said):
            continue
        asked = kind in _MILD and any(place.overlaps(said_so.place) for place in wish)
        score = bonus + _WISHED * asked + 2.0 * bool(pattern.search(text)) + 1.2 * bool(_ANNOUNCES.search(clause.text))
        score += _SHARED * _shared(text, turns_with) + _MARKED * _marked(clause.place, words)
        score += 0.6 * (5 <= len(text) <= LONGEST) - 0.05 * number - 0.7 * bool(_PERSONAL.search(text))
        score -= 0.5 * (len(text) < 4) + 0.5 * (clause is not own) + 2.0 * bool(_BARE_QUESTION.fullmatch(text))
        if score > best_score:
            best, best_score = text, score
    return best


def _names_only(text: str, said: Sequence[str]) -> bool:
    """Whether a clause only says who, where or what number, and not what is wrong there."""
    rest = next((text.replace(name, "") for name in said if name in text), text)
    return bool(_POINTS.fullmatch(rest))


def _subject_fields(fields: Mapping[str, Field]) -> tuple[str, ...]:
    """Whose words the subject stands for; the address's too, where the subject names its point or its road."""
    named = _text(fields, "poi") or (not _text(fields, "target_entity") and _road(fields))
    return ("district", "subdistrict", *(("poi", "event_address") if named else ()))


def _tells_nothing(clause: Clause, when: Sequence[Place]) -> bool:
    """Whether a clause only opens the call, dictates a number, or says when."""
    at = clause.place
    if opens_call(clause.text) or dictates(clause.text) or len(digits_of(_SUM.sub("", clause.text))) >= _NUMBER_LENGTH:
        return True
    timed = sum(min(p.end, at.end) - max(p.start, at.start) for p in when if p.overlaps(at))
    return 2 * timed >= at.end - at.start


def _without(clause: Clause, named: Sequence[Place], cut: Sequence[Place], talk: Talk) -> Clause:
    """A clause, from which some words are cut already, without those that the subject stands for as well."""
    return without(clause, [*named, *cut], talk) if any(p.overlaps(clause.place) for p in named) else clause


def _turns_by_pair(talk: Talk) -> Counter[str]:
    """In how many turns each pair of characters is said, by either side; nothing is said again where there is one."""
    if len(talk.turns) < 2:
        return Counter()
    pairs = ({turn.folded[i : i + 2] for i in range(len(turn.folded) - 1)} for turn in talk.turns)
    return Counter(pair for turn in pairs for pair in turn if _WORD.fullmatch(pair))


def _shared(text: str, turns_with: Counter[str]) -> float:
    """What the call comes back to: of the pairs of a clause, the mean number of other turns that say them too."""
    if not turns_with:
        return 0.0
    pairs = [text[i : i + 2] for i in range(len(text) - 1)]
    return sum(min(max(turns_with[pair] - 1, 0), 3) for pair in pairs) / max(len(pairs), 1)


def _marked(place: Place, words: Sequence[Span]) -> float:
    """Share of a clause that the model would put into a title."""
    marked = sum(
        max(0, min(word.end, place.end) - max(word.start, place.start))
        for word in words
        if word.segment == place.segment
    )
    return marked / max(place.end - place.start, 1)


def _summaries(talk: Talk) -> Iterator[tuple[Clause, float]]:
    """What the call-taker understood, unless the citizen said no."""
    for turn in talk.agent:
        if (match := _UNDERSTOOD.search(turn.folded)) and not talk.denies(turn):
            yield Clause(_CHECKED.sub("", match[1]), turn.place(*match.span(1)), closes=True), 1.2


def _shortened(text: str, pattern: re.Pattern[str]) -> str:
    """An overlong clause (a transcript without pauses) around the word that names the trouble."""
    if len(text) <= LONGEST or (text.isascii() and len(text) <= _LONGEST_ABROAD):
        return text
    if text.isascii():
        return text[: _LONGEST_ABROAD + 1].rpartition(" ")[0] or text[:_LONGEST_ABROAD]
    match = pattern.search(text)
    start = max(0, match.start() - 8) if match else 0
    end = start + LONGEST
    kept = text[start:end]
    return kept.rstrip("0123456789.,") if text[end : end + 1].isdecimal() else kept  # half a sum is another one


def trim(clause: Clause, said: Sequence[str] = ()) -> str:
    """A clause without "I want to report that" before, "and so on" behind, and the names that the title has anyway."""
    text = _TAIL.sub("", _LEAD.sub("", clause.text)).strip("，, ")
    for name in said:
        if len(text) - len(name) >= 2:
            text = text.replace(name, "")
    return _LEAD.sub("", text)
