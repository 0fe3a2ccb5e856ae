"""Tests of the form's definition."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import BundleError
from service.city import DEFAULT_CITY
from service.form.definition import BUILT_IN, FormDefinition, Mask


def test_the_shipped_form_has_every_field() -> None:
    form = FormDefinition.open(DEFAULT_CITY / "form.toml")
    assert {field.name for field in form.fields} == set(BUILT_IN)
    assert form.own == ()


def test_a_city_adds_its_own_field(tmp_path: Path) -> None:
    path = tmp_path / "form.toml"
    path.write_text(
        '[[field]]\nname = "contract_no"\nlabel = "合同号"\npattern = "合同号?([0-9]{8})"\n', encoding="utf-8"
    )
    ((spec, pattern),) = FormDefinition.open(path).own
    assert spec.name == "contract_no"
    assert pattern.search("合同12345678")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[[field]]\nname = "email"\nlabel = 3\n', r"line 3: field\[1\]\.label"),
        (
            '[[field]]\nname = "email"\nlabel = "邮箱"\n\n[[field]]\nname = "poi"\nlabel = "点"\ncolour = "red"\n',
            r"line 8: field\[2\]\.colour",
        ),
        ('[[field]]\nname = "own"\nlabel = "自有"\n', r"line 1: field\[1\]: .*needs a pattern"),
        (
            '[[field]]\nname = "poi"\nlabel = "点"\nconfirm = "是{vlaue}吗？"\n',
            r"line 4: .*names \{vlaue\}; it may hold",
        ),
        ('[[field]]\nname = "poi"\nlabel = "点"\nconfirm = "是{value吗？"\n', r"line 4: .*a brace too few or too many"),
        (
            '[[field]]\nname = "own"\nlabel = "自有"\npattern = "("\n',
            r"line 4: field\[1\]\.pattern.*regular expression",
        ),
        (
            '[[field]]\nname = "poi"\nlabel = "点"\nask = "请问{naer}在哪里？"\n',
            r"line 4: field\[1\]\.ask: .*'\{naer\}' would be read out",
        ),
        ('[[field]]\nname = "poi"\nlabel = "点"\nrequired_for = ["投述"]\n', r"line 4: field\[1\]\.required_for"),
        ('[[field]]\nname = "emial"\nlabel = "邮箱"\n', r"needs a pattern; did you mean 'email'\?"),
        (
            '[[field]]\nname = "poi"\nlable = "点"\n',
            r"line 3: field\[1\]\.lable: is no key here; did you mean 'label'\?",
        ),
        (
            "[[field]]\nname = 'own'\nlabel = '自有'\npattern = '户号(\\d+)*号'\n",
            r"line 4: field\[1\]\.pattern.*ages on texts such as '户号1.*bound it",
        ),
        ('[[field]]\nname = "email"\nlabel = "邮箱"\nrequired = true\n', r"needs a question"),
        ('[[field]]\nname = "email"\nlabel = "邮箱"\n[[field]]\nname = "email"\nlabel = "邮箱"\n', r"defined twice"),
        ('[[field]]\nname = "email"\nlabel = "邮箱"\nunless = ["fax"]\n', r"'fax', which the form does not have"),
        ("[[field]\n", r"line 1"),
        ("", r"field"),
    ],
)
def test_errors_name_line_and_key(tmp_path: Path, text: str, place: str) -> None:
    path = tmp_path / "form.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BundleError, match=place):
        FormDefinition.open(path)


def test_masks() -> None:
    assert Mask(keep_start=3, keep_end=4).hide("11010519491231002X") == "110***********002X"
    assert Mask(keep_start=3, keep_end=4).hide("1234567") == "*******"
