"""Tests of weights learnt from labelled calls."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from service.form.choice import Choice
from service.form.learn import FIELDS, Case, fit, held_out, is_right, main

# The right one is always the one that was asked for, and nothing where nothing was.
_ASKED = Case([{"none": 1.0, "asked": 1.0}, {"none": 1.0, "largest": 1.0}], ["1", "2"], [True, False], said=True)
_NOTHING = Case([{"none": 1.0, "largest": 1.0}], ["2"], [False], said=False)
_CASES = [_ASKED] * 12 + [_NOTHING] * 12


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


def test_a_files_own_ways_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = (Path(__file__).parents[3] / "training" / "annotations" / "calls.jsonl").read_text(encoding="utf-8")
    command = ["learn", "--field", "co_callers"]
    for number in range(2):
        path = tmp_path / f"{number}.jsonl"
        path.write_text("\n".join(calls.splitlines()[12 * number : 12 * number + 12]), encoding="utf-8")
        command += ["--calls", str(path)]
    monkeypatch.setattr(sys, "argv", [*command, "--out", str(tmp_path / "choice.json")])
    main()
    assert not any("file" in name for name in json.loads((tmp_path / "choice.json").read_text())["co_callers"])


def test_weights_are_learnt_from_a_file_of_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = Path(__file__).parents[3] / "training" / "annotations" / "calls.jsonl"
    few = tmp_path / "calls.jsonl"
    few.write_text("\n".join(calls.read_text(encoding="utf-8").splitlines()[:12]), encoding="utf-8")
    out = tmp_path / "choice.json"
    monkeypatch.setattr(sys, "argv", ["learn", "--calls", str(few), "--out", str(out)])
    main()
    assert set(json.loads(out.read_text(encoding="utf-8"))) == {*FIELDS}
