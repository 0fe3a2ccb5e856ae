"""Place: where Spark finds rows and leaves them — files on any file system that the cluster knows, or a table."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final, Protocol

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import col, from_json

from service.relabel.formats import Format
from service.relabel.plan import write_whole
from service.relabel.record import RelabelError
from service.relabel.spark.spool import FILE, LINE

TABLE: Final = "table:"
STAGING: Final = "staging"
_PASSWORD: Final = re.compile(r"(?<=://)([^/@:]*):[^@]*@")


class Place(Protocol):
    """Rows at rest."""

    @property
    def name(self) -> str:
        """With all that a file system adds to it, so that two names of one place are equal."""

    @property
    def suffix(self) -> str:
        """What tells the format: .csv, .tsv, .jsonl, .json or .parquet; tables are read and written as .parquet is."""

    def exists(self) -> bool:
        """Whether something is there."""

    def remove(self) -> None:
        """Leave nothing there."""

    def beside(self, name: str) -> Place:
        """A place of the same sort, named after this one."""

    def read(self, session: SparkSession) -> DataFrame:
        """Rows with their columns, or, of text, lines as bytes and the name of their file."""

    def write(self, rows: DataFrame) -> None:
        """Replace what is there by rows with their columns."""

    def write_lines(self, lines: DataFrame, *, ends: str) -> None:
        """Replace what is there by lines of text."""

    def tell(self, name: str, text: str) -> None:
        """Write a small file beside it."""


def place_of(text: str, session: SparkSession) -> Place:
    """Errors: RelabelError for a name that tells of no format that Spark can work on."""
    if text.startswith(TABLE):
        return TablePlace(session, text.removeprefix(TABLE))
    format_ = Format.of(Path(text))
    if format_.suffix == ".xlsx" or format_.packed == ".xz":
        raise RelabelError(f"{shown(text)}: Spark cannot split this format; save it as .csv, or use --engine local")
    return FilePlace(session, text, format_)


def shown(text: str) -> str:
    """A place as people may see it, without a URL's password. (A database's URLs are read by other rules.)"""
    return _PASSWORD.sub(r"\1:***@", text)


@dataclass(frozen=True)
class FilePlace:
    """A file, a folder of part files, or (to read) a pattern such as /data/*.csv."""

    session: SparkSession
    path: str
    format: Format

    @property
    def name(self) -> str:
        path, system = self._hadoop("")
        return str(system.makeQualified(path).toString())

    @property
    def suffix(self) -> str:
        return self.format.suffix

    def exists(self) -> bool:
        path, system = self._hadoop("")
        return bool(system.exists(path))

    def remove(self) -> None:
        path, system = self._hadoop("")
        system.delete(path, True)

    def beside(self, name: str) -> FilePlace:
        suffix = ".parquet" if name == STAGING else ".jsonl"
        return replace(self, path=f"{self.path}.{name}{suffix}", format=Format(suffix, ""))

    def read(self, session: SparkSession) -> DataFrame:
        if self.suffix == ".parquet":
            return session.read.parquet(self.path)
        # A reader that knows only "\n" leaves every other byte in place.
        lines = session.read.option("lineSep", "\n").text(self.path)
        return lines.select(col("value").cast("binary").alias(LINE), col("_metadata.file_name").alias(FILE))

    def write(self, rows: DataFrame) -> None:
        rows.write.mode("overwrite").option("compression", "zstd").parquet(self.path)

    def write_lines(self, lines: DataFrame, *, ends: str) -> None:
        packed = "gzip" if self.format.packed else "none"
        lines.write.mode("overwrite").text(self.path, compression=packed, lineSep=ends)

    def tell(self, name: str, text: str) -> None:
        draft, system = self._hadoop(f".{name}.draft")
        path, _ = self._hadoop(f".{name}")
        system.setWriteChecksum(False)  # no hidden .crc beside a file for people
        stream = system.create(draft, True)
        stream.write(bytearray(text.encode()))
        stream.close()
        system.setWriteChecksum(True)
        system.delete(path, False)
        system.rename(draft, path)

    def _hadoop(self, suffix: str) -> tuple[Any, Any]:
        context: Any = self.session.sparkContext
        path = context._jvm.org.apache.hadoop.fs.Path(self.path + suffix)
        return path, path.getFileSystem(context._jsc.hadoopConfiguration())


@dataclass(frozen=True)
class TablePlace:
    """A table of the catalogue; what stands beside it are tables, and small files in the current folder."""

    session: SparkSession
    table: str

    @property
    def name(self) -> str:
        return TABLE + self.table

    @property
    def suffix(self) -> str:
        return ".parquet"

    def exists(self) -> bool:
        return bool(self.session.catalog.tableExists(self.table))

    def remove(self) -> None:
        self.session.sql(f"DROP TABLE IF EXISTS {self.table}")

    def beside(self, name: str) -> TablePlace:
        return replace(self, table=f"{self.table}_{name}")

    def read(self, session: SparkSession) -> DataFrame:
        return session.table(self.table)

    def write(self, rows: DataFrame) -> None:
        rows.write.mode("overwrite").saveAsTable(self.table)

    def write_lines(self, lines: DataFrame, *, ends: str) -> None:
        rows = from_json(LINE, "row bigint, code string, reason string, cells string")
        self.write(lines.select(rows.alias("row")).select("row.*"))

    def tell(self, name: str, text: str) -> None:
        write_whole(Path.cwd() / f"{PurePosixPath(self.table).name}.{name}", text)
