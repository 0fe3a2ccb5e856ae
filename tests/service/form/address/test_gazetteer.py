"""Tests of the gazetteer."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import pytest

from models.errors import BundleError
from service.city import DEFAULT_CITY
from service.form.address.gazetteer import Division, Gazetteer, short_names

LOAD_SECONDS = 1.5  # 0.2 s on a quiet core; the machines that run the tests are not quiet


def test_it_opens_quickly() -> None:
    start = time.thread_time()
    Gazetteer.open(DEFAULT_CITY / "divisions.tsv.gz")
    assert time.thread_time() - start < LOAD_SECONDS


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("松桃县", "贵州省铜仁市松桃苗族自治县"),
        ("松桃", "贵州省铜仁市松桃苗族自治县"),
        ("仙桃", "湖北省仙桃市"),
        ("东莞市", "广东省东莞市"),
        ("万州区", "重庆市万州区"),
        ("海淀", "北京市海淀区"),
        ("义乌", "浙江省金华市义乌市"),
        ("内蒙古", "内蒙古自治区"),
        ("神农架", "湖北省神农架林区"),
    ],
)
def test_names_and_short_names(gazetteer: Gazetteer, name: str, full: str) -> None:
    assert gazetteer.full_name(gazetteer.named(name)[0]) == full


def test_one_name_may_mean_several(gazetteer: Gazetteer) -> None:
    assert {gazetteer.full_name(d) for d in gazetteer.named("南山区")} == {"黑龙江省鹤岗市南山区", "广东省深圳市南山区"}


def test_names_are_found_in_text_longest_first(gazetteer: Gazetteer) -> None:
    text = "我家娃儿是松桃县盘信镇的"
    assert [text[hit.start : hit.end] for hit in gazetteer.find(text)] == ["松桃县", "盘信镇"]


def test_a_name_at_the_end_of_a_text_ends_with_it(gazetteer: Gazetteer) -> None:
    text = "户口铁东区，湖南街道"
    assert [text[hit.start : hit.end] for hit in gazetteer.find(text)] == ["铁东区", "湖南街道"]
    assert gazetteer.find(text)[-1].end == len(text)


def test_ancestors(gazetteer: Gazetteer) -> None:
    (street,) = [d for d in gazetteer.named("盘信镇") if d.level == 3]
    city = gazetteer.ancestor(street, 1)
    assert city is not None
    assert city.name == "铜仁市"
    assert gazetteer.within(street, city)


def test_short_names_keep_what_tells_apart() -> None:
    assert short_names(Division("1", "恩施土家族苗族自治州", 1, "")) == ("恩施州", "恩施")
    assert short_names(Division("1", "城区", 2, "")) == ()


def test_a_citys_own_file(tmp_path: Path) -> None:
    path = tmp_path / "divisions.tsv.gz"
    rows = ["code\tname\tlevel\tparent\taliases", "44\t广东省\t0\t", "x1\t锦绣花园\t5\t44\t锦绣苑,老锦绣"]
    path.write_bytes(gzip.compress("\n".join(rows).encode()))
    gazetteer = Gazetteer.open(path)
    assert gazetteer.named("老锦绣")[0].name == "锦绣花园"


@pytest.mark.parametrize("row", ["44\t广东省", "44\t广东省\tzero\t"])
def test_a_broken_line_is_named(tmp_path: Path, row: str) -> None:
    path = tmp_path / "divisions.tsv.gz"
    path.write_bytes(gzip.compress(f"code\tname\tlevel\tparent\n{row}\n".encode()))
    with pytest.raises(BundleError, match="line 2"):
        Gazetteer.open(path)


OWN = """code\tname\tlevel\tparent\taliases\tlongitude\tlatitude
440305003001\t海月社区\t4\t440305\t海月\t113.93\t22.49
440305003001-1\t蓝天公寓\t5\t440305003001\t蓝天楼,老蓝天\t113.94\t22.50
"""


def test_a_city_brings_its_own_places(tmp_path: Path) -> None:
    path = tmp_path / "places.tsv"
    path.write_text(OWN, encoding="utf-8-sig")
    own = Gazetteer.open(DEFAULT_CITY / "divisions.tsv.gz", places=path)
    (flat,) = own.named("老蓝天")
    assert own.full_name(flat) == "广东省深圳市南山区海月社区蓝天公寓"
    assert flat.at == (113.94, 22.50)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("1\t甲\t5\t404", "the parent of 1"),
        ("1\t甲\t9\t11", "line 1"),
        ("1\t甲\t5\t11\t\teast\tnorth", "line 1"),
    ],
)
def test_a_mistake_in_a_citys_places_names_its_place(tmp_path: Path, line: str, told: str) -> None:
    path = tmp_path / "places.tsv"
    path.write_text(line, encoding="utf-8")
    with pytest.raises(BundleError, match=told):
        Gazetteer.open(DEFAULT_CITY / "divisions.tsv.gz", places=path)


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("宣武区", "北京市西城区"),
        ("崇文区", "北京市东城区"),
        ("襄樊市", "湖北省襄阳市"),
        ("襄樊", "湖北省襄阳市"),
        ("闸北区", "上海市静安区"),
        ("卢湾区", "上海市黄浦区"),
        ("南汇", "上海市浦东新区"),
        ("浦东", "上海市浦东新区"),
        ("合肥市经济技术开发区", "安徽省合肥市经济技术开发区"),
        ("合肥高新区", "安徽省合肥市高新技术产业开发区"),
    ],
)
def test_old_names_short_names_and_zones(gazetteer: Gazetteer, name: str, full: str) -> None:
    assert [gazetteer.full_name(division) for division in gazetteer.named(name)] == [full]


@pytest.mark.parametrize(("name", "level"), [("伊春", 1), ("襄阳", 1), ("铜陵", 1)])
def test_an_old_district_takes_no_city_its_short_name(gazetteer: Gazetteer, name: str, level: int) -> None:
    assert {division.level for division in gazetteer.named(name)} == {level}
