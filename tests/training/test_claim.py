"""The folder of a run is one run's, and one process's at a time; what stands in the way is said in plain words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from training.claim import claimed
from training.config import ConfigError, HeadConfig, TrainConfig, check_config

CONFIG = TrainConfig(heads=(HeadConfig(name="type", kind="single", labels=("咨询", "投诉")),))


def change(**values: object) -> TrainConfig:
    return check_config({**CONFIG.model_dump(), **values}, place="test")


def claim(folder: Path, config: TrainConfig = CONFIG) -> None:
    with claimed(folder, config, [], []):
        pass


def test_the_settings_that_changed_are_named_as_one_writes_them(tmp_path: Path) -> None:
    claim(tmp_path)
    heads = [{"name": "type", "kind": "single", "labels": ["咨询", "举报"]}]
    other = change(seed=8, finetune={"epochs": 3}, heads=heads, version="2.0.0")
    told = r"\(seed was 7, is 8; heads.type.labels was .*投诉.*, is .*举报.*; finetune.epochs was 8.*, is 3.*\); choose"
    with pytest.raises(ConfigError, match=told):
        claim(tmp_path, other)


def test_a_new_version_of_the_same_run_goes_on(tmp_path: Path) -> None:
    claim(tmp_path)
    claim(tmp_path, change(version="2.0.0", about="ours"))


def test_two_processes_do_not_work_in_one_folder(tmp_path: Path) -> None:
    with (
        claimed(tmp_path, CONFIG, [], []),
        pytest.raises(ConfigError, match="another suqiu-train is at work in"),
    ):
        claim(tmp_path)
    claim(tmp_path)


def test_processes_of_one_run_on_several_gpus_share_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with claimed(tmp_path, CONFIG, [], []):
        monkeypatch.setenv("RANK", "1")
        claim(tmp_path)


def test_a_process_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from training.claim import claimed\n"
        "from tests.training.test_claim import CONFIG\n"
        "with claimed(Path(sys.argv[1]), CONFIG, [], []): os.kill(os.getpid(), 9)"
    )
    root = Path(__file__).parents[2]
    killed = subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=root, check=False)
    assert killed.returncode == -9
    assert sorted(file.name for file in tmp_path.iterdir()) == ["config.json", "run.json"]
    claim(tmp_path)
