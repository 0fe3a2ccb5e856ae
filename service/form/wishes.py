"""Wishes: whether the caller wants to stay unnamed, and whether nobody shall call back."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.form.field import MISSING, Field
from service.form.mention import Mention, field_of, mention_at
from service.form.talk import NO, YES, Talk, Turn
from service.needles import Rare

_SECRET = Rare(
    r"(?<!不)(?<!不用)(?<!不需要)保密(?!也行|局|协议|合同|条款|费|义务|制度|规定|法)|匿名(?!电话|短信|信|账号|用户|评论)|(?:别|不要|莫|不能|千万别|不准|不许)(?:让|给|叫|告诉|跟|对)?[^，。？\s]{0,8}(?:说是我|讲是我|知道是我|晓得是我|是我(?:打|说|讲|举报|投诉|反映)|我的?名字|谁举报)"
    r"|(?:别|不要|莫|不能)(?:说|讲|写|登|留|透露|泄露|公开|记)(?:出去)?(?:是我|(?:是|我)[^，。？\s]{0,3}(?:名|姓|说的|讲的|信息|身份))|不(?:用|要|想)?(?:留|说|登|写|报)(?:我)?(?:的)?(?:名|姓)|(?:名字|姓名|名)[^，。？\s]{0,5}(?:不(?:用|要|想)?|别|莫)(?:留|说|写|登|报|讲|给)(?!全)"
    r"|(?:别|不要|莫|不能|千万别)[^，。？\s]{0,6}(?:暴露|泄露|泄漏|透露|公开|讲出去|说出去|传出去)(?:我|身份|信息|姓名)?"
    r"|(?:身份|名字|姓名)[^，。？\s]{0,4}(?:别|不要|不能|莫)[^，。？\s]{0,4}(?:暴露|泄露|公开|出去|让)|不(?:想|敢|愿意?)(?:让|叫|给)[^，。？\s]{1,8}(?:知道|晓得)|(?:公司|单位|单位名|店名|我是谁|我是哪里的)[^，。？\s]{0,4}我?就?(?:不说|不讲|不提)了|(?<!不)怕[^，。？\s]{0,8}(?:报复|穿小鞋|找我麻烦|打击|找上门)|(?:手机|电话)都不能记"
    r"|信息(?:不要|别|不能)[^，。？\s]{0,2}(?:给|告诉|泄露|透露|让)|(?:别|不要|莫)(?:让|叫)[^，。？\s]{1,4}(?:知道|晓得)|(?:别|不要|莫)(?:告诉|提|透出)(?:他|她|我|俺|老板|乡|镇|村|厂|学校|单位|公司|对方|物业)|(?:别|不要|莫)(?:写|登|留)名|(?:名|姓名)(?:儿|字)?[^，。？\s]{0,4}(?:别|不要|莫)[^，。？\s]{0,2}(?:往下传|外传)|姓也不留|(?:别|不要|不能)(?:让|叫|给)(?:他|她|老板|学校|单位|村里|公司|他们|我妈|支书)[^，。？\s]{0,6}(?:知道|晓得)"
)
# 我不方便透露姓名: at the beginning of a clause, for 物业不愿公开信息 is a complaint.
_UNNAMED = Rare(
    r"(?:^|(?<=[\s，。；]))(?:但是?|所以|因为)?(?:我|本人|俺|[举投]\w人)?(?:也|还|都|就|暂时)?不(?:太)?(?:想|愿意?|方便|便|敢)(?:对外)?"
    r"(?:透露|泄露|暴露|公开|留|说|讲|告知|告诉)[^，。？\s]{0,5}(?:姓名|名字|真名|身份|个人信息)(?!证)"
    r"|(?:请|切|千万)勿(?:对外|向[^，。？\s]{1,4})?(?:透露|泄露|泄漏|公开|暴露|告知)[^，。？\s]{0,4}(?:姓名|名字|身份|信息)"
    r"|(?:请|切|千万)勿(?:对外)?(?:透露|泄露|泄漏|外传)(?=[，。；！\s]|$)"
)
# The same asked of the office alone, for 要求物业不要把我的电话告诉别人 is a complaint.
_KEPT = Rare(
    r"(?:不要|别|莫|不能|不希望)(?:把|将)(?:我|本人|俺|[举投]\w人)[^，。？\s]{0,3}(?:电话|号码|手机|信息|身份|姓名|名字|资料)"
    r"[^，。？\s]{0,3}(?:给|告诉|告知|透露|泄露|泄漏|公开|暴露|讲|说|传)"
    r"|不希望(?:让|被)?[^，。？\s]{1,8}(?:知道|晓得|查到)(?:是|我|本人|俺)"
    r"|(?:别|不要|莫)(?:说|讲|透露)(?:是|有)[^，。？\s]{0,6}(?:举报|投诉|反映|打的?电话)"
    r"|(?:身份|姓名|名字|信息|电话|号码)[^，。？\s]{0,3}(?:请|希望|麻烦|要求)[^，。？\s]{0,3}(?:隐藏|隐去|隐匿)"
    r"|(?:隐藏|隐去|隐匿)(?:一下)?(?:我|本人|[举投]\w人)[^，。？\s]{0,3}(?:身份|姓名|名字|信息|电话|号码)"
)
# 学校公开了成绩，不要公开: after an accusation, and without a word of whose name, others shall stop it.
_PUBLISHED = re.compile(r"(?<![不别莫勿])(?<!不要)(?<!不能)(?:公开|公布|泄露|泄漏|曝光|贴|晒)(?:了|出|在|到|我|孩子)")
_STOP = re.compile(r"再|(?:暴露|泄露|泄漏|公开)$")
# 公司没有替我保密; 有人匿名举报我: what others do or did not do.
_THEIRS = re.compile(r"(?:没有?|未|违反|不肯)[^，。？\s]{0,6}$|(?:有人|别人|谁|他们?|她们?|对方|人家)[^，。？\s]{0,6}$")
_AGAINST_ME = re.compile(r"(?:举报|投诉|告|反映)(?:了|过)?(?:我|俺|本人|咱)")
# 医院打电话说不用回电话: the words of another.
_QUOTES = re.compile(
    r"(?:医院|客服|物业|社区|村里|街道|人家|他们?|她们?|对方|老师|学校|公司|单位|银行|老板|经理)[^，。？\s]{0,6}(?:说|讲|喊|叫我?|告诉我?)[^，。？\s]{0,4}$"
)
_OFFERS = re.compile(r"(?:需要|要不要|是否|要|可以).{0,6}(?:保密|匿名)|(?:保密|匿名).{0,6}[吗？?]")
_WANTS = re.compile(rf"{YES.pattern}|^[\s嗯啊]*(?:要|需要|想)")
_ASKS_NAME = re.compile(r"姓名|贵姓|称呼|名字|登记.{0,4}(?:名|信息|身份)")
_REFUSES = re.compile(r"^[\s嗯啊哦那]*(?:不留|不说|不登|不用|不要|不方便|算了|免了|不想|不给)")
_SILENT = Rare(
    r"(?<![能可要会])(?:不用|不要|别|莫|不必|不需要|(?<!打)也?不(?!通|在))(?:再)?(?:给|跟|往)?(?:我|这)?[^，。？\s]{0,3}(?:(?<![第一二三四两几那这头下光会])回(?:电|访|复|我|了|啊|$|电话)|打(?:给我(?!老|爸|妈|爱|家)|电话给我|过来|我(?!老|爸|妈|爱|家|女|儿|孩|媳|丈)))|(?:电话|号码|手机|联系方式)[^，。？\s]{0,4}(?:不(?:用|要|想|能|方便)?|别|莫|也不(?:用|能)?)(?:留|记|说|给|登)(?!我这个|我来电|别人|[他她]|对方|了?吧?[\s，]*(?:就|打|用)[^，。\s]{0,5}(?:这个|我的))"
    r"|不(?:用|要|想)?(?:留|记|说|给)(?:我)?(?:的)?(?:电话|号码|手机|联系方式)|(?:^|(?<=[，。\s]))电话就?(?:不用|不要|不必|别)打(?=[，。\s了]|$)|(?:别|不要|莫)(?:往这|问号|记号|联系我)|不回电话"
)
# The same, in words that complaints of others hold, too: only where nobody is quoted or accused in the clause.
_NOT_CALLED = Rare(
    r"(?:^|(?<=[，。\s]))(?:丫头|姑娘)?[你您]?们?电话[也就]?(?:别|莫|不要|不用|不必)打(?!他|她|我老|错|不通)"
    r"|(?:回电|回访|回复电话|回电话)就?(?:不用|不必|不消|免)了?(?=[，。\s]|$)|不消回(?!复函)|(?:不用|不要|别|莫|不必)[^，。？\s]{0,3}打来"
    r"|[你您]们?(?:可|就)?(?:别|莫|不要)(?:往我[^，。\s]{0,3}打|打(?=[，。\s]|$))|不[用要]打电话(?:过来|给我(?!老|爸|妈|爱|家)|(?=[，。\s了]|$))"
)
# 不回 without 用 or 要 is a complaint of who does not answer, unless the office is told that it need not.
_PLAIN_NO = re.compile(r"也?不(?![用要必需])[^，。？\s]{0,6}回")
_TO_OFFICE = re.compile(r"(?:[你您]们?|可以|那|结果|就|也|都|嗯|啊|请|希望|麻烦|千万|一定|但是?|所以|还有|另外)*")
_ALL_RIGHT = re.compile(r"(?:电?话|我)?[也都就]得?(?:行|可以|没事|没关系|无所谓)")
# 直接联系我, 打我手机: the caller wants to be called, elsewhere.
_ELSEWHERE = Rare(r"(?<!别)(?<!不要)(?<!不用)(?:直接联系我|打(?:我)?(?:家里|家的)?(?:手机|座机)(?=[^，。]{0,4}[0-9]))")
# 还是回一下吧: an answer after all voids what was said before it; 必须回复他 is about another.
_AFTER_ALL = Rare(
    r"(?<!别)(?<!不要)(?<!不用)(?:(?:必须|一定要?|务必)[^，。？\s]{0,6}(?:回复|回电|回访|联系)|还是(?:给我)?回)"
    r"(?!他|她|人家|对方|老人)"
)
_QUOTED = re.compile(r"[说讲喊叫劝求他她]|医院|客服|物业|社区|人家")
_AT_TIMES = re.compile(r"时间|时候(?!都)|晚上|夜里|白天|上午|中午|下午|[点午]之?[前后]|以[前后]")  # 上班时间不要打来
# The call-taker says that nobody will call back.
_NO_CALL = re.compile(
    r"(?:^|(?<=[，。、\s]))(?:好的?|那|嗯|行|明白|可以|[\u4e00-\u9fff]{1,3}(?:先生|女士|师傅|奶奶|大爷|阿姨))?(?:那|就|我|我们|这边|给您)?(?:备注|登记|匿名且)?"
    r"不(?:安排|再|给您|用)?(?:电话)?(?:回访|回电|打电话)(?=了|[，。\s]|$|直接|结果|请)"
)
_PAUSE = re.compile(r"[\s，。；！？]")
_QUESTION = re.compile(r"[吗？?]|要不要|是不是|需不需要|还是")
_ASKS_PHONE = re.compile(r"电话|号码|联系方式|回复|回访|回电")
_PROMISED = re.compile(r"(?:给您|为您|按)保密|保密处理|匿名(?:登记|处理)")  # the call-taker says that it is done
_OF_OTHERS = re.compile(r"他的|她的|老人|司机|孩子|太太")
_UNLESS = re.compile(r"不保密|保密也行|无所谓|不怕|不用保密|可以公开|实名")


def fill_confidential(talk: Talk) -> Field:
    """True where the caller asked for it; never false by silence."""
    said = [m for turn in talk.citizen for m in _secret(turn, talk)]
    return _wish([*said, *_promised(talk)], blocked=_UNLESS, talk=talk)


def fill_no_contact(talk: Talk) -> Field:
    """True where the caller does not want to be called back."""
    said = [m for turn in talk.citizen for m in _silent(turn, talk)]
    return _wish([*said, *_no_call(talk)], blocked=None, talk=talk)


def _wish(mentions: list[Mention], *, blocked: re.Pattern[str] | None, talk: Talk) -> Field:
    if not mentions or (blocked and any(blocked.search(turn.folded) for turn in talk.citizen) and len(mentions) < 2):
        return MISSING
    field = field_of(mentions, confidence=max(mention.confidence for mention in mentions))
    return Field(True, field.raw, field.places, field.confidence, "rule", field.status)


def _promised(talk: Talk) -> Iterator[Mention]:
    for turn in talk.agent:
        if (match := _PROMISED.search(turn.folded)) and not _OFFERS.search(turn.folded) and not talk.denies(turn):
            yield mention_at(turn, *match.span(), value="true", confidence=0.85)


def _no_call(talk: Talk) -> Iterator[Mention]:
    for turn in talk.agent:
        match = _NO_CALL.search(turn.folded)
        if match and not _QUESTION.search(turn.folded) and not talk.denies(turn):
            yield mention_at(turn, *match.span(), value="true", confidence=0.85)


def _secret(turn: Turn, talk: Talk) -> Iterator[Mention]:
    for match in (*_SECRET.finditer(turn.folded), *_UNNAMED.finditer(turn.folded)):
        if not _is_of_others(turn, match):
            yield mention_at(turn, *match.span(), value="true", confidence=0.9)
    for match in _KEPT.finditer(turn.folded):
        if _TO_OFFICE.fullmatch(_clause_before(turn, match)):
            yield mention_at(turn, *match.span(), value="true", confidence=0.9)
    question = talk.question_before(turn)
    if _OFFERS.search(question) and _WANTS.search(turn.folded) and not NO.search(turn.folded):
        yield mention_at(turn, 0, min(len(turn.text), 6), value="true", confidence=0.85)
    if _ASKS_NAME.search(question) and not _OF_OTHERS.search(question) and (refusal := _REFUSES.search(turn.folded)):
        yield mention_at(turn, *refusal.span(), value="true", confidence=0.85)


def _is_of_others(turn: Turn, match: re.Match[str]) -> bool:
    """Whether a word of secrecy is quoted, or is about what others did, or shall stop."""
    clause = _clause_before(turn, match)
    if _QUOTES.search(clause):
        return True
    if match[0] in ("保密", "匿名"):
        return bool(_THEIRS.search(clause) or _AGAINST_ME.match(turn.folded, match.end()))
    return bool(_STOP.search(match[0]) and _PUBLISHED.search(turn.folded, 0, match.start()))


def _silent(turn: Turn, talk: Talk) -> Iterator[Mention]:
    if _ELSEWHERE.search(turn.folded):
        return
    void = max((match.end() for match in _AFTER_ALL.finditer(turn.folded)), default=0)
    for match in _SILENT.finditer(turn.folded, void):
        if not _QUOTES.search(_clause_before(turn, match)) and not _is_complaint(turn, match):
            yield mention_at(turn, *match.span(), value="true", confidence=0.88)
    for match in _NOT_CALLED.finditer(turn.folded, void):
        clause = _clause_before(turn, match)
        if not _AT_TIMES.search(clause) and not _QUOTED.search(clause):
            yield mention_at(turn, *match.span(), value="true", confidence=0.88)
    question = talk.question_before(turn)
    refusal = _REFUSES.search(turn.folded) if not void else None
    if refusal and _ASKS_PHONE.search(question) and not re.match(r"\s*姓名", turn.folded):
        yield mention_at(turn, *refusal.span(), value="true", confidence=0.82)


def _is_complaint(turn: Turn, match: re.Match[str]) -> bool:
    """Whether a plain 不回 tells of who does not answer, and not that nobody need."""
    if not _PLAIN_NO.match(match[0]) or _ALL_RIGHT.match(turn.folded, match.end()):
        return False
    return not _TO_OFFICE.fullmatch(_clause_before(turn, match))


def _clause_before(turn: Turn, match: re.Match[str]) -> str:
    """The words of the clause up to a match, as far as they bear on it."""
    return _PAUSE.split(turn.folded[max(0, match.start() - 16) : match.start()])[-1]
