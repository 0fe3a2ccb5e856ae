"""Tests of weights learnt from labelled calls."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from service.form.choice import Choice
from service.form.learn import Case, fit, held_out, is_right, main

# The right one is always the one that was asked for, and nothing where nothing was.
_ASKED = Case([{"none": 1.0, "asked": 1.0}, {"none": 1.0, "largest": 1.0}], ["1", "2"], [True, False], said=True)
_NOTHING = Case([{"none": 1.0, "largest": 1.0}], ["2"], [False], said=False)
_CASES = [_ASKED] * 6 + [_NOTHING] * 6


def test_what_speaks_for_the_right_one_gains_weight() -> None:
    start = Choice({"amount": {"largest": 1.0}})
    learnt = fit("amount", _CASES, start)
    assert not is_right("amount", _CASES[0], start)
    assert all(is_right("amount", case, learnt) for case in _CASES)
    assert learnt.weights["amount"]["asked"] > 0 > learnt.weights["amount"]["largest"] - 1.0


def test_no_call_leaves_the_weights_as_they_are() -> None:
    start = Choice({"amount": {"largest": 1.0}, "event_time": {"day": 2.0}})
    learnt = fit("amount", [], start)
    assert learnt.weights == start.weights


def test_each_call_is_judged_by_weights_that_did_not_see_it() -> None:
    odd = Case([{"none": 1.0, "rare": 1.0}], ["1"], [True], said=True)
    assert held_out("amount", [odd, *[_CASES[-1]] * 4], Choice({})) < 1.0


def test_weights_are_learnt_from_a_file_of_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = Path(__file__).parents[3] / "training" / "annotations" / "calls.jsonl"
    few = tmp_path / "calls.jsonl"
    few.write_text("\n".join(calls.read_text(encoding="utf-8").splitlines()[:12]), encoding="utf-8")
    out = tmp_path / "choice.json"
    monkeypatch.setattr(sys, "argv", ["learn", "--calls", str(few), "--out", str(out)])
    main()
    assert set(json.loads(out.read_text(encoding="utf-8"))) == {"amount", "co_callers", "event_time"}
