"""What a job's process is told, and what is told of its failure."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.jobs.command import arguments_of, environment, failure_of, frames_of_stderr
from service.jobs.folder import JobFolder
from service.jobs.job import Job
from service.jobs.options import JobOptions

JOB = Job(
    id="1",
    state="running",
    options=JobOptions(tasks=["category"], columns={"text": "a=b"}, labels={"type": "类型"}, plain=True),
    format="jsonl",
    source="source.csv.gz",
    uploaded=True,
    created_ms=1,
    started_ms=1,
    ended_ms=None,
    bundle="/bundles/tiny",
    model=None,
    done=0,
    total=0,
    answered=0,
    quarantined={},
    failure=None,
    attempts=1,
)


def test_the_command_says_everything_that_the_output_depends_on() -> None:
    arguments = arguments_of(JOB, JobFolder(Path("/jobs/1")), workers=2)
    assert arguments[1:5] == ["-m", "service.relabel.cli", "/jobs/1/source.csv.gz", "/jobs/1/result.jsonl"]
    told = " ".join(arguments)
    for part in ("--bundle /bundles/tiny", "--tasks category", "--workers 2", "--column text=a=b", "--label type=类型"):
        assert part in told
    assert arguments[-1] == "--plain"


def test_a_job_s_process_does_not_see_the_service_s_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUQIU_JOBS_DATABASE", "postgresql://u:secret@h/d")
    assert "secret" not in str(environment())
    assert "PATH" in environment()


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("--tasks x: the tasks are form, category", "tasks x: the tasks are form, category"),
        ("/jobs/1/source.csv.gz is no file; name an existing one", "the source is no file; name an existing one"),
        ("source.csv.gz is empty;\nname the columns", "the source is empty; name the columns"),
        ("/bundles/tiny: sha256 of model.onnx differs", "the bundle: sha256 of model.onnx differs"),
        ("/jobs/1/result.jsonl.suqiu cannot be written (No space left on device)", "the job's folder/result.jsonl"),
        ("/srv/store/v7: no manifest; publish it again", "a file: no manifest; publish it again"),
    ],
)
def test_a_reason_is_told_in_one_line_without_paths(tmp_path: Path, reason: str, told: str) -> None:
    folder = JobFolder(tmp_path)
    failure = failure_of(JOB, folder, reason.replace("/jobs/1", str(tmp_path)))
    assert failure.code == "relabel_failed"
    assert failure.detail.startswith(told)
    for part in ("\n", str(tmp_path), "/bundles", "/srv"):
        assert part not in failure.detail


def test_of_what_a_process_says_when_it_breaks_only_places_are_told_and_only_to_the_log(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path)
    assert frames_of_stderr(folder) == []
    folder.stderr.write_text(
        'Traceback (most recent call last):\n  File "/x/service/relabel/cli.py", line 7, in main\n    go(张三)\n'
        'ValueError: 张三 says File "欧阳修远", line 1, in 13800138000\n  File "张三", line 13800138000, in 王五\n'
    )
    assert failure_of(JOB, folder, "").code == "internal_error"
    assert "张三" not in failure_of(JOB, folder, "").detail
    assert frames_of_stderr(folder) == ["relabel/cli.py:7 main"]
