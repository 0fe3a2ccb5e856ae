"""Session: how the cluster is reached, what it is sent, and what its errors mean."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast

from py4j.protocol import Py4JError
from pyspark import SparkFiles
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import SparkSession

from service.relabel.record import RelabelError

_WHOLE_FILE: Final = 1 << 45
_MISSING = re.compile(r"ModuleNotFoundError: No module named '([^']+)'")
_OURS = re.compile(r"^(?:service|models)\.[\w.]+: (.+)$", re.MULTILINE)
_CONDITION = re.compile(r"\[([A-Z][A-Z_.]+)\]")


def open_session(master: str | None) -> SparkSession:
    """The session of this process: a running one, or a new one at `master`, or at what spark-submit says."""
    if master is not None and master.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder: Any = SparkSession.builder
    builder = builder.appName("suqiu-relabel")
    return cast("SparkSession", (builder.master(master) if master else builder).getOrCreate())


def own_session(session: SparkSession, *, chunk_rows: int, whole_files: bool = False) -> SparkSession:
    """A session with settings of our own on the same cluster.

    An Arrow batch is what the model's reader takes at a time. Times are those of the source, told in UTC as the local
    engine tells them. With `whole_files` each file is one partition.
    """
    own = session.newSession()
    own.conf.set("spark.sql.caseSensitive", "true")
    own.conf.set("spark.sql.session.timeZone", "UTC")
    own.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")  # else INT96, which has no zone
    own.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(chunk_rows))
    if whole_files:
        own.conf.set("spark.sql.files.maxPartitionBytes", str(_WHOLE_FILE))
        own.conf.set("spark.sql.files.openCostInBytes", str(_WHOLE_FILE))
    return own


def ship(bundle: Path, session: SparkSession) -> str:
    """Send the bundle to all executors; returns the name under which they find it.

    As an archive: outside of local mode SparkContext.addFile takes no local folder (UNSUPPORTED_ADD_FILE, Spark 4.3).
    """
    name = "suqiu-bundle-" + hashlib.sha256((bundle / "manifest.json").read_bytes()).hexdigest()[:16]
    archive = Path(SparkFiles.getRootDirectory()) / f"{name}.zip"
    if not archive.exists():
        shutil.make_archive(str(archive.with_suffix("")), "zip", bundle)
        session.sparkContext.addArchive(f"{archive}#{name}")
    return name


@contextmanager
def told_plainly() -> Iterator[None]:
    """Spark's errors as RelabelError. A stack trace may quote what a row says, so that it stays in Spark's own log."""
    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise RelabelError(reason_of(error)) from error


def reason_of(error: Exception) -> str:
    """Place, fact and remedy of an error of Spark."""
    text = str(error)
    if missing := _MISSING.search(text):
        return (
            f"an executor's Python has no module '{missing[1]}'; install suqiu[spark] on every node, "
            "or send an environment with --archives (docs/relabelling.md)"
        )
    if ours := _OURS.search(text):
        return ours[1]
    if "JAVA_GATEWAY_EXITED" in text:
        return "Spark could not start Java; install Java 17 or 21 and set JAVA_HOME"
    first = text.splitlines()[0] if text else ""
    if isinstance(error, AnalysisException):
        return f"Spark cannot read or write this: {first}"
    condition = _CONDITION.search(text)
    return f"Spark ended the job ({condition[1] if condition else type(error).__name__}); its log tells where and why"
