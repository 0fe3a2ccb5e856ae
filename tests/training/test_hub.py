"""A base that is not there is told in a line before any time is spent."""

from __future__ import annotations

from pathlib import Path

import pytest

import training.hub as hub
from training.config import ConfigError
from training.hub import check_base, find_tokenizer, open_base


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names that the hub was asked for; it gives nothing."""
    asked: list[str] = []

    class Hub:
        @staticmethod
        def from_pretrained(base: str) -> None:
            asked.append(base)
            raise OSError("We couldn't connect to the hub.\nCheck your internet connection")

    monkeypatch.setattr(hub, "AutoConfig", Hub)
    return asked


def test_a_base_that_is_there_passes_and_its_tokenizer_is_found(base: Path, tmp_path: Path) -> None:
    check_base(str(base))
    assert find_tokenizer(str(base), tmp_path) == base / "tokenizer.json"


@pytest.mark.parametrize(
    "name", ["./base", "../base", "/nowhere/base", "~/base", "runs/pretrain/base", "base/", "bases/elektra", "my base"]
)
def test_what_looks_like_a_path_is_looked_for_here_alone(
    tmp_path: Path, offline: list[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "bases" / "electra").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="there is no such folder"):
        check_base(name)
    assert not offline


def test_a_name_that_was_nearly_right_is_suggested(tmp_path: Path) -> None:
    (tmp_path / "electra").mkdir()
    with pytest.raises(ConfigError, match=rf"did you mean {tmp_path}/electra\?"):
        check_base(str(tmp_path / "elektra"))


def test_a_folder_that_holds_no_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"holds no config\.json"):
        check_base(str(tmp_path))


@pytest.mark.parametrize("name", ["bert-base-chinese", "hfl/rbt3"])
def test_a_hub_that_gives_nothing_is_told_in_one_line(
    tmp_path: Path, offline: list[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=f"base {name} is no folder here, and no hub gave it; .* name its folder$"):
        check_base(name)
    assert offline == [name]


def test_a_torn_base_is_told_as_one(base: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes((base / "config.json").read_bytes())
    with pytest.raises(ConfigError, match=r"cannot be read .* copy it again"):
        open_base(str(tmp_path))
