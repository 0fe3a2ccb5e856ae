"""suqiu-relabel: old tickets in a file, a table or a cluster → the same rows with predictions beside them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from os import EX_TEMPFAIL
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from models.errors import ModelError
from service.errors import ServiceError
from service.reading import PARTS, Part
from service.relabel.record import RelabelError
from service.ticket import CHINA

if TYPE_CHECKING:
    from service.relabel.answer import Answerer
    from service.relabel.plan import Plan
    from service.relabel.record import Source

_LABELS: Final = ("category", "category_path", "type", "lead", "lead_name", "sentiment", "emotion", "urgency")


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every row was answered or set aside; else the reason on stderr, and one of:

    1   it cannot be done as it was asked
    75  a passing fault (disk full, a worker killed): the same command goes on
    130 stopped by hand: the same command goes on
    """
    given = _parser().parse_args(arguments)
    try:
        if given.engine == "spark":
            from service.relabel.spark.run import run_spark

            run_spark(given)
        else:
            _run_local(given)
    except KeyboardInterrupt:
        sys.stderr.write("stopped; the same command goes on\n")
        return 130
    except (RelabelError, ModelError, ServiceError, OSError, ImportError) as error:
        failure = _failure_of(error)
        sys.stderr.write(f"{failure}\n")
        if given.progress == "json" and given.engine == "local":
            from service.relabel.telling import tell_failure

            tell_failure(failure.safe, passing=failure.passing)
        return EX_TEMPFAIL if failure.passing else 1
    return 0


def _failure_of(error: Exception) -> RelabelError:
    if isinstance(error, RelabelError):
        return error
    if isinstance(error, ServiceError):
        return RelabelError(error.detail)
    if isinstance(error, ImportError):
        return RelabelError(f"{error.name} is not installed; pip install 'suqiu[relabel]' (Spark: 'suqiu[spark]')")
    if isinstance(error, OSError):
        place, what = f"{error.filename}: " if error.filename else "", error.strerror or type(error).__name__
        kept = "what is finished is kept, and the same command goes on with it"
        return RelabelError(f"{place}{what}; {kept}", safe=f"{what}; {kept}", passing=True)
    return RelabelError(str(error))


def _run_local(given: argparse.Namespace) -> None:
    from service.processors import count_processors
    from service.relabel.answer import Answerer
    from service.relabel.local import answer_all, is_committed, join, open_job_source
    from service.relabel.plan import clear, hold, remove, settle, work_folder
    from service.relabel.telling import JsonTelling, ScreenTelling

    folder = work_folder(given.target, table=given.table)
    _check_target(given, folder)
    with hold(folder):
        if given.restart:
            clear(folder)
        answerer = Answerer.open(bundle_of(given), parts_of_ticket(given.tasks))
        plan = plan_of(given, answerer)
        if is_committed(plan, folder):
            remove(folder)
            sys.stderr.write(f"table {given.table} is complete already\n")
            return
        source = open_job_source(plan, folder)
        plan = with_columns(plan, source, given)
        check_prefix(plan, source, answerer)
        plan = settle(plan, folder)
        notes = list_notes(source, given)
        with JsonTelling() if given.progress == "json" else ScreenTelling() as telling:
            telling.begin(plan)
            sys.stderr.writelines(f"{note}\n" for note in notes)
            workers = given.workers or count_processors()
            chunks = answer_all(plan, source, folder, answerer, workers=workers, advance=telling.advance)
            telling.end(join(plan, source, folder, chunks=chunks, answerer=answerer, notes=notes))


def plan_of(given: argparse.Namespace, answerer: Answerer) -> Plan:
    """The job that the command line describes, its columns as they were given, not yet resolved."""
    from service.relabel.database import is_url
    from service.relabel.mapping import pairs_of
    from service.relabel.plan import Identity, Plan

    if is_url(given.source) and not given.query:
        raise RelabelError("a database needs --query 'SELECT …', with an ORDER BY if the order matters")
    is_file = not is_url(given.source)
    if is_file and not Path(given.source).exists():
        raise RelabelError(f"{given.source} does not exist; name a file or a database URL")
    return Plan(
        source=given.source,
        target=given.target,
        query=given.query,
        table=given.table,
        identity=Identity.of(Path(given.source)) if is_file else None,
        encoding=given.encoding,
        bundle=str(bundle_of(given).resolve()),
        model=answerer.model,
        parts=answerer.parts,
        columns=pairs_of("--column", given.column),
        prefix=given.prefix,
        plain=given.plain,
        chunk_rows=given.chunk_rows,
        started_at=datetime.now(CHINA).replace(microsecond=0),
    )


def with_columns(plan: Plan, source: Source, given: argparse.Namespace) -> Plan:
    """The plan with every column found. Errors: RelabelError."""
    from service.relabel.labels import has_columns
    from service.relabel.mapping import pairs_of, resolve_mapping

    names = source.columns()
    if not names:
        # Rows of JSON tell their columns only as they are read; the first thousand are enough to find the text.
        for _, _ in zip(source.records(), range(1_000), strict=False):
            pass
        names = source.columns()
    labels = pairs_of("--label", given.label)
    for ours, theirs in labels.items():
        if ours not in _LABELS:
            raise RelabelError(f"--label {ours}=…: nothing to compare with; there is {', '.join(_LABELS)}")
        if not has_columns(theirs, names):
            raise RelabelError(
                f"--label {ours}={theirs}: the source has no such column",
                safe=f"labels: the source has no such column for {ours}",
            )
    columns = resolve_mapping(pairs_of("--column", given.column), names)
    return plan.model_copy(update={"columns": columns, "labels": labels})


def bundle_of(given: argparse.Namespace) -> Path:
    """The bundle to answer with: the one named, else the one that the service's settings name."""
    from service.settings import Settings

    return Path(given.bundle) if given.bundle else Settings().bundle_place()


def parts_of_ticket(text: str) -> tuple[Part, ...]:
    """Errors: RelabelError for a part that does not exist."""
    asked = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in asked if name not in PARTS]
    if unknown or not asked:
        raise RelabelError(f"--tasks {text}: the tasks are {', '.join(PARTS)}")
    return tuple(part for part in PARTS if part in cast("list[Part]", asked))


def _check_target(given: argparse.Namespace, folder: Path) -> None:
    from service.relabel.database import has_table, is_url, shown
    from service.relabel.formats import check_target
    from service.relabel.plan import DEFAULT_TABLE

    if is_url(given.target):
        table = given.table or DEFAULT_TABLE
        if has_table(given.target, table) and not folder.exists():
            raise RelabelError(f"{shown(given.target)}, table {table} exists already; name another with --table")
        return
    target = Path(given.target)
    check_target(target)
    if not is_url(given.source) and target.exists() and target.samefile(given.source):
        raise RelabelError(f"{target} is the source; name another target")
    if target.exists() and not folder.exists() and not given.overwrite:
        raise RelabelError(f"{target} exists already; name another, or say --overwrite")
    if not target.parent.is_dir():
        raise RelabelError(f"{target.parent} is no folder; create it first")


def check_prefix(plan: Plan, source: Source, answerer: Answerer) -> None:
    """Whether the new columns take no place but that of an earlier relabelling's. Errors: RelabelError."""
    from service.relabel.predictions import EVERY_PART, prediction_columns

    added = {column.name for column in prediction_columns(plan.parts, answerer.fields, prefix=plan.prefix)}
    if lost := sorted(added & {*plan.columns.values()}):
        fault = f"the new column {lost[0]} would replace a column of the ticket; choose another"
        raise RelabelError(f"--prefix '{plan.prefix}': {fault}")
    names = source.columns()
    if not {plan.prefix + name for name in EVERY_PART} <= {*names} and (lost := sorted(added.intersection(names))):
        fault = f"the source has columns of its own called {', '.join(lost[:5])}, which the new ones would replace"
        raise RelabelError(f"--prefix '{plan.prefix}': {fault}; choose another, or rename them")


def list_notes(source: Source, given: argparse.Namespace) -> list[str]:
    """What of the source is not read, in lines for whoever gave it; names of columns only as they are usual."""
    from service.relabel.mapping import pairs_of, unread_part

    notes = []
    if above := getattr(source, "above", 0):
        notes.append(f"row {above + 1} names the columns; what stands above it, a title as it seems, is left out")
    if (unread := unread_part(pairs_of("--column", given.column), source.columns())) is not None:
        read = "dialogue" if unread == "text" else "text"
        notes.append(
            f"the source has a text and a dialogue: the {read} is read; --column {unread}=NAME reads the other"
        )
    return notes


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError("a whole number from 1")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="suqiu-relabel", description=__doc__)
    add = parser.add_argument
    add(
        "source",
        metavar="IN",
        help="CSV, Excel, JSONL or Parquet file, a SQLAlchemy URL (with --query), or table:NAME (Spark)",
    )
    add("target", metavar="OUT", help="the same formats, a SQLAlchemy URL (with --table), or table:NAME (Spark)")
    add("--column", action="append", default=[], help="OURS=THEIRS: which column is text, title, id, received_at, …")
    add("--label", action="append", default=[], help="OURS=THEIRS: a column of known labels to compare with")
    add("--tasks", default=",".join(PARTS), help=f"any of {','.join(PARTS)}")
    add("--bundle", help="folder of the bundle (else SUQIU_BUNDLE or SUQIU_REGISTRY, else the shipped one)")
    add("--engine", choices=("local", "spark"), default="local")
    add("--master", help="Spark master, such as local[2] or spark://host:7077 (else what spark-submit says)")
    add("--bundle-shared", action="store_true", help="Spark: executors open --bundle at its path, instead of a copy")
    add("--workers", type=_number, help="processes (else one per core that this process may use)")
    add("--chunk-rows", type=_number, default=500, help="rows that are answered, and stored, at a time")
    add("--query", help="SELECT whose rows are relabelled")
    add("--table", help="table to create in the target database")
    add("--encoding", help="of a text file (else UTF-8 or GB18030, as it is found)")
    add("--prefix", default="suqiu_", help="put before the names of the added columns")
    add("--plain", action="store_true", help="CSV for machines: no mark for Excel, no guard against formulas")
    add("--progress", choices=("screen", "json"), default="screen", help="json: one line of JSON each second on stdout")
    add("--overwrite", action="store_true", help="replace a target that exists")
    add("--restart", action="store_true", help="forget what an earlier, stopped run has finished")
    return parser


if __name__ == "__main__":
    sys.exit(main())
