"""Paths: what lies under a root, however it is spelt, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from service.errors import ServiceError
from service.jobs.source import resolve_source


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("root/deep", "root-2", "jobs"):
        (tmp_path / folder).mkdir(parents=True)
    for file in ("root/a.csv", "root/deep/b.csv", "root-2/c.csv", "jobs/d.csv"):
        (tmp_path / file).write_text("text\n")
    return tmp_path / "root"


def test_a_file_under_a_root_is_found_also_by_detours_and_links_within(root: Path) -> None:
    (root / "link.csv").symlink_to("deep/b.csv")
    (root.parent / "alias").symlink_to(root)
    for path in (root / "a.csv", root / "deep" / ".." / "a.csv", root / "link.csv", root.parent / "alias" / "a.csv"):
        assert resolve_source(str(path), [root], private=root / "none").is_relative_to(root)
    assert resolve_source(str(root / "a.csv"), [root.parent / "alias"], private=root / "none") == root / "a.csv"


def test_everything_else_is_refused_with_the_same_words(root: Path) -> None:
    (root / "out.csv").symlink_to(root.parent / "root-2" / "c.csv")
    (root / "far").symlink_to(root.parent)
    (root / "loop.csv").symlink_to("loop.csv")
    os.mkfifo(root / "pipe.csv")
    outside = root.parent / "root-2" / "c.csv"
    refused = [outside, root / ".." / "root-2" / "c.csv", root / "out.csv", root / "far" / "root-2" / "c.csv",
               root / "missing.csv", root / "deep", root / "loop.csv", root / "pipe.csv", "a.csv", "a\0.csv",
               "/etc/passwd", f"{root}/a.csv/x"]  # fmt: skip
    told = set()
    for path in refused:
        with pytest.raises(ServiceError) as caught:
            resolve_source(str(path), [root], private=root / "none")
        told.add(str(caught.value))
    assert len(told) == 1
    with pytest.raises(ServiceError):
        resolve_source(str(root / "a.csv"), [], private=root / "none")


def test_the_jobs_own_files_are_nobody_s_source(root: Path) -> None:
    with pytest.raises(ServiceError):
        resolve_source(str(root.parent / "jobs" / "d.csv"), [root.parent], private=root.parent / "jobs")
