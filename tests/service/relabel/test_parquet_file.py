"""Parquet: types of the source are kept, and predictions have types of their own."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.relabel.parquet_file import ParquetSink, ParquetSource
from service.relabel.record import Column, RelabelError


def test_columns_of_the_source_keep_their_types(tmp_path: Path) -> None:
    table = pa.table({"id": [1, 2], "at": [datetime(2026, 1, 1), None], "turns": [[{"role": "caller"}], None]})
    pq.write_table(table, tmp_path / "in.parquet")
    source = ParquetSource(tmp_path / "in.parquet")
    columns = [*(Column(name) for name in source.columns()), Column("s_score", "number"), Column("s_label", "text")]
    sink = ParquetSink(tmp_path / "out.parquet", columns, source=source.schema)
    for record in source.records():
        sink.write([*record.cells.values(), 0.5, None])
    sink.finish()
    written = pq.read_table(tmp_path / "out.parquet")
    assert written.select(["id", "at", "turns"]).equals(table)
    assert written.schema.field("s_score").type == pa.float64()
    assert written["s_label"].to_pylist() == [None, None]


def test_what_is_no_parquet_is_named(tmp_path: Path) -> None:
    (tmp_path / "in.parquet").write_text("id,text")
    with pytest.raises(RelabelError, match=r"in\.parquet is no Parquet file"):
        ParquetSource(tmp_path / "in.parquet")


def test_a_string_that_is_none_sets_its_row_aside(tmp_path: Path) -> None:
    binary = pa.array([b"\xe8\xb7\xaf", b"\xe8\xb7", "灯".encode()])
    pq.write_table(pa.table({"text": binary.view(pa.string())}), tmp_path / "in.parquet")
    first, second, third = ParquetSource(tmp_path / "in.parquet").records()
    assert (first.cells["text"], third.cells["text"]) == ("路", "灯")
    assert (second.flaw and second.flaw.code, second.cells["text"]) == ("encoding", "\\xe8\\xb7")
