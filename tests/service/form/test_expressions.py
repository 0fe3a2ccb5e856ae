"""Tests of expressions that are folded as a talk is."""

from __future__ import annotations

import re

import pytest

from service.form.expressions import fold_expression


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        (r"户号:(\d{8})", r"户号[:：](\d{8})"),
        (r"合同（([0-9]+)）", "合同[(（]([0-9]+)[)）]"),
        (r"合同\(([0-9]+)\)", "合同[(（]([0-9]+)[)）]"),
        (r"(?:编号|号)(?P<x>\d{2,4})(?=,|$)", r"(?:编号|号)(?P<x>\d{2,4})(?=[,，]|$)"),
        (r"(?<=户号:)\d+(?!x)a?b{2,}?", r"(?<=户号[:：])\d+(?!x)a?b{2,}?"),
        (r"[^,。]+", "[^,，。]+"),
        (r"[]:]", "[]:：]"),
        (r"[a-z\-:]", r"[a-z\-:：]"),
        (r"[０-９]{4}Ａ．＋", r"[0-9]{4}A\.\+"),
        (r"\d\s\.\\", r"\d\s\.\\"),
        ("甲　乙", r"甲\ 乙"),
    ],
)
def test_literals_are_folded_and_syntax_is_not(written: str, folded: str) -> None:
    assert fold_expression(written) == folded
    assert re.compile(folded).groups == re.compile(written).groups
