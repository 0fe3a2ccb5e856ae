"""A file is whole, or it is the one before."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.whole import written_whole


def test_the_file_appears_when_the_block_ends_well(tmp_path: Path) -> None:
    target = tmp_path / "tokens.npy"
    with written_whole(target) as draft:
        assert draft.suffix == ".npy"
        draft.write_text("new", encoding="utf-8")
        assert not target.exists()
    assert [file.name for file in tmp_path.iterdir()] == ["tokens.npy"]


def test_a_block_that_fails_leaves_the_file_before_and_no_draft(tmp_path: Path) -> None:
    target = tmp_path / "tokens.npy"
    target.write_text("old", encoding="utf-8")

    def fail() -> None:
        with written_whole(target) as draft:
            draft.write_text("half", encoding="utf-8")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert target.read_text(encoding="utf-8") == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["tokens.npy"]
