"""Table: the ledger's one table as this version expects it; `migrations` make it so."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

METADATA = sa.MetaData()
VERSION_TABLE = "suqiu_jobs_version"

JOBS = sa.Table(
    "suqiu_jobs",
    METADATA,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("owner", sa.String(64), nullable=False),
    sa.Column("idempotency", sa.String(64)),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("options", sa.Text, nullable=False),
    sa.Column("format", sa.String(16), nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("uploaded", sa.Boolean, nullable=False),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Column("started_ms", sa.BigInteger),
    sa.Column("ended_ms", sa.BigInteger),
    sa.Column("bundle", sa.Text),
    sa.Column("model", sa.Text),
    sa.Column("done", sa.BigInteger, nullable=False),
    sa.Column("total", sa.BigInteger, nullable=False),
    sa.Column("answered", sa.BigInteger, nullable=False),
    sa.Column("quarantined", sa.Text, nullable=False),
    sa.Column("failure_code", sa.String(64)),
    sa.Column("failure_detail", sa.Text),
    sa.Column("claim", sa.String(32)),
    sa.Column("lease_until_ms", sa.BigInteger),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.UniqueConstraint("owner", "idempotency", name="suqiu_jobs_idempotency"),
    sa.Index("suqiu_jobs_by_state", "state", "created_ms"),
    sa.Index("suqiu_jobs_by_owner", "owner", "created_ms"),
)


class now_ms(GenericFunction[int]):  # noqa: N801
    """Milliseconds since 1970 by the database's clock: processes on several machines must agree on a lease."""

    type = sa.BigInteger()
    inherit_cache = True


@compiles(now_ms, "sqlite")
def _sqlite_now(*_: Any, **__: Any) -> str:
    return "CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"


@compiles(now_ms, "postgresql")
def _postgresql_now(*_: Any, **__: Any) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"
