"""Tests of a city's own places: a mistake is told with its line, and what a spreadsheet does to a file is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import BundleError
from service.form.address.division import Division
from service.form.address.rows import OwnPlace, read_places

KNOWN = {
    code: Division(code, name, level, parent)
    for code, name, level, parent in (
        ("44", "广东省", 0, "0"),
        ("4403", "深圳市", 1, "44"),
        ("440305", "南山区", 2, "4403"),
        ("440305003", "粤海街道", 3, "440305"),
    )
}
HEADER = "code\tname\tlevel\tparent\taliases\tlongitude\tlatitude\n"


def read(folder: Path, text: str | bytes) -> list[OwnPlace]:
    path = folder / "places.tsv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return read_places(path, known=KNOWN)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("1 甲楼 5 440305", r"line 2: has 1 columns, not 4 to 7 .* tabs between"),
        ("1\t甲楼\t5\t440305\t\t113.9\t22.5\t备注", r"line 2: has 8 columns"),
        ("\t甲楼\t5\t440305", r"line 2: has no code"),
        ("4.40305E+11\t甲楼\t5\t440305", r"line 2: '4.40305E\+11' was a code .* as text"),
        ("1\t甲楼\t点\t440305", r"line 2: level '点' is none of 0 .* to 5"),
        ("1\t甲\t5\t440305", r"line 2: '甲' is too short"),
        ("1\t甲楼\t5\t440305\t乙", r"line 2: '乙' is too short"),
        ("1\t甲楼\t5\t440305003000", r"line 2: the parent of 1, .* did you mean 440305003 \(粤海街道\)"),
        ("1\t甲楼\t5\t440306", r"line 2: the parent of 1, '440306', is neither .* did you mean 440305"),
        ("1\t甲楼\t3\t440305003", r"line 2: 甲楼 of level 3 cannot lie in 粤海街道 of level 3"),
        ("1\t甲楼\t5\t440305\t\t22.5\t113.9", r"line 2: .* are swapped; longitude comes first"),
        ("1\t甲楼\t5\t440305\t\t13.9\t22.5", r"line 2: .* are not in China"),
        ("1\t甲楼\t5\t440305\t\t12686000\t2573000", r"line 2: .* are not in China"),
        ("1\t甲楼\t5\t440305\t\tnan\t22.5", r"line 2: .* are not in China"),
        ("1\t甲楼\t5\t440305\t\t113.9", r"line 2: longitude '113.9' and latitude '' are no two numbers"),
        ("1\t甲楼\t5\t440305\n\n1\t乙楼\t5\t440305", r"line 4: code 1 is that of line 2, too"),
        ("1\t甲楼\t5\t440305\n2\t甲楼\t5\t440305", r"line 3: 甲楼 stands in line 2 with the same parent"),
        ('1\t"甲楼\t5\t440305', r"line 2: a quotation mark is not closed"),
        ("1\t甲\t5\t440305\n2\t乙楼\t9\t440305", r"line 3: .* \(and 1 more\); correct the file"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_a_remedy(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(BundleError, match=f"places.tsv, {told}"):
        read(tmp_path, HEADER + line + "\n")


def test_columns_in_another_order_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="line 1: columns are code name level"):
        read(tmp_path, "code\tlevel\tname\tparent\n1\t5\t甲楼\t440305\n")


def test_a_file_that_is_no_utf_8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="cannot be read as UTF-8"):
        read(tmp_path, "1\t甲楼\t5\t440305\n".encode("gb18030"))


@pytest.mark.parametrize(
    "text",
    [
        "1\t蓝天公寓\t5\t440305\t蓝天楼,老蓝天\t113.94\t22.50\n",
        "\ufeff"
        + HEADER.replace("\n", "\r\n")
        + '1\t蓝天公寓\t5\t440305\t"蓝天楼,老蓝天"\t113.94\t22.50\r\n\t\t\t\t\t\t\r\n',
        " 1 \t蓝天公寓 \t5\t440305\t蓝天楼、 老蓝天；\t113.94\t22.50\t\n",
    ],
)
def test_what_a_spreadsheet_does_to_a_file_is_known_of(tmp_path: Path, text: str) -> None:
    (row,) = read(tmp_path, text)
    assert row.division == Division("1", "蓝天公寓", 5, "440305", (113.94, 22.5))
    assert row.aliases == ("蓝天楼", "老蓝天")


def test_a_name_is_found_however_its_brackets_are_typed(tmp_path: Path) -> None:
    (row,) = read(tmp_path, "1\t蓝天公寓(北)\t5\t440305\n")
    assert (row.division.name, row.aliases) == ("蓝天公寓(北)", ("蓝天公寓（北）",))


def test_places_may_lie_in_one_another(tmp_path: Path) -> None:
    rows = read(tmp_path, "a\t海月社区\t4\t440305003\nb\t蓝天公寓\t5\ta\n")
    assert [row.division.parent for row in rows] == ["440305003", "a"]
