"""Encodings are told apart by the bytes, and one broken byte does not turn a file into another encoding."""

from __future__ import annotations

import gzip
import lzma
from pathlib import Path

import pytest

from service.relabel.record import RelabelError
from service.relabel.text_file import check_encoding, create_text, encoding_of, open_text, reading

CHINESE = "小区楼下烧烤店油烟扰民，希望尽快处理。\n" * 40


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "utf-8-sig"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030"), ("gbk", "gb18030")],
)
def test_an_encoding_is_found(tmp_path: Path, encoding: str, found: str) -> None:
    path = tmp_path / "in.csv"
    path.write_text(CHINESE, encoding=encoding)
    assert encoding_of(path) == found
    with open_text(path, found) as file:
        assert file.read() == CHINESE


def test_a_file_with_one_broken_byte_is_still_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(CHINESE.encode()[:-5] + b"\xe5\n" + CHINESE.encode())
    assert encoding_of(path) == "utf-8-sig"


def test_a_file_of_plain_ascii_is_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("id,text\n1,hello\n")
    assert encoding_of(path) == "utf-8-sig"


def test_the_same_rows_give_the_same_packed_bytes(tmp_path: Path) -> None:
    for name in ("a.gz", "b.gz"):
        with create_text(tmp_path / name, compressed=True) as file:
            file.write(CHINESE)
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()
    with open_text(tmp_path / "a.gz", "utf-8") as file:
        assert file.read() == CHINESE


@pytest.mark.parametrize("name", ["in.csv.gz", "in.csv.xz"])
def test_a_damaged_archive_is_named(tmp_path: Path, name: str) -> None:
    packed = gzip.compress(CHINESE.encode()) if name.endswith("gz") else lzma.compress(CHINESE.encode())
    for torn in (packed[: len(packed) // 2], packed[:20] + b"\0" * 40 + packed[60:], b"no archive"):
        (tmp_path / name).write_bytes(torn)
        with (
            pytest.raises(RelabelError, match=name),
            reading(tmp_path / name),
            open_text(tmp_path / name, "utf-8") as f,
        ):
            f.read()


def test_an_encoding_that_does_not_exist_is_named() -> None:
    assert check_encoding("GB18030") == "gb18030"
    with pytest.raises(RelabelError, match="utf9"):
        check_encoding("utf9")
