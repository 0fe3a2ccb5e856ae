"""A folder is held by one process at a time, and by nobody once that process has ended."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from models.lock import locked


def test_what_is_held_is_refused_to_others_until_it_is_free(tmp_path: Path) -> None:
    with locked(tmp_path) as ours:
        assert ours
        with pytest.raises(BlockingIOError), locked(tmp_path):
            pass
    with locked(tmp_path) as ours:
        assert ours


def test_a_process_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    program = "import os, sys; from pathlib import Path; from models.lock import locked\n" + (
        "with locked(Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", program, tmp_path], cwd=Path(__file__).parents[2], check=False)
    assert killed.returncode == -9
    with locked(tmp_path, wait=True) as ours:
        assert ours
    assert not [*tmp_path.iterdir()]


def test_where_the_file_system_has_no_locks_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", refuse)
    with locked(tmp_path) as ours:
        assert not ours


def test_only_folders_are_locked(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("", encoding="utf-8")
    with pytest.raises(NotADirectoryError), locked(tmp_path / "notes"):
        pass
