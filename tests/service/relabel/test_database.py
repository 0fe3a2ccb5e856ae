"""A query's rows in, a new table out, seen only when it is whole."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from service.relabel.database import shown
from tests.service.relabel.conftest import read_rows, relabel, spoken_texts

QUERY = "SELECT 编号 AS id, 内容 AS text, 电话 FROM 工单 ORDER BY 编号"


@pytest.fixture
def database(tmp_path: Path) -> str:
    """A database with ten tickets."""
    url = f"sqlite:///{tmp_path / 'tickets.db'}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE 工单 (编号 INTEGER, 内容 TEXT, 电话 TEXT)"))
        rows = [{"n": n, "t": text} for n, text in enumerate(spoken_texts()[:10])]
        connection.execute(sa.text("INSERT INTO 工单 VALUES (:n, :t, '057112345678')"), rows)
    engine.dispose()
    return url


def test_rows_of_a_query_become_a_table(
    tiny_bundle: Path, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert relabel(tiny_bundle, database, database, "--query", QUERY, "--table", "结果") == 0
    engine = sa.create_engine(database)
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT * FROM 结果")).mappings().all()
    engine.dispose()
    assert [row["id"] for row in rows] == [str(number) for number in range(10)]
    assert {row["电话"] for row in rows} == {"057112345678"}
    assert all(isinstance(row["suqiu_category_score"], float) for row in rows)


def test_a_table_that_exists_is_left_alone(
    tiny_bundle: Path,
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert relabel(tiny_bundle, database, database, "--query", QUERY, "--table", "工单") == 1
    assert "table 工单 exists already" in capsys.readouterr().err


def test_a_query_that_fails_is_told_without_what_it_holds(
    tiny_bundle: Path,
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    query = "SELECT * FROM 没有 WHERE 电话 = '13800000000'"
    assert relabel(tiny_bundle, database, tmp_path / "out.csv", "--query", query) == 1
    told = capsys.readouterr().err
    assert "the query failed" in told
    assert "13800000000" not in told


def test_another_query_is_asked_anew(
    tiny_bundle: Path, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert relabel(tiny_bundle, database, tmp_path / "out.csv", "--query", "SELECT 编号 FROM 工单") == 1
    assert relabel(tiny_bundle, database, tmp_path / "out.jsonl", "--query", QUERY, "--restart") == 0
    assert len(read_rows(tmp_path / "out.jsonl")) == 10


def test_a_job_that_was_killed_before_its_table_was_named_ends_well(
    tiny_bundle: Path, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command = (tiny_bundle, database, database, "--query", QUERY, "--table", "结果", "--tasks", "category")
    for place in ("service.relabel.local.write_whole", "service.relabel.local.remove"):
        with monkeypatch.context() as patch:
            patch.setattr(place, _die)
            with pytest.raises(SystemExit):
                relabel(*command)
    assert relabel(*command) == 0
    engine = sa.create_engine(database)
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM 结果")).scalar() == 10
        assert not sa.inspect(connection).has_table("结果_suqiu_draft")
    engine.dispose()
    assert not list(tmp_path.glob("*.suqiu"))
    assert list(tmp_path.glob("结果-*.summary.json"))


def test_passwords_and_values_are_never_shown() -> None:
    assert shown("postgresql://u:hunter2@db/x?password=hunter3") == "postgresql://u:***@db/x"
    assert shown("tickets.csv") == "tickets.csv"


def _die(*_: object, **__: object) -> None:
    raise SystemExit(9)


def test_a_database_without_query_says_what_it_needs(
    tiny_bundle: Path, database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert relabel(tiny_bundle, database, tmp_path / "out.csv") == 1
    assert "--query" in capsys.readouterr().err
