"""Local engine: chunks of rows over all cores, then one pass that puts rows and answers together in order.

Whatever is killed, and whenever: a chunk's answers are whole or not there, the target appears at the very end, and the
same command goes on with the chunks that are missing.
"""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from functools import partial
from itertools import islice
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import TypeVar

from service.relabel.answer import Answerer, flaw_of
from service.relabel.database import TableSink, has_table, is_url, shown, take_snapshot
from service.relabel.formats import Format, open_sink, open_source
from service.relabel.json_file import JsonSink, as_json, printable
from service.relabel.mapping import text_names
from service.relabel.page import render_page
from service.relabel.parts import part_path, read_parts, write_part
from service.relabel.plan import DEFAULT_TABLE, Plan, check_unchanged, remove, write_whole
from service.relabel.predictions import prediction_columns
from service.relabel.record import Column, Flaw, Record, RelabelError, Sink, Source
from service.relabel.summary import Summary

_COMMITTING = "committing"

T = TypeVar("T")

Advance = Callable[[int, int], None]
"""Called with the rows that are done and the rows in all."""


def nothing(done: int, total: int) -> None:
    """No progress to show."""


def open_job_source(plan: Plan, folder: Path) -> Source:
    """The rows of a job. Errors: RelabelError."""
    if is_url(plan.source):
        return take_snapshot(plan.source, plan.query or "", folder)
    return open_source(Path(plan.source), encoding=plan.encoding, named=text_names(plan.columns))


def answer_all(
    plan: Plan, source: Source, folder: Path, answerer: Answerer, *, workers: int, advance: Advance = nothing
) -> int:
    """Answer every chunk that has no answers yet; returns the number of chunks.

    `answerer` works where there is one worker; more of them open the bundle themselves.
    Errors: RelabelError.
    """
    total = source.count()
    chunks = -(-total // plan.chunk_rows)
    done = 0
    with _Pool(plan, folder, answerer if workers == 1 else None, workers=workers) as pool:
        for chunk, records in enumerate(_chunks(mark_repeated(source.records(), plan.columns), plan.chunk_rows)):
            if part_path(folder, chunk).exists():
                done += len(records)
            else:
                done += pool.submit(chunk, records)
            advance(done, total)
        for rows in pool.drain():
            done += rows
            advance(done, total)
    return chunks


def join(
    plan: Plan, source: Source, folder: Path, *, chunks: int, answerer: Answerer, notes: Sequence[str] = ()
) -> Summary:
    """Rows and answers → target, quarantine and summary; the target comes last. Errors: RelabelError."""
    check_unchanged(plan)
    summary = Summary(plan.labels)
    target = None if is_url(plan.target) else Path(plan.target)
    predicted = prediction_columns(plan.parts, answerer.fields, prefix=plan.prefix)
    added = {column.name for column in predicted}
    kept = [name for name in source.columns() if name not in added]
    columns = [*(Column(name) for name in kept), *predicted]
    draft = folder / "target.draft"
    quarantine = folder / "quarantine.draft"
    refused = JsonSink(quarantine, [Column("row"), Column("code"), Column("reason"), Column("cells")], compressed=False)
    sink = _open_target(plan, source, columns, draft)
    keys = [column.name.removeprefix(plan.prefix) for column in predicted]
    for record, answer in zip(source.records(), read_parts(folder, chunks), strict=True):
        if record.number != answer.number:
            raise RelabelError(f"{folder} is out of order at row {record.number}; begin anew with --restart")
        if answer.cells is None:
            flaw = answer.flaw or Flaw("internal_error", "no answer")
            summary.refuse(flaw)
            refused.write([record.number, flaw.code, flaw.reason, printable(record.cells)])
        else:
            summary.take(record.cells, answer.cells)
            sink.write([*map(record.cells.get, kept), *map(answer.cells.get, keys)])
    refused.finish()
    if target is not None:
        sink.finish()
        _sync(draft)
    beside = target or folder.with_suffix("")
    summary.shortened = getattr(sink, "shortened", 0)
    summary.mended = getattr(source, "mended", 0)
    summary.replaced = [name for name in source.columns() if name in added]
    summary.notes = [*notes]
    summary.understand(answerer.labels)
    figures = {"model": plan.model, "source": Path(shown(plan.source)).name, **summary.figures()}
    write_whole(_beside(beside, ".summary.json"), as_json(figures))
    write_whole(_beside(beside, ".summary.html"), render_page(figures))
    if summary.refused:
        _sync(quarantine)
        quarantine.rename(_beside(beside, ".quarantine.jsonl"))
    else:
        _beside(beside, ".quarantine.jsonl").unlink(missing_ok=True)
    if target is not None:
        draft.rename(target)
    else:
        (folder / _COMMITTING).touch()
        sink.finish()
    remove(folder)
    return summary


def is_committed(plan: Plan, folder: Path) -> bool:
    """Whether a job that was killed had already given its table the name: nothing is left to do but to remove it."""
    table = plan.table or DEFAULT_TABLE
    return is_url(plan.target) and (folder / _COMMITTING).exists() and has_table(plan.target, table)


def mark_repeated(records: Iterator[Record], columns: dict[str, str]) -> Iterator[Record]:
    """The same records; one whose id came before is flawed. Ids are kept on disk, so that memory stays flat."""
    name = columns.get("id")
    if name is None:
        yield from records
        return
    with closing(sqlite3.connect("", isolation_level=None)) as seen:  # a private file that vanishes with us
        seen.execute("PRAGMA journal_mode=OFF")
        seen.execute("CREATE TABLE ids (id TEXT PRIMARY KEY, number INTEGER) WITHOUT ROWID")
        seen.execute("BEGIN")
        for record in records:
            given = record.cells.get(name)
            # A row that cannot be answered anyway claims no id from one that can.
            claims = given not in (None, "") and flaw_of(record, columns) is None
            first = _first_with(seen, str(given), record.number) if claims else record.number
            if first == record.number:
                yield record
            else:
                yield Record(record.number, record.cells, Flaw("id_repeated", f"row {first} has the same id"))


def _first_with(seen: sqlite3.Connection, key: str, number: int) -> int:
    try:
        if seen.execute("INSERT OR IGNORE INTO ids VALUES (?, ?)", (key, number)).rowcount:
            return number
        first: int = seen.execute("SELECT number FROM ids WHERE id = ?", (key,)).fetchone()[0]
    except sqlite3.Error as error:
        fault = f"the table of ids cannot grow ({type(error).__name__}); make room on the temporary disk"
        raise RelabelError(fault, passing=True) from error
    return first


class _Pool:
    """Workers with an open bundle each; at most two chunks per worker are under way, so that memory stays flat."""

    def __init__(self, plan: Plan, folder: Path, answerer: Answerer | None, *, workers: int) -> None:
        self._plan = plan
        self._folder = folder
        self._limit = 2 * workers
        self._running: set[Future[int]] = set()
        self._answerer = answerer
        self._pool = (
            ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_open, initargs=(plan,))
            if answerer is None
            else None
        )

    def __enter__(self) -> _Pool:
        return self

    def __exit__(self, *raised: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=raised[0] is None, cancel_futures=True)

    def submit(self, chunk: int, records: list[Record]) -> int:
        """Give a chunk to a worker; returns the rows that became ready meanwhile."""
        if self._pool is None:
            assert self._answerer is not None
            return _answer_by(self._answerer, self._plan, self._folder, chunk, records)
        ready = 0
        while len(self._running) >= self._limit:
            ready += self._collect()
        self._running.add(_unless_killed(partial(self._pool.submit, _answer, self._folder, chunk, records)))
        return ready

    def drain(self) -> Iterator[int]:
        """Wait for what is under way; yields the rows as they become ready."""
        while self._running:
            yield self._collect()

    def _collect(self) -> int:
        ended, self._running = wait(self._running, return_when=FIRST_COMPLETED)
        return _unless_killed(lambda: sum(future.result() for future in ended))


def _unless_killed(work: Callable[[], T]) -> T:
    try:
        return work()
    except BrokenProcessPool as error:
        fault = "a worker was killed (out of memory?); the same command goes on, with fewer --workers if need be"
        raise RelabelError(fault, passing=True) from error


_ANSWERER: Answerer | None = None
_PLAN: Plan | None = None


def _open(plan: Plan) -> None:
    global _ANSWERER, _PLAN
    # Stopping by hand is the parent's to tell.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    os.environ["OMP_NUM_THREADS"] = "1"
    _ANSWERER, _PLAN = Answerer.open(Path(plan.bundle), plan.parts), plan


def _end_with_parent() -> None:
    # A killed parent cannot tell its workers, which would wait for work for ever.
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _answer(folder: Path, chunk: int, records: list[Record]) -> int:
    assert _ANSWERER is not None
    assert _PLAN is not None
    return _answer_by(_ANSWERER, _PLAN, folder, chunk, records)


def _answer_by(answerer: Answerer, plan: Plan, folder: Path, chunk: int, records: list[Record]) -> int:
    answers = answerer.answer(records, plan.columns, now=plan.started_at)
    write_part(part_path(folder, chunk), answers)
    return len(answers)


def _chunks(records: Iterator[Record], rows: int) -> Iterator[list[Record]]:
    while chunk := list(islice(records, rows)):
        yield chunk


def _open_target(plan: Plan, source: Source, columns: Sequence[Column], draft: Path) -> Sink:
    if is_url(plan.target):
        return TableSink(plan.target, plan.table or DEFAULT_TABLE, columns)
    format_ = Format.of(Path(plan.target))
    return open_sink(draft, format_, columns, source=source, created=plan.started_at, plain=plan.plain)


def _beside(target: Path, suffix: str) -> Path:
    return target.with_name(target.name + suffix)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
