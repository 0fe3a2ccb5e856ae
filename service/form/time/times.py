"""Event time: of all times that were said, the one at which it happened or since which it goes on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from models.prediction import Prediction
from service.form.choice import Choice, Features, meant_at, only_present, place_among
from service.form.field import MISSING, Field, Place
from service.form.mention import FILL_AT
from service.form.talk import Talk, Turn
from service.form.time.asides import is_aside
from service.form.time.moments import Moment, When
from service.form.time.nights import in_that_night
from service.form.time.recurrences import hour_of, with_hours
from service.form.time.replies import as_meant
from service.form.time.timeline import read_times

ASKS_TIME = re.compile(r"什么时候|啥时候|几点|哪天|哪一天|多久|时间|几号|何时|从几|多长|今天去的吗|什么时间")
_LATER = re.compile(r"^[^，。\s]{0,3}(?:之?前(?!后)|以前|前(?:要|必须|提交|截止|截|完成))|截止")
_DEADLINE = re.compile(r"(?:后天|明天|下周|下个?月|到期|截止|期限|答复|之内|以内)")
_ASIDE = re.compile(
    r"出生|岁|退休|结婚|毕业|买的房|户口|工作|参加|上班|下班|值班|有空|接电话|交房时|工龄|缴|方便|回来|打(?:我|给|电话|这)|白天接|天气|开庭|排到|招标"
)
_GOES_ON = re.compile(
    r"一直|到现在|至今|还没|还是没|仍|没(?:人|有人|给|发|办|解决|动|下来|退|还|结果)|一分没|拖|就没|天天|每次|(?<!好)又(?!多)"
)


_LISTED = re.compile(r"^\s?、")  # 国庆、端午: days of a kind, none of them the event's
_DAILY = re.compile(r"每天|天天|每晚|每日|夜夜")
_HABIT = re.compile(r"都是|老是|总是|一到|天一[亮黑]就|每回|每次|夜里头|黑了来|不亮走")
_BEGINS = re.compile(r"^多?钟?(?:就|才)?(?:开(?!会)|出来|出摊|放|干|响|吵|唱|营业|摆|起)")
_ENDS = re.compile(r"^多?钟?(?:才|还不|就|都不)?(?:停|收|关|结束|散|完|歇)(?![了的门])")
_BESIDE_CLAUSE = 8
_BY_NOW = re.compile(r"(?:现在|这会儿|眼下)(?:都|已经|快)?\s?$")
_NOW_CLOCK = re.compile(r"(?:现在|这会儿|眼下)\S")
_VAGUE = ("现在", "今天", "今年", "刚才", "目前", "最近", "今儿")
# When it was complained of before, which is not when it happened.
_REPORTED = re.compile(r"打过|反映|投诉|报[警修案过了]|12345|热线|找过|回复|答复|登记|来过|来了人")
_HAPPENED = re.compile(r"开始|就|[^，。\s]{0,4}了(?!解)|被|出现|发生|突然|停|坏|漏|塌|堵")
_BESIDE = 3
_OPEN = 0.7  # a time that may be that of another night: less than what is filled
_CORRECTED_WITHIN = 16
# 去年九月报的, 八月份拆的: the construction that says when a thing was done, not what was done then.
_CLEFT = re.compile(r"^[^，。！？；\s]{1,4}的(?![时候那])")
_SINCE = re.compile(r"(?:从|自从?|打)$")


@dataclass(frozen=True, slots=True)
class Heard:
    """A time, where it was said, and what speaks for and against its being the event's."""

    when: When
    turn: Turn
    signs: Features
    before: tuple[str, ...] = ()  # what it was said instead of
    grounds: tuple[Place, ...] = ()  # where that was said

    @property
    def place(self) -> Place:
        """Its words."""
        return self.turn.place(self.when.start, self.when.end)


def fill_time(talk: Talk, prediction: Prediction, received: datetime, choice: Choice, *, kind: str) -> Field:
    """The event's time in ISO form, a stretch, or a recurrence; as fine as it was said, never finer."""
    times = Times.of(talk, prediction, received, kind=kind)
    if not times.standing:
        return MISSING
    signs, values = [h.signs for h in times.standing], [h.when.value for h in times.standing]
    most = choice.best("event_time", signs, values)
    if most is None:
        return MISSING
    by_value = choice.by_value("event_time", signs, values)
    said_so = [h for h in times.standing if h.when.value == most]
    chosen = max(said_so, key=lambda h: choice.score("event_time", h.signs))
    when = times.completed(chosen)
    said = sorted(times.standing, key=lambda h: -by_value[h.when.value])
    rival = chosen.when.rival if when.value == chosen.when.value else None
    named = [str(rival)] * (rival is not None) + [v for h in said for v in (h.when.value, *h.before)]
    others = tuple(dict.fromkeys(v for v in named if v != when.value))
    # Not the share: the weights of times are set by hand, and shares of such weights are too sure.
    most_sure = _OPEN if rival is not None else 0.95
    confidence = min(most_sure, max(0.3, 0.45 + 0.08 * choice.score("event_time", chosen.signs)))
    return Field(
        value=when.value,
        raw=chosen.turn.raw(chosen.when.start, chosen.when.end),
        places=(chosen.place, *chosen.grounds),
        confidence=round(confidence, 3),
        source="rule",
        status="filled" if confidence >= FILL_AT else "suggested",
        alternatives=others[:5],
    )


@dataclass(frozen=True, slots=True)
class Times:
    """All times that citizens name; `standing` are those that were not taken back."""

    everything: list[Heard]
    standing: list[Heard]
    talk: Talk
    received: datetime

    @classmethod
    def of(cls, talk: Talk, prediction: Prediction, received: datetime, *, kind: str) -> Times:
        """Hear them. Who asks or proposes something tells of times too, but seldom of an event's."""
        asks = {"question": 1.0} if kind in ("咨询", "建议", "表扬") else {}
        everything = [h for turn in talk.citizen for h in _heard(turn, talk, prediction, received)]
        standing = _standing(everything, talk, received)
        counts = Counter(h.when.value for h in standing)
        standing = [
            replace(h, signs={**h.signs, **asks, **place_among(n, h.when.value, counts)})
            for n, h in enumerate(standing)
        ]
        return cls(everything, standing, talk, received)

    def completed(self, chosen: Heard) -> When:
        """The chosen time with what the others add to it."""
        beside = [h.when for h in self.everything if h.turn is chosen.turn]
        return _completed(chosen, self.standing, self.talk, self.received, beside=beside)


def _standing(heard: list[Heard], talk: Talk, received: datetime) -> list[Heard]:
    """Without times that were taken back: 昨天晚上八点，不对，九点. What stands keeps the day of what it stands for."""
    kept: list[Heard] = []
    for h in heard:
        if kept and _replaces(kept[-1], h, talk):
            first = kept.pop()
            when = _on_same_day(h.when, first.when, received)
            before, grounds = (*first.before, first.when.value), (*first.grounds, first.place)
            signs = {
                name: max(first.signs.get(name, 0.0), h.signs.get(name, 0.0)) for name in {**first.signs, **h.signs}
            }
            h = replace(h, when=when, signs=signs, before=before, grounds=grounds)
        kept.append(h)
    return kept


def _replaces(first: Heard, second: Heard, talk: Talk) -> bool:
    since = first.when.end if first.turn is second.turn else 0  # a turn that puts something right begins with it
    if second.when.start - since > _CORRECTED_WITHIN:
        return False
    return first.when.value != second.when.value and talk.corrected_between(first.place, second.place)


def _on_same_day(when: When, first: When, received: datetime) -> When:
    """A bare clock on the day, and in the part of the day, of the time that it stands for."""
    if when.dated or when.begin is None or first.begin is None or when.begin.grain != "minute":
        return when
    at = when.begin.at.replace(year=first.begin.at.year, month=first.begin.at.month, day=first.begin.at.day)
    if first.part and not when.part:
        at = at.replace(hour=hour_of(at.hour % 12 or 12, first.part) % 24)
    at = in_that_night(at, when.part or first.part, received)
    if at > received:
        return when
    return replace(when, begin=Moment(at, "minute"), part=when.part or first.part, dated=first.dated)


def _heard(turn: Turn, talk: Talk, prediction: Prediction, received: datetime) -> Iterator[Heard]:
    spans = [s for s in prediction.spans_of("time") if s.segment == turn.index]
    asked = bool(ASKS_TIME.search(talk.question_before(turn)))
    for read in read_times(turn.folded, received):
        if is_aside(turn, read):
            continue
        when = as_meant(read, turn, talk, received)
        spoken = max((s.confidence for s in spans if s.start < when.end and when.start < s.end), default=0.0)
        signs = _signs(when, turn, received, asked=asked, spoken=spoken)
        place = turn.place(when.start, when.end)
        yield Heard(when, turn, {**signs, **meant_at(place, "event_time", prediction)})


def _signs(when: When, turn: Turn, received: datetime, *, asked: bool, spoken: float) -> Features:
    after, before = turn.folded[when.end : when.end + 10], turn.folded[max(0, when.start - 8) : when.start]
    grain = when.begin.grain if when.begin is not None else ""
    regular = when.repeats is not None and bool(re.search(r"\d\d:|周", when.repeats))
    listed = bool(_LISTED.match(after)) or before.endswith("、")
    signs: dict[str, float] = {
        "none": 1.0,
        "asked": asked,
        "turn": turn.index / 10,
        "span": spoken,
        "dated": when.dated,
        "ongoing": when.ongoing and when.dated,
        "still": when.ongoing and not when.dated and when.repeats is None,
        "cleft": bool(_CLEFT.match(after)),
        "since": bool(_SINCE.search(before)),
        "part": when.part != "" and not when.dated and when.begin is not None and grain != "minute",
        "now": bool(_BY_NOW.search(before) or _NOW_CLOCK.match(turn.folded[when.start : when.end])),
        "regular": regular,
        "repeats": when.repeats is not None and not regular,
        "stretch": when.until is not None,
        "future": when.begin is not None and when.begin.at > received,
        "deadline": bool(_LATER.search(after) or _DEADLINE.search(after[:6])),
        "listed": listed and when.repeats is None and when.until is None,
        "aside": bool(_ASIDE.search(after) or _ASIDE.search(before)),
        "today": _is_today(when, received),
        "vague": turn.folded[when.start : when.end] in _VAGUE,
        "reported": bool(_REPORTED.search(after) or _REPORTED.search(before)),
        "happened": bool(_HAPPENED.search(after)),
        "goes_on": bool(_GOES_ON.search(after)),
        grain: grain != "",
    }
    return only_present(signs)


def _is_today(when: When, received: datetime) -> bool:
    """今天六月三十号: rather the day of the call than that of the matter."""
    day = when.begin if when.dated and when.until is None else None
    return day is not None and day.grain == "day" and day.at.date() == received.date()


def _completed(best: Heard, heard: list[Heard], talk: Talk, received: datetime, *, beside: list[When]) -> When:
    """The best phrase with what the others add: the day of a bare clock, the start of a recurrence, the "still".

    `beside` are all phrases of its turn.
    """
    when = best.when
    since = next((h.when for h in heard if h.when.ongoing and h.when.dated and h.when.begin), None)
    if when.repeats is not None:
        when = _with_stretch(best, heard)
        return replace(when, begin=since.begin) if since and when.begin is None else when
    if hours := _several_hours(best, beside):
        return replace(when, begin=since.begin if since else None, until=None, repeats=hours)
    if not when.dated and when.begin is not None and when.begin.grain == "minute":
        days = _on_days(best, heard)
        if days is not None and (when.until is not None or _on_day(best, heard, received) is when):
            return replace(days, start=when.start, end=when.end)
        if when.until is not None and (
            since
            or "一直" in best.turn.folded[when.start : when.end]
            or any(_DAILY.search(t.folded) for t in talk.citizen)
            or _HABIT.search(best.turn.folded[max(0, when.start - 16) : when.end + 16])
        ):
            hours = f"{when.begin.at:%H:%M}-{when.until.at:%H:%M}"
            return replace(when, begin=since.begin if since else None, until=None, repeats=f"每天{hours}")
        if hours := _from_to(best, beside):
            return replace(when, begin=since.begin if since else None, until=None, repeats=hours)
        return _on_day(best, heard, received)
    if when.begin is not None and when.begin.grain == "minute" and not when.part:
        return _in_part(when, heard, received)
    finer = _finer(best, heard, received)
    return finer if finer is not None else _going_on(best, received)


def _with_stretch(best: Heard, heard: list[Heard]) -> When:
    """每周六 with the hours from and to which were said near it, if any, with the part of the day (晚上七点到九点)."""
    near = (h.when for h in heard if abs(h.turn.index - best.turn.index) <= 2 and h.when.until and h.when.part)
    found = next((both for hours in near if (both := with_hours(best.when, hours)) is not None), best.when)
    return replace(found, end=best.when.end)


def _on_days(best: Heard, heard: list[Heard]) -> When | None:
    """晚上八点到十点, where 每周六 was said apart from it, last of all: the hours of those days; else None."""
    near = (h.when for h in reversed(heard) if abs(h.turn.index - best.turn.index) <= 2 and h.when is not best.when)
    return next((both for days in near if (both := with_hours(days, best.when)) is not None), None)


def _several_hours(best: Heard, beside: list[When]) -> str:
    """中午十一点到下午两点，晚上五点到十点: hours of opening or of noise, one stretch beside another; else nothing."""
    stretches = [when for when in beside if _is_hours(when)]
    if best.when not in stretches or len(stretches) < 2:
        return ""
    if any(second.start - first.end > _BESIDE for first, second in pairwise(stretches)):
        return ""
    return "每天" + "、".join(
        f"{when.begin.at:%H:%M}-{when.until.at:%H:%M}" for when in stretches if when.begin and when.until
    )


def _from_to(best: Heard, beside: list[When]) -> str:
    """晚上十点开 早上七点停: when it begins and when it ends, day after day; else nothing."""
    text, first = best.turn.folded, best.when.begin
    for other in beside:
        if not (0 < other.start - best.when.end <= _BESIDE_CLAUSE and other.begin and not other.dated and first):
            continue
        if other.begin.grain == "minute" and _ENDS.match(text[other.end :]) and _BEGINS.match(text[best.when.end :]):
            hour = other.begin.at.hour
            if not other.part and hour <= first.at.hour and hour + 12 > first.at.hour:
                hour = (hour + 12) % 24
            return f"每天{first.at:%H:%M}-{hour:02}:{other.begin.at:%M}"
    return ""


def _is_hours(when: When) -> bool:
    ends = (when.begin, when.until)
    return not when.dated and when.repeats is None and all(end is not None and end.grain == "minute" for end in ends)


def _finer(best: Heard, heard: list[Heard], received: datetime) -> When | None:
    """A month with the day in it, or a day with its hour, where that was said next to it; else None."""
    when = best.when
    if when.begin is None or not when.dated or when.begin.grain not in ("month", "day"):
        return None
    for h in heard:
        other = h.when
        if other.begin is None or other.repeats is not None or abs(h.turn.index - best.turn.index) > 2 or other is when:
            continue
        if when.begin.grain == "month" and other.begin.grain == "day" and other.dated:
            if other.begin.at.strftime("%Y-%m") == when.begin.at.strftime("%Y-%m"):
                return _going_on(replace(best, when=replace(when, begin=other.begin)), received)
        elif when.begin.grain == "day" and when.until is None and other.begin.grain == "minute" and not other.dated:
            hour = other.begin.at.hour
            if when.part and not other.part:
                hour = hour_of(hour % 12 or 12, when.part) % 24
            at = when.begin.at.replace(hour=hour, minute=other.begin.at.minute)
            at = in_that_night(at, other.part or when.part, received)
            if at <= received:
                return replace(when, begin=Moment(at, "minute"), part=other.part or when.part)
    return None


def _on_day(best: Heard, heard: list[Heard], received: datetime) -> When:
    """A bare clock on the day that was said just before or after it."""
    when = best.when
    for h in heard:
        day = h.when.begin
        if not (h.when.dated and day and day.grain == "day" and h.when.until is None and when.begin):
            continue
        if abs(h.turn.index - best.turn.index) > 2:
            continue
        at = when.begin.at.replace(year=day.at.year, month=day.at.month, day=day.at.day)
        if h.when.part and not when.part:
            at = at.replace(hour=hour_of(at.hour % 12 or 12, h.when.part) % 24)
        at = in_that_night(at, when.part or h.when.part, received)
        if at <= received:
            until = when.until and Moment(when.until.at - (when.begin.at - at), when.until.grain)
            return replace(when, begin=Moment(at, "minute"), until=until)
    return when


def _in_part(when: When, heard: list[Heard], received: datetime) -> When:
    """大年初二三点半, where the same day was called 昨天下午 before: half past three in the afternoon."""
    begin = when.begin
    for h in heard:
        if not (begin and h.when.dated and h.when.part and h.when.begin and h.when.begin.at.date() == begin.at.date()):
            continue
        at = begin.at.replace(hour=hour_of(begin.at.hour % 12 or 12, h.when.part) % 24)
        at = in_that_night(at, h.when.part, received)
        if at <= received:
            return replace(when, begin=Moment(at, "minute"), part=h.when.part)
    return when


def _going_on(best: Heard, received: datetime) -> When:
    when = best.when
    open_end = when.until is None and when.begin is not None and when.dated and when.begin.grain != "minute"
    if open_end and when.begin and when.begin.at.date() < received.date():
        sentence = re.split(r"[。！？]", best.turn.folded[when.end :])[0]
        if _GOES_ON.search(sentence[:30]):
            return replace(when, until=Moment(received, "day"))
    return when
