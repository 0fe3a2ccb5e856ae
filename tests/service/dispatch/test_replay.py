"""Replay: every row of a file comes back with its orders or its flaw, and without a word of what was said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.dispatch.replay import FAILED, main


def test_a_row_has_an_order_per_profile_or_its_flaw_and_no_words(tiny_bundle: Path, tmp_path: Path) -> None:
    source, out, changed = tmp_path / "in.jsonl", tmp_path / "out.jsonl", tmp_path / "changed.toml"
    rows = [{"id": "a", "text": "小区楼下烧烤店"}, {"id": "b", "text": ""}, {"id": "c", "text": "路灯"}]
    source.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    rule = '[[rules]]\nid = "ours"\nwhen.words = ["烧烤"]\nthen.lead = "rq"\n'
    changed.write_text('city = "试"\nversion = "2"\n' + rule, encoding="utf-8")
    main([str(source), "--bundle", str(tiny_bundle), "--profile", str(changed), "--out", str(out)])
    told = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in told] == ["a", "b", "c"]
    assert told[1]["flaw"] == "text_missing"
    assert [order["lead"] == "rq" for order in told[0]["orders"]] == [False, True]
    assert [order["lead"] == "rq" for order in told[2]["orders"]] == [False, False]
    assert told[0]["orders"][1]["rules"] == ["ours"]
    assert "烧烤" not in out.read_text(encoding="utf-8")


def test_a_file_of_no_known_format_is_one_line_and_a_status(
    tiny_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "in.docx"
    source.write_bytes(b"")
    with pytest.raises(SystemExit) as ended:
        main([str(source), "--bundle", str(tiny_bundle), "--out", str(tmp_path / "out")])
    assert ended.value.code == FAILED
    assert "in.docx is of no known format" in capsys.readouterr().err
