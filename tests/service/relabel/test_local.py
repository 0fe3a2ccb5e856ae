"""A job that was stopped ends with the bytes of one that was not; nothing that was read is lost."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from service.relabel.local import mark_repeated
from service.relabel.plan import Plan, check_unchanged
from service.relabel.record import Record
from tests.service.relabel.conftest import read_rows, relabel, spoken_texts, write_rows


def test_every_row_is_answered_or_set_aside_with_its_reason(tiny_bundle: Path, tickets: Path, tmp_path: Path) -> None:
    assert relabel(tiny_bundle, tickets, tmp_path / "out.jsonl") == 0
    rows = read_rows(tmp_path / "out.jsonl")
    assert [row["id"] for row in rows] == [f"t{number}" for number in range(40)]
    assert all(row["suqiu_category"] and row["suqiu_lead"] is not None for row in rows)
    refused = read_rows(tmp_path / "out.jsonl.quarantine.jsonl")
    found = {row["code"] for row in refused}
    assert found == {"id_repeated", "nul_character", "ticket_too_long", "text_missing", "json", "encoding"}
    assert refused[0] == {
        "row": 4,
        "code": "id_repeated",
        "reason": "row 1 has the same id",
        "cells": {"id": "t0", "text": "重复的编号"},
    }
    assert not (tmp_path / "out.jsonl.suqiu").exists()


def test_bytes_that_are_no_character_set_their_row_aside_in_any_column(tiny_bundle: Path, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    rows = [f"{n},{text},备注".encode() for n, text in enumerate(spoken_texts()[:3])]
    rows[1] += b"\xe5"
    source.write_bytes(b"id,text,note\n" + b"\n".join(rows) + b"\n")
    assert relabel(tiny_bundle, source, tmp_path / "out.csv", "--tasks", "category") == 0
    (refused,) = read_rows(tmp_path / "out.csv.quarantine.jsonl")
    assert (refused["code"], refused["cells"]["note"]) == ("encoding", "备注\\udce5")


@pytest.mark.parametrize("chunk_rows", ["1", "7", "500"])
def test_answers_do_not_depend_on_the_rows_beside_them(
    tiny_bundle: Path, tickets: Path, tmp_path: Path, chunk_rows: str
) -> None:
    for name, rows in (("a.jsonl", "13"), ("b.jsonl", chunk_rows)):
        assert relabel(tiny_bundle, tickets, tmp_path / name, "--chunk-rows", rows, "--tasks", "category") == 0
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


def test_a_finished_chunk_is_not_answered_again(tiny_bundle: Path, tickets: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    full = _stop_before_the_end(tiny_bundle, tickets, target)
    first = sorted(full.glob("parts/*/*.jsonl"))[0]
    line = json.loads(first.read_text(encoding="utf-8").splitlines()[0])
    line[1]["category"] = "kept"
    first.write_text("\n".join([json.dumps(line), *first.read_text(encoding="utf-8").splitlines()[1:]]) + "\n")
    assert relabel(tiny_bundle, tickets, target, "--chunk-rows", "10") == 0
    assert read_rows(target)[0]["suqiu_category"] == "kept"


def test_a_begun_job_goes_on_only_as_it_began(
    tiny_bundle: Path, tickets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out.jsonl"
    _stop_before_the_end(tiny_bundle, tickets, target)
    assert relabel(tiny_bundle, tickets, target, "--chunk-rows", "20") == 1
    assert "another chunk_rows" in capsys.readouterr().err
    with tickets.open("a", encoding="utf-8") as file:
        file.write('{"id":"new","text":"新的一行"}\n')
    assert relabel(tiny_bundle, tickets, target, "--chunk-rows", "10") == 1
    assert "another identity" in capsys.readouterr().err
    assert relabel(tiny_bundle, tickets, target, "--chunk-rows", "10", "--restart") == 0
    assert read_rows(target)[-1]["id"] == "new"


def test_parts_without_a_plan_are_what_is_left_of_another_job(tiny_bundle: Path, tickets: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    folder = _stop_before_the_end(tiny_bundle, tickets, target)
    first = sorted(folder.glob("parts/*/*.jsonl"))[0]
    first.write_text(first.read_text(encoding="utf-8").replace('"category"', '"stale"'), encoding="utf-8")
    (folder / "plan.json").unlink()
    assert relabel(tiny_bundle, tickets, target, "--chunk-rows", "20") == 0
    assert all(row["suqiu_category"] for row in read_rows(target))


def test_a_file_that_grows_while_it_is_read_is_told_of(
    tiny_bundle: Path, tickets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("service.relabel.local.check_unchanged", _grow(tickets))
        assert relabel(tiny_bundle, tickets, tmp_path / "out.jsonl", "--tasks", "category") == 1
    assert "has changed while it was read" in capsys.readouterr().err


def test_a_row_that_cannot_be_answered_claims_no_id(tiny_bundle: Path, tmp_path: Path) -> None:
    rows = [{"id": "a", "text": ""}, {"id": "a", "text": "路灯不亮"}, {"id": "a", "text": "路灯坏了"}]
    source = write_rows(tmp_path / "in.jsonl", rows)
    assert relabel(tiny_bundle, source, tmp_path / "out.jsonl", "--tasks", "category") == 0
    assert [row["text"] for row in read_rows(tmp_path / "out.jsonl")] == ["路灯不亮"]
    refused = read_rows(tmp_path / "out.jsonl.quarantine.jsonl")
    assert [(row["code"], row["reason"]) for row in refused][1] == ("id_repeated", "row 2 has the same id")


def test_two_processes_never_work_at_one_job(
    tiny_bundle: Path, tickets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from service.relabel.plan import hold, work_folder

    target = tmp_path / "out.jsonl"
    with hold(work_folder(str(target))):
        assert relabel(tiny_bundle, tickets, target) == 1
    assert "a job that is running" in capsys.readouterr().err


def test_a_disk_that_is_full_loses_nothing(
    tiny_bundle: Path,
    tickets: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    target = tmp_path / "out.jsonl"
    with monkeypatch.context() as full:
        full.setattr("service.relabel.local.write_part", _refuse_after(2))
        assert relabel(tiny_bundle, tickets, target, "--chunk-rows", "10", "--tasks", "category") == 75
    assert "No space left on device; what is finished is kept" in capsys.readouterr().err
    assert not target.exists()
    assert relabel(tiny_bundle, tickets, target, "--chunk-rows", "10", "--tasks", "category") == 0
    assert len(read_rows(target)) == 40


def test_a_folder_that_cannot_be_written_is_named(
    tiny_bundle: Path, tickets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Not even root makes a folder there.
    assert relabel(tiny_bundle, tickets, "/proc/out.jsonl") == 1
    assert "cannot be written" in capsys.readouterr().err


def test_repeated_ids_are_found_across_chunks_and_empty_ones_are_not_ids() -> None:
    records = [
        Record(n, {"id": given, "text": "路灯"}) for n, given in enumerate(["a", "", None, "b", "a", ""], start=1)
    ]
    marked = list(mark_repeated(iter(records), {"id": "id", "text": "text"}))
    assert [record.flaw.reason if record.flaw else None for record in marked] == [
        *[None] * 4,
        "row 1 has the same id",
        None,
    ]


@pytest.mark.timeout(600)
def test_killed_at_twenty_random_points_a_job_ends_with_the_same_bytes(tiny_bundle: Path, tmp_path: Path) -> None:
    texts = spoken_texts()
    rows = [{"id": f"t{n}", "text": f"{texts[n % len(texts)][:60]}{n}"} for n in range(20_000)]
    source = write_rows(tmp_path / "in.jsonl", rows)
    unbroken, broken = tmp_path / "unbroken.csv", tmp_path / "broken.csv"
    began = time.monotonic()
    assert _spawn(tiny_bundle, source, unbroken).wait() == 0
    whole_seconds = time.monotonic() - began
    rng = random.Random(7)
    kills = 0
    while kills < 20:
        process = _spawn(tiny_bundle, source, broken)
        # From before the bundle is open to far into the chunks, and now and then the end of the job itself.
        try:
            process.wait(timeout=rng.uniform(0.1, 0.25) * whole_seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            kills += 1
        if process.wait() == 0 or (broken.exists() and not Path(f"{broken}.suqiu").exists()):  # killed on its way out
            assert broken.read_bytes() == unbroken.read_bytes()
            broken.unlink()
    while _spawn(tiny_bundle, source, broken).wait() != 0:
        pass
    assert broken.read_bytes() == unbroken.read_bytes()
    assert not (tmp_path / "broken.csv.suqiu").exists()


def test_workers_end_when_their_parent_is_killed(tiny_bundle: Path, tmp_path: Path) -> None:
    rows = [{"id": f"t{n}", "text": text} for n, text in enumerate(spoken_texts() * 50)]
    process = _spawn(tiny_bundle, write_rows(tmp_path / "in.jsonl", rows), tmp_path / "out.csv")
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("out.csv.suqiu/parts/*/*")) and time.monotonic() < deadline:
        time.sleep(0.1)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    while _members(process.pid) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not _members(process.pid)


def _members(group: int) -> list[int]:
    """Processes of a group that live."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, their_group = stat.read_text().rpartition(") ")[2].split()[:3]
        except OSError:
            continue
        if int(their_group) == group and state != "Z":
            found.append(int(stat.parent.name))
    return found


def _spawn(bundle: Path, source: Path, target: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "service.relabel.cli", str(source), str(target), "--bundle", str(bundle)]
    command += ["--tasks", "category", "--chunk-rows", "200", "--progress", "json", "--workers", "2"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)


def _stop_before_the_end(bundle: Path, source: Path, target: Path) -> Path:
    """A job whose chunks are all answered and which died before it put them together; its work folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("service.relabel.local.join", _die)
        with pytest.raises(SystemExit):
            relabel(bundle, source, target, "--chunk-rows", "10")
    return target.with_name(target.name + ".suqiu")


def _grow(source: Path) -> Callable[[Plan], None]:
    def check(plan: Plan) -> None:
        with source.open("a", encoding="utf-8") as file:
            file.write('{"id":"late","text":"晚到的一行"}\n')
        check_unchanged(plan)

    return check


def _die(*_: object, **__: object) -> None:
    raise SystemExit(9)


def _refuse_after(parts: int) -> object:
    from service.relabel.parts import write_part

    written = iter(range(parts))

    def write(path: Path, answers: object) -> None:
        if next(written, None) is None:
            raise OSError(28, "No space left on device")
        write_part(path, answers)  # type: ignore[arg-type]

    return write
