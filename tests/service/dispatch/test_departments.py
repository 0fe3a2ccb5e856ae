"""Departments: a list in which a name or an id leads to two units is refused, with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.city import DEFAULT_CITY, CityFileError
from service.dispatch.decide import Dispatcher
from service.dispatch.departments import check_departments
from tests.service.dispatch.cases import HEADER, build_bundle

FIRST = '{"id": "cgw", "name": "城管局", "tier": "市级部门", "aliases": ["市城管局"]}'


def check(folder: Path, *entries: str) -> None:
    path = folder / "departments.json"
    path.write_text("[\n" + ",\n".join(entries) + "\n]\n", encoding="utf-8")
    check_departments(path)


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ('{"id": "cgw", "name": "住建局", "tier": ""}', "line 3: 'cgw': is the id of 城管局, too"),
        ('{"id": "zjw", "name": "城管局", "tier": ""}', "line 3: 'zjw': '城管局' is a name of 'cgw', too"),
        (
            '{"id": "zjw", "name": "住建局", "tier": "", "aliases": ["市城管局"]}',
            "line 3: .*'市城管局' is a name of 'cgw'",
        ),
        ('{"id": "zjw", "name": "住建局", "tier": "", "parent": "zjj"}', "line 3: 'zjw': parent 'zjj' is no unit"),
        (
            '{"id": "zjw", "name": "住建局", "tier": "", "alias": ["建委"]}',
            "line 3: .*'alias' .* did you mean 'aliases'",
        ),
        ('{"id": "zjw", "name": "", "tier": ""}', "entry 2: name: "),
        ('{"id": "zjw", "tier": ""}', "entry 2: name: Field required"),
        ('{"id": "住建", "name": "住建局", "tier": ""}', "entry 2: id: "),
        ('{"id": "zjw", "name": "住建局", "tier": "", "aliases": "建委"}', "entry 2: aliases: "),
        ('"zjw"', "entry 2: "),
        ('{"id": "zjw"', "no JSON in UTF-8"),
    ],
)
def test_a_mistake_is_told_with_entry_and_fact(tmp_path: Path, entry: str, told: str) -> None:
    with pytest.raises(CityFileError, match=f"departments.json.*{told}"):
        check(tmp_path, FIRST, entry)


def test_a_list_without_units_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CityFileError, match="lists no unit"):
        check(tmp_path)


def test_a_citys_own_notes_beside_a_unit_are_left_alone(tmp_path: Path) -> None:
    check(tmp_path, FIRST, '{"id": "zjw", "name": "住建局", "tier": "", "parent": "cgw", "phone": "0000"}')


def test_the_shipped_list_is_whole() -> None:
    check_departments(DEFAULT_CITY / "departments.json")


def test_a_bundle_with_a_mistake_in_the_list_is_refused(tmp_path: Path) -> None:
    bundle = build_bundle(tmp_path / "city", profile=HEADER)
    listed = json.loads((bundle.path / "departments.json").read_text(encoding="utf-8"))
    (bundle.path / "departments.json").write_text(json.dumps([*listed, listed[0]]), encoding="utf-8")
    with pytest.raises(CityFileError, match="'cgw': is the id of 城管局, too"):
        Dispatcher.open(bundle)
