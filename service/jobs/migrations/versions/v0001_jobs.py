"""The first table of jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "suqiu_jobs",
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
    )
    op.create_index("suqiu_jobs_by_state", "suqiu_jobs", ["state", "created_ms"])
    op.create_index("suqiu_jobs_by_owner", "suqiu_jobs", ["owner", "created_ms"])


def downgrade() -> None:
    op.drop_table("suqiu_jobs")
