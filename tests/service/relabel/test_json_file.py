"""JSONL may be ragged; a line that is no object is flawed and kept."""

from __future__ import annotations

from pathlib import Path

from service.relabel.json_file import JsonSource


def test_rows_may_differ_in_their_columns(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"id":"1","text":"a"}\n\n{"text":"b","area":"x"}\n', encoding="utf-8")
    source = JsonSource(path)
    assert [record.cells for record in source.records()] == [{"id": "1", "text": "a"}, {"text": "b", "area": "x"}]
    assert source.columns() == ["id", "text", "area"]


def test_a_line_that_is_no_object_is_flawed_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"text":"a"\n[1]\n{"text":"b"}\n', encoding="utf-8")
    first, second, third = JsonSource(path).records()
    assert (first.flaw and first.flaw.code, first.cells[""]) == ("json", '{"text":"a"')
    assert (second.flaw and second.flaw.code, second.cells[""]) == ("json", "[1]")
    assert third.flaw is None


def test_what_is_no_json_or_too_deep_is_flawed(tmp_path: Path) -> None:
    deep = '{"text":"a","x":' + "[" * 600 + "]" * 600 + "}"
    deeper = deep.replace("[", "[" * 40).replace("]", "]" * 40)
    path = tmp_path / "in.jsonl"
    path.write_text("\n".join(['{"text":"a","n":NaN}', deep, deeper, '{"text":"b"}']), encoding="utf-8")
    records = list(JsonSource(path).records())
    assert [record.flaw.code if record.flaw else None for record in records] == ["json", "json", "json", None]


def test_a_key_that_is_no_text_names_no_column(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"text":"a","\\ud800":"b"}\n', encoding="utf-8")
    source = JsonSource(path)
    list(source.records())
    assert source.columns() == ["text"]
