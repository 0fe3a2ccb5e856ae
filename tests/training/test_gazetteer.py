"""Tests of the gazetteer's tables: every old name and zone belongs to one division that there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.gazetteer import name_divisions, read_zones

ROWS = [["34", "安徽省", "0", ""], ["3401", "合肥市", "1", "34"], ["340102", "瑶海区", "2", "3401"]]


def table(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "table.tsv"
    path.write_text("\n".join(["head", *lines]), encoding="utf-8")
    return path


def test_a_zone_is_a_district_with_the_names_that_people_use(tmp_path: Path) -> None:
    (row,) = read_zones(table(tmp_path, "合肥市\t合肥经济技术开发区"), ROWS)
    assert row[:4] == ["3401-1", "合肥经济技术开发区", "2", "3401"]
    assert {"合肥市经济技术开发区", "合肥经开区", "经开区"} <= set(row[4].split(","))


def test_old_names_become_aliases(tmp_path: Path) -> None:
    named = name_divisions(table(tmp_path, "安徽省合肥市\t瑶海区\t东市区\t2002"), ROWS)
    assert named[2] == ["340102", "瑶海区", "2", "3401", "东市区"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("安徽省合肥市\t东市区\t老东市\t2002", "line 2: 安徽省合肥市东市区 is there 0 times"),
        ("安徽省\t合肥市", "line 2"),
    ],
)
def test_a_name_that_no_division_bears_is_refused(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        name_divisions(table(tmp_path, line), ROWS)


def test_a_zone_of_no_city_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no city"):
        list(read_zones(table(tmp_path, "无名市\t无名经济技术开发区"), ROWS))
