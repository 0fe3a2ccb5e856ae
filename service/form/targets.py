"""Targets: whom or what the caller speaks against — a firm, an office, a person, a vehicle."""

from __future__ import annotations

import re
from collections.abc import Iterator

from models.prediction import Prediction
from service.form.field import MISSING, Field
from service.form.mention import Mention, mention_at, settle
from service.form.places import clean_place, trim_name
from service.form.talk import Talk, Turn

_KINDS = (
    "有限公司|公司|集团|置业|地产|物业|医院|诊所|卫生院|学校|小学|中学|幼儿园|驾校|培训机构|培训班|养老院|酒店|宾馆|饭店|餐厅|烧烤店|烧烤|超市|商场|专卖店|旗舰店|店|厂|煤矿|采石场|加油站|收费站|银行|农商行|信用社"
    "|派出所|公安局|教育局|法院|居委会|村委会|社保局|医保局|人社局|住建局|城管局|城管|交警|卫健委|供热公司|自来水公司|供电公司|燃气公司|电视台|歌舞厅|KTV|网吧|单车|厨具|装修队|施工队|施工单位|律师事务所|事务所|政务中心|服务中心|邮政|快递"
)
_NAMED = re.compile(
    rf"(?:叫做?|名字叫|是|那个|一家|一个|找|投诉|举报|反映|被|跟|在|我们|的|“|\"|^|\s|，)((?:[\u4e00-\u9fffA-Za-z0-9]{{2,14}}?)(?:{_KINDS}))(?=[\u4e00-\u9fff\s，。,”\"（(]|$)"
)
_CALLED = re.compile(
    r"(?:(?:店名|公司|老板|开发商|机构)?(?:就?叫做?|是)|店名)[“\"]?([\u4e00-\u9fffA-Za-z0-9]{2,12})[”\"]?(?=[，。,\s]|$)"
)
_INTRODUCED = re.compile(r"^.*(?:叫|投诉|举报|反映|就是)(?=.{2})")
_ORGANISED = re.compile(rf"(?:{_KINDS})$")
_AGAINST = re.compile(r"投诉|举报|反映|欠|骗|黑|不退|收费|老板|开发商|态度|坑|不给|拖|违法|偷|老是|天天|不管")
_NO_NAME = re.compile(
    r"^(?:这个|那个|一个|我们|他们|你们|去|到|在|有|的|是|哪|什么|别的|其他|本|该|大|小|好|咱|换|以|一下|背后)"
)
# What follows 是 or 叫 in an answer is a sentence more often than a name.
_SPEECH = re.compile(r"[我你他她它不还要了吗呢吧啊就都也没很嘛哦呀哈]|什么|的|^[一两三四五六七八九十]|^[A-Z]?区?\d")
ASKS_TARGET = re.compile(
    r"哪家|什么公司|单位名称|名称|店名|公司名|叫什么|全称|负责人|老板|商家|开发商|(?<![归转由])哪个(?:单位|公司|店|学校|医院|部门)"
)


def fill_target(talk: Talk, prediction: Prediction, *, poi: Field) -> Field:
    """The party complained of; by rule alone it is a suggestion, for a named firm may be a witness too.

    The point of the address counts too, where it is an organisation: who complains of a place means who runs it.
    """
    mentions = [mention for turn in talk.citizen for mention in _by_rule(turn, talk)]
    if isinstance(poi.value, str) and poi.places and _ORGANISED.search(poi.value):
        mentions.append(Mention(poi.value, poi.places, poi.raw or poi.value, 0.62, poi.source))
    spans = prediction.spans_of("target_entity")
    if spans:
        mentions = [
            mention_at(
                talk.turns[s.segment],
                s.start,
                s.end,
                value=clean_place(_INTRODUCED.sub("", talk.turns[s.segment].folded[s.start : s.end])),
                confidence=min(0.95, s.confidence),
                source="model",
            )
            for s in spans
            if talk.turns[s.segment].role == "citizen" or talk.confirms(talk.turns[s.segment])
        ] or mentions
    mentions = [mention for mention in mentions if len(mention.value) >= 2]
    return settle(_fold_parts(mentions), talk) if mentions else MISSING


def _by_rule(turn: Turn, talk: Talk) -> Iterator[Mention]:
    asked = bool(ASKS_TARGET.search(talk.question_before(turn)))
    accused = bool(_AGAINST.search(turn.folded))
    for match in _NAMED.finditer(turn.folded):
        name = trim_name(match[1])
        if len(name) >= 3 and not _NO_NAME.match(name):
            confidence = 0.52 + 0.15 * asked + 0.08 * accused + (0.1 if "公司" in name else 0) - 0.01 * turn.index
            start = match.end(1) - len(name)
            yield mention_at(turn, start, match.end(1), value=clean_place(name), confidence=confidence)
    for match in _CALLED.finditer(turn.folded):
        named = asked or match[0].startswith(("店名", "公司叫", "老板叫", "开发商"))
        if named and not _SPEECH.search(match[1]):
            yield mention_at(turn, *match.span(1), value=clean_place(match[1]), confidence=0.6 + 0.1 * asked)


def _fold_parts(mentions: list[Mention]) -> list[Mention]:
    """A name and a part of it are one: the longest stands for both."""
    longest = sorted({mention.value for mention in mentions}, key=len, reverse=True)
    folded = []
    for mention in mentions:
        value = next(name for name in longest if mention.value in name)
        folded.append(Mention(value, mention.places, mention.raw, mention.confidence, mention.source))
    return folded
