"""Questions: what is missing or doubtful, and what the call-taker had best ask next."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.form.asked import answer_to, is_read_back, times_unknown
from service.form.definition import FieldSpec, FormDefinition
from service.form.field import MISSING, Field, Question
from service.form.story import CAUSE, COURSE, untold
from service.form.talk import Talk

# After what a published form asks for the place and the demand (10 to 20), the name and the number.
_STORY_RANKS = {CAUSE: 61, COURSE: 62}
_STORY = {
    CAUSE: "请问具体是什么问题？是怎么引起的？",
    COURSE: "请您说一下事情的经过，之前有没有找对方或者有关部门反映过？",
}
# Put where the caller did not know what the form's own question asks for; each can be answered by who was there.
_OTHERWISE = {
    "event_address": "附近有没有标志性的建筑、路口或者公交站？大概在哪个镇或者哪个街道？",
    "event_time": "不用很准确，大概是最近几天、这个月，还是更早的事？现在还是这样吗？",
    "target_entity": "对方有没有招牌、工作服或者车牌？在什么位置能找到他们？",
}
_LATER = 100  # what the caller did not know waits until everything else has been asked
_WEAK = 200  # what was heard, but badly, is confirmed after what was not heard at all
_DATE = re.compile(r"(?<!\d)(\d{4})(?:-(\d\d))?(?:-(\d\d))?(?![\d-])", re.ASCII)
_UNTIL, _SINCE = re.compile(r"/(?=\d{4})", re.ASCII), re.compile(r"(?<=\d)/(?:\.\.)?$", re.ASCII)
_CLOCK = re.compile(r"(?<=日)T(?=\d)")
_CONFIRM = "和您核对一下，{label}是{value}，对吗？"


@dataclass(frozen=True, slots=True)
class _Ranked:
    question: Question
    rank: int


def missing_fields(form: FormDefinition, fields: Mapping[str, Field], *, kind: str) -> tuple[str, ...]:
    """Names of required fields that nobody has filled, in the form's order."""
    return tuple(spec.name for spec in form.fields if _is_missing(spec, fields, kind=kind))


def questions(form: FormDefinition, fields: Mapping[str, Field], *, kind: str, talk: Talk) -> tuple[Question, ...]:
    """Questions best first: what blocks dispatch and contradictions, contact, why and how it came, the other fields.

    Then what the caller did not know, asked another way, and last what was heard badly, to be confirmed. What he would
    not say is not asked again, nor what he did not know twice, nor what was read back to him and not denied. Where the
    address itself is asked for, its question asks for the district too.
    """
    ranked = [found for spec in form.fields if (found := _of_field(spec, fields, kind=kind, talk=talk))]
    ranked += _of_story(talk, fields, kind=kind)
    ordered = [entry.question for entry in sorted(ranked, key=lambda entry: entry.rank)]
    address = next((spec.ask for spec in form.fields if spec.name == "event_address"), None)
    asks_address = any(question.text == address for question in ordered)
    return tuple(q for q in ordered if not (q.field == "district" and asks_address))


def _of_field(spec: FieldSpec, fields: Mapping[str, Field], *, kind: str, talk: Talk) -> _Ranked | None:
    field = fields.get(spec.name, MISSING)
    if field.status in ("conflict", "suggested"):
        if not spec.confirm or answer_to(talk, spec.name, label=spec.label) != "open":
            return None
        if field.status == "conflict":
            return _Ranked(Question(spec.name, _settling(spec, spec.confirm, field)), spec.ask_rank)
        if is_read_back(talk, spec, field) or _rests_on_address(spec, fields):
            return None
        return _Ranked(Question(spec.name, _confirming(spec, spec.confirm, field)), spec.ask_rank + _WEAK)
    if not spec.ask or not _is_missing(spec, fields, kind=kind):
        return None
    answer = answer_to(talk, spec.name, label=spec.label)
    if answer == "open":
        return _Ranked(Question(spec.name, spec.ask), spec.ask_rank)
    if answer == "unknown" and spec.name in _OTHERWISE and times_unknown(talk, spec.name) < 2:
        return _Ranked(Question(spec.name, _OTHERWISE[spec.name]), spec.ask_rank + _LATER)
    return None


def _of_story(talk: Talk, fields: Mapping[str, Field], *, kind: str) -> Iterator[_Ranked]:
    for name in untold(talk, fields, kind=kind):
        if answer_to(talk, name) == "open":
            yield _Ranked(Question(name, _STORY[name]), _STORY_RANKS[name])


def _is_missing(spec: FieldSpec, fields: Mapping[str, Field], *, kind: str) -> bool:
    if not (spec.required or kind in spec.required_for):
        return False
    if any(fields.get(other, MISSING).value for other in spec.unless):
        return False
    return fields.get(spec.name, MISSING).status == "missing"


def _rests_on_address(spec: FieldSpec, fields: Mapping[str, Field]) -> bool:
    """A doubtful district is confirmed with the address that it was read from."""
    return spec.name == "district" and fields.get("event_address", MISSING).status == "suggested"


def _settling(spec: FieldSpec, text: str, field: Field) -> str:
    others = "、".join(_spoken(spec, value) for value in field.alternatives)
    value = _spoken(spec, field.value) if field.value is not None else others
    return text.format(label=spec.label, value=value, others=others)


def _confirming(spec: FieldSpec, text: str, field: Field) -> str:
    """The form's own words, unless they choose between values of which there is but one."""
    text = _CONFIRM if "{others}" in text else text
    return text.format(label=spec.label, value=_spoken(spec, field.value))


def _spoken(spec: FieldSpec, value: Any) -> str:
    """A value as one says it; times are noted in ISO 8601."""
    if spec.name != "event_time":
        return str(value)
    text = _UNTIL.sub("至", _SINCE.sub("起", str(value).removeprefix("recurring:")))
    return _CLOCK.sub(" ", _DATE.sub(_dated, text))


def _dated(match: re.Match[str]) -> str:
    year, month, day = match.groups()
    return f"{year}年" + (f"{int(month)}月" if month else "") + (f"{int(day)}日" if day else "")
