"""Reckoning: what words add to the slots of a phrase where they count days, leap months or turns (大后天, 每隔两天)."""

from __future__ import annotations

import re
from datetime import timedelta

from service.form.numerals import integer_of
from service.form.time.lunar import last_leap_date
from service.form.time.phrases import Atom
from service.form.time.slots import Slots, SlotWriter

_TURNS = re.compile(r"(?:每?隔|每)([0-9一二两三四五六七八九十]{1,3})个?(天|周|星期|礼拜|月)")


class Reckoner(SlotWriter):
    """Writes atoms into slots like its parent, and those that count on."""

    def _take_rel_day(self, slots: Slots, atom: Atom) -> None:
        if atom.text.startswith("大后"):
            slots.date = slots.date or self._days_back(-3)
        else:
            super()._take_rel_day(slots, atom)

    def _take_lunar_month(self, slots: Slots, atom: Atom) -> None:
        """A leap month is none of the ordinary ones: without one in reach it says nothing."""
        if "闰" not in atom.text:
            super()._take_lunar_month(slots, atom)
            return
        _, number, ones, twenties, plain, about = atom.parts
        day = integer_of(ones or "") or (20 + (integer_of(twenties or "") or 0) if twenties else 0)
        day = day or integer_of(plain or "") or 0
        before = self._received.date() + timedelta(days=31)
        found = last_leap_date(integer_of(number or "") or 0, day or integer_of(about or "") or 1, before=before)
        if found is not None and slots.year in (None, found.year):
            if day:
                slots.date, slots.year = found, None
            else:
                slots.year, slots.month = found.year, found.month

    def _take_every(self, slots: Slots, atom: Atom) -> None:
        turns = _TURNS.fullmatch(atom.text)
        if turns is not None:
            unit = turns[2].replace("星期", "周").replace("礼拜", "周")
            word = "每隔" if "隔" in atom.text else "每"
            slots.every = f"{word}{integer_of(turns[1])}{'个' if unit == '月' else ''}{unit}"
        elif atom.text in ("隔天", "隔三差五", "隔三岔五", "三天两头"):
            slots.every = {"隔天": "每隔1天"}.get(atom.text, "隔三差五")
        else:
            super()._take_every(slots, atom)
