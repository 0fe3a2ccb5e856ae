"""Run: one job on Spark, from the command line to the summary; its columns and cells are those of the local engine.

Read → number → mark repeated ids → answer → staging → quarantine, summary, target. The answers, which cost nearly all
of the time, are staged beside the target, so that whatever follows reads them and nothing is computed twice. A task
that fails, and the tasks of an executor that is lost, are repeated by Spark; a job whose driver ended begins anew.
"""

from __future__ import annotations

import argparse
import sys

from service.relabel.record import RelabelError
from service.relabel.spark.finish import QUARANTINE, finish
from service.relabel.spark.job import Job
from service.relabel.spark.place import STAGING, Place, place_of, shown
from service.relabel.spark.session import open_session, own_session, told_plainly
from service.relabel.summary import Summary
from service.relabel.telling import JsonTelling, list_findings


def run_spark(given: argparse.Namespace) -> None:
    """Relabel on the cluster that --master or spark-submit names. Errors: RelabelError, ModelError."""
    with told_plainly():
        session = open_session(given.master)
        source, target = place_of(given.source, session), place_of(given.target, session)
        _check(given, source, target)
        job = Job.open(given, source, session)
        _tell_begin(given, job)
        staging = target.beside(STAGING)
        try:
            staging.write(job.answer())
            staged = staging.read(own_session(session, chunk_rows=given.chunk_rows))
            summary = finish(staged, job.share, target, labels=job.labels, notes=job.notes, mended=job.mended)
        finally:
            staging.remove()
        _tell_end(given, target, summary)


def _check(given: argparse.Namespace, source: Place, target: Place) -> None:
    if given.query or given.table:
        raise RelabelError("--query and --table are for --engine local; Spark reads and writes table:NAME")
    written = (target, target.beside(STAGING), target.beside(QUARANTINE))
    if source.name in [place.name for place in written]:
        raise RelabelError(f"{shown(given.source)} is the source and would be replaced; name another target")
    there = [] if given.overwrite else [place for place in written if place.exists()]
    if there:
        raise RelabelError(f"{shown(there[0].name)} exists already; name another target, or say --overwrite")


def _tell_begin(given: argparse.Namespace, job: Job) -> None:
    plan = job.share.plan
    if given.progress == "json":
        JsonTelling().begin(plan)
        return
    columns = ", ".join(f"{ours} from {theirs}" for ours, theirs in plan.columns.items())
    sys.stderr.write(f"{plan.model}: {job.total:,} rows; {', '.join(plan.parts)}; {columns}\n")
    sys.stderr.writelines(f"{note}\n" for note in job.notes)


def _tell_end(given: argparse.Namespace, target: Place, summary: Summary) -> None:
    if given.progress == "json":
        JsonTelling().end(summary)
        return
    sys.stderr.write(f"{shown(given.target)}: {summary.answered:,} of {summary.rows:,} rows answered\n")
    if summary.refused:
        reasons = ", ".join(f"{code} {number:,}" for code, number in summary.refused.most_common())
        refused = sum(summary.refused.values())
        sys.stderr.write(f"{refused:,} rows set aside in {shown(target.beside(QUARANTINE).name)} ({reasons})\n")
    sys.stderr.writelines(f"{line}\n" for line in list_findings(summary))
