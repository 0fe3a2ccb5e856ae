"""Spark: a cluster answers what the local engine answers, cell by cell."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.relabel.cli import main

pytest.importorskip("pyspark", reason="Spark is an extra of its own: make test-spark installs it")
if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    pytest.skip("Spark needs Java 17 or 21", allow_module_level=True)

from service.relabel.answer import Answerer
from service.relabel.record import Flaw, RelabelError
from service.relabel.spark import share as shares
from service.relabel.spark.finish import merge
from service.relabel.spark.place import TablePlace, place_of, shown
from service.relabel.spark.session import reason_of
from service.relabel.summary import Summary

pytestmark = pytest.mark.timeout(300)  # a Java machine starts first, and Python in each of its workers

RECEIVED = "2026-01-31 08:30:00"
TEXTS = ("小区楼下烧烤店每天营业到凌晨两点，油烟往上排", "路灯坏了，希望城管部门修", "公司拖欠工资，请问找哪个部门")
Relabel = Callable[..., int]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One Spark for all tests. It cuts files into small pieces, so that rows come from several partitions."""
    import sys

    from pyspark.sql import SparkSession

    folder = tmp_path_factory.mktemp("spark")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        builder: Any = SparkSession.builder
        settings = {
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.default.parallelism": "2",
            "spark.sql.shuffle.partitions": "2",
            "spark.sql.files.maxPartitionBytes": "4096",
            "spark.sql.files.openCostInBytes": "1",  # else no two of these files would share a partition
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
        }
        for name, value in settings.items():
            builder = builder.config(name, value)
        session = builder.master("local[1]").getOrCreate()
        yield session
        session.stop()


@pytest.fixture
def spark(session: Any, tiny_bundle: Path) -> Relabel:
    """Relabels with Spark; returns the exit status."""
    return lambda source, target, *options: main(
        [str(source), str(target), "--bundle", str(tiny_bundle), "--engine", "spark", "--chunk-rows", "20", *options]
    )


@pytest.fixture
def local(tiny_bundle: Path) -> Relabel:
    """Relabels with the local engine; returns the exit status."""
    return lambda source, target, *options: main(
        [str(source), str(target), "--bundle", str(tiny_bundle), "--workers", "1", "--progress", "json", *options]
    )


def test_csv_becomes_the_same_bytes(tmp_path: Path, spark: Relabel, local: Relabel) -> None:
    source = tmp_path / "tickets.csv"
    source.write_bytes(_poisoned_csv())
    for engine, name in ((spark, "spark.csv"), (local, "local.csv")):
        assert engine(source, tmp_path / name, "--label", "type=类型") == 0

    assert _joined(tmp_path / "spark.csv") == (tmp_path / "local.csv").read_bytes()
    assert _joined(tmp_path / "spark.csv.quarantine.jsonl") == (tmp_path / "local.csv.quarantine.jsonl").read_bytes()
    assert _figures(tmp_path / "spark.csv") == _figures(tmp_path / "local.csv")
    assert _figures(tmp_path / "spark.csv")["quarantined"].keys() >= {"columns", "text_missing", "id_repeated"}
    assert "34" in (tmp_path / "spark.csv.summary.html").read_text(encoding="utf-8")
    assert not list(tmp_path.glob("*staging*"))
    assert not list(tmp_path.glob(".*.crc"))


def test_gb18030_becomes_the_same_parquet(tmp_path: Path, spark: Relabel, local: Relabel) -> None:
    source = tmp_path / "tickets.csv"
    rows = [f"{row},{TEXTS[row % 3]},0571{row:07d},{RECEIVED}" for row in range(30)]
    source.write_bytes("\r\n".join(["编号,诉求内容,主叫号码,受理时间", *rows]).encode("gb18030"))
    assert spark(source, tmp_path / "spark.parquet") == local(source, tmp_path / "local.parquet") == 0

    _assert_same_parquet(tmp_path)
    assert pq.read_table(tmp_path / "spark.parquet").column("主叫号码")[29].as_py() == "05710000029"


def test_parquet_keeps_its_types_and_its_gaps(tmp_path: Path, spark: Relabel, local: Relabel) -> None:
    source = tmp_path / "calls.parquet"
    turns = [
        {"role": "agent", "text": "请问有什么可以帮您", "at": None},
        {"role": "caller", "text": TEXTS[0], "at": 1.5},
    ]
    rows = [
        {
            "id": row % 35,
            "dialogue": turns if row % 7 else [],
            "phones": [f"0571{row}"],
            "count": None if row % 2 else row,
            "closed": None if row % 3 else True,
            "received_at": datetime(2026, 1, 31, 8, row, tzinfo=UTC),
            "suqiu_model": "an earlier one",
            "suqiu_truncated": False,
        }
        for row in range(40)
    ]
    pq.write_table(pa.Table.from_pylist(rows), source, row_group_size=10)
    assert spark(source, tmp_path / "spark.parquet") == local(source, tmp_path / "local.parquet") == 0

    _assert_same_parquet(tmp_path)
    assert pq.read_schema(next((tmp_path / "spark.parquet").glob("*.parquet"))).field("count").type == pa.int64()
    quarantine = _joined(tmp_path / "spark.parquet.quarantine.jsonl")
    assert quarantine == (tmp_path / "local.parquet.quarantine.jsonl").read_bytes()


def test_jsonl_of_several_partitions_keeps_its_order(tmp_path: Path, spark: Relabel, local: Relabel) -> None:
    source = tmp_path / "tickets.jsonl"
    rows: list[Any] = [
        {"id": row, "text": TEXTS[row % 3], "received_at": RECEIVED, "n": row or 0.5} for row in range(90)
    ]
    rows[5] |= {"note": {"a": [1, None]}}
    rows[80] = {"id": 3, "text": TEXTS[0], "received_at": RECEIVED}
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    lines[2] = '{"id": 50, "text": ""}'
    lines[70] = '{"text": "路灯'
    lines[71] = lines[72] = '{"id": "\\ud83d", "text": "路灯坏了"}'
    source.write_text("\n".join(lines), encoding="utf-8")
    assert source.stat().st_size > 2 * 4096
    for engine, name in ((spark, "spark.jsonl"), (local, "local.jsonl")):
        assert engine(source, tmp_path / name, "--encoding", "UTF8") == 0

    assert _joined(tmp_path / "spark.jsonl") == (tmp_path / "local.jsonl").read_bytes()
    refused = _joined(tmp_path / "spark.jsonl.quarantine.jsonl").decode().splitlines()
    codes = [json.loads(line)["code"] for line in refused]
    assert codes == ["text_missing", "json", "encoding", "encoding", "id_repeated"]
    assert json.loads(refused[-1])["reason"] == "row 4 has the same id"


def test_small_files_are_each_read_by_their_own_mark_and_encoding(tmp_path: Path, spark: Relabel) -> None:
    texts = [TEXTS[place % 3] for place in range(6)]
    for place, encoding in enumerate(("utf-8", "utf-8-sig", "gb18030") * 2):
        row = {"id": place, "text": texts[place], "received_at": RECEIVED}
        (tmp_path / f"{place}.jsonl").write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding=encoding)
    assert spark(tmp_path / "[0-5].jsonl", tmp_path / "out.jsonl") == 0
    rows = [json.loads(line) for line in _joined(tmp_path / "out.jsonl").decode().splitlines()]
    assert {row["id"]: row["text"] for row in rows} == dict(enumerate(texts))


def test_packed_tsv_for_machines_becomes_the_same_bytes(tmp_path: Path, spark: Relabel, local: Relabel) -> None:
    source = tmp_path / "TICKETS.TSV.GZ"
    text = f'编号\t诉求内容\t受理时间\r\n1\t"{TEXTS[0]}\r他说"\t{RECEIVED}\r\n2\t{TEXTS[1]}，快\t{RECEIVED}\r\n'
    source.write_bytes(gzip.compress(text.encode()))
    for engine, name in ((spark, "spark.tsv"), (local, "local.tsv")):
        assert engine(source, tmp_path / name, "--plain") == 0
    assert _joined(tmp_path / "spark.tsv") == (tmp_path / "local.tsv").read_bytes()


def test_a_table_becomes_a_table(
    tmp_path: Path, session: Any, spark: Relabel, tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [(row, TEXTS[row % 3] if row else "", RECEIVED) for row in range(9)]
    session.createDataFrame(rows, "id int, text string, received_at string").write.saveAsTable("tickets")
    assert spark("table:tickets", "table:answered", "--bundle-shared") == 0

    answered = session.table("answered").orderBy("id").collect()
    assert [row["id"] for row in answered] == list(range(1, 9))
    assert {row["suqiu_model"] for row in answered} == {"tiny@1.0.0"}
    refused = session.table("answered_quarantine").collect()
    assert [(row["code"], json.loads(row["cells"])["id"]) for row in refused] == [("text_missing", 0)]
    assert _figures(tmp_path / "answered")["rows"] == 9
    assert not session.catalog.tableExists("answered_staging")


@pytest.mark.parametrize("beside", ["staging", "quarantine"])
def test_a_table_that_stands_in_the_way_is_replaced_only_on_demand(
    session: Any, spark: Relabel, capsys: pytest.CaptureFixture[str], beside: str
) -> None:
    target, table = f"behind_{beside}", f"behind_{beside}_{beside}"
    session.createDataFrame([(1, "别人的表")], "id int, text string").write.saveAsTable(table)
    assert spark("table:tickets", f"table:{target}") == 1
    assert f"table:{table} exists already" in capsys.readouterr().err
    assert spark(f"table:{table}", f"table:{target}", "--overwrite") == 1
    assert "is the source" in capsys.readouterr().err
    assert session.table(table).count() == 1


def test_bytes_that_are_no_character_are_set_aside_wherever_they_stand(tmp_path: Path, spark: Relabel) -> None:
    source = tmp_path / "tickets.csv"
    source.write_bytes(b"text,note\n" + f"{TEXTS[0]},好\n{TEXTS[1]},".encode() + b"\xff\n")
    assert spark(source, tmp_path / "out.parquet") == 0
    assert _figures(tmp_path / "out.parquet")["quarantined"] == {"encoding": 1}


def test_an_existing_target_is_replaced_only_on_demand(
    tmp_path: Path, spark: Relabel, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = tmp_path / "tickets.csv", tmp_path / "out.csv"
    source.write_text(f"text\n{TEXTS[0]}\n", encoding="utf-8")
    target.mkdir()
    assert spark(source, target) == 1
    assert "exists already" in capsys.readouterr().err
    assert spark(source, target, "--overwrite", "--plain") == 0
    assert _joined(target).decode().startswith("text,suqiu_")


def test_what_spark_cannot_read_is_told(tmp_path: Path, spark: Relabel, capsys: pytest.CaptureFixture[str]) -> None:
    assert spark(tmp_path / "nowhere.csv", tmp_path / "out.csv") == 1
    assert "PATH_NOT_FOUND" in capsys.readouterr().err
    (tmp_path / "twice.csv").write_text("text,text\n路灯,坏了\n", encoding="utf-8")
    assert spark(tmp_path / "twice.csv", tmp_path / "out.csv") == 1
    assert "twice.csv names column 'text' twice" in capsys.readouterr().err


def test_workbooks_are_for_the_local_engine(session: Any) -> None:
    with pytest.raises(RelabelError, match="--engine local"):
        place_of("tickets.xlsx", session)
    assert isinstance(place_of("table:city.tickets", session), TablePlace)


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("s3a://KEY:SE/CRET@hotline/in.csv", "s3a://KEY:***@hotline/in.csv"),
        ("hdfs://one:8020,two:8020/工单/*.csv", "hdfs://one:8020,two:8020/工单/*.csv"),
        ("wasbs://hotline@account.example/in.csv", "wasbs://hotline@account.example/in.csv"),
        ("table:hotline.tickets", "table:hotline.tickets"),
    ],
)
def test_a_place_is_shown_without_its_password(place: str, told: str) -> None:
    assert shown(place) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Job aborted\nModuleNotFoundError: No module named 'service'\n", "no module 'service'.*--archives"),
        ("Job aborted\nmodels.errors.BundleError: /b is no bundle; publish one\n", "^/b is no bundle; publish one$"),
        ("[CAST_INVALID_INPUT] The value '张三' cannot be cast", r"\(CAST_INVALID_INPUT\)"),
        ("[JAVA_GATEWAY_EXITED] Java gateway process exited", "install Java 17"),
    ],
)
def test_errors_name_a_remedy_and_no_citizen(text: str, told: str) -> None:
    import re

    reason = reason_of(RuntimeError(text))
    assert re.search(told, reason)
    assert "张三" not in reason


def test_a_bundle_is_opened_once_per_process(tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []

    def count_openings(bundle: Path, parts: object) -> Path:
        opened.append(bundle)
        return bundle

    monkeypatch.setattr(shares, "_ANSWERERS", {})
    monkeypatch.setattr(Answerer, "open", count_openings)
    share = _share(tiny_bundle)
    assert shares.open_answerer(share) is shares.open_answerer(_share(tiny_bundle))
    assert opened == [tiny_bundle]


def test_merged_summaries_count_like_one() -> None:
    labels = {"type": "类型"}
    rows: list[dict[str, Any]] = [
        {"type": "投诉", "risks": "群体;欠薪", "category_score": 0.91},
        {"type": "求助", "risks": "", "category_score": 0.15},
        {"type": "投诉", "risks": "群体", "category_score": None},
    ]
    whole, parts = Summary(labels), [Summary(labels) for _ in rows]
    for row, part in zip(rows, parts, strict=True):
        for summary in (whole, part):
            summary.take({"类型": "投诉"}, row)
            summary.refuse(Flaw("text_missing", "column text is empty"))
    total = Summary(labels)
    for part in parts:
        merge(total, part)
    assert total.figures() == whole.figures()


def _share(bundle: Path) -> shares.Share:
    from service.relabel.plan import Plan

    plan = Plan(
        source="in.csv",
        target="out.csv",
        bundle=str(bundle),
        model="tiny@1.0.0",
        parts=("category",),
        columns={"text": "text"},
        started_at=datetime(2026, 1, 31, tzinfo=UTC),
    )
    return shares.Share(plan=plan, names=(), fields=(), typed=False, bundle=str(bundle), shipped=False)


def _poisoned_csv() -> bytes:
    good = [f"{row},{TEXTS[row % 3]},{RECEIVED},0571{row},投诉,=1+{row}" for row in range(1, 25)]
    poison = [
        f'30,"{TEXTS[0]}\r\n他说""油烟""，\n请处理",{RECEIVED},13800000000,求助,-',
        f"31,,{RECEIVED},,,",
        f"2,{TEXTS[1]},{RECEIVED},,,",
        "32,只有两格",
        f"33,{TEXTS[1]},昨天,,,",
        f"34,路灯\0坏了,{RECEIVED},,,",
        f"2,{TEXTS[1]},{RECEIVED},,,多,出来",
        "",
        f",{TEXTS[2]},{RECEIVED},,咨询,没有编号",
        f",{TEXTS[2]},{RECEIVED},,咨询,也没有编号",
    ]
    text = "\r\n".join(["id,text,受理时间,来电号码,类型,备注", *good, *poison])
    return b"\xef\xbb\xbf" + text.encode() + "\r\n35,路灯".encode() + b"\xff" + f",{RECEIVED},,,\r\n".encode()


def _joined(folder: Path) -> bytes:
    """Part files as one; the heading of those after the first is left out."""
    parts = [path.read_bytes() for path in sorted(folder.glob("part-*"))]
    heading = parts[0].splitlines(keepends=True)[0] if parts and parts[0].startswith(b"\xef\xbb\xbf") else b""
    return heading + b"".join(part.removeprefix(heading) for part in parts)


def _figures(target: Path) -> dict[str, Any]:
    figures = json.loads(target.with_name(target.name + ".summary.json").read_text(encoding="utf-8"))
    assert isinstance(figures, dict)
    return figures


def _assert_same_parquet(folder: Path) -> None:
    found, expected = pq.read_table(folder / "spark.parquet"), pq.read_table(folder / "local.parquet")
    assert found.schema.names == expected.schema.names
    assert found.schema.types == expected.schema.types
    assert found.to_pylist() == expected.to_pylist()
    assert _figures(folder / "spark.parquet") == _figures(folder / "local.parquet")
